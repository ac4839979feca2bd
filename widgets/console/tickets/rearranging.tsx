// What was said is put where it belongs: a message becomes a ticket of its own, or a ticket part of another (spec 5.5).
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, Button, Dialog, StateBadge, TextField, toast, toastUndo } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Ticket } from '../../shared/types.ts';
import { go } from '../router.ts';
import { api, report, wordsOf } from '../session.ts';
import { nameOf } from '../words.ts';
import { fetchTicket, keepTickets } from './store.ts';
import { loadThread, threadOf } from './thread.ts';

function anew(...ids: string[]): void {
  for (const id of ids) {
    void fetchTicket(id).catch(report);
    void loadThread(threadOf(id));
  }
}

export async function splitFrom(ticketId: string, entryId: string): Promise<void> {
  const sure = await ask({ title: _('Make this a ticket of its own?'), consequence: _('This message and all that was said after it move to a new ticket. What answers them follows.'), act: _('Split off') });
  if (!sure) return;
  try {
    const made = await api.post<Ticket>(`/tickets/${ticketId}/entries/${entryId}/split`, {});
    keepTickets([made]);
    anew(ticketId);
    toast(_('Ticket #{number} was made of it.', { number: made.number }));
    go(`/ticket/${made.id}`);
  } catch (error) {
    report(error);
  }
}

export async function takeBack(intoId: string, ticketId: string): Promise<void> {
  try {
    const back = await api.post<Ticket>(`/tickets/${intoId}/unmerge`, { ticket_id: ticketId });
    keepTickets([back]);
    anew(intoId, ticketId);
    toast(_('Ticket #{number} is back.', { number: back.number }));
    go(`/ticket/${back.id}`);
  } catch (error) {
    report(error);
  }
}

/** Finds the other ticket by number or words. */
export function MergeDialog({ ticket, onClose }: { ticket: Ticket; onClose(): void }) {
  const words = useSignal('');
  const found = useSignal<Ticket[]>([]);
  const into = useSignal<string | null>(null);
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  useEffect(() => {
    const q = words.value.trim().replace(/^#?(\d+)$/, '#$1');
    if (!q) { found.value = []; return; }
    const later = setTimeout(() => {
      api.get<{ items: Ticket[] }>('/tickets', { query: { view: 'all', q, limit: 8 } })
        .then(({ items }) => { found.value = items.filter(({ id }) => id !== ticket.id); problem.value = found.value.length ? null : _('No ticket is like that.'); })
        .catch((error: unknown) => { problem.value = wordsOf(error); });
    }, 200);
    return () => clearTimeout(later);
  }, [words.value]);
  const merge = async () => {
    if (!into.value) return;
    busy.value = true;
    try {
      const other = await api.post<Ticket>(`/tickets/${ticket.id}/merge`, { into_id: into.value });
      keepTickets([other]);
      anew(ticket.id, other.id);
      onClose();
      go(`/ticket/${other.id}`);
      toastUndo(_('#{number} is part of #{other} now.', { number: ticket.number, other: other.number }), () => void takeBack(other.id, ticket.id));
    } catch (error) {
      problem.value = wordsOf(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={_('Merge #{number} into another ticket', { number: ticket.number })} size="small" onClose={onClose} onSubmit={() => void merge()}
      footer={<><Button onClick={onClose}>{_('Cancel')}</Button><Button kind="primary" type="submit" icon="merge" busy={busy.value} disabled={!into.value}>{_('Merge')}</Button></>}>
      <p>{_('All that was said here moves there, and what answers it follows. It can be taken back.')}</p>
      <TextField label={_('The other ticket')} autofocus value={words.value} onText={(text) => { words.value = text; into.value = null; }} placeholder={_('Number or words')} autocomplete="off" />
      <div class="merge-found" role="radiogroup" aria-label={_('The other ticket')}>
        {found.value.map((other) => (
          <label key={other.id} class="merge-one">
            <input type="radio" name="merge-into" checked={into.value === other.id} onChange={() => { into.value = other.id; }} />
            <span class="clip"><b>#{other.number}</b> {other.subject}{other.customer && <span class="quiet"> · {nameOf(other.customer)}</span>}</span>
            <StateBadge state={other.state} reason={other.pending_reason} />
          </label>
        ))}
      </div>
      {problem.value && <p class="field-error" role="alert">{problem.value}</p>}
    </Dialog>
  );
}
