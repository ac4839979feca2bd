// One ticket: its thread with the transcripts of its conversations, the editor below, its fields beside.
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button, ErrorState, IconButton, Menu, Panes, Skeleton, StateBadge } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Ticket } from '../../shared/types.ts';
import { titleOf } from '../alerts.ts';
import { Composer } from '../composer/composer.tsx';
import { draftOf, takeParts } from '../composer/drafts.ts';
import { takeEnvelope } from '../mails/addressing.ts';
import { Envelope } from '../mails/envelope.tsx';
import { QuoteFold } from '../mails/quote-fold.tsx';
import { useKeys } from '../keymap.ts';
import { go } from '../router.ts';
import { can, wordsOf } from '../session.ts';
import { nameOf } from '../words.ts';
import { actIcon, actName, nextStates } from './lifecycle.ts';
import { assignToMe, changeState, changeTicket, conflict, restore } from './acts.ts';
import { ConflictDialog } from './conflict-dialog.tsx';
import { MergeDialog, takeBack } from './rearranging.tsx';
import { TicketSide } from './ticket-side.tsx';
import { ThreadView } from './thread-view.tsx';
import { fetchTicket, lastView, remarked, star, tickets } from './store.ts';
import { loadThread, reply, threadOf } from './thread.ts';

export function TicketPage({ id }: { id: string }) {
  const problem = useSignal<string | null>(null);
  const sideOpen = useSignal(innerWidth >= 1000);
  const ticket = tickets.value.get(id);
  titleOf(ticket ? `#${ticket.number} ${ticket.subject}` : _('Ticket'));
  const fetchIt = () => {
    problem.value = null;
    fetchTicket(id).catch((error: unknown) => { problem.value = wordsOf(error); });
  };
  useEffect(fetchIt, [id]);
  // Every new version may have brought new lines.
  useEffect(() => { void loadThread(threadOf(id)); }, [id, ticket?.version, ticket?.updated_at]);
  const back = () => go(`/tickets/${lastView.value}`);
  useSignalEffect(() => { if (remarked.value?.id === id) void loadThread(threadOf(id)); });
  useKeys({
    back,
    panel: () => { sideOpen.value = !sideOpen.value; },
    ...(ticket && { star: () => void star(ticket, !ticket.starred) }),
    ...(ticket && can('ticket.assign') && { take: () => void assignToMe(ticket) }),
    assign: () => { sideOpen.value = true; requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-assign] button')?.click()); },
  });
  if (!ticket) return problem.value ? <><h1 class="unseen">{_('Ticket')}</h1><ErrorState words={problem.value} onRetry={fetchIt} /></> : <Skeleton rows={8} height={56} />;
  const phone = innerWidth < 760;
  return (
    <>
      <Panes id="ticket" shown={sideOpen.value && phone ? 'end' : 'middle'}
        end={sideOpen.value ? { name: _('Fields'), width: 320, least: 260, most: 480, content: <TicketSide ticket={ticket} onClose={() => { sideOpen.value = false; }} /> } : null}>
        <section class="ticket" data-whole="" aria-label={_('Ticket #{number}', { number: ticket.number })}>
          <Head ticket={ticket} onBack={back} sideOpen={sideOpen.value} onSide={() => { sideOpen.value = !sideOpen.value; }} />
          <ThreadView ticket={ticket} />
          <Composer place={`ticket/${id}`} enterSends={false} placeholder={ticket.customer ? _('Answer {name}…', { name: nameOf(ticket.customer) }) : _('Write a reply…')} noReply={noReplyBecause(ticket)}
            sendLabel={ticket.source === 'email' ? _('Send mail') : _('Reply')} above={ticket.source === 'email' && <Envelope ticket={ticket} />}
            below={ticket.source === 'email' && <QuoteFold ticket={ticket} />}
            onSend={(parts, isNote) => reply(ticket, parts, isNote, isNote ? {} : { envelope: takeEnvelope(ticket) })}
            beside={(ready) => <ReplyAnd ticket={ticket} ready={ready} />} />
        </section>
      </Panes>
      {conflict.value?.ticketId === id && <ConflictDialog />}
    </>
  );
}

function noReplyBecause({ state, customer }: Ticket): string | null {
  if (state === 'deleted') return _('This ticket is deleted. Restore it to answer.');
  if (state === 'closed') return _('This ticket is closed. You may leave a note.');
  if (!can('ticket.reply')) return _('You may read this ticket.');
  return customer ? null : _('No customer to answer. You may leave a note.');
}

/** Replying and setting the state in one go. */
function ReplyAnd({ ticket, ready }: { ticket: Ticket; ready: boolean }) {
  const place = `ticket/${ticket.id}`;
  const send = (state: 'solved' | 'pending') => reply(ticket, takeParts(place, draftOf(place)), false, { state, envelope: takeEnvelope(ticket) });
  const states = nextStates(ticket);
  if (!states.includes('solved')) return null;
  return (
    <Menu label={_('Reply and…')} align="end" trigger={(props) => <IconButton icon="down" label={_('Reply and…')} disabled={!ready} {...props} />}
      items={[
        { label: _('Reply and solve'), icon: 'done', onPick: () => send('solved') },
        ...(states.includes('pending') ? [{ label: _('Reply and wait for the customer'), icon: 'queue' as const, onPick: () => send('pending') }] : []),
      ]} />
  );
}

function Head({ ticket, onBack, sideOpen, onSide }: { ticket: Ticket; onBack(): void; sideOpen: boolean; onSide(): void }) {
  const states = nextStates(ticket);
  const solve = states.includes('solved');
  const merging = useSignal(false);
  return (
    <header class="ticket-head">
      <IconButton icon="back" label={_('Back to the list')} keys="Esc" onClick={onBack} />
      <div class="ticket-title">
        <Subject ticket={ticket} />
        <p class="quiet small"><span>#{ticket.number}</span><StateBadge state={ticket.state} reason={ticket.pending_reason} />{ticket.customer && <span class="clip">{nameOf(ticket.customer)}</span>}</p>
      </div>
      <div class="chat-acts">
        <IconButton icon="star" filled={ticket.starred} pressed={ticket.starred} label={ticket.starred ? _('Unstar') : _('Star')} keys="S" onClick={() => void star(ticket, !ticket.starred)} />
        {!ticket.handler && can('ticket.assign') && ticket.state !== 'deleted' && <Button icon="hand" kind="primary" keys="t" onClick={() => void assignToMe(ticket)}>{_('Take')}</Button>}
        {ticket.state === 'deleted' && ticket.merged_into_id && can('ticket.edit') && <Button icon="retry" onClick={() => void takeBack(ticket.merged_into_id!, ticket.id)}>{_('Take the merge back')}</Button>}
        {ticket.state === 'deleted' && !ticket.merged_into_id && can('ticket.restore') && <Button icon="retry" onClick={() => void restore(ticket)}>{_('Restore')}</Button>}
        {solve && can('ticket.edit') && <Button icon="done" onClick={() => void changeState(ticket, 'solved')}><span class="not-phone">{_('Solve')}</span></Button>}
        {can('ticket.edit') && states.length > 0 && (
          <Menu label={_('Change the state')} align="end" trigger={(props) => <IconButton icon="more" label={_('Change the state')} {...props} />}
            items={[...(ticket.state === 'closed' ? [] : [{ label: _('Merge into another ticket…'), icon: 'merge' as const, onPick: () => { merging.value = true; } }]), ...states.flatMap((to) => {
              if (to === 'deleted' && !can('ticket.delete')) return [];
              if (to === 'pending') {
                return [
                  { label: _('Pending: waiting for customer'), icon: actIcon.pending, onPick: () => void changeState(ticket, 'pending', 'customer') },
                  { label: _('Pending: conditions missing'), icon: actIcon.pending, onPick: () => void changeState(ticket, 'pending', 'conditions') },
                ];
              }
              return [...(to === 'deleted' ? [null] : []), { label: actName(ticket.state, to), icon: actIcon[to], danger: to === 'deleted', onPick: () => void changeState(ticket, to) }];
            })]} />
        )}
        <IconButton icon="panel" label={sideOpen ? _('Hide the fields') : _('Show the fields')} keys="I" pressed={sideOpen} onClick={onSide} />
      </div>
      {merging.value && <MergeDialog ticket={ticket} onClose={() => { merging.value = false; }} />}
    </header>
  );
}

/** The subject is edited where it stands: a press turns it into a field, Enter or leaving saves. */
function Subject({ ticket }: { ticket: Ticket }) {
  const editing = useSignal(false);
  const words = useSignal(ticket.subject);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => { if (editing.value) input.current?.select(); }, [editing.value]);
  const save = () => {
    if (!editing.value) return; // leaving the field after Enter
    editing.value = false;
    const subject = words.value.trim();
    if (subject && subject !== ticket.subject) void changeTicket(ticket, { subject });
  };
  if (!editing.value) {
    return (
      <h1 class="clip">
        {can('ticket.edit') ? <button type="button" class="subject" title={_('Edit the subject')} onClick={() => { words.value = ticket.subject; editing.value = true; }}>{ticket.subject}</button> : ticket.subject}
      </h1>
    );
  }
  return (
    <input ref={input} class="input" aria-label={_('Subject')} maxlength={200} value={words.value} onInput={(event) => { words.value = event.currentTarget.value; }} onBlur={save}
      onKeyDown={(event) => {
        if (event.isComposing) return;
        if (event.key === 'Enter') save();
        if (event.key === 'Escape') { event.stopPropagation(); editing.value = false; }
      }} />
  );
}
