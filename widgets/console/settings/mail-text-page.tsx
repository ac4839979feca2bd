// One mail's text: subject, plain text and HTML beside the variables, and what becomes of it with a real ticket before it is saved.
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from '../../shared/api.ts';
import { ask, Button, ErrorState, Field, Icon, Picker, RelativeTime, Skeleton, TabPanel, Tabs, TextArea, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Page, Ticket } from '../../shared/types.ts';
import { useForm, type Form } from '../forms.ts';
import { Loaded, useResource, type Resource } from '../loading.tsx';
import { MailFrame } from '../mails/mail-frame.tsx';
import { go } from '../router.ts';
import { api, report, wordsOf } from '../session.ts';
import { PageHead, Part } from './frame.tsx';
import { languageName } from './mail-texts-page.tsx';
import { purposeName, purposeWords, type MailText, type Wording } from './mail-text.ts';
import { SaveBar } from './save-bar.tsx';

const PAUSE = 400; // ms without a key until the preview follows

export function MailTextPage({ id }: { id: string }) {
  const [purpose, language] = [id.slice(0, id.indexOf('.')), id.slice(id.indexOf('.') + 1)];
  const path = `/mail-templates/${purpose}/${language}`;
  const text = useResource(() => api.get<MailText>(path), [path]);
  return <Loaded of={text}>{(found) => <Editor key={id} of={text} text={found} path={path} />}</Loaded>;
}

function Editor({ of, text, path }: { of: Resource<MailText>; text: MailText; path: string }) {
  const form = useForm<Wording>(text.wording, [path]);
  const values = form.values.value;
  const wrong = form.wrong.value;
  const field = useRef<HTMLInputElement | HTMLTextAreaElement | null>(null);
  const changed = useComputed(() => JSON.stringify(form.values.value) !== JSON.stringify(of.value.value?.wording)).value;
  const stored = of.value.value?.wording;
  const lagsBehind = !!values.html.trim() && values.text !== stored?.text && values.html === stored?.html;
  const took = (saved: MailText, words: string) => { of.value.value = saved; form.values.value = saved.wording; toast(words); };
  const stale = (error: ApiError) => {
    if (error.code !== 'conflict' || !error.problem.current) return false;
    of.value.value = error.problem.current as MailText;
    form.problem.value = _('Somebody changed this text meanwhile. What you typed is still here; save again to write it over theirs.');
    return true;
  };
  const save = async () => {
    const saved = await form.send((wording) => api.put<MailText>(path, { version: of.value.value!.version, wording }), stale);
    if (saved) took(saved, _('Saved'));
  };
  const reset = async () => {
    const sure = await ask({ title: _('Go back to the built-in text?'), consequence: _('Your own text is gone. The audit log still has it.'), act: _('Go back'), danger: true });
    if (!sure) return;
    const saved = await form.send(() => api.post<MailText>(`${path}/reset`, { version: of.value.value!.version }), stale);
    if (saved) took(saved, _('The built-in text is back.'));
  };
  /** A variable goes where the cursor was last. */
  const insert = (name: string) => {
    const words = `{{ ${name} }}`;
    const element = field.current ?? document.querySelector<HTMLTextAreaElement>('.mail-text textarea');
    if (!element) return;
    const [from, to] = [element.selectionStart ?? element.value.length, element.selectionEnd ?? element.value.length];
    form.set(element.name as keyof Wording, element.value.slice(0, from) + words + element.value.slice(to));
    requestAnimationFrame(() => { element.focus(); element.setSelectionRange(from + words.length, from + words.length); });
  };
  const area = (name: 'text' | 'html', label: string, help: string, lines: number) => (
    <Field label={label} error={wrong[name]} help={help}>
      {(control) => <TextArea {...control} name={name} spellcheck={false} value={values[name]} lines={lines} most={24} onText={(typed) => form.set(name, typed)} />}
    </Field>
  );
  return (
    <form class="editor mail-text" noValidate onSubmit={(event) => { event.preventDefault(); void save(); }}
      onFocusIn={(event) => { const target = event.target as HTMLInputElement; if (['subject', 'text', 'html'].includes(target.name)) field.current = target; }}>
      <PageHead title={`${purposeName(text.purpose)} · ${languageName(text.language)}`} lead={purposeWords(text.purpose)}
        acts={<>{text.is_changed && <Button icon="history" onClick={() => void reset()}>{_('Built-in text')}</Button>}<Button icon="back" onClick={() => go('/settings/mails')}>{_('All texts')}</Button></>} />
      {text.fault && <p class="told" data-meaning="bad" role="alert"><Icon name="alert" /><span>{_('This text failed, and the built-in one was sent instead:')} {text.fault.reason} <RelativeTime at={text.fault.at} /></span></p>}
      <Part title={_('Text')} lead={_('Lines such as {example} are filled in when the mail leaves. “if” and “for” work, too.', { example: `{{ ${text.needed} }}` })}>
        <TextField label={_('Subject')} name="subject" value={values.subject} onText={(typed) => form.set('subject', typed)} error={wrong.subject} maxlength={300} autocomplete="off" help={_('The number of the ticket is put in front by itself.')} />
        {area('text', _('Plain text'), _('For programs that show no format, and for phones’ previews.'), 12)}
        {area('html', _('HTML'), _('Empty: made from the plain text.'), values.html ? 8 : 2)}
        {lagsBehind && (
          <p class="told" data-meaning="warn" role="status"><Icon name="info" /><span>{_('The HTML still says what it said before, and most programs show the HTML.')} <Button kind="quiet" size="small" onClick={() => form.set('html', '')}>{_('Make it from the plain text')}</Button></span></p>
        )}
        <Variables text={text} onPick={insert} />
      </Part>
      <Part title={_('Preview')} lead={_('As it will leave. Nothing is sent.')}><Preview path={path} form={form} /></Part>
      <SaveBar changed={changed} busy={form.busy.value} problem={form.problem.value ?? (Object.keys(wrong).length ? _('Some fields need another look.') : null)} onReset={() => { form.values.value = of.value.value!.wording; form.wrong.value = {}; form.problem.value = null; }} />
    </form>
  );
}

function Variables({ text, onPick }: { text: MailText; onPick(name: string): void }) {
  return (
    <fieldset class="variables">
      <legend class="field-label">{_('Variables')}</legend>
      <p class="field-help">{_('Press one to put it where the cursor is.')}</p>
      <dl>
        {text.variables.map(({ name, description }) => (
          <div key={name}>
            <dt><button type="button" onClick={() => onPick(name)}><code>{name}</code></button></dt>
            <dd>{description}{name === text.needed && <b> {_('(has to be there)')}</b>}</dd>
          </div>
        ))}
      </dl>
    </fieldset>
  );
}

interface Shown { subject: string; text: string; html: string }
type Way = 'html' | 'text';

function Preview({ path, form }: { path: string; form: Form<Wording> }) {
  const way = useSignal<Way>('html');
  const ticketId = useSignal<string | null>(null);
  const shown = useSignal<Shown | null>(null);
  const problem = useSignal<string | null>(null);
  const tickets = useResource(() => api.get<Page<Ticket>>('/tickets', { query: { view: 'all', limit: 50 } }));
  const round = useRef(0);
  const draw = async (wording: Wording, ticket_id: string | null) => {
    const mine = ++round.current;
    try {
      const found = await api.post<Shown>(`${path}/preview`, { wording, ticket_id });
      if (mine !== round.current) return;
      shown.value = found;
      problem.value = null;
    } catch (error) {
      if (mine !== round.current) return;
      problem.value = wordsOf(error);
      if (error instanceof ApiError && Object.keys(error.fields).length) form.wrong.value = error.fields;
      else if (!(error instanceof ApiError)) report(error);
    }
  };
  const timer = useRef(0);
  useSignalEffect(() => {
    const [wording, ticket] = [form.values.value, ticketId.value];
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => void draw(wording, ticket), shown.peek() ? PAUSE : 0);
  });
  useEffect(() => () => { clearTimeout(timer.current); round.current++; }, []);
  const choices = (tickets.value.value?.items ?? []).map(({ id, number, subject }) => ({ value: id, label: `#${number} ${subject}` }));
  return (
    <div class="preview">
      <Picker label={_('With')} value={ticketId.value} choices={choices} none={_('Made-up words')} onPick={(id) => { ticketId.value = id; }} help={_('One of your tickets, as the mail about it would say.')} />
      {problem.value && <p class="told" data-meaning="bad" role="alert"><Icon name="alert" /><span>{problem.value}</span></p>}
      {shown.value ? (
        <div class="preview-mail" data-old={problem.value ? '' : undefined}>
          <p class="preview-subject"><span class="quiet">{_('Subject')}</span> {shown.value.subject}</p>
          <Tabs<Way> label={_('What to show')} panelId="preview" active={way.value} onPick={(id) => { way.value = id; }} tabs={[{ id: 'html', label: _('HTML') }, { id: 'text', label: _('Plain text') }]} />
          <TabPanel id="preview" label={way.value === 'html' ? _('HTML') : _('Plain text')}>
            {way.value === 'html' ? <MailFrame html={shown.value.html} inline={{}} /> : <pre class="mail-original" tabIndex={0}>{shown.value.text}</pre>}
          </TabPanel>
        </div>
      ) : problem.value ? null : tickets.problem.value ? <ErrorState words={tickets.problem.value} onRetry={() => void tickets.load()} /> : <Skeleton rows={4} height={40} />}
    </div>
  );
}
