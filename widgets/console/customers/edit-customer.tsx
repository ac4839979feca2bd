// Changing a customer: the dialog for name and organization, and the note that saves when one leaves it.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Button, Dialog, IconButton, Select, TextArea, TextField, toast } from '../../shared/components/index.ts';
import { ApiError } from '../../shared/api.ts';
import { _ } from '../../shared/i18n.ts';
import type { Customer } from '../../shared/types.ts';
import { useForm } from '../forms.ts';
import type { Resource } from '../loading.tsx';
import { api, can, LANGUAGES, wordsOf } from '../session.ts';

/** The conflict's `current` is what is stored; it is shown, and what was typed stays typed. */
export const storedIn = (error: unknown): Customer | null => (error instanceof ApiError && error.code === 'conflict' ? (error.problem.current as Customer | undefined) ?? null : null);

export function EditCustomer({ of }: { of: Resource<Customer> }) {
  const open = useSignal(false);
  return (
    <>
      <IconButton icon="edit" label={_('Edit the customer')} onClick={() => { open.value = true; }} />
      {open.value && of.value.value && <EditDialog of={of} customer={of.value.value} onClose={() => { open.value = false; }} />}
    </>
  );
}

function EditDialog({ of, customer, onClose }: { of: Resource<Customer>; customer: Customer; onClose(): void }) {
  const form = useForm({ name: customer.name, language: customer.language ?? '' }, [customer.id]);
  const submit = async () => {
    const saved = await form.send((values) => api.patch<Customer>(`/customers/${customer.id}`, { version: of.value.value!.version, name: values.name, ...(values.language && { language: values.language }) }), (error) => {
      const current = storedIn(error);
      if (!current) return false;
      of.value.value = current;
      form.problem.value = _('Somebody changed this customer meanwhile: the name is now “{name}”. Save again to write yours over it.', { name: current.name });
      return true;
    });
    if (!saved) return;
    of.value.value = saved;
    toast(_('Saved'));
    onClose();
  };
  return (
    <Dialog title={_('Edit the customer')} size="small" onClose={onClose} onSubmit={() => void submit()}
      footer={<><Button onClick={onClose}>{_('Cancel')}</Button><Button kind="primary" type="submit" busy={form.busy.value}>{_('Save')}</Button></>}>
      <TextField label={_('Name')} autofocus value={form.values.value.name} onText={(text) => form.set('name', text)} error={form.wrong.value.name} />
      <Select label={_('Language')} value={form.values.value.language} options={[{ value: '', label: _('Not known') }, ...LANGUAGES.map(([value, label]) => ({ value, label }))]} onPick={(wanted) => form.set('language', wanted)} />
      {form.problem.value && <p class="field-error" role="alert">{form.problem.value}</p>}
    </Dialog>
  );
}

/** Saved on leaving the field; says so, and keeps what was typed when it cannot be saved. */
export function CustomerNote({ of }: { of: Resource<Customer> }) {
  const customer = of.value.value!;
  const text = useSignal(customer.note ?? '');
  const state = useSignal<'still' | 'saving' | 'saved'>('still');
  const problem = useSignal<string | null>(null);
  useEffect(() => { if (state.value !== 'saving') text.value = customer.note ?? ''; }, [customer.id, customer.version]);
  const save = async (version = customer.version) => {
    if (text.value === (of.value.value?.note ?? '')) return;
    state.value = 'saving';
    problem.value = null;
    try {
      of.value.value = await api.patch<Customer>(`/customers/${customer.id}`, { version, note: text.value });
      state.value = 'saved';
    } catch (error) {
      state.value = 'still';
      const current = storedIn(error);
      if (current) {
        const mine = text.value;
        of.value.value = current;
        text.value = [current.note, mine].filter(Boolean).join('\n');
        problem.value = _('Somebody wrote here meanwhile; both are shown. Leave the field to save.');
      } else problem.value = wordsOf(error);
    }
  };
  return (
    <>
      <TextArea value={text.value} onText={(words) => { text.value = words; state.value = 'still'; }} aria-label={_('Note about the customer')} placeholder={_('What colleagues should know: habits, promises, names…')}
        disabled={!can('customer.edit')} lines={2} most={8} onBlur={() => void save()} />
      <p class="small quiet" role="status">{problem.value ?? (state.value === 'saving' ? _('Saving…') : state.value === 'saved' ? _('Saved') : '')}</p>
    </>
  );
}
