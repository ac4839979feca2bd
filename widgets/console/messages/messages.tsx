// How one entry is drawn, in conversations and tickets alike: bubble, note, event line, the bubble on its way.
import { useSignal } from '@preact/signals';
import { Avatar, Button, Dialog, Icon } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { Parts, type FileSource } from '../../shared/parts.tsx';
import { clock, day, exact } from '../../shared/time.ts';
import type { Author, EventPart, ImagePart, Part } from '../../shared/types.ts';
import type { Pending } from '../inbox/journal.ts';
import { api, me } from '../session.ts';
import { nameOf } from '../words.ts';
import { eventIcon, eventWords } from './events.ts';

export const files: FileSource = { address: (id, options) => api.address(`/files/${id}`, options?.download ? { download: 1 } : {}) };

interface Said { kind: string; author: Author; parts: Part[]; at: string }

const isNote = (kind: string) => kind === 'note';

/** Only pictures and film fill the bubble to its edge; words get air. */
const fills = (parts: readonly Part[]) => parts.every(({ type }) => type === 'image' || type === 'video');
const isBigEmoji = (parts: readonly Part[]) => parts.length === 1 && (parts[0]!.type === 'emoji' || (parts[0]!.type === 'text' && /^\p{Extended_Pictographic}(\u200d\p{Extended_Pictographic}|[\ufe0f\u{1f3fb}-\u{1f3ff}])*$/u.test(parts[0]!.text.trim())));

export function Bubble({ entry, heads, side, hostId, guestIds }: { entry: Said; heads: boolean; side: 'ours' | 'theirs'; hostId?: string | undefined; guestIds?: readonly string[] }) {
  const { author } = entry;
  const note = isNote(entry.kind);
  const whisper = entry.kind === 'whisper';
  const mine = author.id === me.value?.id;
  const name = author.kind === 'system' ? author.name || _('Automatic') : nameOf(author);
  return (
    <article class="said" data-side={side} data-note={note || undefined} data-whisper={whisper || undefined} data-heads={heads || undefined} aria-label={note ? _('Private note of {name}', { name }) : whisper ? _('Whisper of {name}', { name }) : name}>
      {heads && (
        <header class="said-head">
          <Avatar id={author.id} name={name} src={author.avatar} size={24} />
          <span class="said-name">{mine ? _('You') : name}</span>
          {note && <span class="said-note"><Icon name="lock" size={11} />{_('Private note')}</span>}
          {whisper && <span class="said-note"><Icon name="ear" size={11} />{_('Whisper')}</span>}
          {author.kind === 'guest' && <span class="quiet">{_('guest')}</span>}
          {!note && !whisper && author.kind === 'agent' && hostId && author.id !== hostId && !guestIds?.includes(author.id) && <span class="quiet">{_('earlier')}</span>}
          <time class="time" dateTime={entry.at} title={exact(entry.at)}>{clock(entry.at)}</time>
        </header>
      )}
      <div class="bubble" data-fills={fills(entry.parts) || undefined} data-emoji={isBigEmoji(entry.parts) || undefined} title={exact(entry.at)}>
        <Inside parts={entry.parts} />
      </div>
    </article>
  );
}

export function Inside({ parts }: { parts: Part[] }) {
  const picture = useSignal<ImagePart | null>(null);
  const big = parts.map((part): Part => (part.type === 'text' && isBigEmoji([part]) && parts.length === 1 ? { type: 'emoji', emoji: part.text.trim() } : part));
  return (
    <>
      <Parts parts={big} files={files} onPicture={(part) => { picture.value = part; }} />
      {parts.map((part, index) => part.type === 'menu' && <ol key={index} class="said-menu">{part.items.map((item) => <li key={item.id}><b>[{item.number}]</b> {item.label}</li>)}</ol>)}
      {picture.value && <Picture part={picture.value} onClose={() => { picture.value = null; }} />}
    </>
  );
}

function Picture({ part, onClose }: { part: ImagePart; onClose(): void }) {
  return (
    <Dialog title={part.name} size="wide" onClose={onClose} footer={<a class="button" data-kind="plain" href={files.address(part.file_id, { download: true })} download={part.name}><Icon name="download" />{_('Download')}</a>}>
      <img class="picture" src={files.address(part.file_id)} alt={part.name} width={part.width} height={part.height} />
    </Dialog>
  );
}

export function PendingBubble({ message, onAgain, onBack }: { message: Pending; onAgain(): void; onBack(): void }) {
  return (
    <article class="said" data-side="ours" data-note={message.isNote || undefined} data-whisper={message.isWhisper || undefined} data-pending={!message.problem || undefined} aria-label={_('On its way')}>
      <div class="bubble" data-fills={fills(message.parts) || undefined}><Parts parts={message.parts} files={files} /></div>
      {message.problem ? (
        <p class="said-problem" role="alert">
          <Icon name="alert" size={14} />{message.problem}
          <Button size="small" kind="quiet" onClick={onAgain}>{_('Try again')}</Button>
          <Button size="small" kind="quiet" onClick={onBack}>{_('Back to the editor')}</Button>
        </p>
      ) : <p class="receipt"><Icon name="clock" size={12} />{_('Sending…')}</p>}
    </article>
  );
}

export function EventLine({ entry }: { entry: Said }) {
  const happened = entry.parts.filter((each): each is EventPart => each.type === 'event');
  const [first, ...more] = happened;
  if (!first) return null;
  return (
    <p class="event-line" title={exact(entry.at)}>
      <Icon name={eventIcon(first.name)} size={13} />
      <span>{[eventWords(first, entry.author), ...more.map((part) => eventWords(part, { ...entry.author, kind: 'system' }))].join(' · ')}</span>
      <time class="time" dateTime={entry.at}>{clock(entry.at)}</time>
    </p>
  );
}

export const DayLine = ({ at }: { at: string }) => <p class="day-line"><span>{day(at)}</span></p>;
