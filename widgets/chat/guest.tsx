/* The page of a guest from outside: who invited, till when, what is said from now on, and a place to write. */
import { useSignal } from '@preact/signals';
import { render } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { _, loadCatalogue } from '../shared/i18n.ts';
import { Parts } from '../shared/parts.tsx';
import { clock, date, day, daysBetween, exact } from '../shared/time.ts';
import type { FilePart, ImagePart, Part, VoicePart } from '../shared/types.ts';
import { EmojiPicker } from './emoji.tsx';
import { Face } from './face.tsx';
import { conversation, discard, draft, isOffline, journal, retry, sendDraft, start, way } from './guest-session.ts';
import { Icon } from './icons.tsx';
import { lines, type Line, type Said } from './lines.ts';
import { apply } from './theme.ts';
import { eventWords } from './words.ts';
import './frame.css';
import './guest.css';

function App() {
  if (way.value !== 'here' && !conversation.value) return <Notice />;
  const { host, invited_by, name, until } = conversation.value!;
  return (
    <>
      <header class="header">
        <Face name={host?.name ?? invited_by} avatar={host?.avatar ?? null} isPresent={way.value === 'here'} />
        <div class="header-words">
          <h1>{host?.name ?? _('Conversation')}</h1>
          <p class="quiet small">{way.value === 'here' ? _('The conversation is going on') : endWords()[0]}</p>
        </div>
      </header>
      <div role="status" class="banner" hidden={!isOffline.value}>{isOffline.value ? _('Reconnecting… What you write is kept and sent as soon as we are back.') : ''}</div>
      <main class="view talk">
        <p class="guest-note">{_('{host} invited you as {name}. This link is valid until {time}.', { host: invited_by, name, time: moment(until) })} {_('Everybody in the conversation sees what you write.')}</p>
        <Transcript />
        {way.value === 'here' ? <Composer /> : <End />}
      </main>
    </>
  );
}

const moment = (at: string) => (daysBetween(Date.now(), at) === 0 ? clock(at) : `${date(at)}, ${clock(at)}`);

/** Why nothing can be written: in one line, and what to do. */
function endWords(): [string, string] {
  return way.value === 'ended'
    ? [_('This conversation has ended'), _('Thank you for your help. You can close this page.')]
    : [_('This link is not valid any more'), _('Ask whoever invited you for a new link.')];
}

function Notice() {
  if (way.value === 'opening') return <main class="view opening" aria-busy="true"><span class="ghost" /><span class="ghost" /><span class="ghost short" /><p class="unseen" role="status">{_('Opening the chat…')}</p></main>;
  const [title, what] = way.value === 'failed' ? [_('The chat cannot be reached'), _('It is tried again by itself.')] : endWords();
  return <main class="view centred"><h1 class="large">{title}</h1><p class="quiet">{what}</p></main>;
}

function End() {
  const [title, what] = endWords();
  return <div class="foot guest-end" role="status"><strong>{title}</strong><p class="quiet small">{what}</p></div>;
}

function Transcript() {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const me = conversation.value?.guest_id;
  const all = useMemo(() => lines(journal.value, Date.now(), ({ id }) => id === me), [journal.value, me]);
  const toEnd = () => { if (isAtEnd.current) scroller.current?.scrollTo({ top: scroller.current.scrollHeight }); };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(toEnd);
    observer.observe(content.current!);
    observer.observe(scroller.current!);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(toEnd);
  // One's own words are always shown.
  useEffect(() => { isAtEnd.current = true; toEnd(); }, [journal.value.outbox.length > 0]);
  const look = () => {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current!;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40;
  };
  return (
    <div class="scroll" ref={scroller} onScroll={look} tabIndex={0} role="region" aria-label={_('Conversation')}>
      <div class="content" ref={content}>
        <div role="log" aria-live="polite" aria-relevant="additions">
          <ol class="lines">{all.map((line) => <Row key={line.key} line={line} />)}</ol>
        </div>
      </div>
    </div>
  );
}

function Row({ line }: { line: Line }) {
  switch (line.kind) {
    case 'day': return <li class="day"><time dateTime={line.at}>{day(line.at)}</time></li>;
    case 'system': {
      const part = line.entry.parts[0];
      const words = part?.type === 'event' && part.name === 'left' ? _('{name} left', { name: line.entry.author.name }) : eventWords(line.entry);
      return words ? <li class="system">{words}</li> : null;
    }
    case 'said': return <Bubble line={line} />;
  }
}

type Filed = FilePart | ImagePart | VoicePart;
const isFile = (part: Part): part is Filed => 'file_id' in part;
const nothing = { address: () => '' };   // guests are given no files, so nothing is ever fetched

function Bubble({ line }: { line: Said }) {
  const { isMine, author, unsent } = line;
  const name = isMine ? _('You') : author?.kind === 'customer' ? author.name || _('Customer') : author?.name || 'Waystation';
  const isBare = line.parts.length === 1 && line.parts[0]!.type === 'emoji';
  return (
    <li class="said" data-mine={isMine || undefined} data-first={line.isFirst || undefined} data-last={line.isLast || undefined}>
      {!isMine && (line.isFirst ? <Face name={name} avatar={author?.avatar ?? null} /> : <span class="face-gap" />)}
      <div class="stack">
        {line.isFirst && <p class={isMine ? 'unseen' : 'author'}>{name}{author?.kind === 'guest' && !isMine ? ` · ${_('guest')}` : ''}</p>}
        <div class="bubble" data-bare={isBare || undefined} data-failed={line.mark === 'failed' || undefined} title={exact(line.at)}>
          {line.parts.map((part, index) => (isFile(part)
            ? <p key={index} class="guest-file"><Icon name="attach" size={16} /><span>{part.name || _('File')}<small>{_('Guests cannot open files.')}</small></span></p>
            : <Parts key={index} parts={[part]} files={nothing} />))}
        </div>
        {unsent?.state === 'failed' ? (
          <p class="failed" role="alert">
            <Icon name="alert" size={14} /> {unsent.problem || _('Not sent')}
            {way.value === 'here' && <button type="button" class="link" onClick={() => retry(unsent.client_id)}>{_('Try again')}</button>}
            <button type="button" class="link" onClick={() => discard(unsent)}>{_('Take back')}</button>
          </p>
        ) : line.isLast && (
          <p class="meta"><time dateTime={line.at}>{clock(line.at)}</time>{line.mark === 'sending' && <span class="mark"><Icon name="clock" size={13} />{_('Sending')}</span>}</p>
        )}
      </div>
    </li>
  );
}

function Composer() {
  const field = useRef<HTMLTextAreaElement>(null);
  const isPicking = useSignal(false);
  useLayoutEffect(() => {
    const { current } = field;
    if (!current) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [draft.value]);
  useEffect(() => { if (matchMedia('(hover: hover) and (pointer: fine)').matches) field.current?.focus({ preventScroll: true }); }, []);
  const send = () => { sendDraft(); field.current?.focus(); };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter that ends the composing of a Chinese word must not send it; Safari tells by keyCode 229 only.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  const closePicker = () => { isPicking.value = false; field.current?.focus(); };
  const insert = (emoji: string) => {
    const { selectionStart, selectionEnd } = field.current!;
    draft.value = draft.value.slice(0, selectionStart) + emoji + draft.value.slice(selectionEnd);
    closePicker();
    requestAnimationFrame(() => field.current?.setSelectionRange(selectionStart + emoji.length, selectionStart + emoji.length));
  };
  const label = _('Write a message');
  return (
    <form class="foot composer" onSubmit={(event) => { event.preventDefault(); send(); }}>
      {isPicking.value && <EmojiPicker choose={insert} close={closePicker} />}
      <textarea ref={field} rows={1} value={draft.value} aria-label={label} placeholder={label} enterkeyhint="send" maxLength={10_000} dir="auto" onInput={(event) => { draft.value = event.currentTarget.value; }} onKeyDown={onKeyDown} />
      <div class="tools">
        <button type="button" class="icon-button" aria-label={_('Emoji')} aria-expanded={isPicking.value} onClick={() => { isPicking.value = !isPicking.value; }}><Icon name="smile" /></button>
        <button type="submit" class="send" aria-label={_('Send')} disabled={!draft.value.trim()}><Icon name="send" /></button>
      </div>
    </form>
  );
}

/** On phones the keyboard lies over the page; what is left of the screen is ours. */
function followKeyboard(): void {
  const { visualViewport } = window;
  if (!visualViewport) return;
  const fit = () => {
    document.documentElement.style.setProperty('--height', `${visualViewport.height}px`);
    if (visualViewport.scale === 1) scrollTo(0, 0);
  };
  visualViewport.addEventListener('resize', fit);
  fit();
}

async function main(): Promise<void> {
  apply({ accent: document.documentElement.dataset.accent ?? '' });
  await loadCatalogue();
  document.title = _('Conversation');
  followKeyboard();
  start();
  document.body.replaceChildren();
  render(<App />, document.body);
}

void main();
