// The list of customers: found by name, address or number; a press opens one.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Avatar, Button, Dialog, EmptyState, ErrorState, Icon, RelativeTime, Select, Skeleton, TextField, toast, VirtualList } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Customer } from '../../shared/types.ts';
import { titleOf } from '../alerts.ts';
import { useForm } from '../forms.ts';
import { usePaged } from '../loading.tsx';
import { go, put, query } from '../router.ts';
import { api, can, LANGUAGES } from '../session.ts';
import { nameOf } from '../words.ts';

export function CustomersPage() {
  const q = query.value.get('q') ?? '';
  const words = useSignal(q);
  const creating = useSignal(false);
  const list = usePaged<Customer>('/customers', { q: q || null });
  titleOf(_('Customers'));
  useEffect(() => {
    const timer = setTimeout(() => put('q', words.value.trim()), 300);
    return () => clearTimeout(timer);
  }, [words.value]);
  const rows = list.items.value;
  return (
    <div class="list-page">
      <header class="list-head">
        <h1>{_('Customers')}</h1>
        <div class="search">
          <Icon name="search" />
          <input type="search" class="input" data-search="" aria-label={_('Search customers')} placeholder={_('Name, e-mail, phone…')} value={words.value} onInput={(event) => { if (!(event as InputEvent).isComposing) words.value = event.currentTarget.value; }}
            onCompositionEnd={(event) => { words.value = event.currentTarget.value; }} />
        </div>
        {can('customer.edit') && <Button kind="primary" icon="plus" onClick={() => { creating.value = true; }}><span class="not-phone">{_('New customer')}</span></Button>}
      </header>
      {!rows.length && list.state.value === 'loading' ? <Skeleton rows={12} height={52} avatar />
        : !rows.length && list.state.value === 'failed' ? <ErrorState words={list.problem.value ?? ''} onRetry={() => void list.load()} />
        : !rows.length ? <EmptyState icon={q ? 'search' : 'users'} title={q ? _('Nothing found') : _('No customers yet')}>{q ? _('Try a part of the name, the address or the number.') : _('Customers are created by themselves when they write for the first time. You may also create one.')}</EmptyState>
        : (
          <div class="tickets">
            <VirtualList label={_('Customers')} items={rows} keyOf={({ id }) => id} rowHeight={52} onPick={({ id }) => go(`/customers/${id}`)} onNearEnd={() => void list.more()} total={list.next.value ? undefined : rows.length}
              rowName={(customer) => [nameOf(customer), customer.organization?.name].filter(Boolean).join(', ')} row={(customer) => <Row customer={customer} />} />
          </div>
        )}
      {creating.value && <CreateCustomer onClose={() => { creating.value = false; }} />}
    </div>
  );
}

const addressOf = ({ identities }: Customer) => identities.filter(({ kind }) => kind !== 'visitor').map(({ value }) => value).join(' · ');

function Row({ customer }: { customer: Customer }) {
  return (
    <div class="customer-row">
      <Avatar id={customer.id} name={nameOf(customer)} src={customer.avatar} size={32} />
      <span class="clip">{nameOf(customer)}</span>
      <span class="clip quiet">{addressOf(customer)}</span>
      <span class="clip quiet not-phone">{customer.organization?.name ?? ''}</span>
      <span class="not-phone"><RelativeTime at={customer.created_at} /></span>
    </div>
  );
}

function CreateCustomer({ onClose }: { onClose(): void }) {
  const form = useForm({ name: '', email: '', phone: '', language: 'zh-CN' });
  const { name, email, phone, language } = form.values.value;
  const submit = async () => {
    const identities = (['email', 'phone'] as const).map((kind) => ({ kind, value: form.values.value[kind].trim() })).filter(({ value }) => value);
    const made = await form.send((values) => api.post<Customer>('/customers', { name: values.name, language: values.language, identities }), (error) => {
      // "identities.0.value" is the first of those that were filled in
      const wrong = Object.entries(error.fields).flatMap(([field, words]) => { const kind = identities[Number(/^identities\.(\d+)/.exec(field)?.[1] ?? NaN)]?.kind; return kind ? [[kind, words] as const] : []; });
      form.wrong.value = Object.fromEntries(wrong);
      return wrong.length > 0;
    });
    if (!made) return;
    toast(_('{name} was created.', { name: made.name }));
    onClose();
    go(`/customers/${made.id}`);
  };
  return (
    <Dialog title={_('New customer')} size="small" onClose={onClose} onSubmit={() => void submit()}
      footer={<><Button onClick={onClose}>{_('Cancel')}</Button><Button kind="primary" type="submit" busy={form.busy.value} disabled={!name.trim()}>{_('Create')}</Button></>}>
      <TextField label={_('Name')} autofocus value={name} onText={(text) => form.set('name', text)} error={form.wrong.value.name} />
      <TextField label={_('E-mail')} type="email" optional={_('optional')} value={email} onText={(text) => form.set('email', text)} error={form.wrong.value.email} />
      <TextField label={_('Phone')} type="tel" optional={_('optional')} value={phone} onText={(text) => form.set('phone', text)} error={form.wrong.value.phone} />
      <Select label={_('Language')} value={language} options={LANGUAGES.map(([value, label]) => ({ value, label }))} onPick={(wanted) => form.set('language', wanted)} />
      {form.problem.value && <p class="field-error" role="alert">{form.problem.value}</p>}
    </Dialog>
  );
}
