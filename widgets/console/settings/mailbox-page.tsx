// One mailbox: how it is, whose it is, where it is read and sent, what was put aside; tried in both directions before it is saved.
import { useComputed, useSignal } from '@preact/signals';
import { Button, Field, Icon, Picker, Select, Switch, TextArea, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { desks } from '../directory.ts';
import { useForm, type Form } from '../forms.ts';
import { useResource, type Resource } from '../loading.tsx';
import { go } from '../router.ts';
import { api, LANGUAGES } from '../session.ts';
import { saveChannel, type Channel } from './channel.ts';
import { PageHead, Part } from './frame.tsx';
import { adviceOf, encryptions, portFor, providerAt, providers, serversOf, type ProviderId, type Security } from './mail-providers.ts';
import { MailboxAside } from './mailbox-aside.tsx';
import { MailboxDesks } from './mailbox-desks.tsx';
import { MailboxHealth, type Health } from './mailbox-health.tsx';
import { draftOf, settingsOf, startOf, valuesOf, type Values } from './mailbox.ts';
import { SaveBar } from './save-bar.tsx';

type TextName = { [K in keyof Values]: Values[K] extends string ? K : never }[keyof Values];

export function MailboxPage({ of, channel }: { of: Resource<Channel>; channel: Channel }) {
  const form = useForm(startOf(channel), [channel.id]);
  const health = useResource(() => api.get<Health>(`/channels/${channel.id}/mailbox`), [channel.id]);
  const values = form.values.value;
  const wrong = form.wrong.value;
  const stored = () => valuesOf(of.value.value ?? channel);
  const changed = useComputed(() => JSON.stringify(form.values.value) !== JSON.stringify(stored())).value;
  const isFresh = channel.version === 1 && !stored().imap_host && !stored().smtp_host;
  const save = async () => {
    const saved = await saveChannel(of, form, draftOf);
    if (!saved) return;
    form.values.value = valuesOf(saved);
    toast(_('Saved'));
    void health.load();
  };
  const text = (name: TextName, label: string, more: { help?: string; placeholder?: string; type?: 'text' | 'password' | 'number' | 'email' } = {}) => (
    <TextField label={label} value={values[name]} onText={(typed) => form.set(name, typed)} error={wrong[name]} autocomplete={more.type === 'password' ? 'new-password' : 'off'} {...more} />
  );
  const lines = (name: TextName, label: string, help: string, placeholder?: string) => (
    <Field label={label} error={wrong[name]} help={help}>
      {(control) => <TextArea {...control} value={values[name]} onText={(typed) => form.set(name, typed)} lines={2} {...(placeholder && { placeholder })} />}
    </Field>
  );
  const provider = providerAt(values.imap_host);
  const byToken = values.sign_in === 'xoauth2';
  const password = (name: 'imap_password' | 'smtp_password', help: string) => text(name, _('Password'), { type: 'password', help });
  return (
    <form class="editor" noValidate onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <PageHead title={channel.name} lead={values.address} acts={<Button icon="back" onClick={() => go('/settings/channels')}>{_('All channels')}</Button>} />
      {isFresh ? <p class="told"><Icon name="info" /><span>{_('Nearly there: we filled in what is usual for this address. Enter the password, test the connection, and save.')}</span></p>
        : <Part title={_('How it is')} lead={_('Whether mails come in, and what to do when they do not.')}><MailboxHealth of={health} on={channel.active} /></Part>}
      <Part title={_('In general')}>
        {!isFresh && <Switch label={_('On')} help={_('Off: no mail is read, and answers wait.')} checked={values.active} onToggle={(active) => form.set('active', active)} />}
        <div class="two">
          {text('address', _('Address'), { type: 'email', help: _('Customers write to it, and answers come from it.') })}
          {text('from_name', _('Name beside it'), { help: _('What customers see as the sender. Empty: the name of the company.') })}
        </div>
        <div class="two">
          {text('name', _('Name of the channel'), { help: _('For your colleagues.') })}
          <Picker label={_('Desk')} value={values.desk_id} choices={desks.value} none={_('Central desk')} onPick={(id) => form.set('desk_id', id)} error={wrong.desk_id} help={_('Who gets the tickets')} />
        </div>
        <Switch label={_('Tell customers that their mail arrived')} help={_('A new ticket is answered at once with its number; machines never are.')} checked={values.receipt} onToggle={(receipt) => form.set('receipt', receipt)} />
        <Switch label={_('Tell customers that a ticket is solved')} help={_('With five links to rate it, for which nobody has to sign in.')} checked={values.solved} onToggle={(solved) => form.set('solved', solved)} />
        <Switch label={_('Tell agents by mail')} help={_('Whoever handles a ticket hears what the customer writes; while nobody does, those of the group who are away hear of it.')} checked={values.notices} onToggle={(notices) => form.set('notices', notices)} />
        {lines('aliases', _('Other addresses of this mailbox'), _('One per line. What comes from them is never a customer’s.'), 'support@example.com')}
      </Part>
      <Part title={_('Signing in')} lead={_('Pick your provider, and servers and ports fill in.')}>
        <Select label={_('Provider')} value={provider ?? ''} options={[{ value: '', label: _('Another one, or your own server') }, ...providers()]} onPick={(id) => { if (id) form.values.value = { ...values, ...withTexts(id as ProviderId) }; }} />
        {provider && <p class="told" data-meaning="warn"><Icon name="info" /><span>{adviceOf(provider)}</span></p>}
        <Select label={_('Sign in with')} value={values.sign_in} options={[{ value: 'password', label: _('Password or app password') }, { value: 'xoauth2', label: _('Token (XOAUTH2)') }]} onPick={(way) => form.set('sign_in', way as Values['sign_in'])} />
        {byToken && (
          <>
            {text('token_url', _('Address of the token server'), { placeholder: 'https://' })}
            <div class="two">{text('client_id', _('Application (client) id'))}{text('client_secret', _('Application secret'), { type: 'password' })}</div>
            <div class="two">{text('scope', _('Scope'))}{text('refresh_token', _('Refresh token'), { type: 'password', help: _('Empty: the application signs in for itself.') })}</div>
          </>
        )}
      </Part>
      <Part title={_('Incoming mail')} lead={_('The IMAP server that mails are fetched from. Leave it empty if mails are handed to us directly.')}>
        <Server direction="imap" form={form} />
        <div class="two">
          {text('imap_user', _('User name'), { placeholder: values.address })}
          {!byToken && password('imap_password', _('Stored safely and never shown again.'))}
        </div>
        <div class="two">
          {text('folder', _('Folder'))}
          <Select label={_('Mails that are there already')} value={values.existing} options={[{ value: 'import', label: _('Take them in') }, { value: 'skip', label: _('Leave them alone') }]} onPick={(what) => form.set('existing', what)} />
        </div>
        <div class="two">
          <Select label={_('After a mail is taken in')} value={values.after_import} options={[{ value: 'leave', label: _('Leave it as it is') }, { value: 'keyword', label: _('Mark it with a keyword') }, { value: 'move', label: _('Move it to a folder') }]} onPick={(what) => form.set('after_import', what)} />
          {values.after_import === 'move' && text('move_to', _('Folder for it'))}
          {values.after_import === 'keyword' && text('keyword', _('Keyword'))}
        </div>
        <details class="more-settings"><summary>{_('More about reading')}</summary>
          <div>
            <div class="two">
              {text('poll_seconds', _('Look every … seconds'), { type: 'number', help: _('Where the server cannot tell us by itself.') })}
              {text('size_limit', _('Largest mail, in MB'), { type: 'number', help: _('Larger ones are put aside.') })}
            </div>
            {lines('trusted_servers', _('Trusted checks of senders'), _('Names of your mail servers whose Authentication-Results are believed, one per line. Without them no sender counts as proven.'), 'mx.example.com')}
            {lines('certificate', _('Certificate authority'), _('Only for servers of your own whose certificate no public authority signed: paste it as PEM.'), '-----BEGIN CERTIFICATE-----')}
          </div>
        </details>
      </Part>
      <Part title={_('Outgoing mail')} lead={_('The SMTP server that answers leave by.')}>
        <Server direction="smtp" form={form} />
        <div class="two">
          {text('smtp_user', _('User name'), { placeholder: values.imap_user || values.address })}
          {!byToken && password('smtp_password', _('Empty: the one for reading.'))}
        </div>
        <details class="more-settings"><summary>{_('More about sending')}</summary>
          <div>
            <div class="three">
              {text('connections', _('Connections at once'), { type: 'number' })}
              {text('mails_per_minute', _('Mails a minute'), { type: 'number', help: _('0: as many as there are') })}
              {text('automatic_per_hour', _('Automatic mails'), { type: 'number', help: _('To one address in an hour, at most') })}
            </div>
            <Switch label={_('Answers come to address+tag')} help={_('Finds the ticket even when a program drops all headers. Only if your server delivers such addresses.')} checked={values.tagged_replies} onToggle={(on) => form.set('tagged_replies', on)} />
            <Select label={_('Language of what we write by ourselves')} value={values.language} options={LANGUAGES.map(([value, label]) => ({ value, label }))} onPick={(wanted) => form.set('language', wanted)} />
          </div>
        </details>
      </Part>
      <Part title={_('How desks write')} lead={_('A desk may write in its own name, from another address of this mailbox, with its own signature.')}>
        <MailboxDesks form={form} />
      </Part>
      <Part title={_('Test the connection')} lead={_('Signs in with what stands here, saved or not. No mail is read or sent.')}><Test channelId={channel.id} form={form} /></Part>
      {!isFresh && (
        <Part title={_('Mails put aside')} lead={_('Mails that could not become part of a ticket, each with the reason. None is lost.')}>
          <MailboxAside channelId={channel.id} count={health.value.value?.aside ?? 0} onChange={() => void health.load()} />
        </Part>
      )}
      <SaveBar changed={changed} busy={form.busy.value} problem={form.problem.value ?? (Object.keys(wrong).length ? _('Some fields need another look.') : null)} onReset={() => { form.values.value = stored(); form.wrong.value = {}; form.problem.value = null; }} />
    </form>
  );
}

const withTexts = (id: ProviderId) => {
  const servers = serversOf(id);
  return { ...servers, imap_port: String(servers.imap_port), smtp_port: String(servers.smtp_port) };
};

function Server({ direction, form }: { direction: 'imap' | 'smtp'; form: Form<Values> }) {
  const values = form.values.value;
  const wrong = form.wrong.value;
  const [host, port, security] = [`${direction}_host`, `${direction}_port`, `${direction}_security`] as const;
  return (
    <div class="server">
      <TextField label={_('Server')} value={values[host]} onText={(typed) => form.set(host, typed.trim())} error={wrong[host]} placeholder={`${direction}.example.com`} autocomplete="off" />
      <TextField label={_('Port')} type="number" value={values[port]} onText={(typed) => form.set(port, typed)} error={wrong[port]} min={1} max={65535} />
      <Select label={_('Encryption')} value={values[security]} options={encryptions()}
        onPick={(way) => { form.values.value = { ...values, [security]: way as Security, [port]: String(portFor(direction, way as Security, Number(values[port]))) }; }} />
    </div>
  );
}

interface Tried { ok: boolean; message: string }

function Test({ channelId, form }: { channelId: string; form: Form<Values> }) {
  const tested = useSignal<{ with: Values; incoming: Tried; outgoing: Tried } | null>(null);
  const run = async () => {
    const values = form.values.value;
    tested.value = null;
    const found = await form.send((wanted) => api.post<{ incoming: Tried; outgoing: Tried }>(`/channels/${channelId}/test`, { settings: settingsOf(wanted) }));
    if (found) tested.value = { with: values, ...found };
  };
  const line = (label: string, { ok, message }: Tried) => <p class="told" data-meaning={ok ? 'good' : 'bad'}><Icon name={ok ? 'done' : 'alert'} /><span><b>{label}</b> {message}</span></p>;
  return (
    <div class="tried" role="status">
      <Button icon="link" busy={form.busy.value} onClick={() => void run()}>{_('Test connection')}</Button>
      {tested.value && line(_('Reading:'), tested.value.incoming)}
      {tested.value && line(_('Sending:'), tested.value.outgoing)}
      {tested.value && tested.value.with !== form.values.value && <p class="quiet small">{_('Something was changed since: test once more.')}</p>}
    </div>
  );
}
