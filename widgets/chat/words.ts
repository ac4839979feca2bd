/* What happened in a conversation, in words for the customer. */
import { _ } from '../shared/i18n.ts';
import type { Entry, EventPart, FormReason, TicketState, VisitorConversation } from '../shared/types.ts';
import { wait } from '../shared/time.ts';

/** The line for an event of the journal; empty for what customers need not read. */
export function eventWords(entry: Entry): string {
  const part = entry.parts.find((each): each is EventPart => each.type === 'event');
  const data = part?.data ?? {};
  switch (part?.name) {
    case 'queued': return data.desk_name ? _('You are in line for {desk}', { desk: data.desk_name }) : _('You are in line');
    case 'hosted': return _('{name} joined', { name: data.agent_name });
    case 'moved': return data.desk_name ? _('You are being served by {desk}', { desk: data.desk_name }) : '';
    case 'left': return entry.author.kind === 'customer' ? _('You left the conversation') : _('{name} left', { name: entry.author.name });
    case 'ended': return _('The conversation has ended');
    case 'rated': return _('Thank you for your rating');
    case 'ticket_opened': return data.number ? _('Your request is kept as {number}', { number: hash(data.number) }) : '';
    default: return '';
  }
}

export const hash = (number: string | number): string => String(number).replace(/^#?/, '#');

/** The line under the name at the top. */
export function standing(conversation: VisitorConversation | null, hasEnded: boolean): string {
  if (!conversation) return '';
  if (hasEnded) return _('This conversation has ended');
  if (conversation.state === 'running') return _('Here with you');
  if (conversation.state === 'waiting') return _('You are in line');
  return '';
}

export function place({ position, expected_wait }: VisitorConversation): { place: string; wait: string } {
  const words = position === null ? _('You are in line') : position <= 1 ? _('You are next in line') : _('You are number {position} in line', { position });
  return { place: words, wait: expected_wait ? wait(expected_wait) : '' };
}

export function formHeading(reason: FormReason | null): { title: string; words: string } {
  switch (reason) {
    case 'closed': return { title: _('We are away right now'), words: _('Leave us a message. We will answer by e-mail as soon as we are back.') };
    case 'nobody_on_duty': return { title: _('Nobody is free to chat right now'), words: _('Leave us a message. We will answer by e-mail.') };
    case 'queue_full': return { title: _('The line is full right now'), words: _('We do not want to keep you waiting: leave us a message, and we will answer by e-mail.') };
    case 'waited_too_long': return { title: _('Sorry, this took too long'), words: _('You have waited long enough. Leave us a message with all that you wrote, and we will answer by e-mail.') };
    default: return { title: _('Leave a message'), words: _('We will answer by e-mail. Nothing that you wrote is lost.') };
  }
}

export function ticketStateWords(state: TicketState): string {
  switch (state) {
    case 'new': case 'quarantined': return _('Received');
    case 'open': return _('In progress');
    case 'pending': return _('On hold');
    case 'solved': return _('Solved');
    case 'closed': return _('Closed');
    case 'deleted': return _('Withdrawn');
  }
}
