// One customer: profile, note, tickets and conversations on a page of their own.
import { useSignal } from '@preact/signals';
import { Avatar, Button, IconButton } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Customer } from '../../shared/types.ts';
import { titleOf } from '../alerts.ts';
import { Past, Profile, Section } from '../inbox/customer-panel.tsx';
import { useKeys } from '../keymap.ts';
import { Loaded, useResource } from '../loading.tsx';
import { go } from '../router.ts';
import { api, can } from '../session.ts';
import { CreateTicket } from '../tickets/create-ticket.tsx';
import { nameOf } from '../words.ts';
import { CustomerNote, EditCustomer } from './edit-customer.tsx';

export function CustomerPage({ id }: { id: string }) {
  const customer = useResource(() => api.get<Customer>(`/customers/${id}`), [id]);
  const creating = useSignal(false);
  const back = () => go('/customers');
  titleOf(customer.value.value ? nameOf(customer.value.value) : _('Customer'));
  useKeys({ back });
  return (
    <div class="list-page" data-whole="">
      <Loaded of={customer}>
        {(found) => (
          <>
            <header class="list-head">
              <IconButton icon="back" label={_('Back to the list')} keys="Esc" onClick={back} />
              <Avatar id={found.id} name={nameOf(found)} src={found.avatar} size={40} />
              <h1 class="clip">{nameOf(found)}</h1>
              {can('customer.edit') && <EditCustomer of={customer} />}
              <span class="push" />
              {can('ticket.create') && <Button icon="plus" onClick={() => { creating.value = true; }}>{_('New ticket')}</Button>}
            </header>
            <div class="customer-columns">
              <div>
                <Profile customer={found} />
                <Section title={_('Note')}><CustomerNote of={customer} /></Section>
              </div>
              <div><Past key={id} customerId={id} /></div>
            </div>
            {creating.value && <CreateTicket customer={found} onClose={() => { creating.value = false; }} />}
          </>
        )}
      </Loaded>
    </div>
  );
}
