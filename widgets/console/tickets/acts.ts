// What an agent does to a ticket: shown at once, taken back when refused, and never over somebody else's change unseen.
import { signal } from '@preact/signals';
import { ask, toast } from '../../shared/components/index.ts';
import { ApiError } from '../../shared/api.ts';
import { _ } from '../../shared/i18n.ts';
import type { Copied, Person, Ticket, TicketState } from '../../shared/types.ts';
import { agents, catalogTree, groups } from '../directory.ts';
import { api, me, report } from '../session.ts';
import { priorityOf } from '../words.ts';
import { fetchTicket, keepTickets, tickets } from './store.ts';

/** What may be changed of a ticket. */
export interface Change {
  subject?: string;
  type?: string;
  urgency?: Ticket['urgency'];
  impact?: Ticket['impact'];
  priority?: Ticket['priority'];
  tags?: string[];
  cc?: Copied[];
  catalog_node_id?: string | null;
  state?: TicketState;
  pending_reason?: Ticket['pending_reason'];
  group_id?: string | null;
  handler_id?: string | null;
}

/** Two versions of one ticket: mine as typed, theirs as stored. */
export interface Conflict {
  ticketId: string;
  before: Ticket;
  current: Ticket;
  change: Change;
}

export const conflict = signal<Conflict | null>(null);

/** What the ticket will look like if the server agrees. */
export function imagine(ticket: Ticket, change: Change): Ticket {
  const { catalog_node_id, group_id, handler_id, ...plain } = change;
  const next: Ticket = { ...ticket, ...plain };
  if (catalog_node_id !== undefined) {
    next.catalog_node_id = catalog_node_id;
    next.catalog_path = catalogTree.value.find(({ node }) => node.id === catalog_node_id)?.path ?? [];
  }
  if (group_id !== undefined) next.group = groups.value.value?.find(({ id }) => id === group_id) ?? null;
  if (handler_id !== undefined) next.handler = agents.value.value?.find(({ id }) => id === handler_id) ?? (handler_id === me.value?.id && me.value ? { id: me.value.id, name: me.value.name, avatar: me.value.avatar } : null);
  if ((change.urgency || change.impact) && !change.priority) next.priority = priorityOf(next.urgency, next.impact);
  return next;
}

/** What a conflict is about: a reply makes a new version, too, and is none. */
export const FIELDS: readonly (keyof Ticket)[] = ['subject', 'state', 'pending_reason', 'type', 'catalog_path', 'urgency', 'impact', 'priority', 'group', 'handler', 'tags', 'cc'];

export const same = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

const saving = new Map<string, Promise<boolean>>();

/** Shown at once; changes of one ticket leave one after the other, each made on what the one before has stored. `kept`: words for the toast; null says nothing. */
export function changeTicket(ticket: Ticket, change: Change, kept: string | null = _('Saved')): Promise<boolean> {
  const earlier = saving.get(ticket.id);
  if (earlier) keepTickets([imagine(tickets.value.get(ticket.id) ?? ticket, change)]);
  const save = (earlier ?? Promise.resolve(true)).then(() => saveChange(ticket, change, kept)).finally(() => { if (saving.get(ticket.id) === save) saving.delete(ticket.id); });
  saving.set(ticket.id, save);
  return save;
}

async function saveChange(ticket: Ticket, change: Change, kept: string | null): Promise<boolean> {
  const before = tickets.value.get(ticket.id) ?? ticket;
  keepTickets([imagine(before, change)]);
  const isAssignment = 'group_id' in change || 'handler_id' in change;
  try {
    const body = { version: before.version, ...change };
    const saved = await (isAssignment ? api.post<Ticket>(`/tickets/${ticket.id}/assign`, body) : api.patch<Ticket>(`/tickets/${ticket.id}`, body));
    keepTickets([saved]);
    if (kept) toast(kept);
    return true;
  } catch (error) {
    put(before);
    const current = error instanceof ApiError && error.code === 'conflict' ? (error.problem.current as Ticket | undefined) : undefined;
    if (current) {
      keepTickets([current]);
      if (current.version > before.version && FIELDS.every((field) => same(before[field], current[field]))) return saveChange(current, change, kept);
      conflict.value = { ticketId: ticket.id, before, current, change };
    } else report(error);
    return false;
  }
}

/** Puts back what was shown before, unless something newer has arrived. */
function put(before: Ticket): void {
  const now = tickets.value.get(before.id);
  if (!now || now.version <= before.version) tickets.value = new Map(tickets.value).set(before.id, before);
}

export async function changeState(ticket: Ticket, state: TicketState, reason?: 'customer' | 'conditions'): Promise<void> {
  if (state === 'deleted') {
    const sure = await ask({ title: _('Delete ticket #{number}?', { number: ticket.number }), consequence: _('The customer no longer sees it. It can be restored for 30 days.'), act: _('Delete'), danger: true });
    if (!sure) return;
    if (await changeTicket(ticket, { state }, null)) toast(_('Ticket #{number} was deleted.', { number: ticket.number }), { meaning: 'neutral', act: { label: _('Undo'), onPick: () => void restore(ticket) } });
    return;
  }
  await changeTicket(ticket, { state, ...(state === 'pending' && { pending_reason: reason ?? 'customer' }) });
}

export async function restore(ticket: Ticket): Promise<void> {
  try {
    keepTickets([await api.post<Ticket>(`/tickets/${ticket.id}/restore`)]);
    toast(_('Ticket #{number} is back.', { number: ticket.number }));
  } catch (error) {
    report(error);
  }
}

/** The first to take it owns it; the second is told whose it is (spec 3.6). */
export async function assignToMe(ticket: Ticket): Promise<void> {
  if (ticket.handler?.id === me.value?.id) return;
  if (ticket.handler) {
    await changeTicket(ticket, { handler_id: me.value?.id ?? null }, _('The ticket is yours'));
    return;
  }
  try {
    keepTickets([await api.post<Ticket>(`/tickets/${ticket.id}/take`)]);
    toast(_('The ticket is yours'));
  } catch (error) {
    if (error instanceof ApiError && error.code === 'taken') {
      toast(_('{name} has taken it already.', { name: (error.problem.handler as Person | undefined)?.name ?? _('A colleague') }), { meaning: 'warn' });
      fetchTicket(ticket.id).catch(report);
    } else report(error);
  }
}
