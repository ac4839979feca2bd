// One channel, by its kind; a web chat: its words, its looks, its menu, where it may stand, and the line of HTML that puts it there.
import { useComputed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Button, Field, Icon, IconButton, Picker, Select, Switch, TextArea, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { copy } from '../copy.ts';
import { catalog, desks, groups } from '../directory.ts';
import { useForm } from '../forms.ts';
import { Loaded, useResource, type Resource } from '../loading.tsx';
import { go } from '../router.ts';
import { api, LANGUAGES } from '../session.ts';
import { saveChannel, type Channel, type ChannelDraft } from './channel.ts';
import { PageHead, Part } from './frame.tsx';
import { MailboxPage } from './mailbox-page.tsx';
import { MenuEditor } from './menu-editor.tsx';
import { SaveBar } from './save-bar.tsx';

export function ChannelPage({ id }: { id: string }) {
  const channel = useResource(() => api.get<Channel>(`/channels/${id}`), [id]);
  useEffect(() => { groups.ensure(); catalog.ensure(); }, []);
  return <Loaded of={channel}>{(found) => (found.kind === 'email' ? <MailboxPage key={found.id} of={channel} channel={found} /> : <Editor key={found.id} of={channel} channel={found} />)}</Loaded>;
}

const start = ({ name, active, desk_id, language, settings }: Channel) => ({
  name, active, desk_id, language,
  title: settings.title ?? '', welcome: settings.welcome ?? '', accent: settings.accent ?? '#3d4fc9', position: settings.position ?? 'right', hours_text: settings.hours_text ?? '',
  allowed_origins: (settings.allowed_origins ?? []).join('\n'), menu: settings.menu ?? { prompt: '', items: [] },
});

const draftOf = ({ name, active, desk_id, language, allowed_origins, ...settings }: ReturnType<typeof start>): ChannelDraft => ({
  name, active, desk_id, language, settings: { ...settings, allowed_origins: allowed_origins.split(/[\s,]+/).filter(Boolean) },
});

function Editor({ of, channel }: { of: Resource<Channel>; channel: Channel }) {
  const form = useForm(start(channel), [channel.id]);
  const values = form.values.value;
  const wrong = form.wrong.value;
  const changed = useComputed(() => JSON.stringify(form.values.value) !== JSON.stringify(start(of.value.value ?? channel))).value;
  const save = async (undoable = true) => {
    const before = start(of.value.value!);
    const saved = await saveChannel(of, form, draftOf);
    if (!saved) return;
    form.values.value = start(saved);
    toast(_('Saved'), undoable ? { act: { label: _('Undo'), onPick: () => { form.values.value = before; void save(false); } } } : {});
  };
  return (
    <form class="editor" noValidate onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <PageHead title={channel.name} lead={<code>{channel.key}</code>} acts={<Button icon="back" onClick={() => go('/settings/channels')}>{_('All channels')}</Button>} />
      <Part title={_('On your site')} lead={_('Put this line into every page that shall have the button, or share the link.')}>
        <Embed channel={channel} />
      </Part>
      <Part title={_('In general')}>
        <Switch label={_('On')} help={_('Off: the button disappears and nobody can start a conversation.')} checked={values.active} onToggle={(active) => form.set('active', active)} />
        <TextField label={_('Name')} value={values.name} onText={(text) => form.set('name', text)} error={wrong.name} help={_('For your colleagues, and on top of the chat.')} />
        <div class="two">
          <Picker label={_('Desk')} value={values.desk_id} choices={desks.value} none={_('Central desk')} onPick={(id) => form.set('desk_id', id)} error={wrong.desk_id} help={_('Who gets the conversations')} />
          <Select label={_('Language')} value={values.language} options={LANGUAGES.map(([value, label]) => ({ value, label }))} onPick={(wanted) => form.set('language', wanted)} />
        </div>
      </Part>
      <Part title={_('Words')}>
        <TextField label={_('Title')} value={values.title} onText={(text) => form.set('title', text)} error={wrong.title} placeholder={values.name} />
        <Field label={_('Welcome')} error={wrong.welcome} help={_('The first words a customer reads.')}>
          {(control) => <TextArea {...control} value={values.welcome} onText={(text) => form.set('welcome', text)} />}
        </Field>
        <Field label={_('Hours in words')} error={wrong.hours_text} help={_('Told to customers outside the hours, beside the ticket form.')}>
          {(control) => <TextArea {...control} value={values.hours_text} onText={(text) => form.set('hours_text', text)} lines={1} placeholder={_('Monday to Friday, 9 to 18')} />}
        </Field>
      </Part>
      <Part title={_('Menu')} lead={_('Numbered choices before the conversation. The last one of each branch may point at a service, whose group gets the customer.')}>
        <MenuEditor menu={values.menu} onMenu={(menu) => form.set('menu', menu)} error={wrong.menu} />
      </Part>
      <Part title={_('Looks')}>
        <div class="two">
          <Field label={_('Colour')} error={wrong.accent}>
            {(control) => (
              <span class="colour">
                <input type="color" aria-label={_('Choose the colour')} value={/^#[0-9a-f]{6}$/i.test(values.accent) ? values.accent : '#3d4fc9'} onInput={(event) => form.set('accent', event.currentTarget.value)} />
                <input {...control} class="input" value={values.accent} onInput={(event) => form.set('accent', event.currentTarget.value)} />
              </span>
            )}
          </Field>
          <Select label={_('Corner')} value={values.position} options={[{ value: 'right', label: _('Right') }, { value: 'left', label: _('Left') }]} onPick={(side) => form.set('position', side as 'left' | 'right')} />
        </div>
      </Part>
      <Part title={_('Where it may stand')}>
        <Field label={_('Allowed sites')} error={wrong.allowed_origins} help={_('One per line, like https://www.example.com. None: any site may show it.')}>
          {(control) => <TextArea {...control} value={values.allowed_origins} onText={(text) => form.set('allowed_origins', text)} placeholder="https://www.example.com" />}
        </Field>
      </Part>
      <SaveBar changed={changed} busy={form.busy.value} problem={form.problem.value ?? (Object.keys(wrong).length ? _('Some fields need another look.') : null)} onReset={() => { form.values.value = start(of.value.value!); form.wrong.value = {}; form.problem.value = null; }} />
    </form>
  );
}

function Embed({ channel }: { channel: Channel }) {
  const link = channel.link ?? `${location.origin}/chat/${channel.key}`;
  const snippet = channel.snippet ?? `<script src="${location.origin}/widget.js" data-channel="${channel.key}" async></script>`;
  return (
    <div class="embed">
      <div class="copyable"><code>{snippet}</code><IconButton icon="copy" label={_('Copy the line')} onClick={() => void copy(snippet)} /></div>
      <div class="copyable"><a href={link} target="_blank" rel="noopener">{link}</a><IconButton icon="copy" label={_('Copy the link')} onClick={() => void copy(link)} /></div>
      <p><a href={`/demo?channel=${encodeURIComponent(channel.key)}`} target="_blank" rel="noopener" class="with-icon">{_('Try it on the demo page')}<Icon name="external" size={14} /></a></p>
    </div>
  );
}
