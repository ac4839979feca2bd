// Agents: who serves, in which groups and role, and how loaded they are.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, Avatar, Badge, Button, Checkbox, Dialog, IconButton, Select, Table, TagsField, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Agent } from '../../shared/types.ts';
import { agents, groups, keepAgent, roles } from '../directory.ts';
import { useForm } from '../forms.ts';
import { Loaded } from '../loading.tsx';
import { api, can, report } from '../session.ts';
import { PageHead } from '../settings/frame.tsx';
import { InviteDialog } from './invitations-page.tsx';

const statusName = (status: string) => ({ free: _('Free'), busy: _('Busy'), away: _('Away') })[status] ?? status;

export function AgentsPage() {
  const inviting = useSignal(false);
  const editing = useSignal<Agent | null>(null);
  const manages = can('people.manage');
  useEffect(() => { void agents.load(); groups.ensure(); roles.ensure(); }, []);
  return (
    <>
      <PageHead title={_('Agents')} lead={_('The people who serve. Each has one role and at least one group.')} acts={manages && <Button kind="primary" icon="user_plus" onClick={() => { inviting.value = true; }}>{_('Invite')}</Button>} />
      <Loaded of={agents}>
        {(found) => (
          <Table label={_('Agents')} items={found} keyOf={({ id }) => id} columns={[
            { id: 'name', label: _('Name'), cell: (agent) => <span class="named"><Avatar id={agent.id} name={agent.name} src={agent.avatar} size={32} status={agent.active ? agent.status : null} /><span><strong>{agent.name}</strong><small>{agent.email}</small></span></span> },
            { id: 'role', label: _('Role'), cell: ({ role, founder }) => <>{role.name}{founder && <> <Badge meaning="accent">{_('Founder')}</Badge></>}</> },
            { id: 'groups', label: _('Groups'), cell: ({ groups: of, skills }) => <>{of.map(({ name }) => name).join(', ')}{skills?.length ? <span class="skills">{skills.map((skill) => <Badge key={skill}>{skill}</Badge>)}</span> : null}</> },
            { id: 'load', label: _('Conversations'), align: 'end', tight: true, cell: ({ hosting, limit, active, status }) => (active ? <span title={statusName(status)}>{_('{n} of {limit}', { n: hosting, limit })}</span> : '–') },
            { id: 'active', label: _('State'), tight: true, cell: ({ active, status }) => (active ? statusName(status) : <Badge>{_('Deactivated')}</Badge>) },
            ...(manages ? [{ id: 'acts', label: _('Acts'), hideLabel: true, tight: true, cell: (agent: Agent) => <IconButton icon="edit" label={_('Edit {name}', { name: agent.name })} onClick={() => { editing.value = agent; }} /> }] : []),
          ]} />
        )}
      </Loaded>
      {inviting.value && <InviteDialog onClose={() => { inviting.value = false; }} />}
      {editing.value && <AgentDialog key={editing.value.id} agent={editing.value} onClose={() => { editing.value = null; }} />}
    </>
  );
}

function AgentDialog({ agent, onClose }: { agent: Agent; onClose(): void }) {
  const form = useForm({ name: agent.name, role_id: agent.role.id, group_ids: agent.groups.map(({ id }) => id), preferred_group_id: agent.groups.find(({ preferred }) => preferred)?.id ?? '', skills: agent.skills ?? [] as string[] });
  const { name, role_id, group_ids, preferred_group_id, skills } = form.values.value;
  const submit = async () => {
    const saved = await form.send((values) => api.patch<Agent>(`/agents/${agent.id}`, { version: agent.version, name: values.name, group_ids: values.group_ids, preferred_group_id: values.preferred_group_id || null, skills: values.skills, ...(!agent.founder && { role_id: values.role_id }) }));
    if (!saved) return;
    keepAgent(saved);
    toast(_('Saved'));
    onClose();
  };
  const turn = async () => {
    if (agent.active) {
      const sure = await ask({ title: _('Deactivate {name}?', { name: agent.name }), consequence: _('They are signed out at once and can no longer sign in. What they did stays. You can activate them again.'), act: _('Deactivate'), danger: true });
      if (!sure) return;
    }
    try {
      keepAgent(await api.patch<Agent>(`/agents/${agent.id}`, { version: agent.version, active: !agent.active }));
      toast(agent.active ? _('{name} was deactivated.', { name: agent.name }) : _('{name} is active again.', { name: agent.name }));
      onClose();
    } catch (error) {
      report(error);
    }
  };
  return (
    <Dialog title={agent.name} onClose={onClose} onSubmit={() => void submit()}
      footer={
        <>
          {!agent.founder && <Button kind="quiet" onClick={() => void turn()}>{agent.active ? _('Deactivate') : _('Activate')}</Button>}
          <span class="push" />
          <Button onClick={onClose}>{_('Cancel')}</Button>
          <Button kind="primary" type="submit" busy={form.busy.value} disabled={!group_ids.length}>{_('Save')}</Button>
        </>
      }>
      <TextField label={_('Name')} value={name} onText={(text) => form.set('name', text)} error={form.wrong.value.name} />
      <Select label={_('Role')} value={role_id} disabled={agent.founder} help={agent.founder ? _('The founder keeps all rights.') : undefined} options={(roles.value.value ?? [agent.role]).map(({ id, name: label }) => ({ value: id, label }))} onPick={(id) => form.set('role_id', id)} error={form.wrong.value.role_id} />
      <GroupChecks chosen={group_ids} onChosen={(ids) => { form.values.value = { ...form.values.value, group_ids: ids, preferred_group_id: ids.includes(preferred_group_id) ? preferred_group_id : '' }; }} />
      <Select label={_('Preferred group')} value={preferred_group_id} options={[{ value: '', label: _('None') }, ...(groups.value.value ?? []).filter(({ id }) => group_ids.includes(id)).map(({ id, name: label }) => ({ value: id, label }))]} onPick={(id) => form.set('preferred_group_id', id)} help={_('Its new tickets are told first.')} />
      <TagsField label={_('Skills')} tags={skills} onTags={(all) => form.set('skills', all)} placeholder={_('Add a skill')} error={form.wrong.value.skills}
        help={_('What they know, such as vpn or billing; a language by its code, such as en or zh-cn. Desks that match skills give customers accordingly.')} />
      {form.problem.value && <p class="field-error" role="alert">{form.problem.value}</p>}
    </Dialog>
  );
}

export function GroupChecks({ chosen, onChosen, error }: { chosen: readonly string[]; onChosen(ids: string[]): void; error?: string | undefined }) {
  return (
    <fieldset class="checks">
      <legend class="field-label">{_('Groups')}</legend>
      {(groups.value.value ?? []).map(({ id, name, is_desk }) => (
        <Checkbox key={id} label={<>{name} {is_desk && <Badge>{_('Desk')}</Badge>}</>} checked={chosen.includes(id)} onToggle={(on) => onChosen(on ? [...chosen, id] : chosen.filter((each) => each !== id))} />
      ))}
      {(error || !chosen.length) && <p class="field-error">{error ?? _('At least one group.')}</p>}
    </fieldset>
  );
}
