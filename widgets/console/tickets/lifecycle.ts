// Which states a person may choose next for a ticket (spec 5.1); the server decides, this only spares vain tries.
import { _ } from '../../shared/i18n.ts';
import type { IconName } from '../../shared/components/index.ts';
import type { Ticket, TicketState } from '../../shared/types.ts';

const NEXT: Record<TicketState, readonly TicketState[]> = {
  quarantined: ['new', 'deleted'],
  new: ['open', 'pending', 'solved', 'deleted'],
  open: ['pending', 'solved', 'deleted'],
  pending: ['open', 'solved', 'deleted'],
  solved: ['open', 'deleted'],
  closed: ['deleted'],
  deleted: [],
};

export const nextStates = (ticket: Pick<Ticket, 'state'>): readonly TicketState[] => NEXT[ticket.state];

/** The act that leads to a state, as a verb. */
export const actName = (from: TicketState, to: TicketState): string => {
  if (from === 'quarantined' && to === 'new') return _('Release to the desk');
  if (from === 'solved' && to === 'open') return _('Reopen');
  return { new: _('Unassigned'), open: _('Set open'), pending: _('Set pending'), solved: _('Solve'), closed: _('Close ticket'), deleted: _('Delete'), quarantined: _('Quarantine') }[to];
};

export const actIcon: Record<TicketState, IconName> = { new: 'hand', open: 'retry', pending: 'queue', solved: 'done', closed: 'lock', deleted: 'trash', quarantined: 'shield' };
