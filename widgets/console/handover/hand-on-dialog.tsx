// To whom: hand a conversation on, invite a colleague, or assign one that waits; who is there and how loaded stands beside each name.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, Avatar, Button, Checkbox, Dialog, EmptyState, Field, Icon, TextArea, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Agent, Conversation, Group } from '../../shared/types.ts';
import { agents, groups } from '../directory.ts';
import { useForm } from '../forms.ts';
import { isMine, keepConversation } from '../inbox/conversations.ts';
import { Loaded } from '../loading.tsx';
import { api, can, me } from '../session.ts';
import { nameOf } from '../words.ts';
import { Places } from './places.tsx';

export type Purpose = 'hand_on' | 'invite' | 'assign';

const statusName = (status: string) => ({ free: _('Free'), busy: _('Busy'), away: _('Away') })[status] ?? status;
const ORDER = { free: 0, busy: 1, away: 2 };

function wordsOf(purpose: Purpose, name: string): { title: string; lead: string; act: string } {
  return {
    hand_on: { title: _('Hand on {name}', { name }), lead: _('The conversation stays with you until somebody accepts. The customer notices nothing.'), act: _('Ask') },
    invite: { title: _('Invite a colleague to {name}', { name }), lead: _('You stay the host. The customer sees that a colleague joined.'), act: _('Invite') },
    assign: { title: _('Assign {name}', { name }), lead: _('The customer is connected at once, ahead of the queue.'), act: _('Assign') },
  }[purpose];
}

export function HandOnDialog({ conversation, purpose, onClose }: { conversation: Conversation; purpose: Purpose; onClose(): void }) {
  const mine = isMine(conversation);
  const leads = can('conversation.monitor');
  const form = useForm({ to: '', note: '', by_force: !mine && purpose === 'hand_on' });
  const search = useSignal('');
  useEffect(() => { void agents.load(); void groups.load(); }, []);
  const { to, note, by_force } = form.values.value;
  const words = wordsOf(purpose, nameOf(conversation.customer));
  const desk = conversation.desk?.id;
  const inside = new Set((conversation.guests ?? []).map(({ id }) => id));

  const submit = async () => {
    const [kind, id] = to.split(' ') as ['agent' | 'group', string];
    if (!id) { form.wrong.value = { to: _('Choose somebody.') }; return; }
    const chosen = kind === 'agent' ? agents.value.value?.find((each) => each.id === id) : groups.value.value?.find((each) => each.id === id);
    const name = chosen?.name ?? '';
    const isFull = kind === 'agent' && !!chosen && 'limit' in chosen && chosen.hosting >= chosen.limit;
    if (purpose === 'assign' && isFull && !(await ask({ title: _('{name} is full', { name }), consequence: _('{name} serves {n} of {limit} customers already. Assign this one over the limit?', { name, n: (chosen as Agent).hosting, limit: (chosen as Agent).limit }), act: _('Assign over the limit') }))) return;
    const saved = await form.send(() => {
      switch (purpose) {
        case 'assign': return api.post<Conversation>(`/conversations/${conversation.id}/assign`, { agent_id: id, ...(isFull && { over_limit: true }) });
        case 'invite': return api.post<Conversation>(`/conversations/${conversation.id}/invite`, { agent_id: id, note });
        case 'hand_on': return api.post<Conversation>(`/conversations/${conversation.id}/transfer`, { [`${kind}_id`]: id, note, ...(by_force && { by_force: true }) });
      }
    });
    if (!saved) return;
    keepConversation(saved);
    onClose();
    toast(purpose === 'assign' || by_force ? _('{customer} is with {name} now.', { customer: nameOf(conversation.customer), name: saved.host?.name ?? name }) : _('{name} was asked.', { name }));
  };

  return (
    <Dialog title={words.title} onClose={onClose} onSubmit={() => void submit()}
      footer={
        <>
          {form.problem.value && <p class="foot-problem" role="alert">{form.problem.value}</p>}
          <Button onClick={onClose}>{_('Cancel')}</Button>
          <Button kind="primary" type="submit" busy={form.busy.value} disabled={!to}>{by_force && purpose === 'hand_on' ? _('Hand over now') : words.act}</Button>
        </>
      }>
      <p class="quiet">{by_force && purpose === 'hand_on' ? _('It changes hands at once, without asking. The customer sees who takes over.') : words.lead}</p>
      <Loaded of={agents}>
        {(all) => {
          const needle = search.value.trim().toLowerCase();
          const fits = (name: string) => name.toLowerCase().includes(needle);
          const people = all.filter((agent) => agent.active && agent.id !== conversation.host?.id && !(purpose !== 'assign' && agent.id === me.value?.id) && !(purpose === 'invite' && inside.has(agent.id)))
            .filter(({ name }) => fits(name)).sort((one, other) => ORDER[one.status] - ORDER[other.status] || Number(!isAt(one, desk)) - Number(!isAt(other, desk)) || one.name.localeCompare(other.name));
          const desks = purpose === 'hand_on' ? (groups.value.value ?? []).filter(({ name, member_ids }) => member_ids.length && fits(name)) : [];
          return (
            <>
              {all.length > 8 && <input class="input" type="search" autofocus aria-label={_('Search colleagues and groups')} placeholder={_('Name…')} value={search.value} onInput={(event) => { search.value = event.currentTarget.value; }} />}
              {people.length + desks.length === 0 && <EmptyState icon="people" title={_('Nobody to choose')}>{_('Your colleagues stand here once they have an account.')}</EmptyState>}
              {people.length > 0 && (
                <fieldset class="choices">
                  <legend class="field-label">{_('Colleagues')}</legend>
                  {people.map((agent) => <AgentChoice key={agent.id} agent={agent} chosen={to === `agent ${agent.id}`} blocked={isBlocked(agent, purpose, by_force)} onChoose={() => form.set('to', `agent ${agent.id}`)} />)}
                </fieldset>
              )}
              {desks.length > 0 && (
                <fieldset class="choices">
                  <legend class="field-label">{_('Groups')}</legend>
                  {desks.map((group) => <GroupChoice key={group.id} group={group} all={all} chosen={to === `group ${group.id}`} onChoose={() => form.set('to', `group ${group.id}`)} />)}
                </fieldset>
              )}
            </>
          );
        }}
      </Loaded>
      {form.wrong.value.to && <p class="field-error" role="alert">{form.wrong.value.to}</p>}
      {purpose !== 'assign' && (
        <Field label={_('Note')} help={_('For the colleague. The customer never sees it.')}>
          {(control) => <TextArea {...control} value={note} onText={(text) => form.set('note', text)} lines={2} most={6} />}
        </Field>
      )}
      {purpose === 'hand_on' && leads && <Checkbox label={_('At once, without asking')} help={mine ? _('For leaders: nobody has to accept.') : _('Only the host can ask; as a leader you hand it over at once.')} checked={by_force} disabled={!mine} onToggle={(on) => form.set('by_force', on)} />}
    </Dialog>
  );
}

const isAt = (agent: Agent, desk: string | undefined) => agent.groups.some(({ id }) => id === desk);
const isFull = (agent: Agent) => agent.hosting >= agent.limit;
/** A transfer that is asked for needs a free place; leaders may go over it. */
const isBlocked = (agent: Agent, purpose: Purpose, byForce: boolean) => agent.status === 'away' || (purpose === 'hand_on' && !byForce && isFull(agent));

function AgentChoice({ agent, chosen, blocked, onChoose }: { agent: Agent; chosen: boolean; blocked: boolean; onChoose(): void }) {
  return (
    <label class="choice" data-blocked={blocked || undefined}>
      <input type="radio" name="to" checked={chosen} disabled={blocked} onChange={onChoose} />
      <Avatar id={agent.id} name={agent.name} src={agent.avatar} size={32} status={agent.status} />
      <span class="choice-words">
        <span class="clip">{agent.name}</span>
        <small class="clip">{[statusName(agent.status), ...agent.groups.map(({ name }) => name)].join(' · ')}</small>
      </span>
      {agent.status !== 'away' && <Places hosting={agent.hosting} limit={agent.limit} />}
    </label>
  );
}

function GroupChoice({ group, all, chosen, onChoose }: { group: Group; all: Agent[]; chosen: boolean; onChoose(): void }) {
  const here = all.filter((agent) => group.member_ids.includes(agent.id) && agent.status !== 'away' && agent.id !== me.value?.id);
  return (
    <label class="choice" data-blocked={!here.length || undefined}>
      <input type="radio" name="to" checked={chosen} disabled={!here.length} onChange={onChoose} />
      <span class="choice-icon"><Icon name="people" /></span>
      <span class="choice-words">
        <span class="clip">{group.name}</span>
        <small class="clip">{here.length ? _('{n} of {all} are there; whoever accepts first has it', { n: here.length, all: group.member_ids.length }) : _('Nobody is there')}</small>
      </span>
    </label>
  );
}
