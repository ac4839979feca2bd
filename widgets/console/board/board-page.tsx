// The leaders' board: desks, everybody who waits or is served, and the agents; live. From a row one listens, whispers, joins, takes over.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Avatar, Badge, Button, EmptyState, ErrorState, Icon, Panes, Select, Skeleton, VirtualList } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { clock, moment, wait } from '../../shared/time.ts';
import type { AgentNow, Board, Conversation, DeskNow } from '../../shared/types.ts';
import { titleOf } from '../alerts.ts';
import { AlarmMark } from '../handover/alarm-mark.tsx';
import { ChatMenu } from '../handover/chat-menu.tsx';
import { Places } from '../handover/places.tsx';
import { serverNow } from '../handover/second.ts';
import { Chat } from '../inbox/chat.tsx';
import { conversations, fetchConversation, mayAnswer } from '../inbox/conversations.ts';
import { follow } from '../inbox/journal.ts';
import { useKeys } from '../keymap.ts';
import { address, go } from '../router.ts';
import { can, wordsOf } from '../session.ts';
import { channelIcon, channelName, nameOf } from '../words.ts';
import { share, stateWords, Ticking } from './figures.tsx';
import { board, HOURS, live, liveConversations, spansOf, stints, useBoard } from './store.ts';
import { lasted, TimeLine } from './time-line.tsx';

export function BoardPage({ id }: { id?: string }) {
  titleOf(_('Board'));
  if (!can('conversation.monitor')) return <><h1 class="unseen">{_('Board')}</h1><EmptyState icon="lock" title={_('Not for your role')}>{_('Ask an administrator if you need this page.')}</EmptyState></>;
  return <Everything id={id} />;
}

function Everything({ id }: { id?: string }) {
  useBoard();
  useKeys({ back: () => go('/board') });
  const end = id ? { name: _('Conversation'), width: 460, least: 320, most: 760, content: <Listen key={id} id={id} /> } : null;
  const now = board.value.value;
  return (
    <Panes id="board" shown={id ? 'end' : 'middle'} end={end}>
      <div class="board">
        <header class="board-head">
          <h1>{_('Board')}</h1>
          <a class="button" data-kind="plain" href={address('/wall')} target="_blank" rel="noopener"><Icon name="screen" /><span class="button-words">{_('Wall board')}</span></a>
        </header>
        {now ? <Found board={now} selected={id ?? null} />
          : board.problem.value ? <ErrorState words={board.problem.value} onRetry={() => void board.load()} />
          : <Skeleton rows={8} height={64} />}
      </div>
    </Panes>
  );
}

interface Filter { desk: string; agent: string; state: string; alarm: string }

function Found({ board: now, selected }: { board: Board; selected: string | null }) {
  const filter = useSignal<Filter>({ desk: '', agent: '', state: '', alarm: '' });
  const set = (change: Partial<Filter>) => { filter.value = { ...filter.value, ...change }; };
  const { desk } = filter.value;
  return (
    <>
      <section aria-label={_('Desks')}>
        {now.desks.length ? <ul class="desks">{now.desks.map((each) => <li key={each.id}><DeskCard desk={each} chosen={desk === each.id} onChoose={() => set({ desk: desk === each.id ? '' : each.id })} /></li>)}</ul>
          : <EmptyState icon="people" title={_('No desks yet')}>{_('A desk is a group that receives requests. Make one under People, Groups and desks.')}</EmptyState>}
      </section>
      <div class="board-columns">
        <section aria-label={_('Conversations now')} class="board-part">
          <header class="board-part-head">
            <h2>{_('Conversations now')}</h2>
            <div class="board-filters">
              <Select small hideLabel label={_('Desk')} value={desk} options={[{ value: '', label: _('All desks') }, ...now.desks.map(({ id, name }) => ({ value: id, label: name }))]} onPick={(value) => set({ desk: value })} />
              <Select small hideLabel label={_('Agent')} value={filter.value.agent} options={[{ value: '', label: _('All agents') }, ...now.agents.map(({ id, name }) => ({ value: id, label: name }))]} onPick={(value) => set({ agent: value })} />
              <Select small hideLabel label={_('State')} value={filter.value.state} options={[{ value: '', label: _('All states') }, { value: 'waiting', label: _('Waiting') }, { value: 'running', label: _('Running') }]} onPick={(value) => set({ state: value })} />
              <Select small hideLabel label={_('Alarm')} value={filter.value.alarm} options={[{ value: '', label: _('Alarm or not') }, { value: 'yes', label: _('Alarm only') }]} onPick={(value) => set({ alarm: value })} />
            </div>
          </header>
          <Live filter={filter.value} selected={selected} />
        </section>
        <section aria-label={_('Agents')} class="board-part">
          <header class="board-part-head"><h2>{_('Agents')}</h2><Legend /></header>
          <Agents agents={now.agents.filter(({ group_ids }) => !desk || group_ids.includes(desk))} />
        </section>
      </div>
    </>
  );
}

/** When a desk with hours opens or closes, and what keeps it closed; empty for one that is always open. */
function hoursWords({ is_open, changes_at, holiday }: DeskNow): string {
  if (is_open) return changes_at ? _('Open until {time}', { time: moment(changes_at) }) : '';
  if (!changes_at) return holiday ?? _('Closed');
  const time = moment(changes_at);
  return holiday ? _('{holiday}: closed until {time}', { holiday, time }) : _('Closed until {time}', { time });
}

function DeskCard({ desk, chosen, onChoose }: { desk: DeskNow; chosen: boolean; onChoose(): void }) {
  const figures: [string, ComponentChildren, string?][] = [
    [_('Running'), desk.running],
    [_('Alarms'), desk.alarms, desk.alarms ? 'bad' : undefined],
    [_('Free places'), desk.free, desk.free ? 'good' : undefined],
    [_('Expected wait'), desk.expected_wait ? wait(desk.expected_wait) : desk.free ? _('none') : '–'],
    [_('Told right'), share(desk.hit_rate)],
  ];
  return (
    <article class="desk" data-alarm={desk.alarms > 0 || undefined} data-chosen={chosen || undefined}>
      <h2><button type="button" aria-pressed={chosen} title={chosen ? _('Show all desks again') : _('Show only this desk')} onClick={onChoose}>{desk.name}</button></h2>
      {hoursWords(desk) && <p class="desk-hours small" data-closed={!desk.is_open || undefined}><Icon name="clock" size={12} />{hoursWords(desk)}</p>}
      <p class="desk-waiting" data-some={desk.waiting > 0 || undefined}>
        <b>{desk.waiting}</b>
        <span>{_('waiting')}<small>{desk.waiting > 0 ? <>{_('longest')} <Ticking since={desk.longest_since} /></> : _('nobody')}</small></span>
      </p>
      <dl>{figures.map(([label, value, meaning]) => <div key={label}><dt>{label}</dt><dd data-meaning={meaning}>{value}</dd></div>)}</dl>
    </article>
  );
}

const time = (at: string | null) => (at ? Date.parse(at) : 0);
/** What calls for a leader first: alarms, then the queue, then who waits longest for an answer. */
const rank = ({ alarm, state, waiting_since }: Conversation) => (alarm ? 0 : state === 'waiting' ? 1 : waiting_since ? 2 : 3);
const byCall = (one: Conversation, other: Conversation) => rank(one) - rank(other)
  || (rank(one) === 1 ? other.priority - one.priority || other.lift - one.lift || time(one.queued_at) - time(other.queued_at) : time(one.alarm?.since ?? one.waiting_since ?? one.hosted_at) - time(other.alarm?.since ?? other.waiting_since ?? other.hosted_at));

function Live({ filter, selected }: { filter: Filter; selected: string | null }) {
  const rows = liveConversations.value.filter(({ desk, host, state, alarm }) => (!filter.desk || desk?.id === filter.desk) && (!filter.agent || host?.id === filter.agent) && (!filter.state || state === filter.state) && (!filter.alarm || !!alarm)).sort(byCall);
  if (!rows.length && live.value.value === undefined && !live.problem.value) return <Skeleton rows={6} height={52} avatar />;
  if (!rows.length && live.problem.value) return <ErrorState words={live.problem.value} onRetry={() => void live.load()} />;
  if (!rows.length) return <EmptyState icon="chats" title={Object.values(filter).some(Boolean) ? _('Nothing found') : _('All quiet')}>{Object.values(filter).some(Boolean) ? _('No conversation fits this filter now.') : _('Who waits and who is served stands here, as it happens.')}</EmptyState>;
  return (
    <div class="board-list" data-many={rows.length > 8 || undefined}>
      <VirtualList grid label={_('Conversations now')} items={rows} keyOf={({ id }) => id} rowHeight={52} selected={selected} total={rows.length} onPick={({ id }) => go(`/board/${id}`)}
        header={<div class="live-row live-heads" role="presentation">{[_('Customer'), _('State'), _('Agent'), _('Since')].map((label) => <span key={label} role="columnheader">{label}</span>)}<span role="columnheader"><span class="unseen">{_('Acts')}</span></span></div>}
        row={(conversation) => <LiveRow conversation={conversation} />} />
    </div>
  );
}

function LiveRow({ conversation }: { conversation: Conversation }) {
  const { customer, state, host, alarm, offer, desk } = conversation;
  return (
    <div class="live-row" role="presentation">
      <span role="gridcell" class="live-who">
        <Avatar id={customer.id} name={nameOf(customer)} src={customer.avatar} size={32} />
        <span class="choice-words">
          <span class="clip"><Icon name={channelIcon(conversation.channel_kind)} size={12} /><span class="unseen">{channelName(conversation.channel_kind)} </span> {nameOf(customer)}</span>
          <small class="clip">{conversation.last_message?.text || conversation.subject || desk?.name}</small>
        </span>
      </span>
      <span role="gridcell">{alarm ? <AlarmMark alarm={alarm} /> : <Badge meaning={state === 'waiting' ? 'warn' : 'accent'}>{state === 'waiting' ? _('Waiting') : _('Running')}</Badge>}</span>
      <span role="gridcell" class="live-host">
        {host ? <><Avatar id={host.id} name={host.name} src={host.avatar} size={20} /><span class="clip">{host.name}{offer && offer.kind !== 'response' ? ` → ${(offer.agent ?? offer.group)?.name ?? ''}` : ''}</span></>
          : <span class="clip quiet">{offer?.agent ? _('Held out to {name}', { name: offer.agent.name }) : desk?.name ?? '–'}</span>}
        {(conversation.guests?.length ?? 0) > 0 && <span class="quiet small">+{conversation.guests.length}</span>}
      </span>
      <span role="gridcell" class="live-since"><Ticking since={state === 'waiting' ? conversation.queued_at : conversation.hosted_at} /></span>
      <span role="gridcell" class="live-acts">
        {state === 'running' && <Button size="small" kind="quiet" icon={mayAnswer(conversation) ? 'chat' : 'eye'} tabIndex={-1} onClick={() => go(mayAnswer(conversation) ? `/inbox/mine/${conversation.id}` : `/board/${conversation.id}`)}>{mayAnswer(conversation) ? _('Open it') : _('Listen')}</Button>}
        <ChatMenu conversation={conversation} size="small" />
      </span>
    </div>
  );
}

function Legend() {
  return (
    <p class="legend">
      <span data-status="free">{_('Free')}</span><span data-status="busy">{_('Busy')}</span><span data-status="away">{_('Away')}</span>
      <span class="quiet">{_('last {n} hours', { n: HOURS })}</span>
    </p>
  );
}

const ORDER = { free: 0, busy: 1, away: 2 };

function Agents({ agents }: { agents: AgentNow[] }) {
  const now = serverNow();
  if (!agents.length) return <EmptyState icon="people" title={_('No agents here')}>{_('Members of this desk stand here with what they are doing.')}</EmptyState>;
  return (
    <ul class="seats">
      {[...agents].sort((one, other) => ORDER[one.status] - ORDER[other.status] || one.name.localeCompare(other.name)).map((agent) => (
        <li key={agent.id} class="seat">
          <Avatar id={agent.id} name={agent.name} src={agent.avatar} size={32} status={agent.status} />
          <span class="choice-words">
            <span class="clip">{agent.name}</span>
            <small class="clip">{stateWords(agent)}{agent.since && <> · <time dateTime={agent.since} title={clock(agent.since)}>{lasted(now - Date.parse(agent.since))}</time></>}</small>
          </span>
          {agent.status !== 'away' || agent.hosting > 0 ? <Places hosting={agent.hosting} limit={agent.limit} /> : <span />}
          <TimeLine spans={spansOf(stints.value.value ?? [], agent.id, now)} now={now} />
        </li>
      ))}
    </ul>
  );
}

/** The transcript of somebody else's talk; nobody notices. */
function Listen({ id }: { id: string }) {
  const problem = useSignal<string | null>(null);
  const conversation = conversations.value.get(id);
  const fetchIt = () => {
    problem.value = null;
    if (!conversations.value.has(id)) fetchConversation(id).catch((error: unknown) => { problem.value = wordsOf(error); });
  };
  useEffect(fetchIt, [id]);
  const listens = !!conversation && !mayAnswer(conversation);
  useEffect(() => {
    follow(conversation && listens ? conversation : null);
    return () => follow(null);
  }, [id, conversation?.host?.id, conversation?.state, listens]);
  if (problem.value) return <ErrorState words={problem.value} onRetry={fetchIt} />;
  if (!conversation) return <Skeleton rows={6} height={64} avatar />;
  return <Chat key={id} conversation={conversation} closes onBack={() => go('/board')} />;
}
