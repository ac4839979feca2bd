/* The message left when nobody can talk: prefilled with everything that was typed already, kept until it is stored. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError, newId } from '../shared/api.ts';
import { _ } from '../shared/i18n.ts';
import type { FormField, FormReason } from '../shared/types.ts';
import { AttachedFiles, Chooser, Staged } from './attached.tsx';
import { claims, onLogout, tell } from './host.ts';
import { Icon } from './icons.tsx';
import { textSaid } from './journal.ts';
import { api, conversation, draft, formReason, home, journal, opening, startOver, view } from './session.ts';
import { TicketsLink } from './talk.tsx';
import { readList, showNumber } from './threads.ts';
import { hash } from './words.ts';

type FieldName = 'name' | 'email' | 'phone' | 'subject' | 'text';
/** What the visitor filled in, kept while they look at another view; null = not touched. */
const filled = signal<Partial<Record<FieldName, string>>>({});
const errors = signal<Record<string, string>>({});
const problem = signal('');
const isBusy = signal(false);
const number = signal<string | null>(null);
const files = new Staged();
let client_id = newId();
const LONGEST: Record<FieldName, number> = { name: 100, email: 254, phone: 40, subject: 200, text: 10_000 };   // as the server has it

export function TicketForm() {
  if (number.value) return <Done number={number.value} />;
  const { title, words } = heading(formReason.value);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => { form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(); }, [errors.value]);
  return (
    <main class="view page">
      <h2>{title}</h2>
      <p class="quiet">{words}</p>
      {formReason.value === 'closed' && opening.value!.hours_text && <p class="hours"><Icon name="clock" size={16} /> {opening.value!.hours_text}</p>}
      {home.value === 'form' && <TicketsLink />}
      <form ref={form} class="form" noValidate onSubmit={(event) => { event.preventDefault(); void submit(); }}
        onDragOver={(event) => event.preventDefault()} onDrop={(event) => { event.preventDefault(); files.add([...event.dataTransfer?.files ?? []]); }}>
        <Field name="text" label={_('Your message')} required rows={5} />
        <Field name="subject" label={_('Subject')} required />
        <Field name="name" label={_('Your name')} required autocomplete="name" />
        <Field name="email" label={_('E-mail')} type="email" required autocomplete="email" hint={_('Our answer goes there.')} />
        {asked('phone') && <Field name="phone" label={_('Phone')} type="tel" required={Boolean(asked('phone')?.required)} autocomplete="tel" />}
        <div class="attached"><AttachedFiles staged={files} /><Chooser staged={files} class="link"><Icon name="attach" size={16} /> {_('Attach pictures or files')}</Chooser></div>
        {problem.value && <p class="failed" role="alert"><Icon name="alert" size={14} /> {problem.value}</p>}
        <button type="submit" class="button primary wide" disabled={isBusy.value || files.isUploading}>{isBusy.value ? _('Sending') : _('Send')}</button>
      </form>
    </main>
  );
}

/** In the chat, where the composer was: why there is a form now. */
export function FormOffer() {
  const { title, words } = heading(formReason.value);
  return (
    <div class="foot card">
      <p><strong>{title}</strong></p>
      <p class="quiet">{words}</p>
      <button type="button" class="button primary" onClick={() => { view.value = 'form'; }}>{_('Leave a message')}</button>
    </div>
  );
}

function heading(reason: FormReason | null): { title: string; words: string } {
  switch (reason) {
    case 'closed': return { title: _('We are away right now'), words: _('Leave us a message. We will answer by e-mail as soon as we are back.') };
    case 'nobody_on_duty': return { title: _('Nobody is free to chat right now'), words: _('Leave us a message. We will answer by e-mail.') };
    case 'queue_full': return { title: _('The line is full right now'), words: _('We do not want to keep you waiting: leave us a message, and we will answer by e-mail.') };
    case 'waited_too_long': return { title: _('Sorry, this took too long'), words: _('You have waited long enough. Leave us a message with all that you wrote, and we will answer by e-mail.') };
    default: return { title: _('Leave a message'), words: _('We will answer by e-mail. Nothing that you wrote is lost.') };
  }
}

/** The channel's own wish for a field, from the console. */
const asked = (name: string): FormField | undefined => opening.value?.form?.fields?.find((field) => field.name === name);

/** What is known already: passed in by the host page, or written in the chat. */
function known(name: FieldName): string {
  const claimed = claims.value[name];
  if (typeof claimed === 'string') return claimed;
  if (name === 'text') return [textSaid(journal.value, opening.value?.menu?.items.map(({ label }) => label)), draft.value].filter(Boolean).join('\n');
  // A subject nobody had to think of: the first line of the message, as long as it makes sense alone.
  if (name === 'subject') return firstLine(value('text'));
  return '';
}

const firstLine = (text: string): string => {
  const [line = ''] = /^.*?(?:[。！？]|[.!?](?=\s)|$)/m.exec(text.trim()) ?? [];
  return [...line].length > 60 ? [...line].slice(0, 59).join('') + '…' : line;
};
const value = (name: FieldName): string => filled.value[name] ?? known(name);

interface FieldProps { name: FieldName; label: string; required?: boolean; type?: 'text' | 'email' | 'tel'; rows?: number; hint?: string; autocomplete?: 'name' | 'email' | 'tel' }

function Field({ name, label, required = false, type = 'text', rows, hint, autocomplete }: FieldProps) {
  const error = errors.value[name];
  const described = [error && `${name}-error`, hint && `${name}-hint`].filter(Boolean).join(' ');
  const common = {
    id: name,
    name,
    value: value(name),
    required,
    'aria-invalid': Boolean(error),
    'aria-describedby': described || undefined,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) => {
      filled.value = { ...filled.value, [name]: currentTarget.value };
      if (errors.value[name]) errors.value = { ...errors.value, [name]: '' };
    },
  };
  return (
    <div class="field">
      <label for={name}>{asked(name)?.label || label}{!required && <span class="quiet"> {_('(optional)')}</span>}</label>
      {rows ? <textarea {...common} rows={rows} maxLength={LONGEST[name]} dir="auto" /> : <input {...common} type={type as 'text'} maxLength={LONGEST[name]} autocomplete={autocomplete} dir="auto" />}
      {error && <p class="failed" id={`${name}-error`}>{error}</p>}
      {hint && !error && <p class="quiet small" id={`${name}-hint`}>{hint}</p>}
    </div>
  );
}

function findErrors(): Record<string, string> {
  const found: Record<string, string> = {};
  if (!value('text').trim()) found.text = _('Please write what we can do for you.');
  if (!value('subject').trim()) found.subject = _('Please give it a subject.');
  if (!value('name').trim()) found.name = _('Please tell us your name.');
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value('email').trim())) found.email = _('Please enter an e-mail address such as ann@example.com.');
  if (asked('phone')?.required && !value('phone').trim()) found.phone = _('Please enter your phone number.');
  return found;
}

async function submit(): Promise<void> {
  errors.value = findErrors();
  problem.value = '';
  if (Object.keys(errors.value).length) return;
  isBusy.value = true;
  try {
    const phone = value('phone').trim();
    const conversation_id = conversation.value?.id;
    // Sent again with the same `client_id` it is the same ticket.
    const receipt = await api.post<{ number: string }>('/tickets', {
      client_id,
      name: value('name').trim(),
      email: value('email').trim(),
      subject: value('subject').trim(),
      text: value('text').trim(),
      file_ids: files.stored.value.map(({ id }) => id),
      ...(phone ? { phone } : {}),
      ...(conversation_id ? { conversation_id } : {}),
    });
    number.value = hash(receipt.number);
    draft.value = '';
    tell('event', { name: 'ticket', data: { number: receipt.number } });
    void readList();   // so that the number leads to it at once
  } catch (reason) {
    if (!(reason instanceof ApiError)) throw reason;
    errors.value = reason.fields;
    problem.value = Object.keys(reason.fields).length ? '' : reason.message;
  } finally {
    isBusy.value = false;
  }
}

/** The form forgets what was sent, but not who sent it. */
function reset(): void {
  const { name = '', email = '', phone = '' } = filled.value;
  client_id = newId();
  filled.value = { ...(name && { name }), ...(email && { email }), ...(phone && { phone }) };
  files.clear();
  number.value = null;
}

onLogout(() => {
  filled.value = {};
  errors.value = {};
  problem.value = '';
  reset();
});

function Done({ number: given }: { number: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const email = value('email').trim();
  useEffect(() => {
    heading.current?.focus();
    return reset;   // whichever way the visitor goes on, the next form is a new one
  }, []);
  const goOn = () => {
    if (conversation.value) startOver();
    view.value = opening.value!.open ? 'talk' : 'form';
  };
  return (
    <main class="view centred">
      <span class="done" aria-hidden="true"><Icon name="check" size={28} /></span>
      <h2 ref={heading} tabIndex={-1}>{_('We have your message')}</h2>
      <p>{_('We will answer to {email}.', { email })}</p>
      <button type="button" class="button primary" onClick={() => void showNumber(given)}><Icon name="ticket" size={16} /> {_('Your request {number}', { number: given })}</button>
      <button type="button" class="button" onClick={goOn}>{opening.value!.open ? _('Back to the chat') : _('Leave another message')}</button>
    </main>
  );
}
