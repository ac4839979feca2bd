/* The page of a guest from outside: who invited, till when, what is said from now on, and a place to write. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { ApiError } from '../shared/api.ts';
import { _ } from '../shared/i18n.ts';
import { Parts } from '../shared/parts.tsx';
import { moment } from '../shared/time.ts';
import type { Author, Entry, FilePart, ImagePart, Part, VoicePart } from '../shared/types.ts';
import { EmojiPicker } from './emoji.tsx';
import { Face } from './face.tsx';
import { conversation, discard, draft, isOffline, journal, leave, retry, sendDraft, start, typed, way } from './guest-session.ts';
import { Icon } from './icons.tsx';
import { lastMine, lines, type Said } from './lines.ts';
import { Banner, begin, Opening } from './page.tsx';
import { Row, type Reader } from './rows.tsx';
import { useEnd } from './scrolling.ts';
import { eventWords } from './words.ts';
import { Writing } from './writing.tsx';
import './guest.css';

const App = () => (way.value !== 'here' && !conversation.value ? <Notice /> : <Talk />);

function Talk() {
  const { host, invited_by, name, until } = conversation.value!;
  const isLeaving = useSignal(false);
  return (
    <>
      <header class="header">
        <Face name={host?.name ?? invited_by} avatar={host?.avatar ?? null} isPresent={way.value === 'here'} />
        <div class="header-words">
          <h1>{host?.name ?? _('Conversation')}</h1>
          <p class="quiet small">{way.value === 'here' ? _('The conversation is going on') : endWords()[0]}</p>
        </div>
        {way.value === 'here' && !isLeaving.value && <button type="button" class="button guest-leave" onClick={() => { isLeaving.value = true; }}>{_('Leave')}</button>}
      </header>
      <Banner isOffline={isOffline.value} />
      <main class="view talk">
        <p class="guest-note">{_('{host} invited you as {name}. This link is valid until {time}.', { host: invited_by, name, time: moment(until) })} {_('Everybody in the conversation sees what you write.')}</p>
        <Transcript />
        {way.value !== 'here' ? <End /> : isLeaving.value ? <Leaving stay={() => { isLeaving.value = false; }} />
          : <Writing draft={draft} typed={typed} send={sendDraft} label={_('Write a message')} Picker={EmojiPicker} isReady />}
      </main>
    </>
  );
}

/** Why nothing can be written: in one line, and what to do. */
function endWords(): [string, string] {
  const thanks = _('Thank you for your help. You can close this page.');
  if (way.value === 'ended') return [_('This conversation has ended'), thanks];
  if (way.value === 'left') return [_('You left the conversation'), thanks];
  return [_('This link is not valid any more'), _('Ask whoever invited you for a new link.')];
}

function Notice() {
  if (way.value === 'opening') return <Opening />;
  const [title, what] = way.value === 'failed' ? [_('The chat cannot be reached'), _('It is tried again by itself.')] : endWords();
  return <main class="view centred"><h1 class="large">{title}</h1><p class="quiet">{what}</p></main>;
}

function End() {
  const [title, what] = endWords();
  return <div class="foot guest-end" role="status"><strong>{title}</strong><p class="quiet small">{what}</p></div>;
}

function Transcript() {
  const me = conversation.value?.guest_id;
  const all = useMemo(() => lines(journal.value, Date.now(), ({ id }) => id === me), [journal.value, me]);
  const { scroller, content, look } = useEnd({ isSaying: journal.value.outbox.length > 0 });
  const mine = lastMine(all);
  const reader: Reader = {
    body, nameOf, words,
    standing: (author) => (author?.kind === 'guest' ? ` · ${_('guest')}` : ''),
    retry: way.value === 'here' ? retry : undefined,
    discard,
    bare: ['emoji'],
  };
  return (
    <div class="scroll" ref={scroller} onScroll={look} tabIndex={0} role="region" aria-label={_('Conversation')}>
      <div class="content" ref={content}>
        <div role="log" aria-live="polite" aria-relevant="additions">
          <ol class="lines">{all.map((line) => <Row key={line.key} line={line} isLastMine={line === mine && line.mark === 'sending'} reader={reader} />)}</ol>
        </div>
      </div>
    </div>
  );
}

const nameOf = (author: Author | null) => (author?.kind === 'customer' ? author.name || _('Customer') : author?.name || 'Waystation');

function words(entry: Entry): string {
  const part = entry.parts[0];
  return part?.type === 'event' && part.name === 'left' ? _('{name} left', { name: entry.author.name }) : eventWords(entry);
}

type Filed = FilePart | ImagePart | VoicePart;
const isFile = (part: Part): part is Filed => 'file_id' in part;
const nothing = { address: () => '' };   // guests are given no files, so nothing is ever fetched

const body = ({ parts }: Said) => parts.map((part, index) => (isFile(part)
  ? <p key={index} class="guest-file"><Icon name="attach" size={16} /><span>{part.name || _('File')}<small>{_('Guests cannot open files.')}</small></span></p>
  : <Parts key={index} parts={[part]} files={nothing} />));

/** Leaving is for good, so it is asked twice. */
function Leaving({ stay }: { stay(): void }) {
  const problem = useSignal('');
  const go = () => leave().catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
    problem.value = error.message;
  });
  return (
    <div class="foot guest-end" role="alertdialog" aria-label={_('Leave the conversation?')}>
      <strong>{_('Leave the conversation?')}</strong>
      <p class="quiet small" role="status">{problem.value || _('Your link is not valid any more then.')}</p>
      <p class="guest-acts">
        <button type="button" class="button" onClick={stay}>{_('Stay')}</button>
        <button type="button" class="button primary" ref={(button) => button?.focus()} onClick={() => void go()}>{_('Leave')}</button>
      </p>
    </div>
  );
}

void begin(App, () => { document.title = _('Conversation'); start(); });
