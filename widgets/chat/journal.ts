/* What the visitor's window knows of the conversation, as pure functions: merging entries, finding gaps, keeping the outbox in order. */
import type { Entry, MenuPart, Part, VisitorConversation } from '../shared/types.ts';

/** Something said here that the server has not acknowledged yet. */
export interface Unsent {
  client_id: string;
  at: string;
  parts: Part[];
  /** Set when it is a choice from the menu. */
  item_id?: string;
  label?: string;
  state: 'waiting' | 'sending' | 'failed';
  /** Why it failed, for people. */
  problem?: string;
}

/** Whatever holds things that wait to be sent: a conversation here, a ticket there. */
export interface Outbox {
  /** In the order in which it was said; sent one after the other. */
  outbox: Unsent[];
}

export interface Journal extends Outbox {
  conversation: VisitorConversation | null;
  /** Ascending; of the live conversation and of those that ended in this window. */
  entries: Entry[];
  /** Everything of the conversation up to this `seq` is here, or is not for visitors. */
  through: number;
  /** The conversation that the visitor put away to start anew; nothing of it comes back. */
  putAway: string;
}

export const empty: Journal = { conversation: null, entries: [], through: 0, outbox: [], putAway: '' };

/** The server's whole view replaces ours; what was not sent yet stays, and so does a newer picture that overtook it. */
export function opened(journal: Journal, conversation: VisitorConversation | null, entries: Entry[], through = 0): Journal {
  const known = journal.conversation;
  const newest = conversation && known?.id === conversation.id ? newer(known, conversation) : conversation;
  const fresh = { ...journal, conversation: newest, entries: [], through: 0 };
  return merge(fresh, entries, conversation ? Math.max(highest(entries), through) : 0);
}

/** One entry, pushed or acknowledged. It may come twice, late, or with others missing before it. */
export function received(journal: Journal, entry: Entry): Journal {
  if (isPast(journal, entry.conversation_id)) return { ...journal, outbox: without(journal.outbox, [entry]) };
  return merge(journal, [entry], 0);
}

/** The answer to `since`: nothing is missing up to `through`. */
export function caughtUp(journal: Journal, answer: { entries: Entry[]; through: number; conversation: VisitorConversation }): Journal {
  if (answer.conversation.id !== journal.conversation?.id) return journal;
  return merge(changed(journal, answer.conversation), answer.entries, answer.through);
}

/** The conversation as it is now. An older picture that arrives late changes nothing. */
export function changed(journal: Journal, conversation: VisitorConversation): Journal {
  const known = journal.conversation;
  if (isPast(journal, conversation.id)) return journal;
  if (known?.id !== conversation.id) {
    const first = journal.entries.filter(({ conversation_id }) => conversation_id === conversation.id);
    return { ...journal, conversation, through: contiguous(first) };
  }
  return { ...journal, conversation: newer(known, conversation) };
}

/** Words and reading do not make a new version: of those the highest number counts. */
function newer(known: VisitorConversation, fresh: VisitorConversation): VisitorConversation {
  if (fresh.version < known.version) return known;
  const read = { agent: Math.max(known.read.agent, fresh.read.agent), customer: Math.max(known.read.customer, fresh.read.customer) };
  return { ...fresh, last_seq: Math.max(known.last_seq, fresh.last_seq), read };
}

/** The window is cleared for a new conversation. */
export function putAway(journal: Journal): Journal {
  return { ...empty, outbox: journal.outbox, putAway: journal.conversation?.id ?? journal.putAway };
}

export function readByAgent(journal: Journal, conversation_id: string, seq: number): Journal {
  const { conversation } = journal;
  if (conversation?.id !== conversation_id || seq <= conversation.read.agent) return journal;
  return { ...journal, conversation: { ...conversation, read: { ...conversation.read, agent: seq } } };
}

/** From which `seq` on the server must be asked, or null when nothing is missing. */
export function gapAfter(journal: Journal): number | null {
  const { conversation, through } = journal;
  if (!conversation) return null;
  return Math.max(conversation.last_seq, highest(ofConversation(journal))) > through ? through : null;
}

export function said<Box extends Outbox>(box: Box, unsent: Omit<Unsent, 'state'>): Box {
  return { ...box, outbox: [...box.outbox, { ...unsent, state: 'waiting' }] };
}

/** What to send now: the oldest that waits, and only when nothing is on its way, or answers could overtake each other. */
export function nextToSend({ outbox }: Outbox): Unsent | null {
  if (outbox.some(({ state }) => state === 'sending')) return null;
  return outbox.find(({ state }) => state === 'waiting') ?? null;
}

export function marked<Box extends Outbox>(box: Box, client_id: string, state: Unsent['state'], problem?: string): Box {
  const { problem: _old, ...rest } = box.outbox.find((each) => each.client_id === client_id) ?? {} as Unsent;
  const next = { ...rest, state, ...(problem ? { problem } : {}) } as Unsent;
  return { ...box, outbox: box.outbox.map((each) => (each.client_id === client_id ? next : each)) };
}

/** After the connection broke, what was on its way waits again: sent with the same id it arrives once. */
export function interrupted<Box extends Outbox>(box: Box): Box {
  return { ...box, outbox: box.outbox.map((each) => (each.state === 'sending' ? { ...each, state: 'waiting' } : each)) };
}

export function discarded<Box extends Outbox>(box: Box, client_id: string): Box {
  return { ...box, outbox: box.outbox.filter((each) => each.client_id !== client_id) };
}

/** How many messages of others the visitor has not seen. */
export function unread(journal: Journal, seen: number): number {
  return ofConversation(journal).filter(({ seq, kind, author }) => seq > seen && kind === 'message' && author.kind === 'agent').length;
}

/** The menu that waits for a choice: the newest one, while the conversation is still in the menu. */
export function openMenu(journal: Journal): { entry: Entry; menu: MenuPart } | null {
  if (journal.conversation?.state !== 'menu' || journal.outbox.length) return null;
  for (const entry of [...ofConversation(journal)].reverse()) {
    const menu = entry.parts.find((part) => part.type === 'menu');
    if (menu) return { entry, menu: menu as MenuPart };
    if (entry.author.kind === 'customer') return null;
  }
  return null;
}

/** What the customer has written in this conversation so far, for the ticket form; picking from a menu (`labels` of the first one) is not writing. */
export function textSaid(journal: Journal, labels: string[] = []): string {
  const entries = ofConversation(journal);
  const picks = new Set([...labels, ...entries.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'menu' ? part.items.map(({ label }) => label) : [])))]);
  const own = [...entries.filter(({ author, kind }) => author.kind === 'customer' && kind === 'message'), ...journal.outbox];
  const texts = own.flatMap(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')));
  return texts.filter((text) => text.trim() && !picks.has(text) && !/^[\d\s.()[\]]+$/.test(text)).join('\n');
}

export function ofConversation(journal: Journal): Entry[] {
  return journal.entries.filter(({ conversation_id }) => conversation_id === journal.conversation?.id);
}

export const highest = (entries: Entry[]): number => entries.reduce((most, { seq }) => Math.max(most, seq), 0);

/** Up to where entries stand without a hole, from 1. */
function contiguous(entries: Entry[]): number {
  const seqs = new Set(entries.map(({ seq }) => seq));
  let through = 0;
  while (seqs.has(through + 1)) through++;
  return through;
}

const isPast = ({ conversation, putAway }: Journal, id: string): boolean => id <= putAway || id < (conversation?.id ?? '');

const without = (outbox: Unsent[], entries: Entry[]): Unsent[] =>
  outbox.filter(({ client_id }) => !entries.some((entry) => entry.client_id === client_id));

function merge(journal: Journal, more: Entry[], through: number): Journal {
  const known = new Map(journal.entries.map((entry) => [entry.id, entry]));
  more.forEach((entry) => known.set(entry.id, entry));
  // Ids sort by time, so conversations follow each other as they were held.
  const entries = [...known.values()].sort((a, b) => (a.conversation_id === b.conversation_id ? a.seq - b.seq : a.conversation_id < b.conversation_id ? -1 : 1));
  const current = entries.filter(({ conversation_id }) => conversation_id === (journal.conversation?.id ?? more[0]?.conversation_id));
  const seqs = new Set(current.map(({ seq }) => seq));
  let reached = Math.max(journal.through, through);
  while (seqs.has(reached + 1)) reached++;
  return { ...journal, entries, through: reached, outbox: without(journal.outbox, more) };
}
