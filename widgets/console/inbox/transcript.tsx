// The transcript: what was said, day by day; notes on paper of their own, events as quiet lines, what is on its way at the foot.
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Button, ErrorState, Icon, Skeleton } from '../../shared/components/index.ts';
import { _, ngettext } from '../../shared/i18n.ts';
import type { Conversation, Entry } from '../../shared/types.ts';
import { Bubble, DayLine, EventLine, PendingBubble } from '../messages/messages.tsx';
import { startsDay, startsRun } from '../messages/runs.ts';
import { draftOf, keepDraft } from '../composer/drafts.ts';
import { nameOf } from '../words.ts';
import { isMine } from './conversations.ts';
import { journalOf, load, loadOlder, markRead, sayAgain, takeBack, type Pending } from './journal.ts';

const NEAR = 80;

export function Transcript({ conversation }: { conversation: Conversation }) {
  const journal = journalOf(conversation.id);
  const frame = useRef<HTMLDivElement>(null);
  const atFoot = useRef(true);
  const missed = useSignal(0);
  const newFrom = useRef(conversation.unread > 0 ? conversation.read.agent : null);
  const entries = journal.entries.value;
  const pending = journal.pending.value;
  const lastSeq = entries.at(-1)?.seq ?? 0;
  const typing = journal.typing.value;

  const first = entries[0]?.seq ?? 0;
  const firstBefore = useRef(first);
  const heightBefore = frame.current?.scrollHeight ?? 0; // of what stands there until this is drawn

  const top = useRef(0);
  const toFoot = () => {
    const element = frame.current;
    if (element) element.scrollTop = element.scrollHeight;
    atFoot.current = true;
    missed.value = 0;
  };
  // Older lines are put in above without moving what one reads; new ones below move it only at the foot.
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    if (atFoot.current) element.scrollTop = element.scrollHeight;
    // Everywhere but at the very top the browser anchors by itself.
    else if (element.scrollTop < 1 && first < firstBefore.current) element.scrollTop = element.scrollHeight - heightBefore;
    firstBefore.current = first;
  }, [entries, pending.length, !!typing]);
  const before = useRef(lastSeq);
  useEffect(() => {
    const last = entries.at(-1);
    if (before.current && lastSeq > before.current && !atFoot.current && last?.kind !== 'event') missed.value += lastSeq - before.current;
    before.current = lastSeq;
    if (last?.author.kind === 'agent') newFrom.current = null;
    markRead(conversation.id);
  }, [lastSeq]);
  useEffect(() => { if (pending.length) toFoot(); }, [pending.length]);
  useEffect(() => {
    const seen = () => markRead(conversation.id);
    const element = frame.current;
    const watch = new ResizeObserver(() => { if (atFoot.current && element) element.scrollTop = element.scrollHeight; });
    if (element) { watch.observe(element); if (element.firstElementChild) watch.observe(element.firstElementChild); }
    document.addEventListener('visibilitychange', seen);
    return () => { watch.disconnect(); document.removeEventListener('visibilitychange', seen); };
  }, [journal.state.value]);

  const onScroll = () => {
    const element = frame.current;
    if (!element) return; // a scroll that was under way when the talk was closed
    // Pictures that grow put distance to the foot without anybody scrolling: only going up is leaving.
    const isLeaving = element.scrollTop < top.current;
    top.current = element.scrollTop;
    atFoot.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR || (atFoot.current && !isLeaving);
    if (atFoot.current) missed.value = 0;
    if (element.scrollTop < NEAR * 4) void loadOlder(journal);
  };
  const backToDraft = (message: Pending) => {
    const place = `conversation/${conversation.id}`;
    const draft = draftOf(place);
    const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n').trim();
    draft.text.value = [text, draft.text.value].filter(Boolean).join('\n');
    draft.isNote.value = message.isNote;
    draft.isWhisper.value = !!message.isWhisper;
    keepDraft(place, draft);
    takeBack(journal, message);
  };

  if (!entries.length && !pending.length && journal.state.value === 'loading') return <div class="transcript"><Skeleton rows={6} height={72} avatar /></div>;
  if (!entries.length && journal.state.value === 'failed') return <div class="transcript"><ErrorState words={journal.problem.value ?? ''} onRetry={() => void load(journal)} /></div>;
  return (
    <div class="transcript-frame">
      <div class="transcript" ref={frame} onScroll={onScroll} tabIndex={0} role="log" aria-label={_('Transcript')} aria-relevant="additions">
        <div class="transcript-lines">
          {!journal.complete.value && <Button kind="quiet" size="small" busy={journal.loadingOlder.value} onClick={() => void loadOlder(journal)}>{_('Earlier messages')}</Button>}
          {entries.map((entry, index) => <Line key={entry.seq} entry={entry} before={entries[index - 1]} conversation={conversation} isNewest={entry.seq === newFrom.current} />)}
          {pending.map((message) => <PendingBubble key={message.client_id} message={message} onAgain={() => sayAgain(journal, message)} onBack={() => backToDraft(message)} />)}
          <Receipt conversation={conversation} entries={entries} quiet={pending.length > 0} />
          <p class="typing" role="status">{typing ? <><span class="typing-dots" aria-hidden="true"><i /><i /><i /></span>{_('{name} is typing…', { name: typing.name || nameOf(conversation.customer) })}</> : null}</p>
        </div>
      </div>
      {missed.value > 0 && <button type="button" class="to-foot" onClick={toFoot}>{ngettext('{n} new message', '{n} new messages', missed.value)}<Icon name="arrow_down" size={14} /></button>}
    </div>
  );
}

function Line({ entry, before, conversation, isNewest }: { entry: Entry; before: Entry | undefined; conversation: Conversation; isNewest: boolean }) {
  return (
    <>
      {startsDay(entry, before) && <DayLine at={entry.at} />}
      {entry.kind === 'event' ? <EventLine entry={entry} /> : <Bubble entry={entry} heads={startsRun(entry, before)} side={entry.author.kind === 'customer' ? 'theirs' : 'ours'} hostId={conversation.host?.id} guestIds={(conversation.guests ?? []).map(({ id }) => id)} />}
      {isNewest && <p class="new-line"><span>{_('New')}</span></p>}
    </>
  );
}

/** One word under my last answer: whether the customer has seen it. */
function Receipt({ conversation, entries, quiet }: { conversation: Conversation; entries: Entry[]; quiet: boolean }) {
  const last = entries.findLast(({ kind }) => kind === 'message');
  if (quiet || !last || last.author.kind !== 'agent' || !isMine(conversation)) return null;
  const seen = conversation.read.customer >= last.seq;
  return <p class="receipt"><Icon name={seen ? 'checks' : 'check'} size={12} />{seen ? _('Read') : _('Sent')}</p>;
}
