// Creating a ticket by hand: for whom, about what, and the first words.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Button, Dialog, Field, Picker, TagsField, TextArea, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Customer, Level, Page, Ticket } from '../../shared/types.ts';
import { catalog } from '../directory.ts';
import { useForm } from '../forms.ts';
import { go } from '../router.ts';
import { api } from '../session.ts';
import { nameOf } from '../words.ts';
import { CatalogControl, GroupControl, HandlerControl, TypeControl, UrgencyControls, useDirectory } from './controls.tsx';
import { countTickets, keepTickets } from './store.ts';

export function CreateTicket({ onClose, customer }: { onClose(): void; customer?: { id: string; name: string } }) {
  useDirectory();
  const form = useForm({
    customer_id: customer?.id ?? null as string | null, subject: '', text: '', catalog_node_id: null as string | null, type: 'request', urgency: 'medium' as Level, impact: 'medium' as Level,
    group_id: null as string | null, handler_id: null as string | null, tags: [] as string[],
  });
  const found = useSignal<Customer[]>([]);
  const words = useSignal('');
  useEffect(() => {
    const cancel = new AbortController();
    const timer = setTimeout(() => {
      api.get<Page<Customer>>('/customers', { query: { q: words.value, limit: 50 }, signal: cancel.signal }).then(({ items }) => { found.value = items; }, () => {});
    }, 200);
    return () => { clearTimeout(timer); cancel.abort(); };
  }, [words.value]);
  const { customer_id, subject, text, catalog_node_id, type, urgency, impact, group_id, handler_id, tags } = form.values.value;
  const wrong = form.wrong.value;

  const chooseNode = (id: string | null) => {
    const chosen = catalog.value.value?.find((each) => each.id === id);
    form.values.value = { ...form.values.value, catalog_node_id: id, ...(chosen?.type && { type: chosen.type }), ...(chosen?.urgency && { urgency: chosen.urgency }), ...(chosen?.impact && { impact: chosen.impact }), ...(chosen?.group_id && { group_id: chosen.group_id }) };
  };
  const submit = async () => {
    if (!subject.trim()) { form.wrong.value = { subject: _('A subject says what it is about.') }; return; }
    const ticket = await form.send(({ text: words, ...values }) => api.post<Ticket>('/tickets', { ...values, parts: words.trim() ? [{ type: 'text', text: words.trim() }] : [] }));
    if (!ticket) return;
    keepTickets([ticket]);
    countTickets();
    toast(_('Ticket #{number} was created.', { number: ticket.number }));
    onClose();
    go(`/ticket/${ticket.id}`);
  };
  const chosen = useSignal(customer ?? null);
  const people = [...(chosen.value ? [{ value: chosen.value.id, label: nameOf(chosen.value) }] : []), ...found.value.filter(({ id }) => id !== chosen.value?.id).map(({ id, name, identities }) => ({ value: id, label: nameOf({ id, name }), hint: identities.find(({ kind }) => kind === 'email' || kind === 'phone')?.value }))];
  return (
    <Dialog title={_('New ticket')} onClose={onClose} onSubmit={() => void submit()}
      footer={
        <>
          {form.problem.value && <p class="foot-problem" role="alert">{form.problem.value}</p>}
          <Button onClick={onClose}>{_('Cancel')}</Button>
          <Button kind="primary" type="submit" busy={form.busy.value}>{_('Create')}</Button>
        </>
      }>
      <TextField label={_('Subject')} autofocus value={subject} onText={(words) => form.set('subject', words)} error={wrong.subject} maxlength={200} />
      <Picker label={_('Customer')} value={customer_id} choices={people} none={_('None')} onPick={(id) => { chosen.value = found.value.find((each) => each.id === id) ?? (id ? chosen.value : null); form.set('customer_id', id); }} onWords={(typed) => { words.value = typed; }} error={wrong.customer_id} />
      <Field label={_('What it is about')} error={wrong.parts}>
        {(control) => <TextArea {...control} value={text} onText={(words) => form.set('text', words)} lines={4} />}
      </Field>
      <div class="two">
        <CatalogControl value={catalog_node_id} onPick={chooseNode} error={wrong.catalog_node_id} />
        <TypeControl value={type} onPick={(each) => form.set('type', each)} error={wrong.type} />
      </div>
      <UrgencyControls urgency={urgency} impact={impact} onUrgency={(level) => form.set('urgency', level)} onImpact={(level) => form.set('impact', level)} />
      <div class="two">
        <GroupControl value={group_id} onPick={(id) => { form.values.value = { ...form.values.value, group_id: id, handler_id: null }; }} error={wrong.group_id} />
        <HandlerControl value={handler_id} groupId={group_id} onPick={(id) => form.set('handler_id', id)} error={wrong.handler_id} />
      </div>
      <TagsField label={_('Tags')} tags={tags} onTags={(each) => form.set('tags', each)} error={wrong.tags} />
    </Dialog>
  );
}
