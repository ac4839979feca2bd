// Channels: the ways in, one row each, and making another one.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Badge, Button, Dialog, EmptyState, Icon, Picker, Table, TextField } from '../../shared/components/index.ts';
import { _, language } from '../../shared/i18n.ts';
import type { Channel } from './channel.ts';
import { desks, groups } from '../directory.ts';
import { useForm } from '../forms.ts';
import { Link } from '../link.tsx';
import { Loaded, useResource, whole } from '../loading.tsx';
import { go } from '../router.ts';
import { api } from '../session.ts';
import { channelIcon, channelName } from '../words.ts';
import { PageHead } from './frame.tsx';
import { CreateMailbox } from './create-mailbox.tsx';

export function ChannelsPage() {
  const channels = useResource(() => whole<Channel>('/channels'));
  const creating = useSignal<'webchat' | 'email' | null>(null);
  useEffect(() => groups.ensure(), []);
  const deskName = (id: string | null) => groups.value.value?.find((group) => group.id === id)?.name ?? _('Central desk');
  const add = (
    <>
      <Button icon="mail" onClick={() => { creating.value = 'email'; }}>{_('New mailbox')}</Button>
      <Button kind="primary" icon="plus" onClick={() => { creating.value = 'webchat'; }}>{_('New web chat')}</Button>
    </>
  );
  return (
    <>
      <PageHead title={_('Channels')} lead={_('The ways in which customers reach you. Each has its desk, its words and its menu.')} acts={add} />
      <Loaded of={channels}>
        {(found) => found.length ? (
          <Table label={_('Channels')} items={found} keyOf={({ id }) => id} columns={[
            { id: 'name', label: _('Name'), cell: (channel) => <Link to={`/settings/channels/${channel.id}`} class="named"><Icon name={channelIcon(channel.kind)} />{channel.name}</Link> },
            { id: 'kind', label: _('Kind'), cell: ({ kind }) => channelName(kind) },
            { id: 'desk', label: _('Desk'), cell: ({ desk_id }) => deskName(desk_id) },
            { id: 'key', label: _('Key'), cell: ({ key }) => <code>{key}</code> },
            { id: 'active', label: _('State'), tight: true, cell: ({ active }) => <Badge meaning={active ? 'good' : 'neutral'}>{active ? _('On') : _('Off')}</Badge> },
          ]} />
        ) : <EmptyState icon="globe" title={_('No channels yet')} act={add}>{_('A web chat is a button on your site that opens a conversation; a mailbox makes tickets of the mails that customers send you. Either takes two minutes.')}</EmptyState>}
      </Loaded>
      {creating.value === 'webchat' && <CreateChannel onClose={() => { creating.value = null; }} />}
      {creating.value === 'email' && <CreateMailbox onClose={() => { creating.value = null; }} />}
    </>
  );
}

const keyFrom = (name: string) => name.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40);

function CreateChannel({ onClose }: { onClose(): void }) {
  const form = useForm({ name: '', key: '', desk_id: null as string | null });
  const { name, key, desk_id } = form.values.value;
  const submit = async () => {
    const made = await form.send((values) => api.post<Channel>('/channels', { kind: 'webchat', ...values, language: language.startsWith('zh') ? 'zh-CN' : 'en' }));
    if (!made) return;
    onClose();
    go(`/settings/channels/${made.id}`);
  };
  return (
    <Dialog title={_('New web chat')} size="small" onClose={onClose} onSubmit={() => void submit()}
      footer={<><Button onClick={onClose}>{_('Cancel')}</Button><Button kind="primary" type="submit" busy={form.busy.value} disabled={!name.trim() || !key.trim()}>{_('Create')}</Button></>}>
      <TextField label={_('Name')} autofocus value={name} error={form.wrong.value.name}
        onText={(text) => { form.values.value = { ...form.values.value, name: text, ...(key === keyFrom(name) && { key: keyFrom(text) }) }; }} help={_('For your colleagues, and on top of the chat.')} />
      <TextField label={_('Key')} value={key} onText={(text) => form.set('key', text.trim())} error={form.wrong.value.key} help={_('Stands in the address: small letters, digits and hyphens. It cannot be changed later.')} />
      <Picker label={_('Desk')} value={desk_id} choices={desks.value} none={_('Central desk')} onPick={(id) => form.set('desk_id', id)} error={form.wrong.value.desk_id} />
      {form.problem.value && <p class="field-error" role="alert">{form.problem.value}</p>}
    </Dialog>
  );
}
