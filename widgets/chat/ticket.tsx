/* One request: how it stands in plain words, what was said, and the box to say more. */
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { date, exact } from '../shared/time.ts';
import type { CustomerTicket } from '../shared/types.ts';
import { AttachedFiles, Chooser } from './attached.tsx';
import { Icon } from './icons.tsx';
import { lastMine } from './lines.ts';
import { back, connection } from './session.ts';
import { Row } from './rows.tsx';
import { customer } from './talk.tsx';
import { threadLines } from './thread.ts';
import { discard, filesFor, forgetNews, known, newsIn, problem, readTicket, reply, retry, saidHere, send, threads, write } from './threads.ts';
import { Ghosts, State, Unreadable, useFresh } from './tickets.tsx';
import { hash } from './words.ts';

export function Ticket({ id }: { id: string }) {
  const ticket = known(id);
  const heading = useRef<HTMLHeadingElement>(null);
  const read = () => readTicket(id);
  useFresh(read);
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => () => forgetNews(id), []);
  if (problem.value?.status === 404) return <Gone />;
  const files = filesFor(id);
  const isToldAlready = connection.value === 'offline' && threads.value[id];   // by the banner
  return (
    <main class="view talk" aria-labelledby="ticket-subject" onDragOver={(event) => event.preventDefault()} onDrop={(event) => { event.preventDefault(); files.add([...event.dataTransfer?.files ?? []]); }}>
      <div class="ticket-head">
        <h2 ref={heading} tabIndex={-1} id="ticket-subject" dir="auto">{ticket?.subject || _('Your request')}</h2>
        {ticket && <Standing ticket={ticket} />}
      </div>
      {problem.value && !isToldAlready && <Unreadable read={read} />}
      <Thread id={id} />
      <ReplyBox id={id} isClosed={ticket?.state === 'closed'} />
      <p role="status" class="unseen">{!threads.value[id] && !problem.value ? _('Loading…') : newsIn(id) === 'sent' ? _('Your reply was sent.') : ''}</p>
    </main>
  );
}

function Standing({ ticket: { id, number, state, created_at } }: { ticket: CustomerTicket }) {
  return (
    <>
      <p class="small quiet ticket-facts"><State state={state} /><span class="ticket-number">{hash(number)}</span><time dateTime={created_at} title={exact(created_at)}>{_('asked {date}', { date: date(created_at) })}</time></p>
      <p class="small quiet">{newsIn(id) === 'followed' ? _('That request was closed, so your reply began this one.') : meaning(state)}</p>
    </>
  );
}

/** What the state means for the customer, and what can be done. */
function meaning(state: CustomerTicket['state']): string {
  switch (state) {
    case 'new': return _('We have your request and will look at it soon.');
    case 'open': return _('We are working on it.');
    case 'pending': return _('We are waiting for something before we can go on. If we asked you a question, please answer it here.');
    case 'solved': return _('We think this is solved. If it is not, write here and we will go on.');
    case 'closed': return _('This request is closed. If you write here, a new one begins.');
  }
}

function Thread({ id }: { id: string }) {
  const ticket = threads.value[id];
  const box = reply(id);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const top = useRef(0);
  const all = useMemo(() => threadLines(ticket, box, saidHere, Date.now()), [ticket, box.outbox]);
  const mine = lastMine(all);
  const reader = customer((client_id) => retry(id, client_id), (unsent) => discard(id, unsent));
  const toEnd = () => { scroller.current!.scrollTop = scroller.current!.scrollHeight; };
  // Pictures arrive, the keyboard opens: who was at the end stays at the end.
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => { if (isAtEnd.current) toEnd(); });
    [content, scroller].forEach(({ current }) => observer.observe(current!));
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (box.outbox.length) isAtEnd.current = true;   // one's own words are always shown
    if (isAtEnd.current) toEnd();
  }, [all.length]);
  const look = () => {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current!;
    // Growing content puts distance to the end without anybody scrolling: only going up is leaving.
    const isLeaving = scrollTop < top.current;
    top.current = scrollTop;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40 || (isAtEnd.current && !isLeaving);
  };
  return (
    <div class="scroll" ref={scroller} onScroll={look} tabIndex={0} role="region" aria-label={_('What was said')} aria-busy={!ticket}>
      <div class="content" ref={content}>
        {!ticket && !problem.value && <Ghosts />}
        {ticket && !all.length && <p class="quiet small">{_('Nothing has been written here yet.')}</p>}
        <div role="log" aria-live="polite" aria-relevant="additions">
          <ol class="lines">{all.map((line) => <Row key={line.key} line={line} isLastMine={line === mine} reader={reader} />)}</ol>
        </div>
      </div>
    </div>
  );
}

function ReplyBox({ id, isClosed }: { id: string; isClosed: boolean }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const files = filesFor(id);
  const { draft } = reply(id);
  useLayoutEffect(() => {
    field.current!.style.height = 'auto';
    field.current!.style.height = `${field.current!.scrollHeight}px`;
  }, [draft]);
  const submit = () => {
    send(id);
    field.current?.focus();
  };
  // A letter has paragraphs: Enter makes one, and only with Ctrl or ⌘ it sends.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    submit();
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData?.files ?? []];
    if (!pasted.length || event.clipboardData?.types.includes('text/plain')) return;
    event.preventDefault();
    files.add(pasted);
  };
  const label = isClosed ? _('Write a new request') : _('Write a reply');
  return (
    <form class="foot composer" onSubmit={(event) => { event.preventDefault(); submit(); }}>
      <textarea ref={field} rows={2} value={draft} aria-label={label} placeholder={label} maxLength={10_000} dir="auto" onInput={(event) => write(id, event.currentTarget.value)} onKeyDown={onKeyDown} onPaste={onPaste} />
      <AttachedFiles staged={files} />
      <div class="tools">
        <Chooser staged={files} class="icon-button" label={_('Attach pictures or files')}><Icon name="attach" /></Chooser>
        <button type="submit" class="button primary reply-send" disabled={files.isUploading || !(draft.trim() || files.stored.value.length)}>{_('Send')}</button>
      </div>
    </form>
  );
}

function Gone() {
  return (
    <main class="view centred">
      <p class="large" role="alert">{_('This request cannot be found')}</p>
      <p class="quiet">{_('It may have been removed. What else you asked is in the list.')}</p>
      <button type="button" class="button primary" onClick={back}>{_('My requests')}</button>
    </main>
  );
}
