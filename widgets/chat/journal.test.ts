/* The visitor's journal under what networks do: late, twice, with holes, across a reconnect. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, Part, VisitorConversation } from '../shared/types.ts';
import * as journals from './journal.ts';
import { lastMine, lines } from './lines.ts';

const AT = Date.parse('2026-11-21T12:00:00Z');
const text = (words: string): Part[] => [{ type: 'text', text: words }];
function entry(seq: number, change: Partial<Entry> = {}): Entry {
  const author = { kind: 'agent' as const, id: 'agent', name: 'Ann' };
  return { id: `${change.conversation_id ?? 'A'}${seq}`, conversation_id: 'A', seq, kind: 'message', author, parts: text(`words ${seq}`), at: new Date(AT + seq * 1000).toISOString(), client_id: null, ...change };
}
const mine = (seq: number, client_id: string): Entry => entry(seq, { author: { kind: 'customer', id: 'c', name: '' }, client_id });
const conversation = (change: Partial<VisitorConversation> = {}): VisitorConversation => ({
  id: 'A', version: 1, state: 'running', outcome: null, host: null, desk_name: null, position: null, expected_wait: null, last_seq: 0, read: { agent: 0, customer: 0 }, rating: null, ticket_number: null, form_offered: null, ...change,
});
const say = (journal: journals.Journal, client_id: string) => journals.said(journal, { client_id, at: new Date(AT).toISOString(), parts: text(client_id) });
const seqs = (journal: journals.Journal) => journal.entries.map(({ seq }) => seq);
const live = (entries: Entry[] = []) => journals.opened(journals.empty, conversation({ last_seq: entries.length }), entries);

test('an entry that comes twice is there once', () => {
  let journal = live([entry(1)]);
  journal = journals.received(journals.received(journal, entry(2)), entry(2));
  assert.deepEqual(seqs(journal), [1, 2]);
  assert.equal(journals.gapAfter(journal), null);
});

test('entries stand in the order of the server, whatever order they came in', () => {
  let journal = live();
  for (const seq of [3, 1, 2]) journal = journals.received(journal, entry(seq));
  assert.deepEqual(seqs(journal), [1, 2, 3]);
  assert.equal(journals.gapAfter(journal), null);
});

test('a hole in the numbers asks for what is missing, and private entries close it', () => {
  let journal = journals.received(live([entry(1)]), entry(4));
  assert.equal(journals.gapAfter(journal), 1);
  journal = journals.caughtUp(journal, { entries: [entry(2), entry(4)], through: 4, conversation: conversation({ last_seq: 4 }) });
  assert.deepEqual(seqs(journal), [1, 2, 4]);
  assert.equal(journals.gapAfter(journal), null);
});

test('a conversation that knows more than its entries is a hole too', () => {
  assert.equal(journals.gapAfter(journals.changed(live([entry(1)]), conversation({ last_seq: 3 }))), 1);
});

test('what is said is sent one by one, in order', () => {
  let journal = say(say(live(), 'one'), 'two');
  assert.equal(journals.nextToSend(journal)?.client_id, 'one');
  journal = journals.marked(journal, 'one', 'sending');
  assert.equal(journals.nextToSend(journal), null);
  journal = journals.received(journal, mine(1, 'one'));
  assert.equal(journals.nextToSend(journal)?.client_id, 'two');
});

test('after a broken connection the same message waits again with the same id', () => {
  const journal = journals.interrupted(journals.marked(say(live(), 'one'), 'one', 'sending'));
  assert.equal(journals.nextToSend(journal)?.client_id, 'one');
});

test('pushed before it is acknowledged, a message is shown once and keeps its place', () => {
  let journal = journals.marked(say(live(), 'one'), 'one', 'sending');
  const before = lines(journal, AT).map(({ key }) => key);
  journal = journals.received(journal, mine(1, 'one'));
  journal = journals.received(journal, mine(1, 'one'));
  assert.deepEqual(lines(journal, AT).map(({ key }) => key), before);
});

test('a refused message does not hold back the next', () => {
  const journal = journals.marked(say(say(live(), 'one'), 'two'), 'one', 'failed', 'Too long.');
  assert.equal(journals.nextToSend(journal)?.client_id, 'two');
  assert.equal(journals.marked(journal, 'one', 'waiting').outbox[0]?.problem, undefined);
});

test('a picture of the conversation that arrives late changes nothing', () => {
  const ended = journals.changed(live(), conversation({ version: 5, state: 'ended', last_seq: 5 }));
  const late = conversation({ version: 4, state: 'running', last_seq: 5 });
  assert.equal(journals.changed(ended, late).conversation?.state, 'ended');
  assert.equal(journals.opened(ended, late, []).conversation?.state, 'ended', 'nor when a window is opened meanwhile');
  assert.equal(journals.changed(ended, conversation({ version: 6, state: 'running' })).conversation?.state, 'running');
});

test('words and reading make no new version: their highest numbers stay', () => {
  const known = journals.changed(live(), conversation({ last_seq: 5, read: { agent: 5, customer: 2 } }));
  const { last_seq, read } = journals.changed(known, conversation({ last_seq: 4, read: { agent: 2, customer: 4 } })).conversation!;
  assert.deepEqual([last_seq, read], [5, { agent: 5, customer: 4 }]);
});

test('a message after the end opens a new conversation below the old one', () => {
  let journal = journals.changed(live([entry(1)]), conversation({ state: 'ended', last_seq: 1 }));
  journal = journals.changed(journal, conversation({ id: 'B', last_seq: 1 }));
  journal = journals.received(journal, { ...mine(1, 'one'), id: 'B1', conversation_id: 'B' });
  assert.deepEqual(journal.entries.map(({ id }) => id), ['A1', 'B1']);
  assert.equal(journals.gapAfter(journal), null);
  assert.equal(journals.received(journal, entry(2)).entries.length, 2, 'the old one says nothing any more');
});

test('the entry of a new conversation may come before the conversation', () => {
  let journal = journals.received(journals.empty, entry(1));
  journal = journals.changed(journal, conversation({ last_seq: 1 }));
  assert.deepEqual([seqs(journal), journals.gapAfter(journal)], [[1], null]);
});

test('nothing of a conversation that was put away comes back', () => {
  let journal = journals.putAway(say(live([entry(1)]), 'one'));
  journal = journals.changed(journals.received(journal, entry(2)), conversation({ last_seq: 2 }));
  assert.deepEqual([journal.conversation, journal.entries, journal.outbox.length], [null, [], 1]);
});

test('the menu is open until the customer has chosen', () => {
  const menu: Part = { type: 'menu', prompt: 'What?', items: [{ number: 1, id: 'x', label: 'X' }] };
  const shown = journals.opened(journals.empty, conversation({ state: 'menu', last_seq: 1 }), [entry(1, { parts: [menu] })]);
  assert.equal(journals.openMenu(shown)?.menu.prompt, 'What?');
  assert.equal(journals.openMenu(say(shown, 'one')), null);
  assert.equal(journals.openMenu(journals.received(shown, mine(2, 'one'))), null);
});

test('the form is filled with what was written, not with what was picked', () => {
  const menu: Part = { type: 'menu', prompt: 'What?', items: [{ number: 1, id: 'x', label: 'Returns' }] };
  const customer = { kind: 'customer' as const, id: 'c', name: '' };
  const words = ['My order', 'Returns', '2', '你好', 'It broke.'];
  const journal = live([entry(1, { parts: [menu] }), ...words.map((each, index) => entry(index + 2, { author: customer, parts: text(each) }))]);
  assert.equal(journals.textSaid(say(journal, 'And this'), ['My order']), '你好\nIt broke.\nAnd this');
});

test('unread are messages of agents beyond what was seen', () => {
  const journal = live([entry(1), mine(2, 'one'), entry(3), entry(4, { kind: 'event' })]);
  assert.equal(journals.unread(journal, 1), 1);
});

test('marks tell sending, sent and read of one’s own newest message', () => {
  let journal = live([mine(1, 'one')]);
  assert.equal(lastMine(lines(journal, AT))?.mark, 'stored');
  journal = journals.readByAgent(journal, 'A', 1);
  assert.equal(lastMine(lines(journal, AT))?.mark, 'read');
  assert.equal(lastMine(lines(say(journal, 'two'), AT))?.mark, 'sending');
});

test('bubbles of one author within five minutes form a group, another author starts the next', () => {
  const shown = lines(live([entry(1), entry(2), mine(3, 'one')]), AT).filter((line) => line.kind === 'said');
  assert.deepEqual(shown.map(({ isFirst, isLast }) => [isFirst, isLast]), [[true, false], [false, true], [true, true]]);
});

test('days are named when they change, and today is not named alone', () => {
  const yesterday = entry(1, { at: new Date(AT - 86_400_000).toISOString() });
  assert.deepEqual(lines(live([entry(1)]), AT).map(({ kind }) => kind), ['said']);
  assert.deepEqual(lines(live([yesterday, entry(2)]), AT).map(({ kind }) => kind), ['day', 'said', 'day', 'said']);
});

test('notes never show, even if one slipped through', () => {
  assert.deepEqual(lines(live([entry(1, { kind: 'note' })]), AT), []);
});

test('any order and repetition of what arrives ends in the same transcript', () => {
  const arrivals = [1, 2, 3, 4, 5].flatMap((seq) => [entry(seq), entry(seq)]);
  for (let round = 0; round < 200; round++) {
    const shuffled = arrivals.map((each) => ({ each, at: Math.sin(round * 97 + each.seq * 13 + Math.random()) })).sort((a, b) => a.at - b.at);
    const journal = shuffled.reduce((state, { each }) => journals.received(state, each), live());
    assert.deepEqual([seqs(journal), journals.gapAfter(journal)], [[1, 2, 3, 4, 5], null]);
  }
});
