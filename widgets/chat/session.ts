/* Holds what the window shows as signals, and does all its talking with the server: opening, socket, outbox, catching up. */
import { batch, computed, effect, signal } from '@preact/signals';
import { Api, ApiError, newId } from '../shared/api.ts';
import { _ } from '../shared/i18n.ts';
import { Socket } from '../shared/socket.ts';
import type { Entry, FormReason, MenuItem, Opening, Part, VisitorConversation, VisitorHears, VisitorSays } from '../shared/types.ts';
import { chime } from './chime.ts';
import { isOneEmoji } from './emoji-rule.ts';
import { currentVisit, isVisible, onLogout, tell } from './host.ts';
import * as journals from './journal.ts';
import { recall, remember } from './memory.ts';
import { itemFor } from './menu.ts';
import { speaking } from './outbox.ts';
import { typist } from './typing.ts';

const key = document.documentElement.dataset.channel ?? '';
const base = `/chat/${encodeURIComponent(key)}`;
export const kept = (name: string) => `waystation:${key}:${name}`;

export const opening = signal<Opening | null>(null);
/** Why the chat could not be opened at all. */
export const failure = signal<ApiError | null>(null);
export const journal = signal<journals.Journal>({ ...journals.empty, outbox: recall<journals.Unsent[]>(kept('outbox'), []), putAway: recall(kept('putAway'), '') });
export const draft = signal<string>(recall(kept('draft'), ''));
/** `offline` is shown to people, so it waits until a short break has healed by itself. */
export const connection = signal<'online' | 'connecting' | 'offline'>('connecting');
export const agentTyping = signal<string | null>(null);
export const view = signal<'talk' | 'form' | 'tickets'>('talk');
/** Among the tickets: the one that is read, or null for their list. */
export const ticketId = signal<string | null>(null);
/** The newest entry that the visitor has had before their eyes. */
export const seen = signal(0);
export const isMuted = signal(recall(kept('muted'), false));

export const conversation = computed(() => journal.value.conversation);
export const unread = computed(() => journals.unread(journal.value, seen.value));
export const menu = computed(() => journals.openMenu(journal.value)?.menu ?? (isUntouched.value ? opening.value?.menu ?? null : null));
const isUntouched = computed(() => !journal.value.conversation && !journal.value.outbox.length);
/** The visitor has said good-bye; the agent may still be writing up. */
export const hasEnded = computed(() => {
  const { value } = conversation;
  if (!value || value.state === 'ended') return Boolean(value);
  const latest = [...journals.ofConversation(journal.value)].reverse();
  const left = latest.findIndex((entry) => eventOf(entry) === 'left');
  return left >= 0 && !latest.slice(0, left).some(({ author, kind }) => author.kind === 'customer' && kind === 'message');
});
/** Where the visitor begins, and where Back ends. */
export const home = computed(() => (conversation.value || opening.value?.open ? 'talk' : 'form'));
/** Why a ticket form is offered instead of a talk. */
export const formReason = computed<FormReason | null>(() => conversation.value?.form_offered ?? (opening.value && !opening.value.open && !conversation.value ? 'closed' : null));

/** An ended conversation is shown again, to be rated and read, for half a day. */
const FORGOTTEN_AFTER = 12 * 3_600_000;

let session: string | null = null;
export const api = new Api(base, (): Record<string, string> => (session ? { 'X-Visitor-Session': session } : {}));
/** Only where the cookie did not come back; then pictures cannot be fetched by address alone. */
export const hasSessionInMemory = (): boolean => session !== null;

const socket = new Socket<VisitorSays, VisitorHears>({ namespace: '/visitor', auth: () => ({ channel: key, ...(session ? { session } : {}) }) });
const eventOf = (entry: Entry): string | null => (entry.parts[0]?.type === 'event' ? entry.parts[0].name : null);

/** What the visitor writes in tickets, by their ids; kept here, so that a logout finds it whatever else is loaded. */
export const replies = signal<Record<string, Reply>>(recall(kept('replies'), {}));
export interface Reply extends journals.Outbox { draft: string }

/** The list, or one ticket of it. */
export function showTickets(id: string | null): void {
  ticketId.value = id;
  view.value = 'tickets';
}

/** From a ticket to the list, from anywhere else to where the visitor began. */
export function back(): void {
  if (view.value === 'tickets' && ticketId.value) ticketId.value = null;
  else view.value = home.value;
}

// --- opening -------------------------------------------------------------------------------------------------------

let openingAttempt = 0;
export async function open(): Promise<void> {
  try {
    const fresh = await api.get<Opening>('/opening');
    openingAttempt = 0;
    session = fresh.session ?? session;
    batch(() => {
      failure.value = null;
      opening.value = fresh;
      // A conversation that was put away here, or ended days ago, stays away.
      const isShown = fresh.conversation && fresh.conversation.id > journal.value.putAway && !isLongOver(fresh);
      journal.value = journals.opened(journals.interrupted(journal.value), isShown ? fresh.conversation : null, isShown ? fresh.entries : [], fresh.through);
      seen.value = rememberedSeen(fresh);
      if (formReason.value) offerForm();
    });
    if (conversation.value || journal.value.outbox.length || isVisible.value) socket.open();
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
    // Once shown, a chat is not replaced by an error page: the banner says that the way is broken.
    if (!opening.value) failure.value = problem;
    if (problem.isTransient) setTimeout(() => void open(), Math.min(1000 * 2 ** openingAttempt++, 30_000));
  }
}

function isLongOver({ conversation: last, entries }: Opening): boolean {
  return last?.state === 'ended' && Date.now() - Date.parse(entries.at(-1)?.at ?? '') > FORGOTTEN_AFTER;
}

/** What was read here may not have been reported yet; what was read in another window is known to the server only. */
function rememberedSeen({ conversation: fresh }: Opening): number {
  const [id, seq] = recall<[string, number]>(kept('seen'), ['', 0]);
  return Math.max(fresh?.read.customer ?? 0, id === fresh?.id ? seq : 0);
}

/** Nobody who reads or answers a ticket is torn away from it. */
function offerForm(): void {
  if (view.value === 'talk') view.value = 'form';
}

// --- connection ----------------------------------------------------------------------------------------------------

let patience: ReturnType<typeof setTimeout> | undefined;
let isRestarting = false;
function expectConnection(within: number): void {
  clearTimeout(patience);
  patience = setTimeout(() => { connection.value = 'offline'; }, within);
}

socket.on('connect', () => {
  clearTimeout(patience);
  isRestarting = false;
  refusals = 0;
  connection.value = 'online';
  journal.value = journals.interrupted(journal.value);
  void catchUp(true);
  reportedRead = 0;
  reportRead();
  void pump();
});
socket.on('disconnect', () => {
  connection.value = 'connecting';
  agentTyping.value = null;
  journal.value = journals.interrupted(journal.value);
  // A server that said good-bye is back in seconds; everybody else's silence is shown after a breath.
  expectConnection(isRestarting ? 20_000 : 2_500);
});
socket.on('goodbye', () => { isRestarting = true; });

let refusals = 0;
socket.on('refused', () => {
  // The session has run out: a new opening brings a new one.
  const delay = Math.min(1000 * 2 ** refusals++, 60_000);
  setTimeout(() => void open().then(() => socket.open()), refusals === 1 ? 0 : delay);
  if (refusals > 1) connection.value = 'offline';
});

// --- hearing -------------------------------------------------------------------------------------------------------

socket.on('entry', (entry) => {
  const isNew = !journal.value.entries.some(({ id }) => id === entry.id);
  journal.value = journals.received(journal.value, entry);
  if (entry.author.kind === 'agent') {
    agentTyping.value = null;
    if (isNew && entry.kind === 'message') announce();
  }
  void catchUp();
});
socket.on('conversation', (fresh) => { change(fresh); void catchUp(); });
socket.on('read', ({ conversation_id, seq }) => { journal.value = journals.readByAgent(journal.value, conversation_id, seq); });
socket.on('resync', () => setTimeout(() => void catchUp(true), Math.random() * 1000));

let typingEnds: ReturnType<typeof setTimeout> | undefined;
socket.on('typing', ({ conversation_id, name, on }) => {
  if (conversation_id !== conversation.value?.id) return;
  clearTimeout(typingEnds);
  agentTyping.value = on ? name : null;
  // The word that it stopped may be lost.
  if (on) typingEnds = setTimeout(() => { agentTyping.value = null; }, 8_000);
});

function change(fresh: VisitorConversation): void {
  const before = conversation.value;
  journal.value = journals.changed(journal.value, fresh);
  const now = conversation.value;
  if (now?.id !== before?.id) { seen.value = 0; tell('event', { name: 'started', data: {} }); }
  seen.value = Math.max(seen.value, now?.read.customer ?? 0);
  if (now?.form_offered && now.form_offered !== before?.form_offered) offerForm();
  if (now?.state === 'ended' && before?.state !== 'ended' && now.id === before?.id) tell('event', { name: 'ended', data: {} });
}

function announce(): void {
  if (isVisible.value && document.hasFocus() && view.value === 'talk') return;
  if (!isMuted.value) chime();
  tell('event', { name: 'message', data: {} });
}

let isCatchingUp = false;
/** Asks for what is missing; `always` also when nothing seems to be, as after a reconnect. */
async function catchUp(always = false): Promise<void> {
  const live = conversation.value;
  const gap = journals.gapAfter(journal.value);
  const since = gap ?? (always && live ? journal.value.through : null);
  if (since === null || !live || isCatchingUp || !socket.connected) return;
  isCatchingUp = true;
  try {
    const answer = await socket.ask('since', { conversation_id: live.id, seq: since });
    const isNews = answer.entries.some(({ id, author, kind }) => author.kind === 'agent' && kind === 'message' && !journal.value.entries.some((known) => known.id === id));
    change(answer.conversation);
    journal.value = journals.caughtUp(journal.value, answer);
    if (isNews) announce();
  } catch {
    // The next entry or the next connection asks again.
    return;
  } finally {
    isCatchingUp = false;
  }
  const left = journals.gapAfter(journal.value);
  if (left !== null && left > since) void catchUp();
}

// --- saying --------------------------------------------------------------------------------------------------------

const { pump, say: put, retry, discard } = speaking(journal, draft, {
  isOpen: () => socket.connected,
  send: async ({ client_id, parts, item_id, label }) => {
    const visit = conversation.value ? {} : { visit: currentVisit() };
    const { entry, conversation: fresh } = item_id
      ? await socket.ask('choose', { client_id, item_id, label: label ?? '', ...visit })
      : await socket.ask('message', { client_id, parts, ...visit });
    batch(() => {
      change(fresh);
      journal.value = journals.received(journal.value, entry);
      seen.value = Math.max(seen.value, entry.seq);
    });
    void catchUp();
  },
});
export { discard, retry };

export function say(parts: Part[], client_id = newId()): void {
  socket.open();
  put(parts, { client_id });
}

export function choose({ id, label }: MenuItem): void {
  socket.open();
  put([{ type: 'text', text: label }], { item_id: id, label });
}

/** Sends what stands in the composer: a bare number picks from an open menu, one lonely emoji goes large. */
export function sendDraft(): boolean {
  const text = draft.value.trim();
  if (!text) return false;
  const item = menu.value && itemFor(text, menu.value.items);
  draft.value = '';
  typing.stop();
  if (item) choose(item);
  else say([isOneEmoji(text) ? { type: 'emoji', emoji: text } : { type: 'text', text }]);
  return true;
}

const typing = typist((on) => socket.say('typing', { on }), () => conversation.value?.state === 'running');
export function typed(text: string): void {
  draft.value = text;
  typing.typed(text);
}

/** Leaves the queue, or ends the talk. Fails with ApiError. */
export async function leave(): Promise<void> {
  const live = conversation.value;
  if (!live) return;
  const { conversation: fresh } = await socket.ask('leave', { conversation_id: live.id });
  change(fresh);
  void catchUp(true);
}

export async function rate(score: number, comment: string): Promise<void> {
  const rated = conversation.value;
  if (!rated) return;
  const answer = await socket.ask('rate', { conversation_id: rated.id, score, comment });
  change(answer.conversation ?? { ...rated, rating: { score, comment } });
}

/** A clean window; the old conversation is kept by the company, not here. */
export function startOver(): void {
  batch(() => {
    journal.value = journals.putAway(journal.value);
    view.value = 'talk';
    seen.value = 0;
  });
  void open();
}

// --- seeing --------------------------------------------------------------------------------------------------------

let reportedRead = 0;
/** Called when the newest line is on screen. */
export function sawEverything(): void {
  if (!isVisible.value || document.hidden) return;
  seen.value = Math.max(seen.value, journals.highest(journals.ofConversation(journal.value)));
  reportRead();
}

function reportRead(): void {
  const live = conversation.value;
  if (!live || seen.value <= reportedRead || !socket.connected) return;
  reportedRead = seen.value;
  socket.say('read', { conversation_id: live.id, seq: seen.value });
}

export function mute(muted: boolean): void {
  isMuted.value = muted;
  remember(kept('muted'), muted);
}

async function forget(): Promise<void> {
  socket.close();
  batch(() => {
    journal.value = journals.empty;
    draft.value = '';
    opening.value = null;
    seen.value = 0;
    replies.value = {};
    showTickets(null);
    view.value = 'talk';
  });
  session = null;
  await api.delete('/session').catch(() => undefined);
  await open();
}

/** Keeps memory, title and host page in step with what is held here. */
export function start(): void {
  onLogout(() => void forget());
  effect(() => remember(kept('draft'), draft.value));
  effect(() => { remember(kept('outbox'), journal.value.outbox); remember(kept('putAway'), journal.value.putAway); });
  effect(() => remember(kept('replies'), replies.value));
  effect(() => { if (conversation.value) remember(kept('seen'), [conversation.value.id, seen.value]); });
  effect(() => tell('unread', unread.value));
  effect(() => tell('live', Boolean(conversation.value && !hasEnded.value)));
  effect(() => {
    const channel = opening.value?.channel;
    if (channel) tell('look', { accent: channel.colours.accent ?? '', position: channel.position ?? 'right' });
  });
  effect(() => { if (isVisible.value && opening.value) socket.open(); });
  if (socket.connected === false) expectConnection(6_000);
  void open();
}

if (!key) failure.value = new ApiError({ code: 'not_found', status: 404, title: _('This chat does not exist'), detail: '' });
