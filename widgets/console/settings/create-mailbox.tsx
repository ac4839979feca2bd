// A new mailbox: its address and desk; where it is read and sent comes on its page, filled in as far as the address tells.
import { useEffect } from 'preact/hooks';
import { newId } from '../../shared/api.ts';
import { Button, Dialog, Picker, TextField } from '../../shared/components/index.ts';
import { _, language } from '../../shared/i18n.ts';
import { channels, desks, groups } from '../directory.ts';
import { useForm } from '../forms.ts';
import { go } from '../router.ts';
import { api } from '../session.ts';
import type { Channel } from './channel.ts';

const EXAMPLE = 'help@example.com';

/** Nobody types the key of a mailbox, so it only has to be free. */
const keyFor = (address: string) => `mail-${address.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 24)}-${newId().toLowerCase().replace(/[^a-z0-9]/g, '').slice(-8)}`;

export function CreateMailbox({ onClose }: { onClose(): void }) {
  const form = useForm({ address: '', from_name: '', desk_id: null as string | null });
  const { address, from_name, desk_id } = form.values.value;
  useEffect(() => groups.ensure(), []);
  const submit = async () => {
    const made = await form.send((values) => api.post<Channel>('/channels', {
      kind: 'email', name: values.address.trim(), key: keyFor(values.address), desk_id: values.desk_id, language: language.startsWith('zh') ? 'zh-CN' : 'en',
      settings: { address: values.address.trim(), from_name: values.from_name },
    }));
    if (!made) return;
    void channels.load();
    onClose();
    go(`/settings/channels/${made.id}`);
  };
  return (
    <Dialog title={_('New mailbox')} size="small" onClose={onClose} onSubmit={() => void submit()}
      footer={<><Button onClick={onClose}>{_('Cancel')}</Button><Button kind="primary" type="submit" busy={form.busy.value} disabled={!address.includes('@')}>{_('Continue')}</Button></>}>
      <TextField label={_('Address')} type="email" autofocus value={address} onText={(text) => form.set('address', text)} error={form.wrong.value.address} placeholder={EXAMPLE} help={_('Customers write to it, and answers come from it.')} />
      <TextField label={_('Name beside it')} value={from_name} onText={(text) => form.set('from_name', text)} error={form.wrong.value.from_name} help={_('What customers see as the sender. Empty: the name of the company.')} />
      <Picker label={_('Desk')} value={desk_id} choices={desks.value} none={_('Central desk')} onPick={(id) => form.set('desk_id', id)} error={form.wrong.value.desk_id} />
      {form.problem.value && <p class="field-error" role="alert">{form.problem.value}</p>}
    </Dialog>
  );
}
