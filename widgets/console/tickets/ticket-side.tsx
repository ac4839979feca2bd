// The side of a ticket: who works on it, what it is, and the customer behind it; each field saves as it is chosen.
import { Avatar, IconButton, RelativeTime, Select, TagsField } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Ticket } from '../../shared/types.ts';
import { Facts, Past, Section } from '../inbox/customer-panel.tsx';
import { Link } from '../link.tsx';
import { can } from '../session.ts';
import { nameOf, sourceName } from '../words.ts';
import { changeTicket, type Change } from './acts.ts';
import { CatalogControl, GroupControl, HandlerControl, TypeControl, UrgencyControls, useDirectory } from './controls.tsx';

const PRIORITIES: readonly Ticket['priority'][] = ['P1', 'P2', 'P3', 'P4', 'P5'];

export function TicketSide({ ticket, onClose }: { ticket: Ticket; onClose(): void }) {
  useDirectory();
  const fixed = !can('ticket.edit') || ticket.state === 'deleted' || ticket.state === 'closed';
  const unassignable = !can('ticket.assign') || ticket.state === 'deleted' || ticket.state === 'closed';
  const change = (to: Change) => void changeTicket(ticket, to);
  return (
    <aside class="side" aria-label={_('Fields')}>
      <IconButton icon="close" class="phone-only" label={_('Back to the ticket')} onClick={onClose} />
      <Section title={_('Who works on it')}>
        <div class="side-fields">
          <GroupControl value={ticket.group?.id ?? null} onPick={(group_id) => change({ group_id, handler_id: null })} disabled={unassignable} />
          <div data-assign=""><HandlerControl value={ticket.handler?.id ?? null} groupId={ticket.group?.id ?? null} onPick={(handler_id) => change({ handler_id, ...(ticket.group && { group_id: ticket.group.id }) })} disabled={unassignable} /></div>
        </div>
      </Section>
      <Section title={_('What it is')}>
        <div class="side-fields">
          <CatalogControl value={ticket.catalog_node_id} onPick={(catalog_node_id) => change({ catalog_node_id })} disabled={fixed} />
          <TypeControl value={ticket.type} onPick={(type) => change({ type })} disabled={fixed} />
          <UrgencyControls urgency={ticket.urgency} impact={ticket.impact} priority={ticket.priority} onUrgency={(urgency) => change({ urgency })} onImpact={(impact) => change({ impact })} disabled={fixed} />
          <Select label={_('Priority by hand')} value={ticket.priority} options={PRIORITIES.map((value) => ({ value, label: value }))} onPick={(priority) => change({ priority: priority as Ticket['priority'] })} disabled={fixed} />
          <TagsField label={_('Tags')} tags={ticket.tags} onTags={(tags) => change({ tags })} disabled={fixed} />
        </div>
      </Section>
      {ticket.customer && (
        <Section title={_('Customer')}>
          <Link to={`/customers/${ticket.customer.id}`} class="side-customer">
            <Avatar id={ticket.customer.id} name={nameOf(ticket.customer)} size={32} />
            <span class="clip">{nameOf(ticket.customer)}{ticket.organization && <small>{ticket.organization.name}</small>}</span>
          </Link>
        </Section>
      )}
      {ticket.rating && (
        <Section title={_('Rating')}>
          <p class="side-rating"><span role="img" aria-label={_('Rated {score} of 5', { score: ticket.rating.score })}>{'★'.repeat(ticket.rating.score)}<i>{'★'.repeat(5 - ticket.rating.score)}</i></span> <span class="quiet small"><RelativeTime at={ticket.rating.at} /></span></p>
          {ticket.rating.comment && <p class="side-comment">{ticket.rating.comment}</p>}
        </Section>
      )}
      <Section title={_('Facts')}>
        <Facts facts={[
          [_('Came by'), sourceName(ticket.source)],
          [_('Created'), <RelativeTime at={ticket.created_at} />],
          [_('Updated'), <RelativeTime at={ticket.updated_at} />],
          !!ticket.solved_at && [_('Solved'), <RelativeTime at={ticket.solved_at} />],
          !!ticket.closed_at && [_('Closed'), <RelativeTime at={ticket.closed_at} />],
          !!ticket.deleted_reason && [_('Refused because'), ticket.deleted_reason],
        ]} />
      </Section>
      {ticket.customer && <Past customerId={ticket.customer.id} except={ticket.id} />}
    </aside>
  );
}
