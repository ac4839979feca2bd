// The journal of each open conversation: entries in order without gaps, bubbles on their way out, typing, read marks.
import { signal, type Signal } from '@preact/signals';
import { ApiError, newId } from '../../shared/api.ts';
import type { AgentSays, Conversation, Entry, Part } from '../../shared/types.ts';
import { api, wordsOf } from '../session.ts';
import { socket } from '../live.ts';
import { conversations, keepConversation, mayAnswer, noteWords, touchConversation } from './conversations.ts';

/** A message that this browser has said and the server has not yet stored. */
export interface Pending {
  client_id: string;
  parts: Part[];
  isNote: boolean;
  /** a leader's words to the host */
  isWhisper?: boolean;
  at: string;
  problem: string | null;
}

export interface Journal {
  id: string;
  entries: Signal<Entry[]>;
  pending: Signal<Pending[]>;
  state: Signal<'loading' | 'ready' | 'failed'>;
  problem: Signal<string | null>;
  /** the first line of the journal is here */
  complete: Signal<boolean>;
  loadingOlder: Signal<boolean>;
  typing: Signal<{ name: string; until: number } | null>;
  lookedAt: number;
  /** something was said, or the line was away, while the first lines were on their way */
  doubted: boolean;
}

interface Slice { items: Entry[]; through: number; complete: boolean }

const PAGE = 50;
const MOST_JOURNALS = 40;
const journals = new Map<string, Journal>();
let watched: string | null = null;

export function journalOf(id: string): Journal {
  let journal = journals.get(id);
  if (!journal) {
    journal = { id, entries: signal([]), pending: signal([]), state: signal('loading'), problem: signal(null), complete: signal(false), loadingOlder: signal(false), typing: signal(null), lookedAt: Date.now(), doubted: false };
    journals.set(id, journal);
    forgetOldest();
    void load(journal);
  }
  journal.lookedAt = Date.now();
  return journal;
}

/** A day at the desk opens hundreds; those with something unsent stay. */
function forgetOldest(): void {
  if (journals.size <= MOST_JOURNALS) return;
  const oldest = [...journals.values()].filter(({ pending }) => !pending.value.length).sort((one, other) => one.lookedAt - other.lookedAt)[0];
  if (oldest) journals.delete(oldest.id);
}

export async function load(journal: Journal): Promise<void> {
  journal.state.value = 'loading';
  journal.problem.value = null;
  journal.doubted = false;
  try {
    const slice = await api.get<Slice>(`/conversations/${journal.id}/entries`, { query: { before: 9_999_998, limit: PAGE } });
    merge(journal, slice.items);
    journal.complete.value = slice.complete || startsHere(journal);
    journal.state.value = 'ready';
    if (journal.doubted || lastSeq(journal) < (conversations.value.get(journal.id)?.last_seq ?? 0)) void fill(journal);
  } catch (error) {
    journal.problem.value = wordsOf(error);
    journal.state.value = 'failed';
  }
}

export async function loadOlder(journal: Journal): Promise<void> {
  const first = journal.entries.value[0];
  if (!first || journal.complete.value || journal.loadingOlder.value) return;
  journal.loadingOlder.value = true;
  try {
    const slice = await api.get<Slice>(`/conversations/${journal.id}/entries`, { query: { before: first.seq, limit: PAGE } });
    merge(journal, slice.items);
    journal.complete.value = slice.complete || startsHere(journal);
  } catch (error) {
    journal.problem.value = wordsOf(error);
  } finally {
    journal.loadingOlder.value = false;
  }
}

const startsHere = (journal: Journal) => (journal.entries.value[0]?.seq ?? 1) <= 1;
const lastSeq = (journal: Journal) => journal.entries.value.at(-1)?.seq ?? 0;

function merge(journal: Journal, found: Entry[]): void {
  const bySeq = new Map(journal.entries.value.map((entry) => [entry.seq, entry]));
  for (const entry of found) bySeq.set(entry.seq, entry);
  journal.entries.value = [...bySeq.values()].sort((one, other) => one.seq - other.seq);
  const stored = new Set(found.map(({ client_id }) => client_id));
  if (journal.pending.value.some(({ client_id }) => stored.has(client_id))) journal.pending.value = journal.pending.value.filter(({ client_id }) => !stored.has(client_id));
}

/** A gap before an entry means that something was missed on the way: ask for it, do not guess. */
export function takeEntry(entry: Entry): void {
  noteWords(entry);
  const journal = journals.get(entry.conversation_id);
  if (journal?.state.value === 'loading') journal.doubted = true;
  if (journal?.state.value !== 'ready') return;
  const gap = entry.seq > lastSeq(journal) + 1;
  if (gap) return void fill(journal);
  merge(journal, [entry]);
  if (entry.author.kind === 'customer') journal.typing.value = null;
}

async function fill(journal: Journal): Promise<void> {
  try {
    for (let goal = Infinity; lastSeq(journal) < goal;) {
      const answer = await socket.ask('since', { conversation_id: journal.id, seq: lastSeq(journal) });
      if (answer.conversation) keepConversation(answer.conversation);
      merge(journal, answer.entries);
      goal = answer.entries.length ? Math.max(answer.through, answer.conversation?.last_seq ?? 0) : 0;
    }
  } catch (error) {
    if (!(error instanceof ApiError && error.isTransient)) journal.problem.value = wordsOf(error);
  }
}

/** After a connect: what came since, for every journal in memory, and once more what was not acknowledged. */
export function catchUp(): void {
  if (watched) void socket.ask('watch', { conversation_id: watched }).catch(() => {});
  for (const journal of journals.values()) {
    switch (journal.state.value) {
      case 'failed': void load(journal); break;
      case 'loading': journal.doubted = true; pushAll(journal); break;
      case 'ready': void fill(journal).then(() => pushAll(journal));
    }
  }
}

const pushAll = (journal: Journal) => journal.pending.value.forEach((message) => void push(journal, message));

/** The bubble stands at once; the same `client_id` makes a second try harmless. */
export function say(id: string, parts: Part[], isNote: boolean, isWhisper = false): void {
  const journal = journalOf(id);
  const message: Pending = { client_id: newId(), parts, isNote, isWhisper, at: new Date().toISOString(), problem: null };
  journal.pending.value = [...journal.pending.value, message];
  void push(journal, message);
}

export function sayAgain(journal: Journal, message: Pending): void {
  change(journal, message.client_id, { problem: null });
  void push(journal, message);
}

export function takeBack(journal: Journal, message: Pending): void {
  journal.pending.value = journal.pending.value.filter(({ client_id }) => client_id !== message.client_id);
}

function change(journal: Journal, clientId: string, to: Partial<Pending>): void {
  journal.pending.value = journal.pending.value.map((each) => (each.client_id === clientId ? { ...each, ...to } : each));
}

async function push(journal: Journal, { client_id, parts, isNote, isWhisper }: Pending): Promise<void> {
  const payload: AgentSays['message'][0] = { conversation_id: journal.id, client_id, parts, ...(isWhisper ? { whisper: true } : isNote && { private: true }) };
  try {
    const { entry } = await socket.ask('message', payload);
    noteWords(entry);
    if (entry.seq > lastSeq(journal) + 1) await fill(journal);
    merge(journal, [entry]);
  } catch (error) {
    // A broken line mends itself, and `catchUp` says it again; a refusal is shown on the bubble.
    if (!(error instanceof ApiError && error.isTransient)) change(journal, client_id, { problem: wordsOf(error) });
  }
}

/** Watches the transcript of a conversation that I do not host, while it is open. */
export function follow(conversation: Conversation | null): void {
  const wanted = conversation && conversation.state !== 'ended' ? conversation.id : null;
  if (wanted === watched) return;
  if (watched) socket.say('unwatch', { conversation_id: watched });
  watched = wanted;
  if (wanted) void socket.ask('watch', { conversation_id: wanted }).catch(() => {});
}

/** Everything up to here was seen by me. */
export function markRead(id: string): void {
  const journal = journals.get(id);
  const conversation = conversations.value.get(id);
  const seq = journal ? lastSeq(journal) : 0;
  // Who only listens leaves no trace.
  if (!conversation || !seq || document.hidden || (conversation.state === 'running' && !mayAnswer(conversation)) || (conversation.unread === 0 && conversation.read.agent >= seq)) return;
  socket.say('read', { conversation_id: id, seq });
  touchConversation(id, { unread: 0, read: { ...conversation.read, agent: Math.max(conversation.read.agent, seq) } });
}

const TYPING_LASTS = 6000;

export function customerTypes({ conversation_id, name, on }: { conversation_id: string; name: string; on: boolean }): void {
  const journal = journals.get(conversation_id);
  if (!journal) return;
  const until = Date.now() + TYPING_LASTS;
  journal.typing.value = on ? { name, until } : null;
  if (on) setTimeout(() => { if (journal.typing.value?.until === until) journal.typing.value = null; }, TYPING_LASTS);
}

export function customerRead({ conversation_id, seq }: { conversation_id: string; seq: number }): void {
  const conversation = conversations.value.get(conversation_id);
  if (conversation && conversation.read.customer < seq) touchConversation(conversation_id, { read: { ...conversation.read, customer: seq } });
}

let typedAt = 0;
/** At most one every three seconds; private notes tell nobody. */
export function iType(id: string, on: boolean): void {
  if (on && Date.now() - typedAt < 3000) return;
  typedAt = on ? Date.now() : 0;
  socket.say('typing', { conversation_id: id, on });
}
