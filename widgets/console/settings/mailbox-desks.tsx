// In whose name each desk writes from a mailbox, from which of its addresses, and what stands below.
import { Button, Field, IconButton, Menu, Select, TextArea, TextField } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { groups } from '../directory.ts';
import type { Form } from '../forms.ts';
import { listed, type DeskIdentity, type Values } from './mailbox.ts';

export function MailboxDesks({ form }: { form: Form<Values> }) {
  const { desks, address, aliases, from_name } = form.values.value;
  const all = groups.value.value ?? [];
  const nameOf = (id: string) => all.find((group) => group.id === id)?.name ?? _('A group that is gone');
  const free = all.filter(({ id }) => !desks.some(({ group_id }) => group_id === id));
  const change = (at: number, to: Partial<DeskIdentity>) => form.set('desks', desks.map((each, index) => (index === at ? { ...each, ...to } : each)));
  const addresses = [{ value: '', label: address || _('As the mailbox') }, ...listed(aliases).map((each) => ({ value: each.toLowerCase(), label: each }))];
  return (
    <>
      {desks.map((desk, at) => (
        <fieldset key={desk.group_id} class="desk-identity">
          <legend>{nameOf(desk.group_id)}</legend>
          <div class="two">
            <TextField label={_('Name beside it')} value={desk.from_name} onText={(text) => change(at, { from_name: text })} placeholder={from_name || _('As the mailbox')} maxlength={200} autocomplete="off" />
            <Select label={_('Address')} value={desk.address ?? ''} options={addresses} onPick={(chosen) => change(at, { address: chosen || null })} help={_('Others are added above, among the addresses of this mailbox.')} />
          </div>
          <Field label={_('Signature of the desk')} help={_('Below the agent’s own. {variables} are filled in.', { variables: '{{ desk }}, {{ company }}, {{ name }}' })}>
            {(control) => <TextArea {...control} value={desk.signature} onText={(text) => change(at, { signature: text })} lines={2} most={6} />}
          </Field>
          <IconButton icon="trash" label={_('{name} writes as the mailbox', { name: nameOf(desk.group_id) })} onClick={() => form.set('desks', desks.filter((_each, index) => index !== at))} />
        </fieldset>
      ))}
      {form.wrong.value.desks && <p class="field-error" role="alert">{form.wrong.value.desks}</p>}
      {!desks.length && <p class="quiet">{_('All desks write as the mailbox does.')}</p>}
      {free.length > 0 && (
        <div>
          <Menu label={_('Add a desk')} trigger={(props) => <Button icon="plus" {...props}>{_('Add a desk')}</Button>}
            items={free.map(({ id, name }) => ({ label: name, onPick: () => form.set('desks', [...desks, { group_id: id, from_name: '', address: null, signature: '' }]) }))} />
        </div>
      )}
    </>
  );
}
