// Changing hands: every way in which a conversation gets another host, company, or another place in the queue.
import { ask, toast } from '../../shared/components/index.ts';
import { ApiError } from '../../shared/api.ts';
import { _ } from '../../shared/i18n.ts';
import type { Conversation, Guest, Offer } from '../../shared/types.ts';
import { fetchConversation, keepConversation } from '../inbox/conversations.ts';
import { go } from '../router.ts';
import { api, report } from '../session.ts';
import { nameOf } from '../words.ts';

/** Does one thing to a conversation and keeps what it has become; a refusal is said in the server's words. */
async function act(conversation: { id: string }, path: string, body: unknown = {}): Promise<Conversation | null> {
  try {
    const found = await api.post<Conversation>(`/conversations/${conversation.id}/${path}`, body);
    keepConversation(found);
    return found;
  } catch (error) {
    report(error);
    // Somebody was faster: show how it stands now.
    if (error instanceof ApiError && error.status === 409) void fetchConversation(conversation.id).catch(() => {});
    return null;
  }
}

const open = (conversation: Conversation | null) => { if (conversation) go(`/inbox/mine/${conversation.id}`); };

export async function accept(conversation: Conversation, offer: Offer): Promise<boolean> {
  const found = await act(conversation, `offers/${offer.id}/accept`);
  open(found);
  return !!found;
}

export const decline = async (conversation: Conversation, offer: Offer) => !!(await act(conversation, `offers/${offer.id}/decline`));

export async function withdraw(conversation: Conversation, offer: Offer): Promise<void> {
  if (await act(conversation, `offers/${offer.id}/withdraw`)) toast(_('Withdrawn: the conversation stays with you.'), { meaning: 'neutral' });
}

export async function takeOver(conversation: Conversation): Promise<boolean> {
  const found = await act(conversation, 'take-over');
  open(found);
  if (found) toast(_('{name} is yours now.', { name: nameOf(found.customer) }));
  return !!found;
}

export async function join(conversation: Conversation): Promise<void> {
  const found = await act(conversation, 'join');
  open(found);
  if (found) toast(_('You are in this conversation now; the customer sees you.'));
}

export async function moveUp(conversation: Conversation): Promise<void> {
  if (await act(conversation, 'move-up')) toast(_('{name} is next.', { name: nameOf(conversation.customer) }));
}

export async function part(conversation: Conversation, guest: Guest, isMe: boolean): Promise<void> {
  if (!isMe && !(await ask({ title: _('Remove {name}?', { name: guest.name }), consequence: _('They no longer see this conversation, and can no longer write in it. You can invite them again.'), act: _('Remove') }))) return;
  try {
    keepConversation(await api.delete<Conversation>(`/conversations/${conversation.id}/guests/${guest.id}`));
    if (isMe) go('/inbox/mine');
    toast(isMe ? _('You have left the conversation.') : _('{name} was removed.', { name: guest.name }));
  } catch (error) {
    report(error);
  }
}
