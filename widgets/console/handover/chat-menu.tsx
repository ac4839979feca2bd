// What else can be done with a conversation: hand on, invite, join, take over, leave; and for leaders its place in the queue.
import { signal } from '@preact/signals';
import { IconButton, Menu, type MenuItem } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Conversation } from '../../shared/types.ts';
import { isGuest, isMine } from '../inbox/conversations.ts';
import { as, later } from '../later.tsx';
import { can, me } from '../session.ts';
import { nameOf } from '../words.ts';
import { join, moveUp, part, takeOver } from './acts.ts';
import type { Purpose } from './hand-on-dialog.tsx';

const HandOnDialog = later(async () => as((await import('./hand-on-dialog.tsx')).HandOnDialog), { quiet: true });
const GuestDialog = later(async () => as((await import('../inbox/guest-dialog.tsx')).GuestDialog), { quiet: true });
const inviting = signal<Conversation | null>(null);
const asking = signal<{ conversation: Conversation; purpose: Purpose } | null>(null);

export const askWhom = (conversation: Conversation, purpose: Purpose) => { asking.value = { conversation, purpose }; };

/** Where the dialog stands; once for the whole console, so that a row that goes away does not take it along. */
export function HandOn() {
  const open = asking.value;
  if (inviting.value) return <GuestDialog key={inviting.value.id} conversation={inviting.value} onClose={() => { inviting.value = null; }} />;
  return open && <HandOnDialog key={`${open.conversation.id} ${open.purpose}`} {...open} onClose={() => { asking.value = null; }} />;
}

export function chatActs(conversation: Conversation): (MenuItem | null)[] {
  const { state, offer } = conversation;
  const mine = isMine(conversation);
  const guest = isGuest(conversation);
  const leads = can('conversation.monitor');
  if (!can('conversation.serve')) return [];
  if (state === 'waiting' && leads) {
    return [
      { label: _('Move up'), icon: 'arrow_up', hint: _('In front of the others of the same priority'), onPick: () => void moveUp(conversation) },
      { label: _('Assign to…'), icon: 'hand', onPick: () => askWhom(conversation, 'assign') },
    ];
  }
  if (state !== 'running') return [];
  const isAsked = offer ? _('Somebody has been asked already') : undefined;
  if (mine) {
    return [
      { label: _('Hand on…'), icon: 'move', disabled: !!offer, hint: isAsked, onPick: () => askWhom(conversation, 'hand_on') },
      { label: _('Invite a colleague…'), icon: 'user_plus', disabled: !!offer, hint: isAsked, onPick: () => askWhom(conversation, 'invite') },
      { label: _('Invite somebody from outside…'), icon: 'link', onPick: () => { inviting.value = conversation; } },
    ];
  }
  const acts: (MenuItem | null)[] = [];
  if (leads && !guest) acts.push({ label: _('Join'), icon: 'user_plus', hint: _('The customer sees that you joined'), onPick: () => void join(conversation) });
  if (leads || conversation.alarm) acts.push({ label: _('Take over'), icon: 'hand', onPick: () => void takeOver(conversation) });
  if (leads) acts.push({ label: _('Invite somebody from outside…'), icon: 'link', onPick: () => { inviting.value = conversation; } });
  if (leads) acts.push({ label: _('Hand on at once…'), icon: 'move', onPick: () => askWhom(conversation, 'hand_on') });
  const self = conversation.guests?.find(({ id }) => id === me.value?.id);
  if (self) acts.push(...(acts.length ? [null] : []), { label: _('Leave this conversation'), icon: 'sign_out', onPick: () => void part(conversation, self, true) });
  return acts;
}

export function ChatMenu({ conversation, size }: { conversation: Conversation; size?: 'small' }) {
  const items = chatActs(conversation);
  if (!items.length) return null;
  const name = nameOf(conversation.customer);
  return <Menu label={name} align="end" items={items} trigger={(props) => <IconButton icon="more" size={size} label={_('More for {name}', { name })} {...props} />} />;
}
