// The middle pane: who this is, the transcript, and the composer.
import { useSignal } from '@preact/signals';
import { Avatar, Button, ConversationBadge, IconButton, Waited } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { ApiError } from '../../shared/api.ts';
import type { Conversation, Person } from '../../shared/types.ts';
import { toast } from '../../shared/components/toast.tsx';
import { Composer } from '../composer/composer.tsx';
import { chordOf, useKeys } from '../keymap.ts';
import { go } from '../router.ts';
import { api, can, report } from '../session.ts';
import { channelName, nameOf } from '../words.ts';
import { ChatMenu } from '../handover/chat-menu.tsx';
import { AlarmMark } from '../handover/alarm-mark.tsx';
import { isListening, Listening, Strip } from '../handover/strip.tsx';
import { isMine, keepConversation, mayAnswer } from './conversations.ts';
import { EndDialog } from './end-dialog.tsx';
import { iType, say } from './journal.ts';
import { Transcript } from './transcript.tsx';

export interface ChatProps {
  conversation: Conversation;
  onBack(): void;
  /** beside a list of something else it can be put away on a desk as well */
  closes?: boolean;
  panelOpen?: boolean;
  onPanel?(): void;
}

/** Takes one that waits; another was quicker, or my places are full: both said in words. */
async function take(conversation: Conversation): Promise<void> {
  try {
    const answer = await api.post<Conversation | { conversation: Conversation }>(`/conversations/${conversation.id}/take`);
    const taken = 'conversation' in answer ? answer.conversation : answer;
    keepConversation(taken);
    go(`/inbox/mine/${taken.id}`);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'taken') toast(_('{name} has taken it already.', { name: (error.problem.host as Person | undefined)?.name ?? _('A colleague') }), { meaning: 'warn' });
    else report(error);
  }
}

function noReplyBecause(conversation: Conversation): string | null {
  if (conversation.state === 'ended') return _('This conversation has ended. You may still leave a note.');
  if (conversation.state !== 'running') return _('Take it first, then you can answer.');
  if (!mayAnswer(conversation)) return _('{name} answers here. You may leave a note.', { name: conversation.host?.name ?? _('A colleague') });
  return null;
}

/** A leader beside the talk may speak to the host alone. */
const whisperTo = (conversation: Conversation) => (conversation.state === 'running' && !isMine(conversation) && can('conversation.monitor') ? conversation.host?.name ?? null : null);

export function Chat({ conversation, onBack, closes, panelOpen, onPanel }: ChatProps) {
  const ending = useSignal(false);
  const taking = useSignal(false);
  const { customer, state } = conversation;
  const canTake = state === 'waiting' && can('conversation.serve');
  const listens = isListening(conversation);
  const canEnd = state === 'running' && isMine(conversation);
  const takeIt = async () => {
    taking.value = true;
    await take(conversation);
    taking.value = false;
  };
  useKeys({ ...(canTake && { take: () => void takeIt() }), ...(canEnd && { end: () => { ending.value = true; } }) });
  return (
    <section class="chat" data-whole="" aria-label={_('Conversation with {name}', { name: nameOf(customer) })}>
      <header class="chat-head">
        <IconButton icon="back" class={closes ? undefined : 'phone-only'} label={_('Back to the list')} onClick={onBack} />
        <Avatar id={customer.id} name={nameOf(customer)} src={customer.avatar} size={32} />
        <div class="chat-who">
          <h2 class="clip">{nameOf(customer)}</h2>
          <p class="clip">{[channelName(conversation.channel_kind), conversation.catalog_path.join(' › ') || conversation.desk?.name, conversation.host && !isMine(conversation) ? conversation.host.name : ''].filter(Boolean).join(' · ')}</p>
        </div>
        {listens && <Listening />}
        {!listens && <ConversationBadge conversation={conversation} />}
        {conversation.alarm ? <AlarmMark alarm={conversation.alarm} /> : conversation.waiting_since && state !== 'ended' && <Waited since={conversation.waiting_since} />}
        <span class="chat-acts">
          {canTake && <Button kind="primary" icon="hand" keys={chordOf('take')} busy={taking.value} onClick={() => void takeIt()}>{_('Take')}</Button>}
          {canEnd && <Button icon="done" keys={chordOf('end')} onClick={() => { ending.value = true; }}>{_('End')}</Button>}
          <ChatMenu conversation={conversation} />
          {onPanel && <IconButton icon="panel" label={panelOpen ? _('Hide the customer') : _('Show the customer')} keys="I" pressed={panelOpen} onClick={onPanel} />}
        </span>
      </header>
      <Strip conversation={conversation} />
      <Transcript key={conversation.id} conversation={conversation} />
      <Composer place={`conversation/${conversation.id}`} enterSends placeholder={_('Write to {name}…', { name: nameOf(customer) })} noReply={noReplyBecause(conversation)} whisperTo={whisperTo(conversation)}
        onSend={(parts, isNote, isWhisper) => say(conversation.id, parts, isNote, isWhisper)} onType={(on) => { if (mayAnswer(conversation)) iType(conversation.id, on); }} />
      {ending.value && <EndDialog conversation={conversation} onClose={() => { ending.value = false; }} />}
    </section>
  );
}
