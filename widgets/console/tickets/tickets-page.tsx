// The list of tickets: built-in views with live counts on the left, a windowed table on the right.
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Avatar, Button, EmptyState, ErrorState, Icon, IconButton, Panes, PriorityMark, RelativeTime, Select, Skeleton, StateBadge, VirtualList } from '../../shared/components/index.ts';
import { _, number } from '../../shared/i18n.ts';
import type { Ticket } from '../../shared/types.ts';
import { titleOf } from '../alerts.ts';
import { chordOf, useKeys } from '../keymap.ts';
import { Link } from '../link.tsx';
import { go, put, query } from '../router.ts';
import { can } from '../session.ts';
import { nameOf } from '../words.ts';
import { CreateTicket } from './create-ticket.tsx';
import { countTickets, lastView, star, ticketCounts, ticketList, VIEWS, viewIcon, viewName, type View } from './store.ts';

/** "1,000+" where the server stopped counting. */
function countWords(view: View): string {
  const found = ticketCounts.value[view];
  return found ? `${number(found.count)}${found.capped ? '+' : ''}` : '';
}

export function TicketsPage({ view: named }: { view: string }) {
  const view: View = (VIEWS as readonly string[]).includes(named) ? (named as View) : 'todo';
  const search = query.value.get('q') ?? '';
  const list = ticketList(view, search);
  const creating = useSignal(false);
  lastView.value = view;
  titleOf(viewName(view));
  useEffect(() => { countTickets(); }, []);
  useEffect(() => { void list.pages.load(); }, [list]);
  useKeys({ ...(can('ticket.create') && { create: () => { creating.value = true; } }) });
  return (
    <Panes id="tickets" shown="middle" start={{ name: _('Views'), width: 208, least: 170, most: 320, content: <Views view={view} /> }}>
      <header class="list-head">
        <h1 class="not-phone">{viewName(view)}</h1>
        <div class="phone-view"><Select hideLabel label={_('View')} value={view} options={VIEWS.map((each) => ({ value: each, label: `${viewName(each)} ${countWords(each)}` }))} onPick={(to) => go(`/tickets/${to}`)} /></div>
        <Search key={view} value={search} />
        {can('ticket.create') && <Button kind="primary" icon="plus" keys={chordOf('create')} onClick={() => { creating.value = true; }}><span class="not-phone">{_('New ticket')}</span></Button>}
      </header>
      <Rows view={view} search={search} key={`${view} ${search}`} onCreate={() => { creating.value = true; }} />
      {creating.value && <CreateTicket onClose={() => { creating.value = false; }} />}
    </Panes>
  );
}

function Views({ view }: { view: View }) {
  return (
    <nav class="views" aria-label={_('Views')}>
      <h2>{_('Tickets')}</h2>
      <ul>
        {VIEWS.map((each) => (
          <li key={each}>
            <Link to={`/tickets/${each}`} class="view" aria-current={each === view ? 'page' : undefined}>
              <Icon name={viewIcon[each]} /><span class="clip">{viewName(each)}</span><span class="view-count">{countWords(each)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Searches when one stops typing; the words stand in the address, so that a search can be sent to a colleague. */
function Search({ value }: { value: string }) {
  const words = useSignal(value);
  useEffect(() => { if (value !== words.peek().trim()) words.value = value; }, [value]);
  useEffect(() => {
    const timer = setTimeout(() => put('q', words.value.trim()), 300);
    return () => clearTimeout(timer);
  }, [words.value]);
  return (
    <div class="search">
      <Icon name="search" />
      <input type="search" class="input" data-search="" aria-label={_('Search tickets')} placeholder={_('status:open tag:vpn printer')} value={words.value}
        onInput={(event) => { if (!(event as InputEvent).isComposing) words.value = event.currentTarget.value; }} onCompositionEnd={(event) => { words.value = event.currentTarget.value; }}
        onKeyDown={(event) => { if (event.key === 'Escape') { words.value = ''; event.currentTarget.blur(); } }} />
    </div>
  );
}

function emptyWords(view: View): string {
  return ({
    todo: _('What is assigned to you and not solved stands here. Look into “Unassigned” and take something.'),
    unassigned: _('Every ticket has somebody. New ones that nobody has taken yet stand here.'),
    starred: _('Star a ticket to find it here again; only you see your stars.'),
    pending: _('Tickets that wait for a customer or for conditions rest here.'),
    deleted: _('Deleted tickets can be restored for 30 days.'),
    quarantine: _('Requests of strangers wait here until they are verified, if the company turned that on.'),
  } as Partial<Record<View, string>>)[view] ?? _('Tickets come from conversations, forms and mail, or you create one.');
}

function Rows({ view, search, onCreate }: { view: View; search: string; onCreate(): void }) {
  const list = ticketList(view, search);
  const narrow = useComputed(() => innerWidth < 760).value;
  const rows = list.rows.value;
  const { state, problem } = list.pages;
  if (!rows.length && state.value === 'loading') return <Skeleton rows={12} height={narrow ? 64 : 40} />;
  if (!rows.length && state.value === 'failed') return <ErrorState words={problem.value ?? ''} onRetry={() => void list.pages.load()} />;
  if (!rows.length && search) return <EmptyState icon="search" title={_('Nothing found')}>{_('Try fewer or other words. Fields help: status:open, tag:vpn, priority:P1, #9.')}</EmptyState>;
  if (!rows.length) {
    return <EmptyState icon={viewIcon[view]} title={_('No tickets here')} act={can('ticket.create') && view === 'all' ? <Button icon="plus" onClick={onCreate}>{_('New ticket')}</Button> : undefined}>{emptyWords(view)}</EmptyState>;
  }
  const count = ticketCounts.value[view];
  return (
    <div class="tickets">
      <VirtualList grid label={viewName(view)} items={rows} keyOf={({ id }) => id} rowHeight={narrow ? 64 : 40} total={!search && count && !count.capped ? Math.max(count.count, rows.length) : undefined}
        onPick={({ id }) => go(`/ticket/${id}`)} onNearEnd={() => void list.pages.more()} header={<Heads />} row={(ticket) => <Cells ticket={ticket} />}
        footer={problem.value ? <p class="list-foot" role="alert">{problem.value} <Button size="small" onClick={() => { problem.value = null; void list.pages.more(); }}>{_('Try again')}</Button></p> : list.pages.next.value ? <p class="list-foot quiet">{_('Loading')}…</p> : null} />
    </div>
  );
}

function Heads() {
  const heads: [string, string][] = [['star', _('Star')], ['number', _('Number')], ['subject', _('Subject')], ['customer', _('Customer')], ['handler', _('Handler')], ['state', _('State')], ['priority', _('Priority')], ['updated', _('Updated')]];
  return <div class="ticket-row ticket-heads" role="presentation">{heads.map(([id, label]) => <span key={id} role="columnheader" class={`cell-${id}`}>{id === 'star' ? <span class="unseen">{label}</span> : label}</span>)}</div>;
}

function Cells({ ticket }: { ticket: Ticket }) {
  const { handler, group, customer } = ticket;
  return (
    <div class="ticket-row" role="presentation" data-state={ticket.state}>
      <span role="gridcell" class="cell-star"><IconButton tabIndex={-1} size="small" icon="star" filled={ticket.starred} label={ticket.starred ? _('Unstar') : _('Star')} pressed={ticket.starred} onClick={() => void star(ticket, !ticket.starred)} /></span>
      <span role="gridcell" class="cell-number">#{ticket.number}</span>
      <span role="gridcell" class="cell-subject"><span class="cell-title">{ticket.subject}</span>{ticket.tags.slice(0, 2).map((tag) => <span key={tag} class="badge">{tag}</span>)}<span class="cell-last">{ticket.last_entry?.text}</span></span>
      <span role="gridcell" class="cell-customer">{customer ? nameOf(customer) : '–'}</span>
      <span role="gridcell" class="cell-handler">{handler ? <><Avatar id={handler.id} name={handler.name} src={handler.avatar} size={20} /><span class="clip">{handler.name}</span></> : <span class="clip quiet">{group?.name ?? '–'}</span>}</span>
      <span role="gridcell" class="cell-state"><StateBadge state={ticket.state} reason={ticket.pending_reason} /></span>
      <span role="gridcell" class="cell-priority"><PriorityMark priority={ticket.priority} /></span>
      <span role="gridcell" class="cell-updated"><RelativeTime at={ticket.updated_at} /></span>
    </div>
  );
}
