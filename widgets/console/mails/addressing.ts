// To whom the next answer of a ticket goes by mail, where the agent chose; kept through a reload like the words of a draft.
import { signal, type Signal } from '@preact/signals';
import type { MailEnvelope, Ticket, TicketEntry } from '../../shared/types.ts';
import { threadOf } from '../tickets/thread.ts';

export interface Addressing {
  /** instead of the customer; empty: the customer */
  to: string[];
  bcc: string[];
  /** instead of the ticket's; empty: the ticket's */
  subject: string;
  quotes: boolean;
}

const USUAL: Addressing = { to: [], bcc: [], subject: '', quotes: true };
const kept = new Map<string, Signal<Addressing>>();
const keyOf = (ticketId: string) => `envelope.${ticketId}`;

export function addressingOf(ticketId: string): Signal<Addressing> {
  let found = kept.get(ticketId);
  if (!found) {
    let recalled: Partial<Addressing> = {};
    try { recalled = JSON.parse(sessionStorage.getItem(keyOf(ticketId)) ?? '{}'); } catch { /* memory has it */ }
    found = signal({ ...USUAL, ...recalled });
    kept.set(ticketId, found);
  }
  return found;
}

export function address(ticketId: string, change: Partial<Addressing>): void {
  const found = addressingOf(ticketId);
  found.value = { ...found.value, ...change };
  try { sessionStorage.setItem(keyOf(ticketId), JSON.stringify(found.value)); } catch { /* memory has it */ }
}

/** What an answer quotes: the latest that the customer said. */
export const answered = (ticketId: string): TicketEntry | undefined => threadOf(ticketId).entries.value.findLast(({ kind }) => kind === 'customer_reply');

/** The envelope of the answer that leaves now; the next one starts as usual. */
export function takeEnvelope(ticket: Ticket): MailEnvelope | undefined {
  if (ticket.source !== 'email') return undefined;
  const { quotes, ...rest } = addressingOf(ticket.id).value;
  address(ticket.id, USUAL);
  return { ...rest, quotes: (quotes && answered(ticket.id)?.id) || null };
}

/** An answer that was not taken goes back to the editor with its envelope. */
export function putBack(ticketId: string, { to, bcc, subject, quotes }: MailEnvelope): void {
  address(ticketId, { to, bcc, subject, quotes: !!quotes });
}
