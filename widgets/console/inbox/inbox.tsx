// The inbox: boxes and their rows, the open conversation, and the customer beside it.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { EmptyState, ErrorState, Panes, Skeleton } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { titleOf } from '../alerts.ts';
import { catalog } from '../directory.ts';
import { useKeys } from '../keymap.ts';
import { go } from '../router.ts';
import { wordsOf } from '../session.ts';
import { nameOf } from '../words.ts';
import { BoxPane } from './box-pane.tsx';
import { Chat } from './chat.tsx';
import { boxes, BOXES, conversations, countConversations, fetchConversation, lastBox, listOf, mayAnswer, type Box } from './conversations.ts';
import { CustomerPanel } from './customer-panel.tsx';
import { follow } from './journal.ts';

const remembersPanel = () => { try { return localStorage.getItem('inbox.panel') !== 'closed'; } catch { return true; } };

export function Inbox({ box: named, id }: { box: string; id?: string }) {
  const box: Box = (BOXES as readonly string[]).includes(named) ? (named as Box) : 'mine';
  const isOpen = useSignal(remembersPanel() && innerWidth >= 1100);
  const problem = useSignal<string | null>(null);
  const conversation = id ? conversations.value.get(id) : undefined;
  lastBox.value = box;
  titleOf(conversation ? nameOf(conversation.customer) : _('Inbox'));

  useEffect(() => {
    countConversations();
    // My own and the waiting ones are drawn on the rail wherever I am.
    listOf('mine');
    listOf('waiting');
    // The end dialog presets type and urgency from the catalog; it must not wait for it.
    catalog.ensure();
  }, []);
  const fetchIt = () => {
    problem.value = null;
    if (id && !conversations.value.has(id)) fetchConversation(id).catch((error: unknown) => { problem.value = wordsOf(error); });
  };
  useEffect(fetchIt, [id]);
  useEffect(() => {
    follow(conversation && !mayAnswer(conversation) ? conversation : null);
    return () => follow(null);
  }, [id, conversation?.host?.id, conversation?.state, !!conversation && mayAnswer(conversation)]);

  const rows = boxes[box].value;
  const step = (by: number) => {
    const next = rows[rows.findIndex((each) => each.id === id) + by];
    if (next) go(`/inbox/${box}/${next.id}`);
  };
  const turnPanel = () => {
    isOpen.value = !isOpen.value;
    try { localStorage.setItem('inbox.panel', isOpen.value ? 'open' : 'closed'); } catch { /* forgotten then */ }
  };
  useKeys({ next: () => step(1), previous: () => step(-1), panel: turnPanel, back: () => go(`/inbox/${box}`) });

  const isPhone = innerWidth < 760;
  const end = conversation && isOpen.value ? { name: _('Customer'), width: 320, least: 260, most: 520, content: <CustomerPanel conversation={conversation} onClose={turnPanel} /> } : null;
  return (
    <Panes id="inbox" shown={conversation && isOpen.value && isPhone ? 'end' : id ? 'middle' : 'start'}
      start={{ name: _('Conversations'), width: 320, least: 250, most: 480, content: <BoxPane box={box} selected={id ?? null} /> }} end={end}>
      {conversation ? <Chat key={conversation.id} conversation={conversation} onBack={() => go(`/inbox/${box}`)} panelOpen={isOpen.value} onPanel={turnPanel} />
        : problem.value ? <ErrorState words={problem.value} onRetry={fetchIt} />
        : id ? <Skeleton rows={6} height={64} avatar />
        : (
          <EmptyState icon="chats" title={rows.length ? _('Choose a conversation') : _('All quiet')}>
            {rows.length ? _('Arrow keys walk through the list, Enter opens. Alt ↓ goes to the next one from anywhere.') : _('New conversations come to you by themselves while you have a free place. Set how many in the menu at the foot of the rail.')}
          </EmptyState>
        )}
    </Panes>
  );
}
