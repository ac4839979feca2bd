// Groups and desks: who shares what, and which groups receive requests.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, Avatar, Badge, Button, Checkbox, Dialog, EmptyState, Field, IconButton, Switch, Table, TextField, toast } from '../../shared/components/index.ts';
import { _, ngettext } from '../../shared/i18n.ts';
import type { DeskSettings, Group, ResponseRule } from '../../shared/types.ts';
import { agents, groups } from '../directory.ts';
import { useForm } from '../forms.ts';
import { Loaded } from '../loading.tsx';
import { api, can, report } from '../session.ts';
import { PageHead } from '../settings/frame.tsx';
import { settingName, settingUnit } from '../settings/setting-names.ts';

const NO_RULE: ResponseRule = { accept: false, prefers_known: false, matches_skills: false, matches_language: false };
const AS_COMPANY: DeskSettings = { agent_limit: null, queue_length: null, queue_wait: null, agent_silence: null, customer_reminder: null, customer_silence: null };

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
            { id: 'desk', label: _('Desk'), tight: true, cell: ({ is_desk, is_central, response }) => <>{is_central ? <Badge meaning="accent">{_('Central desk')}</Badge> : is_desk ? <Badge meaning="good">{_('Desk')}</Badge> : '–'}{is_desk && response?.accept && <> <Badge icon="clock">{_('asks first')}</Badge></>}</> },
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
  const form = useForm({ name: group?.name ?? '', is_desk: group?.is_desk ?? false, member_ids: group?.member_ids ?? [] as string[], response: group?.response ?? NO_RULE, settings: group?.settings ?? AS_COMPANY }, [group?.id]);
  const isCentral = group?.is_central ?? false;
  const { name, is_desk, member_ids, response, settings } = form.values.value;
  const submit = async () => {
    const saved = await form.send(({ response: rule, settings: own, ...values }) => {
      const body = values.is_desk || isCentral ? { ...values, response: rule, settings: own } : values;
      return group ? api.patch<Group>(`/groups/${group.id}`, { version: group.version, ...body }) : api.post<Group>('/groups', body);
    });
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
      {(is_desk || isCentral) && <DeskPart response={response} settings={settings} wrong={form.wrong.value} onResponse={(rule) => form.set('response', rule)} onSettings={(own) => form.set('settings', own)} />}
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

const rules = (): [keyof ResponseRule, string, string][] => [
  ['accept', _('Ask before connecting'), _('The agent has a countdown to accept; without an answer the next one is asked.')],
  ['prefers_known', _('Prefer who knows the customer'), _('The agent who served the customer last comes first, if there is a free place.')],
  ['matches_skills', _('Match skills'), _('Only agents who have the skills that the service asks for.')],
  ['matches_language', _('Match the language'), _("Only agents with the customer's language among their skills, such as en or zh-cn.")],
];

const limits = (): [keyof DeskSettings, string][] => [
  ['agent_limit', _('How many customers an agent serves at most while working here; empty: as many as each agent chose.')],
  ['queue_length', _('How many may wait here; who comes then is offered a ticket form.')],
  ['queue_wait', _('Who waits longer is offered a ticket form.')],
  ['agent_silence', _('After how long without an answer colleagues are called.')],
  ['customer_reminder', _("After how long without the customer's answer we ask whether they are still there.")],
  ['customer_silence', _("After how long without the customer's answer the conversation ends by itself.")],
];

interface DeskProps { response: ResponseRule; settings: DeskSettings; wrong: Record<string, string>; onResponse(rule: ResponseRule): void; onSettings(own: DeskSettings): void }

/** Who gets a customer at this desk, and where its limits differ from the company's. */
function DeskPart({ response, settings, wrong, onResponse, onSettings }: DeskProps) {
  return (
    <>
      <fieldset class="checks">
        <legend class="field-label">{_('Who gets a customer')}</legend>
        <p class="field-help">{_('By turns: whoever has waited longest for one. Beside that:')}</p>
        {rules().map(([name, label, help]) => <Switch key={name} label={label} help={help} checked={response[name]} onToggle={(on) => onResponse({ ...response, [name]: on })} />)}
      </fieldset>
      <fieldset class="checks">
        <legend class="field-label">{_('Limits of this desk')}</legend>
        <p class="field-help">{_('Empty: as the company.')}</p>
        <div class="desk-limits">
          {limits().map(([name, help]) => {
            const { unit, factor } = settingUnit(name);
            const value = settings[name];
            return (
              <Field key={name} label={settingName(name)} help={help} error={wrong[name]}>
                {(control) => (
                  <span class="limit">
                    <input {...control} class="input" type="number" min={0} step="any" placeholder={_('as the company')} value={value === null ? '' : Math.round((value / factor) * 100) / 100}
                      onInput={(event) => { const typed = event.currentTarget.valueAsNumber; onSettings({ ...settings, [name]: Number.isNaN(typed) ? null : Math.round(typed * factor) }); }} />
                    <span class="limit-unit">{unit}</span>
                  </span>
                )}
              </Field>
            );
          })}
        </div>
      </fieldset>
    </>
  );
}
