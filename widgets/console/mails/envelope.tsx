// Above the words of an answer by mail: to whom it goes, who gets copies, and under which subject.
import { useSignal } from '@preact/signals';
import { Icon, IconButton, TagsField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Copied, Ticket } from '../../shared/types.ts';
import { can, me } from '../session.ts';
import { changeTicket } from '../tickets/acts.ts';
import { threadOf } from '../tickets/thread.ts';
import { nameOf } from '../words.ts';
import { mailOf } from './mail.ts';

const isAddress = (words: string) => /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(words);
const labelOf = ({ kind, id, name }: Copied) => (kind === 'email' ? id : name);

/** As the customer will read it: the number lets an answer find back. */
const subjectOf = ({ subject, number }: Ticket) => (subject.includes(`[#${number}]`) ? subject : `[#${number}] ${subject}`);

export function Envelope({ ticket }: { ticket: Ticket }) {
  const editing = useSignal(false);
  const last = threadOf(ticket.id).entries.value.findLast(({ kind, author }) => kind === 'customer_reply' && author.id === ticket.customer?.id);
  const address = last && mailOf(ticket.id, last.id).value.value?.sender;
  // Colleagues in copy read it here and are told by notices; the customer's mail does not name them.
  const outside = ticket.cc.filter(({ kind }) => kind !== 'agent');
  const change = (labels: string[]) => {
    const wrong = labels.find((label) => !isAddress(label) && !outside.some((each) => labelOf(each) === label));
    if (wrong) { toast(_('“{words}” is no e-mail address.', { words: wrong }), { meaning: 'warn' }); return; }
    const cc = labels.map((label): Copied => outside.find((each) => labelOf(each) === label) ?? { kind: 'email', id: label, name: '' });
    void changeTicket(ticket, { cc: [...ticket.cc.filter(({ kind }) => kind === 'agent'), ...cc] });
  };
  return (
    <div class="envelope">
      <p class="clip"><Icon name="mail" size={13} /><span class="quiet">{_('To')}</span> {ticket.customer ? nameOf(ticket.customer) : '–'}{address && <span class="quiet"> {address}</span>}</p>
      {editing.value ? <TagsField label={_('Copies to')} tags={outside.map(labelOf)} onTags={change} placeholder={_('Address, then Enter')} /> : (
        <p class="envelope-cc"><span class="quiet">{_('Copies to')}</span> <span class="clip">{outside.map(labelOf).join(', ') || _('nobody')}</span>
          {can('ticket.edit') && <IconButton icon="edit" size="small" label={_('Change who gets copies')} onClick={() => { editing.value = true; }} />}</p>
      )}
      <p class="envelope-subject"><span class="quiet">{_('Subject')}</span> <span class="clip">{subjectOf(ticket)}</span> <span class="quiet envelope-signed">{_('signed {name}', { name: me.value?.name ?? '' })}</span></p>
    </div>
  );
}
