/* The transcript with the composer under it: welcome, menu, bubbles, the place in the queue, the end. */
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { Parts, Text } from '../shared/parts.tsx';
import { clock, day, exact } from '../shared/time.ts';
import type { ImagePart, MenuItem } from '../shared/types.ts';
import { Composer } from './composer.tsx';
import { Face } from './face.tsx';
import { files } from './files.ts';
import { Icon } from './icons.tsx';
import { lazy, loadLater } from './lazy.tsx';
import type { Unsent } from './journal.ts';
import { lastMine, lines, type Line, type Mark, type Said } from './lines.ts';
import { agentTyping, choose, conversation, discard, formReason, hasEnded, journal, menu, opening, retry, sawEverything, showTickets, unread } from './session.ts';
import { isVisible } from './host.ts';
import { eventWords } from './words.ts';

const Ending = lazy('Ending');
const FormOffer = lazy('FormOffer');
const Queue = lazy('Queue');
const Uploads = lazy('Uploads');

const attach = (files: File[]): void => void loadLater().then((later) => later.attach(files));
export const showPicture = (part: ImagePart): void => void loadLater().then((later) => later.showPicture(part));

export function Talk() {
  const isDragging = useSignal(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    isDragging.value = false;
    attach([...event.dataTransfer?.files ?? []]);
  };
  return (
    <main
      class="view talk"
      onDragOver={(event) => { event.preventDefault(); isDragging.value = true; }}
      onDragLeave={(event) => { if (!event.currentTarget.contains(event.relatedTarget as Node)) isDragging.value = false; }}
      onDrop={drop}
    >
      {conversation.value?.state === 'waiting' && !hasEnded.value && <Queue conversation={conversation.value} />}
      <Transcript />
      {hasEnded.value ? <Ending /> : formReason.value ? <FormOffer /> : <Composer attach={attach} />}
      {isDragging.value && <div class="drop" aria-hidden="true"><p>{_('Drop files to send them')}</p></div>}
    </main>
  );
}

function Transcript() {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtEnd = useSignal(true);
  const top = useRef(0);
  const all = useMemo(() => lines(journal.value, Date.now()), [journal.value]);
  const mine = lastMine(all);

  // Before anything was said, the welcome is read from its beginning.
  const staysAtEnd = () => isAtEnd.peek() && (conversation.peek() !== null || journal.peek().outbox.length > 0);
  const toEnd = (behavior: ScrollBehavior = 'auto') => scroller.current?.scrollTo({ top: scroller.current.scrollHeight, behavior });
  const look = () => {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current!;
    // Growing content puts distance to the end without anybody scrolling: only going up is leaving.
    const isLeaving = scrollTop < top.current;
    top.current = scrollTop;
    isAtEnd.value = scrollHeight - scrollTop - clientHeight < 40 || (isAtEnd.peek() && !isLeaving);
    if (isAtEnd.value) sawEverything();
  };
  // Pictures arrive, the keyboard opens: who was at the end stays at the end.
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => { if (staysAtEnd()) toEnd(); });
    observer.observe(content.current!);
    observer.observe(scroller.current!);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => { if (staysAtEnd()) toEnd(); });
  // One's own words are always shown.
  useEffect(() => { isAtEnd.value = true; if (staysAtEnd()) toEnd(); }, [journal.value.outbox.length > 0]);
  useEffect(() => {
    const seen = () => { if (isAtEnd.peek()) sawEverything(); };
    seen();
    addEventListener('focus', seen);
    return () => removeEventListener('focus', seen);
  }, [all.length, isVisible.value]);

  return (
    <div class="scroll" ref={scroller} onScroll={look} tabIndex={0} role="region" aria-label={_('Conversation')}>
      <div class="content" ref={content}>
        <Welcome />
        {!conversation.value && <TicketsLink />}
        <div role="log" aria-live="polite" aria-relevant="additions">
          <ol class="lines">{all.map((line) => <Row key={line.key} line={line} isLastMine={line === mine} retry={retry} discard={discard} />)}</ol>
        </div>
        <Uploads />
        {menu.value && <Choices items={menu.value.items} prompt={conversation.value ? '' : menu.value.prompt} />}
        <div role="status" class="typing" hidden={!agentTyping.value}>
          {agentTyping.value && <><span class="dots" aria-hidden="true"><i /><i /><i /></span><span class="unseen">{_('{name} is typing', { name: agentTyping.value })}</span></>}
        </div>
      </div>
      {!isAtEnd.value && <button type="button" class="to-end" onClick={() => toEnd('smooth')}><Icon name="down" size={16} />{unread.value ? _('New messages') : <span class="unseen">{_('To the newest message')}</span>}</button>}
    </div>
  );
}

function Welcome() {
  const { welcome, name } = opening.value!.channel;
  if (!welcome) return null;
  return (
    <div class="welcome">
      <Face name={name} />
      <div class="welcome-words"><Text text={welcome} /></div>
    </div>
  );
}

/** The way to what was asked before, for those who did. */
export function TicketsLink() {
  if (!opening.value!.tickets.length) return null;
  return <button type="button" class="choice tickets-link" onClick={() => showTickets(null)}><Icon name="ticket" /><span class="choice-label">{_('My requests')}</span><Icon name="right" size={16} /></button>;
}

interface Acts { isLastMine: boolean; retry: (client_id: string) => void; discard: (unsent: Unsent) => void }

export function Row({ line, ...acts }: { line: Line } & Acts) {
  switch (line.kind) {
    case 'day': return <li class="day"><time dateTime={line.at}>{day(line.at)}</time></li>;
    case 'system': {
      const words = eventWords(line.entry);
      return words ? <li class="system">{words}</li> : null;
    }
    case 'said': return <Bubble line={line} {...acts} />;
  }
}

/** Pictures, film and single emoji stand without a bubble around them. */
const isBare = ({ parts }: Said) => parts.length === 1 && ['image', 'video', 'emoji'].includes(parts[0]!.type);

function Bubble({ line, isLastMine, retry, discard }: { line: Said } & Acts) {
  const { isMine, author, unsent } = line;
  const name = isMine ? _('You') : author?.kind === 'system' ? opening.value!.channel.name : author?.name ?? '';
  return (
    <li class="said" data-mine={isMine || undefined} data-first={line.isFirst || undefined} data-last={line.isLast || undefined}>
      {!isMine && (line.isFirst ? <Face name={name} avatar={author?.avatar ?? null} /> : <span class="face-gap" />)}
      <div class="stack">
        {line.isFirst && <p class={isMine ? 'unseen' : 'author'}>{name}</p>}
        <div class="bubble" data-bare={isBare(line) || undefined} data-failed={line.mark === 'failed' || undefined} title={exact(line.at)}>
          <Parts parts={line.parts} files={files} onPicture={showPicture} />
        </div>
        {unsent?.state === 'failed' ? (
          <p class="failed" role="alert">
            <Icon name="alert" size={14} /> {unsent.problem || _('Not sent')}
            <button type="button" class="link" onClick={() => retry(unsent.client_id)}>{_('Try again')}</button>
            <button type="button" class="link" onClick={() => discard(unsent)}>{_('Take back')}</button>
          </p>
        ) : (line.isLast || isLastMine) && (
          <p class="meta"><time dateTime={line.at}>{clock(line.at)}</time>{isLastMine && <Delivery mark={line.mark} />}</p>
        )}
      </div>
    </li>
  );
}

function Delivery({ mark }: { mark: Mark }) {
  switch (mark) {
    case 'sending': return <span class="mark"><Icon name="clock" size={13} />{_('Sending')}</span>;
    case 'stored': return <span class="mark"><Icon name="check" size={13} />{_('Sent')}</span>;
    case 'read': return <span class="mark" data-read><Icon name="checks" size={13} />{_('Read')}</span>;
    default: return null;
  }
}

function Choices({ items, prompt }: { items: MenuItem[]; prompt: string }) {
  return (
    <nav class="choices" aria-label={prompt || _('Please choose')}>
      {prompt && <p class="choices-prompt">{prompt}</p>}
      <ul>
        {items.map((item) => (
          <li key={item.id}>
            <button type="button" class="choice" onClick={() => choose(item)}>
              <span class="choice-number">{item.number}</span><span class="choice-label">{item.label}</span><Icon name="right" size={16} />
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
