/* Pure: a ticket's thread as lines of a transcript, and which of two pictures of a ticket is the newer one. */
import type { CustomerTicket, Entry, Part } from '../shared/types.ts';
import { partFor } from '../shared/upload.ts';
import { empty, type Outbox, type Unsent } from './journal.ts';
import { lines, type Line } from './lines.ts';

/** `saidHere`: entry → what this browser called it, so that a bubble stays the same bubble when it is stored. */
export function threadLines(ticket: CustomerTicket | undefined, { outbox }: Outbox, saidHere: Map<string, string>, now: number): Line[] {
  const entries = (ticket?.entries ?? []).map((entry, index): Entry => ({ ...entry, parts: entry.parts.map(shown), conversation_id: ticket!.id, seq: index + 1, kind: 'message', client_id: saidHere.get(entry.id) ?? null }));
  // Nobody marks what was read in a ticket: stored is all that is known.
  return lines({ ...empty, entries, outbox }, now).map((line) => (line.kind === 'said' && line.mark === 'read' ? { ...line, mark: 'stored' } : line));
}

/** Files that came with a form or a mail are called files, whatever is in them: pictures are shown. */
const shown = (part: Part): Part => (part.type === 'file' ? partFor({ ...part, id: part.file_id }) : part);

/** A picture that arrives late changes nothing; one from a list has no lines and takes none away. */
export function newerTicket(known: CustomerTicket | undefined, fresh: CustomerTicket): CustomerTicket {
  if (!known) return fresh;
  const isLate = Date.parse(fresh.updated_at) < Date.parse(known.updated_at) || fresh.entries.length < known.entries.length;
  return isLate ? known : fresh;
}

/** The line of the answer that the reply became. */
export function storedAs(known: CustomerTicket | undefined, answer: CustomerTicket): string | null {
  const before = new Set(known?.entries.map(({ id }) => id));
  return answer.entries.filter(({ id, author }) => author.kind === 'customer' && !before.has(id)).at(-1)?.id ?? null;
}

export const textOf = ({ parts }: Unsent): string => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

export const filesOf = ({ parts }: Unsent) => parts.flatMap((part: Part) => ('file_id' in part ? [{ ...part, id: part.file_id }] : []));
