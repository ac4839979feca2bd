/* The visitor's requests: their list, how each stands, and what to do when there are none or they cannot be read. */
import { useEffect, useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { ago, exact } from '../shared/time.ts';
import type { CustomerTicket } from '../shared/types.ts';
import { isVisible } from './host.ts';
import { Icon } from './icons.tsx';
import { connection, home, opening, showTickets, ticketId, view } from './session.ts';
import { forgetNews, isListRead, newsIn, problem, readList } from './threads.ts';
import { Ticket } from './ticket.tsx';
import { hash } from './words.ts';

/** Back from a ticket, the list goes on where it was left. */
let left = '';

export function Tickets() {
  left = ticketId.value ?? left;
  return ticketId.value ? <Ticket key={ticketId.value} id={ticketId.value} /> : <List />;
}

function List() {
  const { tickets } = opening.value!;
  const heading = useRef<HTMLHeadingElement>(null);
  const list = useRef<HTMLUListElement>(null);
  useFresh(() => readList());
  useEffect(() => {
    const row = list.current?.querySelector<HTMLElement>(`[data-id="${left}"]`);
    (row ?? heading.current)?.focus();
    left = '';
    return () => forgetNews(null);
  }, []);
  const isFollowed = newsIn(null) === 'followed';
  return (
    <main class="view page" aria-busy={!isListRead.value}>
      <h2 ref={heading} tabIndex={-1}>{_('My requests')}</h2>
      <p role="status" class={isFollowed ? 'notice' : 'unseen'}>
        {isFollowed ? _('That request was closed, so your reply began a new one.') : isListRead.value ? '' : _('Loading…')}
      </p>
      {problem.value && <Unreadable read={readList} />}
      {tickets.length > 0
        ? <ul ref={list} class="tickets">{tickets.map((ticket) => <Row key={ticket.id} ticket={ticket} />)}</ul>
        : isListRead.value ? <Nothing /> : !problem.value && <Ghosts />}
    </main>
  );
}

function Row({ ticket: { id, number, subject, state, updated_at } }: { ticket: CustomerTicket }) {
  return (
    <li>
      <button type="button" class="choice ticket-row" data-id={id} onClick={() => showTickets(id)}>
        <span class="ticket-words">
          <span class="ticket-subject" dir="auto">{subject || _('(no subject)')}</span>
          <span class="quiet small"><span class="ticket-number">{hash(number)}</span> · <time dateTime={updated_at} title={exact(updated_at)}>{ago(updated_at)}</time></span>
        </span>
        <State state={state} /><Icon name="right" size={16} />
      </button>
    </li>
  );
}

function Nothing() {
  return (
    <div class="nothing">
      <Icon name="ticket" size={28} />
      <p><strong>{_('You have no requests yet')}</strong></p>
      <p class="quiet">{_('What you leave us as a message, and what we keep working on after a chat, is listed here with its state.')}</p>
      <p class="row">
        {home.value === 'talk' && <button type="button" class="button" onClick={() => { view.value = 'talk'; }}>{_('Back to the chat')}</button>}
        <button type="button" class="button" onClick={() => { view.value = 'form'; }}>{_('Leave a message')}</button>
      </p>
    </div>
  );
}

export function Ghosts() {
  return <div class="ghosts" aria-hidden="true"><span class="ghost" /><span class="ghost" /><span class="ghost short" /></div>;
}

/** What is known already stays on screen; here stands why it may be old, and the way to try again. */
export function Unreadable({ read }: { read: () => Promise<void> }) {
  const again = () => {
    problem.value = null;
    void read();
  };
  return (
    <p class="failed unreadable" role="alert">
      <Icon name="alert" size={14} /> {problem.value?.message}
      <button type="button" class="link" onClick={again}>{_('Try again')}</button>
    </p>
  );
}

export function State({ state }: { state: CustomerTicket['state'] }) {
  return <span class="state" data-state={state}>{stateWords(state)}</span>;
}

function stateWords(state: CustomerTicket['state']): string {
  switch (state) {
    case 'new': return _('Received');
    case 'open': return _('In progress');
    case 'pending': return _('On hold');
    case 'solved': return _('Solved');
    case 'closed': return _('Closed');
  }
}

/** Nothing is pushed about tickets: they are read when they come into view, when the visitor or the network returns, and about every minute. */
export function useFresh(read: () => Promise<void>): void {
  useEffect(() => { problem.value = null; }, []);
  useEffect(() => {
    if (!isVisible.value) return;
    let timer: ReturnType<typeof setTimeout>;
    const look = () => {
      clearTimeout(timer);
      timer = setTimeout(look, 50_000 + Math.random() * 20_000);
      if (!document.hidden) void read();
    };
    look();
    addEventListener('focus', look);
    return () => { clearTimeout(timer); removeEventListener('focus', look); };
  }, [isVisible.value, connection.value === 'online']);
}
