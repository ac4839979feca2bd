// Mails that could not become part of a ticket: why, the mail itself, and another try.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, Button, Dialog, ErrorState, RelativeTime, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { size } from '../../shared/parts.tsx';
import { usePaged } from '../loading.tsx';
import { Original } from '../mails/source-dialog.tsx';
import { go } from '../router.ts';
import { api, report } from '../session.ts';

interface Aside { id: string; at: string; reason: string; size: number; beginning_only: boolean; source: string | null }

/** `count`: how many there are, for the list is read anew when there are others. */
export function MailboxAside({ channelId, count, onChange }: { channelId: string; count: number; onChange(): void }) {
  const list = usePaged<Aside>('/mails-aside', { channel_id: channelId });
  const shown = useSignal<Aside | null>(null);
  const busy = useSignal<string | null>(null);
  useEffect(() => { void list.load(); }, [count]);
  const changed = () => { void list.load(); onChange(); };
  const retry = async (mail: Aside) => {
    busy.value = mail.id;
    try {
      const { ticket_id, reason } = await api.post<{ ticket_id: string | null; reason: string }>(`/mails-aside/${mail.id}/retry`);
      if (ticket_id) toast(_('The mail is in a ticket now.'), { act: { label: _('Open it'), onPick: () => go(`/ticket/${ticket_id}`) } });
      else toast(reason, { meaning: 'warn' });
      changed();
    } catch (error) {
      report(error);
    } finally {
      busy.value = null;
    }
  };
  const drop = async (mail: Aside) => {
    if (!await ask({ title: _('Take this mail off the list?'), consequence: _('It becomes no ticket. In the mailbox itself it stays, if it is still there.'), act: _('Take it off'), danger: true })) return;
    try {
      await api.delete(`/mails-aside/${mail.id}`);
      changed();
    } catch (error) {
      report(error);
    }
  };
  const rows = list.items.value;
  if (list.state.value === 'failed') return <ErrorState words={list.problem.value ?? ''} onRetry={() => void list.load()} />;
  if (!rows.length) return <p class="quiet">{_('None: every mail is in a ticket.')}</p>;
  return (
    <>
      <ul class="jobs mailbox-aside">
        {rows.map((mail) => (
          <li key={mail.id} class="job">
            <div>
              <p class="job-error">{mail.reason}</p>
              <p class="quiet small"><RelativeTime at={mail.at} /> · {size(mail.size)}{mail.beginning_only && ` · ${_('only its beginning is here, the rest is in the mailbox')}`}</p>
            </div>
            <div class="aside-acts">
              {mail.source && <Button kind="quiet" size="small" icon="code" onClick={() => { shown.value = mail; }}>{_('Show source')}</Button>}
              <Button kind="quiet" size="small" onClick={() => void drop(mail)}>{_('Take off')}</Button>
              <Button size="small" icon="retry" busy={busy.value === mail.id} onClick={() => void retry(mail)}>{_('Retry')}</Button>
            </div>
          </li>
        ))}
      </ul>
      {list.next.value && <Button onClick={() => void list.more()}>{_('More')}</Button>}
      {shown.value?.source && (
        <Dialog title={_('The mail as it came')} size="wide" onClose={() => { shown.value = null; }} footer={<a class="button" data-kind="plain" href={shown.value.source} download="">{_('Download the original')}</a>}>
          <Original address={shown.value.source} />
        </Dialog>
      )}
    </>
  );
}
