// How far an answer of ours came: waiting, on its way, sent, failed or returned; what to do about it stands beside it.
import { useSignal } from '@preact/signals';
import { Button, Icon, RelativeTime, type IconName } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { clock, exact } from '../../shared/time.ts';
import type { Delivery, TicketEntry } from '../../shared/types.ts';
import { api, can, report } from '../session.ts';
import { merge, threadOf } from '../tickets/thread.ts';

const looks: Record<Delivery['state'], [icon: IconName, meaning: 'quiet' | 'warn' | 'bad']> = {
  queued: ['clock', 'quiet'], sending: ['send', 'quiet'], sent: ['check', 'quiet'], failed: ['alert', 'bad'], bounced: ['alert', 'bad'],
};

function words({ state, at, reason, facts }: Delivery): string {
  switch (state) {
    case 'queued': return reason ? _('Not sent yet') : _('Waits to be sent');
    case 'sending': return _('Sending…');
    case 'sent': return reason ? _('Sent, but delayed') : _('Sent {time}', { time: clock(at) });
    case 'failed': return _('Not sent');
    case 'bounced': return facts.recipient ? _('Came back from {recipient}', { recipient: facts.recipient }) : _('Came back');
  }
}

export function DeliveryLine({ entry }: { entry: TicketEntry & { delivery: Delivery } }) {
  const busy = useSignal(false);
  const { delivery } = entry;
  const [icon, usual] = looks[delivery.state];
  const meaning = usual === 'quiet' && delivery.reason ? 'warn' : usual;
  const again = async () => {
    busy.value = true;
    try {
      merge(threadOf(entry.ticket_id), [await api.post<TicketEntry>(`/tickets/${entry.ticket_id}/entries/${entry.id}/retry`)]);
    } catch (error) {
      report(error);
    } finally {
      busy.value = false;
    }
  };
  const mayRetry = can('ticket.reply') && (delivery.state === 'failed' || delivery.state === 'bounced' || (delivery.state === 'queued' && !!delivery.reason));
  return (
    <div class="delivery" data-meaning={meaning} role={meaning === 'bad' ? 'alert' : undefined}>
      <p class="delivery-state" title={exact(delivery.at)}><Icon name={icon} size={13} />{words(delivery)}</p>
      {delivery.reason && <p>{delivery.reason} {delivery.hint}</p>}
      {delivery.retry_at && delivery.state === 'queued' && <p class="quiet">{_('Next try')} <RelativeTime at={delivery.retry_at} /></p>}
      {delivery.facts.diagnostic && <details class="delivery-said"><summary>{_('What the other server said')}</summary><code>{delivery.facts.diagnostic}</code></details>}
      {mayRetry && <Button size="small" icon="retry" busy={busy.value} onClick={() => void again()}>{delivery.state === 'queued' ? _('Try now') : _('Send again')}</Button>}
    </div>
  );
}
