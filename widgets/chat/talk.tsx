/* The transcript with the composer under it: welcome, menu, bubbles, the place in the queue, the end. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { Parts, Text } from '../shared/parts.tsx';
import type { ImagePart, MenuItem } from '../shared/types.ts';
import { Composer } from './composer.tsx';
import { Face } from './face.tsx';
import { files } from './files.ts';
import { Icon } from './icons.tsx';
import { lazy, loadLater } from './lazy.tsx';
import { lastMine, lines } from './lines.ts';
import { Row, type Reader } from './rows.tsx';
import { useEnd } from './scrolling.ts';
import { agentTyping, choose, conversation, discard, formReason, hasEnded, journal, menu, opening, retry, sawEverything, showTickets, unread } from './session.ts';
import { isVisible } from './host.ts';
import { eventWords } from './words.ts';

const Ending = lazy('Ending');
const FormOffer = lazy('FormOffer');
const Queue = lazy('Queue');
const Uploads = lazy('Uploads');

const attach = (files: File[]): void => void loadLater().then((later) => later.attach(files));
export const showPicture = (part: ImagePart): void => void loadLater().then((later) => later.showPicture(part));

export function Talk() {
  const isDragging = useSignal(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    isDragging.value = false;
    attach([...event.dataTransfer?.files ?? []]);
  };
  return (
    <main
      class="view talk"
      onDragOver={(event) => { event.preventDefault(); isDragging.value = true; }}
      onDragLeave={(event) => { if (!event.currentTarget.contains(event.relatedTarget as Node)) isDragging.value = false; }}
      onDrop={drop}
    >
      {conversation.value?.state === 'waiting' && !hasEnded.value && <Queue conversation={conversation.value} />}
      <Transcript />
      {hasEnded.value ? <Ending /> : formReason.value ? <FormOffer /> : <Composer attach={attach} />}
      {isDragging.value && <div class="drop" aria-hidden="true"><p>{_('Drop files to send them')}</p></div>}
    </main>
  );
}

function Transcript() {
  const all = useMemo(() => lines(journal.value, Date.now()), [journal.value]);
  const mine = lastMine(all);
  const { scroller, content, isAtEnd, look, toEnd } = useEnd({
    follows: () => conversation.peek() !== null || journal.peek().outbox.length > 0,
    saw: sawEverything,
    isSaying: journal.value.outbox.length > 0,
  });
  useEffect(() => {
    const seen = () => { if (isAtEnd.peek()) sawEverything(); };
    seen();
    addEventListener('focus', seen);
    return () => removeEventListener('focus', seen);
  }, [all.length, isVisible.value]);
  const reader = customer(retry, discard);
  return (
    <div class="scroll" ref={scroller} onScroll={look} tabIndex={0} role="region" aria-label={_('Conversation')}>
      <div class="content" ref={content}>
        <Welcome />
        {!conversation.value && <TicketsLink />}
        <div role="log" aria-live="polite" aria-relevant="additions">
          <ol class="lines">{all.map((line) => <Row key={line.key} line={line} isLastMine={line === mine} reader={reader} />)}</ol>
        </div>
        <Uploads />
        {menu.value && <Choices items={menu.value.items} prompt={conversation.value ? '' : menu.value.prompt} />}
        <div role="status" class="typing" hidden={!agentTyping.value}>
          {agentTyping.value && <><span class="dots" aria-hidden="true"><i /><i /><i /></span><span class="unseen">{_('{name} is typing', { name: agentTyping.value })}</span></>}
        </div>
      </div>
      {!isAtEnd.value && <button type="button" class="to-end" onClick={() => toEnd('smooth')}><Icon name="down" size={16} />{unread.value ? _('New messages') : <span class="unseen">{_('To the newest message')}</span>}</button>}
    </div>
  );
}

function Welcome() {
  const { welcome, name } = opening.value!.channel;
  if (!welcome) return null;
  return (
    <div class="welcome">
      <Face name={name} />
      <div class="welcome-words"><Text text={welcome} /></div>
    </div>
  );
}

/** The way to what was asked before, for those who did. */
export function TicketsLink() {
  if (!opening.value!.tickets.length) return null;
  return <button type="button" class="choice tickets-link" onClick={() => showTickets(null)}><Icon name="ticket" /><span class="choice-label">{_('My requests')}</span><Icon name="right" size={16} /></button>;
}

/** How customers see a transcript, of a talk or of a ticket. */
export const customer = (again: Reader['retry'], takeBack: Reader['discard']): Reader => ({
  body: ({ parts }) => <Parts parts={parts} files={files} onPicture={showPicture} />,
  nameOf: (author) => (author?.kind === 'system' ? opening.value!.channel.name : author?.name ?? ''),
  words: eventWords,
  retry: again,
  discard: takeBack,
  bare: ['image', 'video', 'emoji'],
});

function Choices({ items, prompt }: { items: MenuItem[]; prompt: string }) {
  return (
    <nav class="choices" aria-label={prompt || _('Please choose')}>
      {prompt && <p class="choices-prompt">{prompt}</p>}
      <ul>
        {items.map((item) => (
          <li key={item.id}>
            <button type="button" class="choice" onClick={() => choose(item)}>
              <span class="choice-number">{item.number}</span><span class="choice-label">{item.label}</span><Icon name="right" size={16} />
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
