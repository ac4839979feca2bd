/* Turns the journal into the lines of the transcript: days, system lines, bubbles in groups with their marks. Pure. */
import { daysBetween } from '../shared/time.ts';
import type { Author, Entry, Part } from '../shared/types.ts';
import type { Journal, Unsent } from './journal.ts';

export type Mark = 'sending' | 'failed' | 'stored' | 'read' | null;
export interface Said {
  kind: 'said';
  key: string;
  author: Author | null;   // null = the visitor, not acknowledged yet
  isMine: boolean;
  parts: Part[];
  at: string;
  mark: Mark;
  /** First and last of a row of bubbles by the same author within five minutes. */
  isFirst: boolean;
  isLast: boolean;
  entry: Entry | null;
  unsent: Unsent | null;
}
export type Line = { kind: 'day'; key: string; at: string } | { kind: 'system'; key: string; entry: Entry } | Said;

const GROUP_WITHIN = 5 * 60_000;

/** `isMine` says whose words stand on the right: the customer's, but where a guest looks. */
export function lines(journal: Journal, now: number, isMine = ({ kind }: Author): boolean => kind === 'customer'): Line[] {
  const all: Line[] = [];
  const readUpTo = journal.conversation?.read.agent ?? 0;
  for (const entry of journal.entries) {
    if (entry.kind === 'note' || entry.kind === 'whisper') continue;
    startDay(all, entry.at, now);
    if (entry.kind === 'event' || entry.parts.every(({ type }) => type === 'event')) all.push({ kind: 'system', key: entry.id, entry });
    else push(all, fromEntry(entry, entry.conversation_id === journal.conversation?.id ? readUpTo : Infinity, isMine(entry.author)));
  }
  for (const unsent of journal.outbox) {
    startDay(all, unsent.at, now);
    push(all, fromUnsent(unsent));
  }
  return all;
}

/** The bubble under which the state of delivery stands: the newest of mine. */
export function lastMine(all: Line[]): Said | null {
  return (all.filter((line) => line.kind === 'said' && line.isMine && line.mark !== 'failed').at(-1) as Said | undefined) ?? null;
}

function fromEntry(entry: Entry, readUpTo: number, isMine: boolean): Said {
  const mark = isMine ? (entry.seq <= readUpTo ? 'read' : 'stored') : null;
  // The same key before and after the acknowledgement: the bubble stays where it is and is not announced twice.
  return { kind: 'said', key: entry.client_id ?? entry.id, author: entry.author, isMine, parts: entry.parts, at: entry.at, mark, isFirst: true, isLast: true, entry, unsent: null };
}

function fromUnsent(unsent: Unsent): Said {
  const mark = unsent.state === 'failed' ? 'failed' : 'sending';
  return { kind: 'said', key: unsent.client_id, author: null, isMine: true, parts: unsent.parts, at: unsent.at, mark, isFirst: true, isLast: true, entry: null, unsent };
}

function startDay(all: Line[], at: string, now: number): void {
  const previous = all.at(-1);
  const before = previous && ('at' in previous ? previous.at : previous.entry.at);
  // Today needs no name until there is another day above it.
  if (before ? daysBetween(before, at) > 0 : daysBetween(at, now) > 0) all.push({ kind: 'day', key: `day ${at}`, at });
}

function push(all: Line[], line: Said): void {
  const previous = all.at(-1);
  if (previous?.kind === 'said' && belongs(previous, line)) {
    previous.isLast = false;
    line.isFirst = false;
  }
  all.push(line);
}

function belongs(previous: Said, next: Said): boolean {
  const sameAuthor = previous.isMine === next.isMine && (next.isMine || (previous.author?.id === next.author?.id && previous.author?.name === next.author?.name));
  return sameAuthor && Date.parse(next.at) - Date.parse(previous.at) < GROUP_WITHIN;
}
