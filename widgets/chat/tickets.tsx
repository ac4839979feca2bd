/* The visitor's earlier requests and how they stand. */
import { _ } from '../shared/i18n.ts';
import { ago, exact } from '../shared/time.ts';
import type { TicketState } from '../shared/types.ts';
import { Icon } from './icons.tsx';
import { opening } from './session.ts';
import { hash } from './words.ts';

export function Tickets() {
  const tickets = opening.value!.tickets ?? [];
  return (
    <main class="view page">
      <h2>{_('My requests')}</h2>
      {tickets.length ? (
        <ul class="tickets">
          {tickets.map(({ number, subject, state, updated_at, created_at }) => (
            <li key={number}>
              <Icon name="ticket" size={18} />
              <div><p class="ticket-subject">{subject}</p>
                <p class="quiet small">{hash(number)} · <time dateTime={updated_at ?? created_at} title={exact(updated_at ?? created_at)}>{ago(updated_at ?? created_at)}</time></p></div>
              <span class="state" data-state={state}>{stateWords(state)}</span>
            </li>
          ))}
        </ul>
      ) : <p class="quiet">{_('You have no requests yet. What you ask here will be listed with its state.')}</p>}
    </main>
  );
}

function stateWords(state: TicketState): string {
  switch (state) {
    case 'new': case 'quarantined': return _('Received');
    case 'open': return _('In progress');
    case 'pending': return _('On hold');
    case 'solved': return _('Solved');
    case 'closed': return _('Closed');
    case 'deleted': return _('Withdrawn');
  }
}
