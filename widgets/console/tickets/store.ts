// Tickets as this agent may see them: one map of the newest, the built-in views as pages over it, their counts.
import { computed, signal } from '@preact/signals';
import { _ } from '../../shared/i18n.ts';
import type { IconName } from '../../shared/components/index.ts';
import type { Ticket } from '../../shared/types.ts';
import { paged, type Paged } from '../loading.tsx';
import { api, myId, report } from '../session.ts';

/** Spec 5.8, in the order in which an agent needs them. */
export const VIEWS = ['todo', 'unassigned', 'groups', 'pending', 'starred', 'mine_created', 'cc', 'all', 'solved', 'closed', 'deleted', 'quarantine'] as const;
export type View = (typeof VIEWS)[number];

export const viewName = (view: View): string => ({
  todo: _('My to-do'), unassigned: _('Unassigned'), groups: _('My groups'), pending: _('Pending'), starred: _('Starred'), mine_created: _('Created by me'),
  cc: _("Cc'd to me"), all: _('All tickets'), solved: _('Solved'), closed: _('Closed'), deleted: _('Deleted'), quarantine: _('Quarantine'),
})[view];

export const viewIcon: Record<View, IconName> = { todo: 'inbox', unassigned: 'hand', groups: 'people', pending: 'queue', starred: 'star', mine_created: 'edit', cc: 'mail', all: 'ticket', solved: 'done', closed: 'lock', deleted: 'trash', quarantine: 'shield' };

export const tickets = signal<ReadonlyMap<string, Ticket>>(new Map());
export const ticketCounts = signal<Partial<Record<View, { count: number; capped: boolean }>>>({});
export const lastView = signal<View>('todo');

export function keepTickets(found: readonly Ticket[]): void {
  const next = new Map(tickets.value);
  for (const ticket of found) if ((next.get(ticket.id)?.version ?? -1) <= ticket.version) next.set(ticket.id, { ...next.get(ticket.id), ...ticket });
  tickets.value = next;
}

/** A pushed ticket is the same for everybody, so what is mine alone (the star) is kept. */
export function keepTicket(ticket: Ticket): void {
  const before = tickets.value.get(ticket.id);
  keepTickets([{ ...ticket, starred: ticket.starred ?? before?.starred ?? false }]);
  if (!before || before.state !== ticket.state || before.handler?.id !== ticket.handler?.id || before.group?.id !== ticket.group?.id) countTickets();
  if (before?.version === ticket.version) remarked.value = ticket;
  if (!before) arrived.value = [...arrived.value.filter((id) => id !== ticket.id), ticket.id].slice(-100);
}

/** The last ticket of whose thread alone a push told: an answer went further, a mail came back. */
export const remarked = signal<Ticket | null>(null);

/** Ids of tickets that came by push and are in no fetched page yet. */
const arrived = signal<string[]>([]);

let counting: ReturnType<typeof setTimeout> | undefined;
export function countTickets(): void {
  clearTimeout(counting);
  counting = setTimeout(async () => {
    try { ticketCounts.value = await api.get('/tickets/counts'); } catch { /* the next change counts again */ }
  }, 300);
}

/** Whether a pushed ticket belongs on top of a view that is open; `null` where only the server can tell. */
function belongs(view: View, ticket: Ticket): boolean {
  const isLive = ticket.state === 'new' || ticket.state === 'open' || ticket.state === 'pending';
  switch (view) {
    case 'todo': return ticket.handler?.id === myId.value && isLive;
    case 'unassigned': return !ticket.handler && isLive;
    case 'pending': case 'solved': case 'closed': case 'deleted': return ticket.state === view;
    case 'quarantine': return ticket.state === 'quarantined';
    case 'starred': return ticket.starred;
    case 'all': return ticket.state !== 'deleted' && ticket.state !== 'quarantined';
    default: return false;
  }
}

export interface TicketList {
  pages: Paged<Ticket>;
  rows: { value: Ticket[] };
}

const lists = new Map<string, TicketList>();

/** The rows of a view: as fetched, each as new as possible; arrivals on top; what left the view stays until reloaded, so nothing jumps under the hand. */
export function ticketList(view: View, search: string): TicketList {
  const key = `${view} ${search}`;
  let list = lists.get(key);
  if (!list) {
    const pages = paged<Ticket>('/tickets', { view, q: search || null }, keepTickets);
    const rows = computed(() => {
      const known = tickets.value;
      const fetched = pages.items.value.map((ticket) => known.get(ticket.id) ?? ticket);
      const ids = new Set(fetched.map(({ id }) => id));
      const fresh = search ? [] : arrived.value.filter((id) => !ids.has(id)).map((id) => known.get(id)!).filter((ticket) => ticket && belongs(view, ticket)).reverse();
      return [...fresh, ...fetched];
    });
    list = { pages, rows };
    if (lists.size > 12) lists.delete(lists.keys().next().value!);
    lists.set(key, list);
  }
  return list;
}

export function refreshTickets(): void {
  arrived.value = [];
  for (const { pages } of lists.values()) void pages.load();
  countTickets();
}

export async function fetchTicket(id: string): Promise<Ticket> {
  const ticket = await api.get<Ticket>(`/tickets/${id}`);
  keepTickets([ticket]);
  return ticket;
}

/** The star turns at once, and back if the server refuses. */
export async function star(ticket: Ticket, on: boolean): Promise<void> {
  keepTickets([{ ...ticket, starred: on }]);
  try {
    await (on ? api.put(`/tickets/${ticket.id}/star`) : api.delete(`/tickets/${ticket.id}/star`));
    countTickets();
  } catch (error) {
    keepTickets([{ ...(tickets.value.get(ticket.id) ?? ticket), starred: !on }]);
    report(error);
  }
}
