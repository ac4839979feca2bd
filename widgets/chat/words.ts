/* What happened in a conversation, in words for the customer. */
import { _, ngettext } from '../shared/i18n.ts';
import type { Entry, EventPart, VisitorConversation } from '../shared/types.ts';

/** The line for an event of the journal; empty for what customers need not read. */
export function eventWords(entry: Entry): string {
  const part = entry.parts.find((each): each is EventPart => each.type === 'event');
  const data = part?.data ?? {};
  switch (part?.name) {
    case 'queued': return '';   // the banner tells the place as long as it matters
    case 'hosted': return _('{name} joined', { name: data.agent_name });
    case 'joined': return _('{name} joined', { name: data.agent_name });
    case 'guest_left': return _('{name} left', { name: data.agent_name });
    case 'transferred': return _('{name} has taken over from here', { name: data.agent_name });
    case 'returned': return _('We are finding somebody else for you. You keep your place.');
    case 'reminded': return ngettext('Are you still there? This chat closes in {n} minute.', 'Are you still there? This chat closes in {n} minutes.', data.minutes_left);
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
