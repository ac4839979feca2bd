// Badge and StateBadge: a word with a meaning; the word says it, the colour only helps.
import type { ComponentChildren } from 'preact';
import { _ } from '../i18n.ts';
import type { Conversation, Priority, Ticket, TicketState } from '../types.ts';
import { Icon, type IconName } from './icon.tsx';

export type Meaning = 'neutral' | 'good' | 'warn' | 'bad' | 'accent';

export function Badge({ meaning = 'neutral', icon, children, title }: { meaning?: Meaning; icon?: IconName; children: ComponentChildren; title?: string }) {
  return (
    <span class="badge" data-meaning={meaning} title={title}>
      {icon && <Icon name={icon} size={12} />}
      {children}
    </span>
  );
}

export function ticketStateName(state: TicketState): string {
  return { new: _('Unassigned'), open: _('Open'), pending: _('Pending'), solved: _('Solved'), closed: _('Closed'), deleted: _('Deleted'), quarantined: _('Quarantined') }[state];
}

const ticketMeaning: Record<TicketState, Meaning> = { new: 'warn', open: 'accent', pending: 'neutral', solved: 'good', closed: 'neutral', deleted: 'bad', quarantined: 'bad' };

/** The state of a ticket: a dot whose fill tells how far along it is, and the word. */
export function StateBadge({ state, reason }: { state: TicketState; reason?: Ticket['pending_reason'] }) {
  const why = reason === 'customer' ? _('waiting for customer') : reason === 'conditions' ? _('conditions missing') : '';
  return (
    <span class="state" data-state={state} data-meaning={ticketMeaning[state]} title={why}>
      <span class="state-dot" aria-hidden="true" />
      {ticketStateName(state)}
      {state === 'pending' && why && <span class="unseen"> ({why})</span>}
    </span>
  );
}

export function conversationStateName({ state, outcome }: Pick<Conversation, 'state' | 'outcome'>): string {
  if (state !== 'ended') return { menu: _('In the menu'), waiting: _('Waiting'), running: _('Running') }[state];
  return outcome ? { solved: _('Solved'), unsolved: _('Not solved online'), refused: _('Refused'), abandoned: _('Abandoned') }[outcome] : _('Ended');
}

export function ConversationBadge({ conversation }: { conversation: Pick<Conversation, 'state' | 'outcome'> }) {
  const meaning: Meaning = conversation.state === 'waiting' ? 'warn' : conversation.state === 'running' ? 'accent' : conversation.outcome === 'solved' ? 'good' : conversation.outcome === 'refused' ? 'bad' : 'neutral';
  return <Badge meaning={meaning}>{conversationStateName(conversation)}</Badge>;
}

/** P1 … P5 as bars: more bars, more urgent. */
export function PriorityMark({ priority }: { priority: Priority }) {
  return (
    <span class="priority" data-priority={priority} title={_('Priority {priority}', { priority })}>
      <span class="priority-bars" aria-hidden="true"><i /><i /><i /><i /></span>
      {priority}
    </span>
  );
}
