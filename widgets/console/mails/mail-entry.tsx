// A mail in a ticket's thread: who wrote to whom, what is new of it, its files, and how far it came.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Avatar, Badge, Button, Icon, IconButton, Menu } from '../../shared/components/index.ts';
import { _, ngettext } from '../../shared/i18n.ts';
import { Text } from '../../shared/parts.tsx';
import { clock, exact } from '../../shared/time.ts';
import type { Part, TicketEntry } from '../../shared/types.ts';
import { Inside } from '../messages/messages.tsx';
import { api, can, me } from '../session.ts';
import { splitFrom } from '../tickets/rearranging.tsx';
import { nameOf } from '../words.ts';
import { DeliveryLine } from './delivery-line.tsx';
import { isFormatted } from './html.ts';
import { MailFrame, MailPage } from './mail-frame.tsx';
import { mailOf, type Mail } from './mail.ts';
import { Proof } from './proof.tsx';
import { quoted } from './quote.ts';
import { SourceDialog } from './source-dialog.tsx';

export function MailEntry({ entry, onQuote }: { entry: TicketEntry; onQuote?: ((words: string) => void) | undefined }) {
  const place = useRef<HTMLElement>(null);
  const found = mailOf(entry.ticket_id, entry.id);
  const hasMail = !entry.delivery || entry.delivery.state === 'sent' || entry.delivery.state === 'bounced';
  const plain = useSignal(false);
  const whole = useSignal(false);
  const images = useSignal(false);
  const source = useSignal(false);
  useEffect(() => {
    if (!hasMail || !place.current) return;
    const watch = new IntersectionObserver(([seen]) => { if (seen?.isIntersecting) { found.ensure(); watch.disconnect(); } }, { rootMargin: '600px' });
    watch.observe(place.current);
    return () => watch.disconnect();
  }, [found, hasMail]);
  const mail = found.value.value;
  const { author } = entry;
  const ours = entry.kind === 'agent_reply';
  const note = entry.kind === 'note';
  const name = author.kind === 'system' ? author.name || _('Automatic') : author.id === me.value?.id ? _('You') : nameOf(author);
  const formatted = mail && isFormatted(whole.value ? mail.html : mail.new_html);
  const acts = mail && [
    ...(isFormatted(mail.html) ? [{ label: plain.value ? _('Show as it was formatted') : _('Show as plain text'), icon: 'eye' as const, onPick: () => { plain.value = !plain.value; } }] : []),
    ...(onQuote ? [{ label: _('Quote in the answer'), icon: 'reply' as const, onPick: () => onQuote(quoted(entry, author.name || name)) }] : []),
    ...(entry.kind === 'customer_reply' && can('ticket.edit') && can('ticket.create') ? [{ label: _('Split off into a ticket of its own…'), icon: 'split' as const, onPick: () => void splitFrom(entry.ticket_id, entry.id) }] : []),
    { label: _('Show headers and source'), icon: 'code' as const, onPick: () => { source.value = true; } },
  ];
  return (
    <article ref={place} class="mail" data-side={note ? 'note' : ours ? 'ours' : 'theirs'} aria-label={note ? _('Private note of {name}', { name }) : _('Mail of {name}', { name })}>
      <header class="mail-head">
        <Avatar id={author.id} name={author.name || name} src={author.avatar} size={32} />
        <div class="mail-who">
          <p class="mail-from"><span class="said-name clip">{name}</span>{mail && <span class="quiet small clip">{mail.sender}</span>}</p>
          {mail && <People mail={mail} />}
        </div>
        {mail && !ours && <Proof mail={mail} />}
        {note && <Badge meaning="warn" icon="lock">{_('Private note')}</Badge>}
        {ours && <Badge meaning="accent" icon="mail">{_('Public')}</Badge>}
        <time class="time" dateTime={entry.at} title={exact(entry.at)}>{clock(entry.at)}</time>
        {acts && <Menu label={_('More about this mail')} align="end" trigger={(props) => <IconButton icon="more" size="small" label={_('More about this mail')} {...props} />} items={acts} />}
      </header>
      <Body entry={entry} mail={mail} whole={whole.value} images={images.value} formatted={!!formatted && !plain.value} />
      {mail && <Folded mail={mail} open={whole.value} formatted={!!formatted && !plain.value} onOpen={() => { whole.value = !whole.value; }} />}
      {mail && <Remarks mail={mail} formatted={!!formatted && !plain.value} images={images.value} onImages={() => { images.value = true; }} />}
      {found.problem.value && <p class="quiet small">{found.problem.value} <Button kind="quiet" size="small" onClick={() => void found.load()}>{_('Try again')}</Button></p>}
      {entry.delivery && <DeliveryLine entry={{ ...entry, delivery: entry.delivery }} />}
      {source.value && mail && <SourceDialog mail={mail} onClose={() => { source.value = false; }} />}
    </article>
  );
}

function People({ mail }: { mail: Mail }) {
  const people = [_('to {people}', { people: mail.to.join(', ') || '–' }), ...(mail.cc.length ? [_('copy to {people}', { people: mail.cc.join(', ') })] : []), ...(mail.bcc.length ? [_('blind copy to {people}', { people: mail.bcc.join(', ') })] : [])].join(' · ');
  return <p class="quiet small clip" title={people}>{people}</p>;
}

function Body({ entry, mail, whole, images, formatted }: { entry: TicketEntry; mail: Mail | undefined; whole: boolean; images: boolean; formatted: boolean }) {
  const html = mail && (whole ? mail.html : mail.new_html);
  if (!mail || !html || !formatted) return <div class="mail-body"><Inside parts={entry.parts} /></div>;
  // What the sheet shows in its place needs no second one among the files.
  const shown = new Set(Object.values(mail.inline));
  const files = entry.parts.filter((part): part is Part => part.type !== 'text' && !('file_id' in part && shown.has(`/api/v1/files/${part.file_id}`)));
  return (
    <>
      {images ? <MailPage address={api.address(`/tickets/${entry.ticket_id}/entries/${entry.id}/html`, { images: 'true', whole: String(whole) })} /> : <MailFrame html={html} inline={mail.inline} />}
      {files.length > 0 && <div class="mail-body"><Inside parts={files} /></div>}
    </>
  );
}

/** Quote and signature fold away, and nothing is ever lost. */
function Folded({ mail, open, formatted, onOpen }: { mail: Mail; open: boolean; formatted: boolean; onOpen(): void }) {
  const rest = [mail.signature, mail.quoted].filter((each) => each.trim()).join('\n\n');
  if (!rest) return null;
  return (
    <>
      <Button kind="quiet" size="small" class="mail-fold" aria-expanded={open} icon={open ? 'up' : 'more'} onClick={onOpen}>{open ? _('Hide quoted text') : _('Show quoted text')}</Button>
      {open && !formatted && <div class="mail-rest"><Text text={rest} /></div>}
    </>
  );
}

function Remarks({ mail, formatted, images, onImages }: { mail: Mail; formatted: boolean; images: boolean; onImages(): void }) {
  const blocked = formatted && !images && mail.remote_images > 0;
  const remarks = [
    ...(blocked ? [ngettext('{n} picture from elsewhere is blocked: fetching it would tell the sender that you read this.', '{n} pictures from elsewhere are blocked: fetching them would tell the sender that you read this.', mail.remote_images)] : []),
    ...(mail.refused_files.length ? [_('Only in the original, because it may be harmful: {names}', { names: mail.refused_files.join(', ') })] : []),
    ...mail.problems,
  ];
  if (!remarks.length) return null;
  return (
    <ul class="mail-remarks">
      {remarks.map((words, index) => <li key={words}><Icon name="info" size={13} /><span>{words} {blocked && index === 0 && <Button kind="quiet" size="small" icon="image" onClick={onImages}>{_('Show pictures')}</Button>}</span></li>)}
    </ul>
  );
}
