// Groups and desks: who shares what, and which groups receive requests.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, Avatar, Badge, Button, Checkbox, Dialog, EmptyState, IconButton, Switch, Table, TextField, toast } from '../../shared/components/index.ts';
import { _, ngettext } from '../../shared/i18n.ts';
import type { Group } from '../../shared/types.ts';
import { agents, groups } from '../directory.ts';
import { useForm } from '../forms.ts';
import { Loaded } from '../loading.tsx';
import { api, can, report } from '../session.ts';
import { PageHead } from '../settings/frame.tsx';

export function GroupsPage() {
  const editing = useSignal<Group | 'new' | null>(null);
  const manages = can('people.manage');
  useEffect(() => { void groups.load(); agents.ensure(); }, []);
  const add = manages && <Button kind="primary" icon="plus" onClick={() => { editing.value = 'new'; }}>{_('New group')}</Button>;
  const nameOf = (id: string) => agents.value.value?.find((agent) => agent.id === id);
  return (
    <>
      <PageHead title={_('Groups and desks')} lead={_('Agents of a group share customers, conversations and tickets. A desk is a group that receives requests; what has no desk goes to the central one.')} acts={add} />
      <Loaded of={groups}>
        {(found) => found.length ? (
          <Table label={_('Groups and desks')} items={found} keyOf={({ id }) => id} columns={[
            { id: 'name', label: _('Name'), cell: ({ name }) => <strong>{name}</strong> },
            { id: 'desk', label: _('Desk'), tight: true, cell: ({ is_desk, is_central }) => (is_central ? <Badge meaning="accent">{_('Central desk')}</Badge> : is_desk ? <Badge meaning="good">{_('Desk')}</Badge> : '–') },
            { id: 'members', label: _('Members'), cell: ({ member_ids }) => (
              <span class="members">
                {member_ids.slice(0, 6).map((id) => { const agent = nameOf(id); return agent && <span key={id} title={agent.name}><Avatar id={id} name={agent.name} src={agent.avatar} size={24} /></span>; })}
                <span class="quiet small">{ngettext('{n} member', '{n} members', member_ids.length)}</span>
              </span>
            ) },
            ...(manages ? [{ id: 'acts', label: _('Acts'), hideLabel: true, tight: true, cell: (group: Group) => <IconButton icon="edit" label={_('Edit {name}', { name: group.name })} onClick={() => { editing.value = group; }} /> }] : []),
          ]} />
        ) : <EmptyState icon="people" title={_('No groups yet')} act={add || undefined} />}
      </Loaded>
      {editing.value && <GroupDialog group={editing.value === 'new' ? null : editing.value} onClose={() => { editing.value = null; }} />}
    </>
  );
}

function GroupDialog({ group, onClose }: { group: Group | null; onClose(): void }) {
  const form = useForm({ name: group?.name ?? '', is_desk: group?.is_desk ?? false, member_ids: group?.member_ids ?? [] as string[] }, [group?.id]);
  const isCentral = group?.is_central ?? false;
  const { name, is_desk, member_ids } = form.values.value;
  const submit = async () => {
    const saved = await form.send((values) => (group ? api.patch<Group>(`/groups/${group.id}`, { version: group.version, ...values }) : api.post<Group>('/groups', values)));
    if (!saved) return;
    await Promise.all([groups.load(), agents.load()]);
    toast(_('Saved'));
    onClose();
  };
  const remove = async () => {
    if (!group) return;
    const sure = await ask({ title: _('Delete “{name}”?', { name: group.name }), consequence: _('Its members stay. Its open tickets and conversations must be moved to another group first.'), act: _('Delete'), danger: true });
    if (!sure) return;
    try {
      await api.delete(`/groups/${group.id}`);
      await groups.load();
      toast(_('“{name}” was deleted.', { name: group.name }));
      onClose();
    } catch (error) {
      report(error);
    }
  };
  return (
    <Dialog title={group ? group.name : _('New group')} onClose={onClose} onSubmit={() => void submit()}
      footer={
        <>
          {group && !group.is_central && <Button kind="quiet" onClick={() => void remove()}>{_('Delete')}</Button>}
          <span class="push" />
          <Button onClick={onClose}>{_('Cancel')}</Button>
          <Button kind="primary" type="submit" busy={form.busy.value} disabled={!name.trim()}>{_('Save')}</Button>
        </>
      }>
      <TextField label={_('Name')} autofocus value={name} onText={(text) => form.set('name', text)} error={form.wrong.value.name} />
      <Switch label={isCentral ? _('Is the central desk') : _('Is a desk')} checked={is_desk || isCentral} disabled={isCentral} onToggle={(on) => form.set('is_desk', on)}
        help={isCentral ? _('Gets what no other desk is responsible for, or has nobody on duty for. There is always exactly one.') : _('Channels and services can send requests here.')} />
      <fieldset class="checks">
        <legend class="field-label">{_('Members')}</legend>
        {(agents.value.value ?? []).filter(({ active }) => active).map((agent) => (
          <Checkbox key={agent.id} label={<span class="named"><Avatar id={agent.id} name={agent.name} src={agent.avatar} size={20} />{agent.name}</span>} checked={member_ids.includes(agent.id)} onToggle={(on) => form.set('member_ids', on ? [...member_ids, agent.id] : member_ids.filter((id) => id !== agent.id))} />
        ))}
        {form.wrong.value.member_ids && <p class="field-error">{form.wrong.value.member_ids}</p>}
      </fieldset>
      {form.problem.value && <p class="field-error" role="alert">{form.problem.value}</p>}
    </Dialog>
  );
}
