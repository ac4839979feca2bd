// What happened, in words: events of conversations and of tickets as one quiet line each.
import { ticketStateName, type IconName } from '../../shared/components/index.ts';
import { _, ngettext } from '../../shared/i18n.ts';
import type { Author, EventPart, TicketState } from '../../shared/types.ts';
import { fieldName, levelName, typeName } from '../words.ts';

const outcomeName = (outcome: string) => ({ solved: _('solved'), unsolved: _('not solvable online'), refused: _('refused'), abandoned: _('the customer left') })[outcome] ?? outcome;
const formReason = (reason: string) => ({
  closed: _('outside of service hours'), nobody_on_duty: _('nobody was there'), queue_full: _('the queue was full'), waited_too_long: _('the wait was too long'), left: _('the customer left the queue'),
})[reason] ?? reason;

export function eventIcon(name: string): IconName {
  return (({ queued: 'queue', hosted: 'user', moved: 'move', form_offered: 'form', left: 'sign_out', ended: 'done', rated: 'star', ticket_opened: 'ticket', opened: 'ticket', state_changed: 'history', assigned: 'hand', field_changed: 'edit', conversation_joined: 'chats', transferred: 'move', returned: 'queue', reminded: 'bell', joined: 'user_plus', guest_left: 'sign_out', invited: 'user_plus', offered: 'clock', unanswered: 'clock', declined: 'refused', withdrawn: 'back', bounced: 'alert', auto_reply: 'mail', orders_refused: 'alert', unproven: 'warning', complained: 'alert', mail_read: 'eye', split_off: 'split', split_from: 'split', merged: 'merge', merged_into: 'merge', parted: 'history', parted_from: 'history', followed_up: 'ticket' }) as Record<string, IconName>)[name] ?? 'info';
}

/** A value of a field as people read it; lists with commas, nothing as a dash. */
export function valueWords(field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.length ? value.map(String).join(field === 'catalog_path' ? ' › ' : ', ') : '–';
  if (typeof value === 'object') return 'name' in value ? String(value.name) : JSON.stringify(value);
  const words = String(value);
  if (field === 'state') return ticketStateName(words as TicketState);
  if (field === 'urgency' || field === 'impact') return levelName(words);
  if (field === 'type') return typeName(words);
  if (field === 'pending_reason') return words === 'customer' ? _('waiting for customer') : _('conditions missing');
  return words;
}

const nameIn = (value: unknown): string => (value && typeof value === 'object' && 'name' in value ? String(value.name) : typeof value === 'string' ? value : '');

export function eventWords({ name, data }: EventPart, author: Author): string {
  const who = author.kind === 'system' ? '' : author.name;
  switch (name) {
    case 'queued': return _('Waits for {desk}', { desk: data.desk_name ?? '' });
    case 'hosted': return _('{agent} is serving', { agent: data.agent_name ?? '' });
    case 'moved': return _('Moved to {desk}: nobody was on duty', { desk: data.desk_name ?? '' });
    case 'form_offered': return _('A ticket form was offered: {reason}', { reason: formReason(data.reason) });
    case 'left': return _('The customer left');
    case 'ended': return who ? _('{name} ended the conversation: {outcome}', { name: who, outcome: outcomeName(data.outcome) }) : _('The conversation ended: {outcome}', { outcome: outcomeName(data.outcome) });
    case 'rated': return data.comment ? _('Rated {score} of 5: “{comment}”', { score: data.score, comment: data.comment }) : _('Rated {score} of 5', { score: data.score });
    case 'ticket_opened': return _('Became ticket #{number}', { number: data.number });
    case 'transferred': return data.from_name ? _('{agent} has taken over from {from}', { agent: data.agent_name ?? '', from: data.from_name }) : _('{agent} has taken over', { agent: data.agent_name ?? '' });
    case 'returned': return _('{from} is gone: the customer waits in front', { from: data.from_name ?? '' });
    case 'reminded': return ngettext('The customer was asked whether they are still there: the chat closes in {n} minute', 'The customer was asked whether they are still there: the chat closes in {n} minutes', data.minutes_left ?? 0);
    case 'joined': return _('{agent} joined', { agent: data.agent_name ?? '' });
    case 'invited': return withName(who, _('{name} was invited from outside', { name: data.agent_name ?? '' }));
    case 'guest_left': return _('{agent} left', { agent: data.agent_name ?? '' });
    case 'offered': return withName(who, withNote(data.kind === 'invitation' ? _('{name} was invited', { name: data.to_name ?? '' }) : _('{name} was asked to take over', { name: data.to_name ?? '' }), data.note));
    case 'unanswered': return data.kind === 'invitation' ? _('{name} did not answer the invitation in time', { name: data.to_name ?? '' }) : _('{name} did not answer in time: it stays where it is', { name: data.to_name ?? '' });
    case 'declined': return data.kind === 'invitation' ? _('{name} declined the invitation', { name: data.to_name ?? '' }) : _('{name} declined: it stays where it is', { name: data.to_name ?? '' });
    case 'withdrawn': return withName(who, _('The question to {name} was withdrawn', { name: data.to_name ?? '' }));
    case 'opened': return who ? _('{name} opened the ticket', { name: who }) : _('The ticket was opened');
    case 'state_changed': return withName(who, _('{before} → {after}', { before: valueWords('state', data.before), after: valueWords('state', data.after) }));
    case 'assigned': return withName(who, _('assigned to {whom}', { whom: [nameIn(data.group), nameIn(data.handler)].filter(Boolean).join(' · ') || '–' }));
    case 'field_changed': return withName(who, _('{field}: {before} → {after}', { field: fieldName(data.field), before: valueWords(data.field, data.before), after: valueWords(data.field, data.after) }));
    case 'conversation_joined': return _('A conversation became part of this ticket');
    case 'bounced': return withNote(data.recipient ? _('A mail to {recipient} came back', { recipient: data.recipient }) : _('A mail came back'), [data.reason, data.hint].filter(Boolean).join(' '));
    case 'orders_refused': return withName(who, _('not done by mail: {lines}', { lines: linesOf(data.lines) }));
    case 'unproven': return _('A mail claims to come from {name} ({address}), and nothing proves it. It was put here as a note, and nothing of it was done.', { name: data.name ?? '', address: data.address || '–' });
    case 'complained': return data.recipient ? _('{recipient} reported our mail as spam', { recipient: data.recipient }) : _('Our mail was reported as spam');
    case 'mail_read': return readWords(data);
    case 'split_off': return withName(who, ngettext('{n} message was split off into a ticket of its own', '{n} messages were split off into a ticket of their own', data.count ?? 1));
    case 'split_from': return _('split off from #{number}', { number: data.number });
    case 'merged': return withName(who, _('#{number} became part of this ticket: {subject}', { number: data.number, subject: data.subject ?? '' }));
    case 'merged_into': return withName(who, _('became part of #{number}', { number: data.number }));
    case 'parted': return withName(who, _('#{number} is a ticket of its own again', { number: data.number }));
    case 'parted_from': return withName(who, _('taken back from #{number}', { number: data.number }));
    case 'auto_reply': return withNote(_('{address} answered automatically', { address: data.from || '–' }), data.subject);
    default: return withName(who, name.replaceAll('_', ' '));
  }
}

const linesOf = (lines: { line: string; reason: string }[]): string => lines.map(({ line, reason }) => [line, reason].filter(Boolean).join(' – ')).join('; ');

function readWords(data: Record<string, unknown>): string {
  const address = String(data.recipient || '–');
  switch (data.disposition) {
    case 'displayed': return _('{address} has opened our mail', { address });
    case 'deleted': return _('{address} deleted our mail without reading it', { address });
    case 'delivered': case 'relayed': case 'expanded': return _('Our mail was delivered to {address}', { address });
    default: return _('The mail program of {address} confirmed our mail', { address });
  }
}

const withNote = (words: string, note: unknown) => (note ? `${words}: “${note}”` : words);
const withName = (who: string, words: string) => (who ? `${who} · ${words}` : words);
