// The thread of each open ticket: what was said and done, oldest first, and the replies on their way.
import { signal, type Signal } from '@preact/signals';
import { newId } from '../../shared/api.ts';
import type { MailEnvelope, Page, Part, Ticket, TicketEntry, TicketState } from '../../shared/types.ts';
import type { Pending } from '../inbox/journal.ts';
import { api, wordsOf } from '../session.ts';
import { fetchTicket } from './store.ts';

export interface Reply extends Pending { state?: TicketState; envelope?: MailEnvelope }

export interface Thread {
  id: string;
  entries: Signal<TicketEntry[]>;
  pending: Signal<Reply[]>;
  state: Signal<'loading' | 'ready' | 'failed'>;
  problem: Signal<string | null>;
  /** where the older lines begin; null when all are here */
  older: Signal<string | null>;
  loadingOlder: Signal<boolean>;
}

type Slice = Page<TicketEntry>;

const PAGE = 50;
const threads = new Map<string, Thread>();

export function threadOf(id: string): Thread {
  let thread = threads.get(id);
  if (!thread) {
    thread = { id, entries: signal([]), pending: signal([]), state: signal('loading'), problem: signal(null), older: signal(null), loadingOlder: signal(false) };
    threads.set(id, thread);
  }
  return thread;
}

const fetchSlice = (thread: Thread, before?: string) => api.get<Slice>(`/tickets/${thread.id}/entries`, { query: { before, limit: PAGE } });

/** The newest page; again whenever the ticket has changed. What is shown stays shown meanwhile. */
export async function loadThread(thread: Thread): Promise<void> {
  thread.problem.value = null;
  try {
    const slice = await fetchSlice(thread);
    const first = thread.state.value !== 'ready';
    dropMoved(thread, slice);
    merge(thread, slice.items);
    if (first) thread.older.value = slice.next;
    thread.state.value = 'ready';
  } catch (error) {
    thread.problem.value = wordsOf(error);
    if (thread.state.value !== 'ready') thread.state.value = 'failed';
  }
}

/** What was split off or merged away is not here any more; what is newer than the page was just written. */
function dropMoved(thread: Thread, { items, next }: Slice): void {
  const ids = new Set(items.map(({ id }) => id));
  const [first, last] = [items[0]?.id ?? '', items.at(-1)?.id ?? ''];
  const isHere = ({ id }: TicketEntry) => ids.has(id) || id > last || (next !== null && id < first);
  if (items.length) thread.entries.value = thread.entries.value.filter(isHere);
}

export async function olderEntries(thread: Thread): Promise<void> {
  if (!thread.older.value || thread.loadingOlder.value) return;
  thread.loadingOlder.value = true;
  try {
    const slice = await fetchSlice(thread, thread.older.value);
    merge(thread, slice.items);
    thread.older.value = slice.next;
  } catch (error) {
    thread.problem.value = wordsOf(error);
  } finally {
    thread.loadingOlder.value = false;
  }
}

/** Puts lines into the thread, or new states of them. */
export function merge(thread: Thread, found: readonly TicketEntry[]): void {
  const byId = new Map(thread.entries.value.map((entry) => [entry.id, entry]));
  for (const entry of found) byId.set(entry.id, entry);
  thread.entries.value = [...byId.values()].sort((one, other) => Date.parse(one.at) - Date.parse(other.at) || (one.id < other.id ? -1 : 1));
}

export function reply(ticket: Ticket, parts: Part[], isNote: boolean, { state, envelope }: { state?: TicketState; envelope?: MailEnvelope | undefined } = {}): void {
  const thread = threadOf(ticket.id);
  const sent: Reply = { client_id: newId(), parts, isNote, at: new Date().toISOString(), problem: null, ...(state && { state }), ...(envelope && { envelope }) };
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
    const entry = await api.post<TicketEntry>(`/tickets/${thread.id}/${sent.isNote ? 'notes' : 'replies'}`, { parts: sent.parts, ...(sent.state && { state: sent.state }), ...(sent.envelope && { envelope: sent.envelope }) }, { idempotencyKey: sent.client_id });
    merge(thread, [entry]);
    dropReply(thread, sent);
    // The answer may have changed the ticket's state: its event line and the ticket itself.
    await Promise.all([loadThread(thread), fetchTicket(thread.id)]);
  } catch (error) {
    change(thread, sent.client_id, { problem: wordsOf(error) });
  }
}
