// The mail behind an entry of a ticket: what it says beyond the thread, fetched once it comes into view.
import { resource, type Resource } from '../loading.tsx';
import { api } from '../session.ts';

export type Verdict = 'pass' | 'fail' | 'softfail' | 'neutral' | 'policy' | 'temperror' | 'permerror' | 'none';
export interface Mail {
  subject: string;
  sender: string;
  to: string[];
  cc: string[];
  /** of what we sent; nobody but agents may know */
  bcc: string[];
  /** all of it, sanitised */
  html: string | null;
  new_html: string | null;
  quoted: string;
  signature: string;
  remote_images: number;
  /** content id → address of the file */
  inline: Record<string, string>;
  headers: [name: string, value: string][];
  authentication: { spf: Verdict; dkim: Verdict; dmarc: Verdict };
  is_proven: boolean;
  problems: string[];
  refused_files: string[];
  /** where the original is, when it was kept */
  source: string | null;
}

const mails = new Map<string, Resource<Mail>>();

/** A mail does not change any more, so it is fetched once. */
export function mailOf(ticketId: string, entryId: string): Resource<Mail> {
  const key = `${ticketId}/${entryId}`; // what is split off or merged has another address
  let mail = mails.get(key);
  if (!mail) {
    mail = resource(() => api.get<Mail>(`/tickets/${ticketId}/entries/${entryId}/mail`));
    mails.set(key, mail);
    if (mails.size > 300) mails.delete(mails.keys().next().value!);
  }
  return mail;
}
