// The components that people act on: buttons, fields, menus, dialogs, toasts, tabs, toggles.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { ask, Button, Checkbox, Dialog, Field, IconButton, Keys, Menu, Picker, Select, Switch, TabPanel, Tabs, TagsField, TextArea, TextField, toast, toastUndo } from '../shared/components/index.ts';
import { drawings, type IconName } from '../shared/components/icons.ts';
import { Icon } from '../shared/components/index.ts';
import { _ } from '../shared/i18n.ts';

export const Specimen = ({ name, wide, children }: { name: string; wide?: boolean; children: ComponentChildren }) => (
  <section class="specimen" data-wide={wide || undefined}><h3>{name}</h3>{children}</section>
);

const PEOPLE = ['Ann Baker', '王小明', 'Carlos García', '李娜', 'Noor Haddad', '陈思远', 'Emma Larsson', 'Yuki Tanaka', '欧阳娜娜'].map((label, at) => ({ value: String(at), label, hint: at % 2 ? '一线客服组' : 'Second line' }));

export function Components() {
  const text = useSignal('');
  const tab = useSignal<'waiting' | 'mine' | 'group'>('mine');
  const on = useSignal(true);
  const who = useSignal<string | null>('1');
  const tags = useSignal(['vpn', '打印机']);
  const open = useSignal(false);
  return (
    <section>
      <h2>{_('Components')}</h2>
      <div class="specimens">
        <Specimen name="Button">
          <div class="line"><Button kind="primary">{_('Save')}</Button><Button>{_('Cancel')}</Button><Button kind="quiet">{_('Dismiss')}</Button><Button kind="danger">{_('Delete')}</Button></div>
          <div class="line"><Button kind="primary" busy>{_('Saving…')}</Button><Button disabled>{_('Off')}</Button><Button icon="hand" keys="t">{_('Take')}</Button></div>
          <div class="line"><Button size="small">{_('Small')}</Button><Button size="small" kind="primary" icon="plus">{_('Add')}</Button></div>
        </Specimen>
        <Specimen name="IconButton, Keys"><div class="line"><IconButton icon="search" label={_('Search')} /><IconButton icon="panel" label={_('Show the panel')} pressed /><IconButton icon="trash" label={_('Delete')} disabled /><IconButton icon="close" size="small" label={_('Close')} /><Keys chord="mod+k" /><Keys chord="g i" /></div></Specimen>
        <Specimen name="Field">
          <TextField label={_('E-mail')} value={text.value} onText={(words) => { text.value = words; }} placeholder="ann@example.com" help={_('They sign in with it.')} />
          <TextField label={_('Key')} value="Main Site!" onText={() => {}} error={_('Small letters, digits and hyphens only.')} />
          <TextField label={_('Name')} value="不能改" onText={() => {}} disabled />
        </Specimen>
        <Specimen name="TextArea, Select">
          <Field label={_('Welcome')}>{(control) => <TextArea {...control} value={text.value || '您好，请问有什么可以帮您？\nHow can we help?'} onText={(words) => { text.value = words; }} />}</Field>
          <Select label={_('Urgency')} value="b" options={[{ value: 'a', label: _('High') }, { value: 'b', label: _('Medium') }, { value: 'c', label: _('Low') }]} onPick={() => {}} />
        </Specimen>
        <Specimen name="Picker, TagsField">
          <Picker label={_('Handler')} value={who.value} choices={PEOPLE} none={_('Nobody')} onPick={(value) => { who.value = value; }} />
          <TagsField label={_('Tags')} tags={tags.value} onTags={(next) => { tags.value = next; }} />
        </Specimen>
        <Specimen name="Switch, Checkbox">
          <Switch label={_('Sound')} help={_('A soft tone for a new customer')} checked={on.value} onToggle={(next) => { on.value = next; }} />
          <Checkbox label={_('Is a desk')} checked={on.value} onToggle={(next) => { on.value = next; }} />
          <Checkbox label={_('Some of them')} checked={false} partly onToggle={() => {}} />
          <Checkbox label={_('Off')} checked disabled onToggle={() => {}} />
        </Specimen>
        <Specimen name="Menu">
          <div class="line">
            <Menu label={_('Change the state')} trigger={(props) => <Button icon="more" {...props}>{_('Change the state')}</Button>}
              items={[{ label: _('Solve'), icon: 'done', keys: 'e', onPick: () => toast(_('Solved')) }, { label: _('Set pending'), icon: 'queue', hint: _('waiting for customer'), onPick: () => {} }, { label: _('Not now'), icon: 'clock', disabled: true, onPick: () => {} }, null, { label: _('Delete'), icon: 'trash', danger: true, onPick: () => {} }]} />
          </div>
        </Specimen>
        <Specimen name="Dialog, Toast">
          <div class="line">
            <Button onClick={() => { open.value = true; }}>{_('Open a dialog')}</Button>
            <Button onClick={() => void ask({ title: _('Delete ticket #{number}?', { number: 9 }), consequence: _('The customer no longer sees it. It can be restored for 30 days.'), act: _('Delete'), danger: true })}>{_('Ask')}</Button>
            <Button onClick={() => toast(_('Saved'))}>{_('Saved')}</Button>
            <Button onClick={() => toastUndo(_('Ticket #{number} was deleted.', { number: 9 }), () => toast(_('Ticket #{number} is back.', { number: 9 })))}>{_('With undo')}</Button>
            <Button onClick={() => toast(_('The server cannot be reached. Please check your connection and try again.'), { meaning: 'bad' })}>{_('Failed')}</Button>
          </div>
          {open.value && <Dialog title={_('End the conversation')} onClose={() => { open.value = false; }} onSubmit={() => { open.value = false; }} footer={<><Button onClick={() => { open.value = false; }}>{_('Cancel')}</Button><Button kind="primary" type="submit">{_('Save')}</Button></>}><TextField label={_('Subject')} value="VPN 连不上" onText={() => {}} /></Dialog>}
        </Specimen>
        <Specimen name="Tabs">
          <Tabs label={_('Boxes')} panelId="design-tabs" active={tab.value} onPick={(id) => { tab.value = id; }} tabs={[{ id: 'waiting', label: _('Waiting'), count: 3, calls: true }, { id: 'mine', label: _('Mine'), count: 5 }, { id: 'group', label: _('Group'), count: 0 }]} />
          <TabPanel id="design-tabs" label={tab.value}>{tab.value}</TabPanel>
        </Specimen>
        <Specimen name="Icon" wide><div class="line">{(Object.keys(drawings) as IconName[]).map((name) => <span key={name} title={name}><Icon name={name} size={20} /></span>)}</div></Specimen>
      </div>
    </section>
  );
}
