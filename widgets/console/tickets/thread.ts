// The thread of each open ticket: what was said and done, oldest first, and the replies on their way.
import { signal, type Signal } from '@preact/signals';
import { newId } from '../../shared/api.ts';
import type { Part, Ticket, TicketEntry, TicketState } from '../../shared/types.ts';
import type { Pending } from '../inbox/journal.ts';
import { api, wordsOf } from '../session.ts';
import { keepTickets } from './store.ts';

export interface Reply extends Pending { state?: TicketState }

export interface Thread {
  id: string;
  entries: Signal<TicketEntry[]>;
  pending: Signal<Reply[]>;
  state: Signal<'loading' | 'ready' | 'failed'>;
  problem: Signal<string | null>;
  complete: Signal<boolean>;
  loadingOlder: Signal<boolean>;
}

interface Slice { items: TicketEntry[]; next?: string | null; complete?: boolean }

const PAGE = 50;
const threads = new Map<string, Thread>();

export function threadOf(id: string): Thread {
  let thread = threads.get(id);
  if (!thread) {
    thread = { id, entries: signal([]), pending: signal([]), state: signal('loading'), problem: signal(null), complete: signal(false), loadingOlder: signal(false) };
    threads.set(id, thread);
  }
  return thread;
}

const fetchSlice = (thread: Thread, before?: string) => api.get<Slice>(`/tickets/${thread.id}/entries`, { query: { before, limit: PAGE } });
const isWhole = ({ items, next, complete }: Slice) => complete ?? (next !== undefined ? next === null : items.length < PAGE);

/** The newest page; again whenever the ticket has changed. What is shown stays shown meanwhile. */
export async function loadThread(thread: Thread): Promise<void> {
  thread.problem.value = null;
  try {
    const slice = await fetchSlice(thread);
    const first = thread.state.value !== 'ready';
    merge(thread, slice.items);
    if (first) thread.complete.value = isWhole(slice);
    thread.state.value = 'ready';
  } catch (error) {
    thread.problem.value = wordsOf(error);
    if (thread.state.value !== 'ready') thread.state.value = 'failed';
  }
}

export async function olderEntries(thread: Thread): Promise<void> {
  const first = thread.entries.value[0];
  if (!first || thread.loadingOlder.value) return;
  thread.loadingOlder.value = true;
  try {
    const slice = await fetchSlice(thread, first.id);
    merge(thread, slice.items);
    thread.complete.value = isWhole(slice);
  } catch (error) {
    thread.problem.value = wordsOf(error);
  } finally {
    thread.loadingOlder.value = false;
  }
}

function merge(thread: Thread, found: TicketEntry[]): void {
  const byId = new Map(thread.entries.value.map((entry) => [entry.id, entry]));
  for (const entry of found) byId.set(entry.id, entry);
  thread.entries.value = [...byId.values()].sort((one, other) => Date.parse(one.at) - Date.parse(other.at) || (one.id < other.id ? -1 : 1));
}

export function reply(ticket: Ticket, parts: Part[], isNote: boolean, state?: TicketState): void {
  const thread = threadOf(ticket.id);
  const sent: Reply = { client_id: newId(), parts, isNote, at: new Date().toISOString(), problem: null, ...(state && { state }) };
  thread.pending.value = [...thread.pending.value, sent];
  void push(thread, sent);
}

export function replyAgain(thread: Thread, sent: Reply): void {
  change(thread, sent.client_id, { problem: null });
  void push(thread, sent);
}

export function dropReply(thread: Thread, sent: Reply): void {
  thread.pending.value = thread.pending.value.filter(({ client_id }) => client_id !== sent.client_id);
}

function change(thread: Thread, clientId: string, to: Partial<Reply>): void {
  thread.pending.value = thread.pending.value.map((each) => (each.client_id === clientId ? { ...each, ...to } : each));
}

/** The idempotency key makes a second try harmless. */
async function push(thread: Thread, sent: Reply): Promise<void> {
  try {
    const answer = await api.post<Record<string, any>>(`/tickets/${thread.id}/${sent.isNote ? 'notes' : 'replies'}`, { parts: sent.parts, ...(sent.state && { state: sent.state }) }, { idempotencyKey: sent.client_id });
    if (answer?.ticket) keepTickets([answer.ticket as Ticket]);
    const entry = (answer?.entry ?? (answer?.ticket_id ? answer : null)) as TicketEntry | null;
    if (entry) merge(thread, [entry]);
    await loadThread(thread);
    dropReply(thread, sent);
  } catch (error) {
    change(thread, sent.client_id, { problem: wordsOf(error) });
  }
}
