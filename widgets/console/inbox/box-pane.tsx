// The left pane: four boxes with their counts, and the rows of the one that is open.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Avatar, Button, EmptyState, ErrorState, Icon, IconButton, RelativeTime, Skeleton, TabPanel, Tabs, VirtualList, Waited, waitedWords, type IconName } from '../../shared/components/index.ts';
import { _, ngettext } from '../../shared/i18n.ts';
import type { Conversation } from '../../shared/types.ts';
import { AlarmMark } from '../handover/alarm-mark.tsx';
import { ChatMenu } from '../handover/chat-menu.tsx';
import { hasDraft } from '../composer/drafts.ts';
import { usePaged, type Paged } from '../loading.tsx';
import { go } from '../router.ts';
import { can, myId } from '../session.ts';
import { channelIcon, channelName, nameOf } from '../words.ts';
import { boxes, BOXES, conversations, counts, keepConversation, listOf, places, type Box } from './conversations.ts';

const ROW = 68;

const boxName = (box: Box) => ({ waiting: _('Waiting'), mine: _('Mine'), group: _('Group'), ended: _('Ended') })[box];

function emptyWords(box: Box): { icon: IconName; title: string; words: string } {
  return {
    waiting: { icon: 'queue' as const, title: _('Nobody waits'), words: _('Customers stand here in order while every place is taken. You may take one by hand.') },
    mine: { icon: 'inbox' as const, title: _('No conversation is yours'), words: _('The next customer comes to you by itself while you have a free place.') },
    group: { icon: 'people' as const, title: _('Your groups are quiet'), words: _('What your colleagues are serving stands here, so that you can see and help.') },
    ended: { icon: 'history' as const, title: _('Nothing has ended yet'), words: _('Conversations that ended stay here with their whole transcript.') },
  }[box];
}

export function BoxPane({ box, selected }: { box: Box; selected: string | null }) {
  const searching = useSignal(false);
  const words = useSignal('');
  const tabs = BOXES.map((id) => ({ id, label: boxName(id), count: id === 'ended' ? null : counts.value[id], calls: id === 'waiting' && counts.value.waiting > 0 && counts.value.mine === 0 }));
  return (
    <>
      <header class="box-head">
        <div class="box-title">
          <h1>{_('Inbox')}</h1>
          <IconButton icon={searching.value ? 'close' : 'search'} label={searching.value ? _('End the search') : _('Search conversations')} onClick={() => { searching.value = !searching.value; words.value = ''; }} />
        </div>
        {searching.value && (
          <input class="input" type="search" autofocus data-search="" aria-label={_('Search conversations')} placeholder={_('Name or words…')} value={words.value}
            onChange={(event) => { words.value = event.currentTarget.value.trim(); }} ref={(input) => { if (input && !input.dataset.met) { input.dataset.met = '1'; input.focus(); } }} />
        )}
        <Tabs label={_('Boxes')} wide tabs={tabs} active={box} panelId="box" onPick={(id) => go(`/inbox/${id}`)} />
      </header>
      <TabPanel id="box" label={boxName(box)} class="box-rows">
        {words.value ? <Found key={`${box} ${words.value}`} box={box} q={words.value} selected={selected} /> : <Rows key={box} box={box} selected={selected} />}
      </TabPanel>
    </>
  );
}

function Rows({ box, selected }: { box: Box; selected: string | null }) {
  const list = listOf(box);
  const rows = boxes[box].value;
  if (!rows.length && list.state.value === 'loading') return <Skeleton rows={7} height={ROW} avatar />;
  if (!rows.length && list.state.value === 'failed') return <ErrorState words={list.problem.value ?? ''} onRetry={() => void list.load()} />;
  if (!rows.length) {
    const { icon, title, words } = emptyWords(box);
    return <EmptyState icon={icon} title={title}>{words}</EmptyState>;
  }
  return <List box={box} rows={rows} selected={selected} onNearEnd={() => void list.more()} total={list.next.value ? undefined : rows.length} footer={list.next.value && <More box={box} list={list} shown={rows.length} />} />;
}

/** Says that there are more than these, and fetches them: by scrolling here, or by the button. */
function More({ box, list, shown }: { box: Box; list: Paged<Conversation>; shown: number }) {
  const all = box === 'ended' ? 0 : counts.value[box];
  return (
    <p class="list-more">
      <span role="status">{list.problem.value ?? (all > shown ? _('{n} of {all} stand here; older ones follow.', { n: shown, all: all > 1000 ? '1000+' : all }) : _('Older ones follow.'))}</span>
      <Button size="small" onClick={() => { list.problem.value = null; void list.more(); }}>{_('Show more')}</Button>
    </p>
  );
}

function Found({ box, q, selected }: { box: Box; q: string; selected: string | null }) {
  const list = usePaged<Conversation>('/conversations', { box, q }, (found) => keepConversation(...found));
  const rows = list.items.value.map((each) => conversations.value.get(each.id) ?? each);
  if (!rows.length && list.state.value === 'loading') return <Skeleton rows={7} height={ROW} avatar />;
  if (!rows.length && list.state.value === 'failed') return <ErrorState words={list.problem.value ?? ''} onRetry={() => void list.load()} />;
  if (!rows.length) return <EmptyState icon="search" title={_('Nothing found')}>{_('Try other words, or look in another box.')}</EmptyState>;
  return <List box={box} rows={rows} selected={selected} onNearEnd={() => void list.more()} />;
}

interface ListProps { box: Box; rows: Conversation[]; selected: string | null; onNearEnd(): void; total?: number; footer?: ComponentChildren }

function List({ box, rows, selected, onNearEnd, total, footer }: ListProps) {
  return (
    <VirtualList label={_('Conversations')} items={rows} keyOf={({ id }) => id} rowHeight={ROW} selected={selected} total={total} onNearEnd={onNearEnd} footer={footer}
      onPick={({ id }) => go(`/inbox/${box}/${id}`)} rowName={wordsFor} beside={box === 'waiting' && can('conversation.monitor') ? (conversation) => <span class="row-menu"><ChatMenu conversation={conversation} size="small" /></span> : undefined}
      row={(conversation) => <Row conversation={conversation} />} />
  );
}

/** What a screen reader says of a row: the same things in the same order as eyes find them. */
function wordsFor(conversation: Conversation): string {
  const { customer, unread, waiting_since, last_message } = conversation;
  const place = places.value.get(conversation.id);
  return [
    nameOf(customer),
    place ? _('place {n} in the queue', { n: place }) : '',
    unread ? ngettext('{n} unread', '{n} unread', unread) : '',
    conversation.alarm ? _('Alarm') : '',
    waiting_since ? _('waits for an answer: {time}', { time: waitedWords((Date.now() - Date.parse(waiting_since)) / 1000) }) : '',
    last_message?.text ?? '',
    channelName(conversation.channel_kind),
  ].filter(Boolean).join(', ');
}

function Row({ conversation }: { conversation: Conversation }) {
  const { customer, last_message, unread, waiting_since, state, host } = conversation;
  const place = places.value.get(conversation.id);
  const drafted = hasDraft(`conversation/${conversation.id}`);
  return (
    <div class="row" data-unread={unread > 0 || undefined} data-waits={!!waiting_since || undefined}>
      <span class="row-face">
        <Avatar id={customer.id} name={nameOf(customer)} src={customer.avatar} size={40} />
        <span class="row-channel" title={channelName(conversation.channel_kind)}><Icon name={channelIcon(conversation.channel_kind)} size={11} /></span>
      </span>
      <span class="row-main">
        <span class="row-line">
          <span class="row-name">{nameOf(customer)}</span>
          {conversation.alarm ? <AlarmMark alarm={conversation.alarm} /> : waiting_since && state !== 'ended' ? <Waited since={waiting_since} /> : <RelativeTime at={last_message?.at ?? conversation.created_at} />}
        </span>
        <span class="row-line">
          <span class="row-words">
            {drafted ? <em class="row-draft">{_('Draft')} </em> : last_message?.author_kind === 'agent' ? <Icon name="reply" size={12} /> : null}
            {last_message?.text || conversation.subject || conversation.catalog_path.join(' › ')}
          </span>
          {unread > 0 && <span class="row-unread">{unread > 99 ? '99+' : unread}</span>}
        </span>
        <span class="row-line row-foot">
          <span class="clip">
            {place ? _('Place {n}', { n: place }) + ' · ' : ''}
            {state === 'waiting' && conversation.offer?.agent ? `${_('Held out to {name}', { name: conversation.offer.agent.name })} · ` : ''}
            {host && host.id !== myId.value ? `${host.name} · ` : ''}
            {conversation.catalog_path.length ? conversation.catalog_path.join(' › ') : conversation.desk?.name ?? ''}
          </span>
        </span>
      </span>
    </div>
  );
}
