/* What the page of a guest from outside holds, and all its talking with the server. The link is the key; nothing is kept but unsent words. */
import { batch, effect, signal } from '@preact/signals';
import { ApiError, type Problem } from '../shared/api.ts';
import { language } from '../shared/i18n.ts';
import { Socket } from '../shared/socket.ts';
import type { Entry, GuestConversation, GuestHears, GuestSays } from '../shared/types.ts';
import { isOneEmoji } from './emoji-rule.ts';
import * as journals from './journal.ts';
import { recall, remember } from './memory.ts';
import { speaking } from './outbox.ts';
import { typist } from './typing.ts';

export type Way = 'opening' | 'here' | 'ended' | 'left' | 'gone' | 'failed';

const token = location.pathname.split('/join/')[1] ?? '';
const kept = (name: string) => `waystation:guest:${token.slice(-16)}:${name}`;

/** How things stand between the guest and the conversation; the page itself may know already that there is nothing to open. */
export const way = signal<Way>((document.documentElement.dataset.why as Way | undefined) || 'opening');
export const conversation = signal<GuestConversation | null>(null);
export const journal = signal<journals.Journal>({ ...journals.empty, outbox: recall<journals.Unsent[]>(kept('outbox'), []) });
export const draft = signal<string>(recall(kept('draft'), ''));
export const isOffline = signal(false);
/** Up to where nothing is missing: private lines take numbers that a guest never gets. */
let through = 0;

const socket = new Socket<GuestSays, GuestHears>({ namespace: '/guest', auth: () => ({ token, language }) });

let patience: ReturnType<typeof setTimeout> | undefined;
socket.on('connect', () => {
  clearTimeout(patience);
  refusals = 0;
  isOffline.value = false;
  journal.value = journals.interrupted(journal.value);
  void catchUp();
  void pump();
});
socket.on('disconnect', () => {
  journal.value = journals.interrupted(journal.value);
  clearTimeout(patience);
  patience = setTimeout(() => { isOffline.value = way.value === 'here'; }, 2_500);
});
let refusals = 0;
socket.on('refused', ({ reason }) => {
  // The problem comes beside the words for it.
  const { code } = ((reason as { data?: Problem } | null)?.data ?? {}) as Partial<Problem>;
  if (code === 'ended') return go('ended');
  if (code === 'guest_gone' || code === 'not_found') return go('gone');
  if (way.value === 'opening') way.value = 'failed';
  setTimeout(() => socket.open(), Math.min(1000 * 2 ** refusals++, 30_000));
});
socket.on('gone', ({ reason }) => go(reason === 'ended' ? 'ended' : 'gone'));
socket.on('conversation', (fresh) => { if (fresh.version >= (conversation.value?.version ?? 0)) conversation.value = fresh; });
socket.on('resync', () => setTimeout(() => void catchUp(), Math.random() * 1000));
socket.on('entry', (entry) => {
  take([entry]);
  // A private line in between looks like a gap too; asking costs little.
  if (entry.seq === through + 1) through = entry.seq;
  else if (entry.seq > through) void catchUp();
});

let isLeaving = false;
/** The end of it: what was said stays on the screen, and nothing is sent any more. */
function go(where: 'ended' | 'gone'): void {
  way.value = where === 'gone' && isLeaving ? 'left' : where;
  isOffline.value = false;
  socket.close();
}

function take(entries: Entry[]): void {
  const known = new Map(journal.value.entries.map((entry) => [entry.id, entry]));
  entries.forEach((entry) => known.set(entry.id, entry));
  const sorted = [...known.values()].sort((a, b) => a.seq - b.seq);
  const outbox = journal.value.outbox.filter(({ client_id }) => !entries.some((entry) => entry.client_id === client_id));
  journal.value = { ...journal.value, entries: sorted, outbox };
}

let isCatchingUp = false;
async function catchUp(): Promise<void> {
  if (isCatchingUp) return;
  isCatchingUp = true;
  try {
    for (let isComplete = false; !isComplete;) {
      const answer = await socket.ask('since', { seq: through });
      batch(() => {
        take(answer.entries);
        conversation.value = answer.conversation;
        way.value = 'here';
      });
      through = Math.max(through, answer.through);
      isComplete = answer.complete;
    }
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
    judge(problem);   // else the next entry or the next connection asks again
  } finally {
    isCatchingUp = false;
  }
}

/** Whether a refusal is the end of it. */
function judge({ code }: ApiError): boolean {
  if (code === 'ended') go('ended');
  if (code === 'guest_gone') go('gone');
  return code === 'ended' || code === 'guest_gone';
}

const { pump, say, retry, discard } = speaking(journal, draft, {
  isOpen: () => socket.connected,
  send: async ({ client_id, parts }) => {
    const { entry } = await socket.ask('message', { client_id, parts });
    take([entry]);
    if (entry.seq === through + 1) through = entry.seq;
    else if (entry.seq > through) void catchUp();
  },
  isOver: judge,
});
export { discard, retry };

export function sendDraft(): void {
  const text = draft.value.trim();
  if (!text) return;
  draft.value = '';
  typing.stop();
  say([isOneEmoji(text) ? { type: 'emoji', emoji: text } : { type: 'text', text }]);
}

const typing = typist((on) => socket.say('typing', { on }), () => way.value === 'here');
export function typed(text: string): void {
  draft.value = text;
  typing.typed(text);
}

/** Goes away for good. Fails with ApiError. */
export async function leave(): Promise<void> {
  isLeaving = true;
  try {
    await socket.ask('leave', {});
    go('gone');
  } catch (problem) {
    isLeaving = false;
    throw problem;
  }
}

export function start(): void {
  effect(() => remember(kept('draft'), draft.value));
  effect(() => remember(kept('outbox'), journal.value.outbox));
  if (way.value === 'opening') socket.open();
}
