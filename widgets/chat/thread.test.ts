/* A ticket's thread: late pictures, replies on their way, and what is taken back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CustomerEntry, CustomerTicket, Part } from '../shared/types.ts';
import * as journals from './journal.ts';
import { filesOf, newerTicket, storedAs, textOf, threadLines } from './thread.ts';

const AT = Date.parse('2026-11-21T12:00:00Z');
const text = (words: string): Part => ({ type: 'text', text: words });
const entry = (id: string, kind: 'customer' | 'agent', minute: number): CustomerEntry => ({ id, author: { kind, id: kind, name: kind }, parts: [text(id)], at: new Date(AT + minute * 60_000).toISOString() });
const ticket = (change: Partial<CustomerTicket> = {}): CustomerTicket => ({ id: 'T', number: 12, subject: 'Pot', state: 'open', created_at: '2026-11-21T12:00:00Z', updated_at: '2026-11-21T12:00:00Z', entries: [], ...change });
const replying = journals.said({ outbox: [] }, { client_id: 'one', at: new Date(AT + 60_000).toISOString(), parts: [text('Thanks')] });
const said = (lines: ReturnType<typeof threadLines>) => lines.flatMap((line) => (line.kind === 'said' ? [[line.key, line.isMine, line.mark]] : []));

test('a late picture of a ticket changes nothing; times with and without fractions compare', () => {
  const known = ticket({ updated_at: '2026-11-21T12:00:00.5Z', entries: [entry('a', 'customer', 0)] });
  assert.equal(newerTicket(known, ticket({ state: 'new' })), known);
  assert.equal(newerTicket(known, ticket({ updated_at: '2026-11-21T12:00:01Z' })), known, 'fewer lines: from before');
  const solved = ticket({ ...known, state: 'solved' });
  assert.equal(newerTicket(known, solved), solved);
});

test('a reply stands at once, and stays the same bubble when it is stored', () => {
  const before = ticket({ entries: [entry('a', 'customer', 0)] });
  const sent = threadLines(before, replying, new Map(), AT);
  assert.deepEqual(said(sent), [['a', true, 'stored'], ['one', true, 'sending']]);
  const answer = ticket({ entries: [...before.entries, entry('b', 'customer', 1)] });
  const stored = storedAs(before, answer);
  assert.equal(stored, 'b');
  assert.deepEqual(said(threadLines(answer, journals.discarded(replying, 'one'), new Map([[stored!, 'one']]), AT)), [['a', true, 'stored'], ['one', true, 'stored']]);
});

test('a picture that came with the form is shown as one', () => {
  const file: Part = { type: 'file', file_id: 'f', name: 'pot.png', media_type: 'image/png', size: 9 };
  const [line] = threadLines(ticket({ entries: [{ ...entry('a', 'customer', 0), parts: [file] }] }), { outbox: [] }, new Map(), AT);
  assert.equal(line!.kind === 'said' && line!.parts[0]!.type, 'image');
});

test('an agent’s answer between is not taken for the reply', () => {
  assert.equal(storedAs(ticket({ entries: [entry('a', 'customer', 0)] }), ticket({ entries: [entry('a', 'customer', 0), entry('b', 'agent', 1)] })), null);
});

test('what is taken back is whole: words and files', () => {
  const picture: Part = { type: 'image', file_id: 'f', name: 'pot.png', media_type: 'image/png', size: 9 };
  const unsent = journals.said({ outbox: [] }, { client_id: 'one', at: '', parts: [text('Broken'), picture] }).outbox[0]!;
  assert.deepEqual([textOf(unsent), filesOf(unsent).map(({ id, name }) => [id, name])], ['Broken', [['f', 'pot.png']]]);
});
