/* The lines of a transcript: a day, what happened, a bubble with its mark. Who looks, and at what, is said by the page. */
import type { ComponentChildren } from 'preact';
import { _ } from '../shared/i18n.ts';
import { clock, day, exact } from '../shared/time.ts';
import type { Author, Entry, Part } from '../shared/types.ts';
import { Face } from './face.tsx';
import { Icon } from './icons.tsx';
import type { Unsent } from './journal.ts';
import type { Line, Mark, Said } from './lines.ts';

export interface Reader {
  /** What stands inside a bubble. */
  body(line: Said): ComponentChildren;
  nameOf(author: Author | null): string;
  /** What stands behind a name, such as that this is a guest. */
  standing?(author: Author | null): string;
  /** What happened, in words; empty for what need not be read. */
  words(entry: Entry): string;
  /** Unset when it is too late. */
  retry?: ((client_id: string) => void) | undefined;
  discard(unsent: Unsent): void;
  /** What stands without a bubble around it, when it stands alone: pictures, film, emoji. */
  bare: readonly Part['type'][];
}

export function Row({ line, isLastMine, reader }: { line: Line; isLastMine: boolean; reader: Reader }) {
  switch (line.kind) {
    case 'day': return <li class="day"><time dateTime={line.at}>{day(line.at)}</time></li>;
    case 'system': {
      const words = reader.words(line.entry);
      return words ? <li class="system">{words}</li> : null;
    }
    case 'said': return <Bubble line={line} isLastMine={isLastMine} reader={reader} />;
  }
}

function Bubble({ line, isLastMine, reader }: { line: Said; isLastMine: boolean; reader: Reader }) {
  const { isMine, author, unsent } = line;
  const { retry, discard } = reader;
  const isBare = line.parts.length === 1 && reader.bare.includes(line.parts[0]!.type);
  const name = isMine ? _('You') : reader.nameOf(author);
  return (
    <li class="said" data-mine={isMine || undefined} data-first={line.isFirst || undefined} data-last={line.isLast || undefined}>
      {!isMine && (line.isFirst ? <Face name={name} avatar={author?.avatar ?? null} /> : <span class="face-gap" />)}
      <div class="stack">
        {line.isFirst && <p class={isMine ? 'unseen' : 'author'}>{name}{!isMine && reader.standing?.(author)}</p>}
        <div class="bubble" data-bare={isBare || undefined} data-failed={line.mark === 'failed' || undefined} title={exact(line.at)}>
          {reader.body(line)}
        </div>
        {unsent?.state === 'failed' ? (
          <p class="failed" role="alert">
            <Icon name="alert" size={14} /> {unsent.problem || _('Not sent')}
            {retry && <button type="button" class="link" onClick={() => retry(unsent.client_id)}>{_('Try again')}</button>}
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
