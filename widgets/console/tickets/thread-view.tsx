// A ticket's thread, oldest first: replies, notes and events, with the whole transcript where a conversation joined.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Button, EmptyState, ErrorState, Icon, Skeleton } from '../../shared/components/index.ts';
import { _, ngettext } from '../../shared/i18n.ts';
import type { Conversation, Entry, EventPart, Ticket, TicketEntry } from '../../shared/types.ts';
import { draftOf, keepDraft } from '../composer/drafts.ts';
import { channels, mailChannels } from '../directory.ts';
import { useResource } from '../loading.tsx';
import { putBack } from '../mails/addressing.ts';
import { MailEntry } from '../mails/mail-entry.tsx';
import { Bubble, DayLine, EventLine, PendingBubble } from '../messages/messages.tsx';
import { startsDay, startsRun } from '../messages/runs.ts';
import { api, can } from '../session.ts';
import { dropReply, loadThread, olderEntries, replyAgain, threadOf, type Reply } from './thread.ts';

const joined = (entry: TicketEntry): string | null => {
  const part = entry.parts.find((each): each is EventPart => each.type === 'event' && each.name === 'conversation_joined');
  return part ? String(part.data.conversation_id) : null;
};

/** Only what leaves by a mailbox has a delivery: nothing else of tickets has to be sent. */
const isMail = (entry: TicketEntry) => !!entry.delivery || (!!entry.channel_id && mailChannels.value.has(entry.channel_id));

export function ThreadView({ ticket }: { ticket: Ticket }) {
  const thread = threadOf(ticket.id);
  const frame = useRef<HTMLDivElement>(null);
  const entries = thread.entries.value;
  const pending = thread.pending.value;
  const count = entries.length + pending.length;
  const atFoot = useRef(true);
  const unknown = ticket.source === 'email' && !channels.value.value && !channels.problem.value; // whether lines are mails
  // A thread is read from its end; transcripts and pictures that arrive later must not push the end away.
  useLayoutEffect(() => {
    const element = frame.current;
    const lines = element?.firstElementChild;
    if (!element || !lines) return;
    if (pending.length) atFoot.current = true;
    const toFoot = () => { if (atFoot.current) element.scrollTop = element.scrollHeight; };
    toFoot();
    const watch = new ResizeObserver(toFoot);
    watch.observe(lines);
    return () => watch.disconnect();
  }, [count > 0, unknown, pending.length]);
  useEffect(() => channels.ensure(), []);
  const inThread = new Set(entries.map(joined).filter(Boolean));
  const loose = thread.state.value === 'ready' && !thread.older.value ? ticket.conversation_ids.filter((id) => !inThread.has(id)) : [];
  const place = `ticket/${ticket.id}`;
  const quote = (words: string) => {
    const draft = draftOf(place);
    draft.text.value = `${draft.text.value.trimEnd()}\n\n${words}\n`;
    keepDraft(place, draft);
  };
  const back = (sent: Reply) => {
    const draft = draftOf(place);
    draft.text.value = [sent.parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n').trim(), draft.text.value].filter(Boolean).join('\n');
    draft.isNote.value = sent.isNote;
    keepDraft(place, draft);
    if (sent.envelope) putBack(ticket.id, sent.envelope);
    dropReply(thread, sent);
  };
  if ((!count && thread.state.value === 'loading') || unknown) return <div class="transcript"><Skeleton rows={6} height={72} avatar /></div>;
  if (!count && thread.state.value === 'failed') return <div class="transcript"><ErrorState words={thread.problem.value ?? ''} onRetry={() => void loadThread(thread)} /></div>;
  return (
    <div class="transcript" ref={frame} tabIndex={0} role="log" aria-label={_('Thread')}
      onScroll={(event) => { const element = event.currentTarget; atFoot.current = element.scrollHeight - element.scrollTop - element.clientHeight < 80; }}>
      <div class="transcript-lines">
        {thread.older.value && <Button kind="quiet" size="small" busy={thread.loadingOlder.value} onClick={() => void olderEntries(thread)}>{_('Earlier entries')}</Button>}
        {loose.map((id) => <Joined key={id} id={id} open={ticket.conversation_ids.length === 1} />)}
        {entries.map((entry, index) => <Line key={entry.id} entry={entry} onQuote={can('ticket.reply') ? quote : undefined} before={entries[index - 1]} only={ticket.conversation_ids.length === 1} />)}
        {pending.map((sent) => <PendingBubble key={sent.client_id} message={sent} onAgain={() => replyAgain(thread, sent)} onBack={() => back(sent)} />)}
        {!count && !loose.length && <EmptyState icon="chat" title={_('Nothing was said yet')}>{_('Your first public reply opens the ticket.')}</EmptyState>}
      </div>
    </div>
  );
}

interface LineProps { entry: TicketEntry; before: TicketEntry | undefined; only: boolean; onQuote: ((words: string) => void) | undefined }

function Line({ entry, before, only, onQuote }: LineProps) {
  const conversation = joined(entry);
  return (
    <>
      {startsDay(entry, before) && <DayLine at={entry.at} />}
      {entry.kind === 'event' ? <EventLine entry={entry} />
        : isMail(entry) ? <MailEntry entry={entry} onQuote={onQuote} />
        : <Bubble entry={entry} heads={startsRun(entry, before)} side={entry.kind === 'customer_reply' ? 'theirs' : 'ours'} />}
      {conversation && <Joined id={conversation} open={only} />}
    </>
  );
}

interface Slice { items: Entry[]; through: number; complete: boolean }

async function wholeTranscript(id: string): Promise<{ conversation: Conversation; entries: Entry[] }> {
  const conversation = await api.get<Conversation>(`/conversations/${id}`);
  const entries: Entry[] = [];
  for (let isWhole = false; !isWhole;) {
    const slice = await api.get<Slice>(`/conversations/${id}/entries`, { query: { since: entries.at(-1)?.seq ?? 0, limit: 100 } });
    entries.push(...slice.items);
    isWhole = slice.complete || !slice.items.length;
  }
  return { conversation, entries };
}

/** The whole transcript of a conversation that is part of the ticket, with its files; not only a link to it. */
function Joined({ id, open }: { id: string; open: boolean }) {
  const found = useResource(() => wholeTranscript(id), [id]);
  const frame = useRef<HTMLDetailsElement>(null);
  useEffect(() => { if (open && frame.current) frame.current.open = true; }, []);
  const value = found.value.value;
  const said = value?.entries.filter(({ kind }) => kind !== 'event').length ?? 0;
  return (
    <details class="joined" ref={frame}>
      <summary><Icon name="chats" />{_('Conversation')}{value && <span class="quiet">{value.conversation.host?.name ? `${value.conversation.host.name} · ` : ''}{ngettext('{n} message', '{n} messages', said)}</span>}<Icon name="down" /></summary>
      {value ? (
        <div class="transcript-lines">
          {value.entries.map((entry, index) => (
            <div key={entry.id} class="joined-line">
              {startsDay(entry, value.entries[index - 1]) && <DayLine at={entry.at} />}
              {entry.kind === 'event' ? <EventLine entry={entry} /> : <Bubble entry={entry} heads={startsRun(entry, value.entries[index - 1])} side={entry.author.kind === 'customer' ? 'theirs' : 'ours'} />}
            </div>
          ))}
        </div>
      ) : found.problem.value ? <ErrorState words={found.problem.value} onRetry={() => void found.load()} /> : <Skeleton rows={4} height={56} avatar />}
    </details>
  );
}
