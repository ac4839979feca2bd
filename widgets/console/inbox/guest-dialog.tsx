// Somebody from outside is invited by a link: a name first, then the link to hand on, shown this once (spec 4.4).
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Button, Dialog, Field, TextField } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { moment } from '../../shared/time.ts';
import type { Conversation, Guest } from '../../shared/types.ts';
import { copy } from '../copy.ts';
import { useForm } from '../forms.ts';
import { api } from '../session.ts';
import { nameOf } from '../words.ts';
import { isMine } from './conversations.ts';

export function GuestDialog({ conversation, onClose }: { conversation: Conversation; onClose(): void }) {
  const form = useForm({ name: '' }, [conversation.id]);
  const made = useSignal<{ guest: Guest; link: string } | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const { name } = form.values.value;
  const submit = async () => {
    if (!name.trim()) { form.wrong.value = { name: _('Say who this is: everybody in the talk sees it.') }; return; }
    const answer = await form.send((values) => api.post<{ guest: Guest; link: string }>(`/conversations/${conversation.id}/guests`, values));
    if (!answer) return;
    made.value = answer;
    requestAnimationFrame(() => field.current?.select());
  };
  const copyLink = async () => { if (!await copy(made.value!.link)) field.current?.select(); };
  if (made.value) {
    const { guest, link } = made.value;
    const until = guest.until ? moment(guest.until) : '';
    return (
      <Dialog title={_('A link for {name}', { name: guest.name })} onClose={onClose} onSubmit={() => void copyLink()}
        footer={
          <>
            <Button onClick={onClose}>{_('Done')}</Button>
            <Button kind="primary" type="submit" icon="copy">{_('Copy the link')}</Button>
          </>
        }>
        <p class="quiet">{_('Whoever opens this link joins as {name}. It is valid until {time} and is shown only now.', { name: guest.name, time: until })}</p>
        <Field label={_('Link')}>{(control) => <input {...control} class="input" ref={field} value={link} readOnly onFocus={({ currentTarget }) => currentTarget.select()} />}</Field>
      </Dialog>
    );
  }
  return (
    <Dialog title={_('Invite somebody from outside to {name}', { name: nameOf(conversation.customer) })} onClose={onClose} onSubmit={() => void submit()}
      footer={
        <>
          {form.problem.value && <p class="foot-problem" role="alert">{form.problem.value}</p>}
          <Button onClick={onClose}>{_('Cancel')}</Button>
          <Button kind="primary" type="submit" busy={form.busy.value}>{_('Make the link')}</Button>
        </>
      }>
      <p class="quiet">{isMine(conversation) ? _('You stay the host and can remove the guest at any time.') : _('{host} stays the host; both of you can remove the guest at any time.', { host: conversation.host?.name ?? '' })} {_('Guests write words and emoji; they see no files and no notes.')}</p>
      <TextField label={_('Name of the guest')} value={name} onText={(text) => form.set('name', text)} error={form.wrong.value.name} help={_('Everybody in the conversation sees it.')} maxlength={100} autofocus />
    </Dialog>
  );
}
