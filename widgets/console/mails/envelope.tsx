// Above the words of an answer by mail: to whom it goes, who gets copies seen and unseen, and under which subject.
import { useSignal } from '@preact/signals';
import { Icon, IconButton, TagsField, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Copied, Ticket } from '../../shared/types.ts';
import { can, me } from '../session.ts';
import { changeTicket } from '../tickets/acts.ts';
import { nameOf } from '../words.ts';
import { address, addressingOf, answered } from './addressing.ts';
import { mailOf } from './mail.ts';

const isAddress = (words: string) => /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(words);
const labelOf = ({ kind, id, name }: Copied) => (kind === 'email' ? id : name);

/** As the customer will read it: the number lets an answer find back. */
const marked = (subject: string, { number }: Ticket) => (subject.includes(`[#${number}]`) ? subject : `[#${number}] ${subject}`);

/** The labels, if all are addresses or known before. */
function checked(labels: string[], known: readonly string[] = []): string[] | null {
  const wrong = labels.find((label) => !isAddress(label) && !known.includes(label));
  if (wrong) toast(_('“{words}” is no e-mail address.', { words: wrong }), { meaning: 'warn' });
  return wrong ? null : labels;
}

export function Envelope({ ticket }: { ticket: Ticket }) {
  const editing = useSignal(false);
  const { to, bcc, subject } = addressingOf(ticket.id).value;
  const last = answered(ticket.id);
  const known = last && last.author.id === ticket.customer?.id ? mailOf(ticket.id, last.id).value.value?.sender : undefined;
  // Colleagues in copy read it here and are told by notices; the customer's mail does not name them.
  const outside = ticket.cc.filter(({ kind }) => kind !== 'agent');
  const copy = (labels: string[]) => {
    if (!checked(labels, outside.map(labelOf))) return;
    const cc = labels.map((label): Copied => outside.find((each) => labelOf(each) === label) ?? { kind: 'email', id: label, name: '' });
    void changeTicket(ticket, { cc: [...ticket.cc.filter(({ kind }) => kind === 'agent'), ...cc] });
  };
  const choose = (field: 'to' | 'bcc') => (labels: string[]) => { const all = checked(labels); if (all) address(ticket.id, { [field]: all }); };
  const toggle = <IconButton icon={editing.value ? 'up' : 'edit'} size="small" label={editing.value ? _('Fold recipients and subject') : _('Change recipients and subject')} pressed={editing.value} onClick={() => { editing.value = !editing.value; }} />;
  const customer = <>{ticket.customer ? nameOf(ticket.customer) : '–'}{known && <span class="quiet"> {known}</span>}</>;
  if (editing.value) {
    return (
      <div class="envelope envelope-open">
        <div class="envelope-fields">
          <TagsField label={_('To')} tags={to.length ? to : known ? [known] : []} onTags={choose('to')} placeholder={ticket.customer ? nameOf(ticket.customer) : _('Address, then Enter')} />
          <TagsField label={_('Copies to')} tags={outside.map(labelOf)} onTags={copy} disabled={!can('ticket.edit')} placeholder={_('Address, then Enter')} />
          <TagsField label={_('Blind copies to')} tags={bcc} onTags={choose('bcc')} placeholder={_('Nobody else sees these addresses')} />
          <TextField label={_('Subject')} value={subject || ticket.subject} maxlength={200} onText={(text) => address(ticket.id, { subject: text === ticket.subject ? '' : text })} />
        </div>
        {toggle}
      </div>
    );
  }
  return (
    <div class="envelope">
      <p><Icon name="mail" size={13} /><span class="quiet">{_('To')}</span> <span class="clip">{to.length ? to.join(', ') : customer}</span>{toggle}</p>
      {(outside.length > 0 || bcc.length > 0) && (
        <p>
          {outside.length > 0 && <><span class="quiet">{_('Copies to')}</span> <span class="clip">{outside.map(labelOf).join(', ')}</span></>}
          {bcc.length > 0 && <><span class="quiet">{_('Blind copies to')}</span> <span class="clip">{bcc.join(', ')}</span></>}
        </p>
      )}
      <p class="envelope-subject"><span class="quiet">{_('Subject')}</span> <span class="clip">{marked(subject || ticket.subject, ticket)}</span> <span class="quiet envelope-signed">{_('signed {name}', { name: (me.value?.signature || me.value?.name || '').split('\n')[0]!.replace(/\{\{\s*name\s*\}\}/g, me.value?.name ?? '') })}</span></p>
    </div>
  );
}
