// Below a conversation's head: who has been asked and has yet to answer, who else is in here, and the alarm.
import { Avatar, Button, Icon, IconButton } from '../../shared/components/index.ts';
import { _, ngettext } from '../../shared/i18n.ts';
import type { Conversation, Offer } from '../../shared/types.ts';
import { isGuest, isMine } from '../inbox/conversations.ts';
import { can, me } from '../session.ts';
import { part, withdraw } from './acts.ts';
import { useSecond } from './second.ts';

export function Strip({ conversation }: { conversation: Conversation }) {
  const { offer, state } = conversation;
  const guests = conversation.guests ?? [];
  const mayRemove = isMine(conversation) || can('conversation.monitor');
  if (state !== 'running' || (!offer && !guests.length)) return null;
  return (
    <div class="strip">
      {offer && offer.kind !== 'response' && <Asked conversation={conversation} offer={offer} />}
      {guests.length > 0 && (
        <ul class="guests" aria-label={_('Guests')}>
          {guests.map((guest) => {
            const isMe = guest.id === me.value?.id;
            return (
              <li key={guest.id} class="guest" title={_('Invited by {name}', { name: guest.invited_by })} data-away={!guest.joined_at || undefined}>
                <Avatar id={guest.id} name={guest.name} src={guest.avatar} size={20} />
                <span class="clip">{isMe ? _('You') : guest.name}</span>
                {(isMe || mayRemove) && <IconButton icon="close" size="small" label={isMe ? _('Leave this conversation') : _('Remove {name}', { name: guest.name })} onClick={() => void part(conversation, guest, isMe)} />}
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}

function Asked({ conversation, offer }: { conversation: Conversation; offer: Offer }) {
  const now = useSecond();
  const left = Math.max(0, Math.ceil((Date.parse(offer.until) - now) / 1000));
  const name = (offer.agent ?? offer.group)?.name ?? '';
  const words = offer.kind === 'invitation' ? _('{name} was invited', { name }) : _('Waiting for {name}', { name });
  return (
    <p class="asked">
      <Icon name="clock" size={14} />
      <span role="status">{words}</span>
      <span class="asked-left" role="timer" aria-live="off">{ngettext('{n} s', '{n} s', left)}</span>
      {(isMine(conversation) || can('conversation.monitor')) && <Button size="small" kind="quiet" onClick={() => void withdraw(conversation, offer)}>{_('Withdraw')}</Button>}
    </p>
  );
}

/** Said plainly to the leader who looks in: nobody else knows. */
export const isListening = (conversation: Conversation) => conversation.state === 'running' && !isMine(conversation) && !isGuest(conversation) && can('conversation.monitor');

export function Listening() {
  return <span class="listening"><Icon name="eye" size={13} />{_('Listening, unseen')}</span>;
}
