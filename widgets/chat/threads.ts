/* The visitor's tickets as the server has them, and what is being said in them. */
import { batch, effect, signal, untracked } from '@preact/signals';
import { ApiError, newId } from '../shared/api.ts';
import { partFor } from '../shared/upload.ts';
import type { CustomerTicket, Opening, Part } from '../shared/types.ts';
import { Staged } from './attached.tsx';
import { onLogout } from './host.ts';
import * as journals from './journal.ts';
import { api, connection, opening, replies, showTickets, ticketId, view, type Reply } from './session.ts';
import { filesOf, newerTicket, storedAs, textOf } from './thread.ts';

/** Tickets with their lines, by id, as far as they were read. */
export const threads = signal<Record<string, CustomerTicket>>({});
/** The server has told the list since this window opened. */
export const isListRead = signal(false);
/** Why the list, or the ticket in view, could not be read. */
export const problem = signal<ApiError | null>(null);
type News = 'sent' | 'followed';
const latest = signal<{ what: News; place: string | null } | null>(null);
/** What became of the last reply (said, or the beginning of another ticket), for the place that tells it: a ticket's id, or null for the list. */
export const newsIn = (place: string | null): News | '' => (latest.value?.place === place ? latest.value.what : '');
/** Told once: the place is left. */
export const forgetNews = (place: string | null): void => { if (newsIn(place)) latest.value = null; };
/** Entry → what this browser called it when it was said. */
export const saidHere = new Map<string, string>();
const staged = new Map<string, Staged>();

/** Grows when somebody else takes over this browser: answers to earlier questions are not for them. */
let visitor = 0;
onLogout(() => {
  visitor++;
  threads.value = {};
  isListRead.value = false;
  problem.value = null;
  latest.value = null;
  staged.clear();
});

// --- reading -------------------------------------------------------------------------------------------------------

async function reading(read: () => Promise<void>): Promise<void> {
  const asked = visitor;
  try {
    await read();
    if (asked === visitor) problem.value = null;
  } catch (reason) {
    if (!(reason instanceof ApiError)) throw reason;
    if (asked === visitor) problem.value = reason;
  }
}

export const readList = (): Promise<void> => reading(async () => {
  const asked = visitor;
  const { tickets } = await api.get<Opening>('/opening');
  if (asked !== visitor || !opening.value) return;
  batch(() => {
    isListRead.value = true;
    opening.value = { ...opening.value!, tickets: tickets.map(dated) };
  });
});

/** Lists tell no time of the lines, which they do not carry: a thread that was read knows better. */
function dated(ticket: CustomerTicket): CustomerTicket {
  const { updated_at } = threads.value[ticket.id] ?? ticket;
  return Date.parse(updated_at) > Date.parse(ticket.updated_at) ? { ...ticket, updated_at } : ticket;
}

export const readTicket = (id: string): Promise<void> => reading(async () => {
  const asked = visitor;
  const fresh = await api.get<CustomerTicket>(`/tickets/${encodeURIComponent(id)}`);
  // What is on its way would be shown twice; its own answer brings the whole ticket in a moment.
  const isSaying = reply(id).outbox.some(({ state }) => state === 'sending');
  if (asked === visitor && !isSaying) keep(fresh);
});

function keep(fresh: CustomerTicket): void {
  const ticket = newerTicket(threads.value[fresh.id], fresh);
  threads.value = { ...threads.value, [ticket.id]: ticket };
  const { value } = opening;
  if (!value) return;
  const listed = { ...ticket, entries: [] };
  const isListed = value.tickets.some(({ id }) => id === ticket.id);
  opening.value = { ...value, tickets: isListed ? value.tickets.map((each) => (each.id === ticket.id ? listed : each)) : [listed, ...value.tickets] };
}

/** What is known of a ticket: its lines too once they are read. */
export const known = (id: string): CustomerTicket | undefined => threads.value[id] ?? opening.value?.tickets.find((each) => each.id === id);

/** From a number in some text to the ticket. */
export async function showNumber(number: string): Promise<void> {
  const find = () => opening.value?.tickets.find((each) => `#${each.number}` === number.replace(/^#?/, '#'));
  if (!find()) showTickets(null);   // the list tells that it is being read, or why it cannot be
  if (!find()) await readList();
  const found = find();
  if (found) showTickets(found.id);
}

// --- saying --------------------------------------------------------------------------------------------------------

const nothing: Reply = { draft: '', outbox: [] };
export const reply = (id: string): Reply => replies.value[id] ?? nothing;
const put = (id: string, changed: Reply): void => { replies.value = { ...replies.value, [id]: changed }; };

export function filesFor(id: string): Staged {
  const files = staged.get(id) ?? new Staged();
  staged.set(id, files);
  return files;
}

export const write = (id: string, draft: string): void => put(id, { ...reply(id), draft });

/** Sends what stands in the reply box; false when there is nothing to send yet. */
export function send(id: string): boolean {
  const files = filesFor(id);
  const text = reply(id).draft.trim();
  const parts: Part[] = [...(text ? [{ type: 'text' as const, text }] : []), ...files.stored.value.map(partFor)];
  if (!parts.length || files.isUploading) return false;
  put(id, journals.said({ ...reply(id), draft: '' }, { client_id: newId(), at: new Date().toISOString(), parts }));
  files.clear();
  void pump(id);
  return true;
}

async function pump(id: string): Promise<void> {
  const next = journals.nextToSend(reply(id));
  if (!next) return;
  const { client_id, parts } = next;
  const asked = visitor;
  latest.value = null;
  put(id, journals.marked(reply(id), client_id, 'sending'));
  try {
    const answer = await api.post<CustomerTicket>(`/tickets/${encodeURIComponent(id)}/replies`, { client_id, parts });
    if (asked === visitor) batch(() => stored(id, client_id, answer));
  } catch (reason) {
    if (!(reason instanceof ApiError)) throw reason;
    if (asked === visitor) put(id, journals.marked(reply(id), client_id, 'failed', reason.message));
  }
  if (asked === visitor) void pump(id);
}

function stored(id: string, client_id: string, answer: CustomerTicket): void {
  const entry = storedAs(threads.value[answer.id], answer);
  if (entry) saidHere.set(entry, client_id);
  put(id, journals.discarded(reply(id), client_id));
  keep(answer);
  if (view.value !== 'tickets' || ticketId.value !== id) return;
  // What is said in a closed ticket begins another one (spec 5.1).
  const place = answer.id === id && answer.state === 'closed' ? null : answer.id;
  latest.value = { what: place === id ? 'sent' : 'followed', place };
  if (place !== id) showTickets(place);
}

export function retry(id: string, client_id: string): void {
  put(id, journals.marked(reply(id), client_id, 'waiting'));
  void pump(id);
}

/** Takes back what could not be sent: words and files return to the reply box. */
export function discard(id: string, unsent: journals.Unsent): void {
  const box = journals.discarded(reply(id), unsent.client_id);
  put(id, { ...box, draft: [box.draft, textOf(unsent)].filter(Boolean).join('\n') });
  const files = filesFor(id);
  files.stored.value = [...files.stored.value, ...filesOf(unsent)];
}

// What a reload or a broken connection left behind goes out when the way is open again.
replies.value = Object.fromEntries(Object.entries(replies.value).map(([id, box]) => [id, journals.interrupted(box)]));
effect(() => {
  if (connection.value !== 'online') return;
  untracked(() => {
    for (const [id, { outbox }] of Object.entries(replies.value)) outbox.filter(({ state }) => state !== 'sending').forEach(({ client_id }) => retry(id, client_id));
  });
});
