// What our mails say, as the server shows it, and how each kind is called.
import { _ } from '../../shared/i18n.ts';

export type Purpose = 'receipt' | 'notice' | 'answer' | 'solved';
export interface Wording { subject: string; text: string; html: string }
export interface MailText {
  purpose: Purpose;
  language: 'en' | 'zh-CN';
  /** 0: nobody has ever changed it */
  version: number;
  is_changed: boolean;
  wording: Wording;
  changed_at: string | null;
  changed_by: string;
  /** why the built-in text was sent instead */
  fault: { at: string; reason: string } | null;
  variables: { name: string; description: string }[];
  needed: string;
}

export const PURPOSES: readonly Purpose[] = ['receipt', 'answer', 'solved', 'notice'];

export function purposeName(purpose: Purpose): string {
  return { receipt: _('Receipt'), notice: _('Notice to agents'), answer: _('Answer'), solved: _('Solved, with rating') }[purpose];
}

export function purposeWords(purpose: Purpose): string {
  return {
    receipt: _('Tells customers at once that their mail arrived, and its number.'),
    notice: _('Tells agents what happened to a ticket, with its whole story, to be answered by mail.'),
    answer: _('Stands around what an agent answers: the answer itself, signatures, and the quote.'),
    solved: _('Tells customers that the ticket is solved, and asks how it was.'),
  }[purpose];
}
