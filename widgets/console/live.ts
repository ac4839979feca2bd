// The line to the server: one socket, each pushed object applied once, and catching up after every gap.
import { signal } from '@preact/signals';
import { Socket } from '../shared/socket.ts';
import type { Agent, AgentHears, AgentSays, Conversation, Me, Pushed, Ticket } from '../shared/types.ts';
import { alertAlarm, alertAssigned, alertMessage, alertOffered } from './alerts.ts';
import { keepAgent } from './directory.ts';
import { countConversations, keepConversation, keepRows, refreshBoxes } from './inbox/conversations.ts';
import { catchUp, customerRead, customerTypes, takeEntry } from './inbox/journal.ts';
import { heard } from './handover/calls.ts';
import { learnClock } from './handover/second.ts';
import { findMe, me } from './session.ts';
import { countTickets, keepTicket, refreshTickets } from './tickets/store.ts';

export const socket = new Socket<AgentSays, AgentHears>({ namespace: '/agent' });

/** False a moment after the line broke: a blink of the network shows no banner. */
export const online = signal(true);
/** Counts what was pushed of conversations and agents: whoever shows all of them at once (the board) looks again. */
export const happened = signal(0);
/** Counts the gaps after which everything must be looked at anew. */
export const reconnected = signal(0);
let banner: ReturnType<typeof setTimeout> | undefined;

/** One pushed object, as it is now. Doing this twice is harmless: the newest `version` wins. */
export function apply({ name, data }: Pushed): void {
  if (name === 'conversation' || name === 'agent') happened.value++;
  switch (name) {
    case 'conversation': return keepConversation(data as Conversation);
    case 'ticket': return keepTicket(data as Ticket);
    case 'me': if (me.value) me.value = { ...me.value, ...(data as Me) }; return;
    case 'agent': {
      const seat = data as Partial<Agent> & { id: string };
      keepAgent(seat);
      const mine = me.value;
      // Why I am away is not told to colleagues: I ask for myself.
      if (mine && seat.id === mine.id && seat.status && seat.status !== mine.status) void findMe();
      if (mine && seat.id === mine.id) me.value = { ...mine, limit: seat.limit ?? mine.limit, status: seat.status ?? mine.status, name: seat.name ?? mine.name };
      return;
    }
    case 'counts': countConversations(); countTickets();
  }
}

/** What may have been missed: the lists anew, and for each open transcript what came since. */
function refetch(): void {
  refreshBoxes();
  refreshTickets();
  catchUp();
  void findMe();
  happened.value++;
  reconnected.value++;
}

export function connect(): void {
  socket.on('connect', () => {
    clearTimeout(banner);
    online.value = true;
    refetch(); // the first time too: what changed since the page asked was told to a socket that was not there yet
  });
  socket.on('disconnect', () => {
    clearTimeout(banner);
    banner = setTimeout(() => { online.value = false; }, 2000);
  });
  socket.on('refused', () => { me.value = null; });
  socket.on('goodbye', () => socket.reconnect());
  socket.on('resync', refetch);
  socket.on('pushed', apply);
  socket.on('entry', (entry) => {
    takeEntry(entry);
    if (entry.author.kind === 'customer' && entry.kind === 'message') alertMessage(entry);
  });
  socket.on('rows', ({ items }) => keepRows(items));
  socket.on('typing', customerTypes);
  socket.on('read', customerRead);
  socket.on('assigned', ({ conversation_id }) => alertAssigned(conversation_id));
  socket.on('offered', ({ conversation_id, offer }) => {
    learnClock(offer.made_at);
    heard(conversation_id, (known) => known.offer?.id === offer.id);
    alertOffered(conversation_id);
  });
  socket.on('alarm', ({ conversation_id, alarm }) => {
    heard(conversation_id, (known) => known.alarm?.level === alarm.level);
    alertAlarm(conversation_id);
  });
  for (const each of ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const) addEventListener(each, tellActive, { passive: true });
  socket.open();
}

const ACTIVE_EVERY = 60_000;
let toldActive = 0;

/** Who does nothing for long counts as away; told at most once a minute. */
function tellActive(): void {
  if (Date.now() - toldActive < ACTIVE_EVERY || !socket.connected) return;
  toldActive = Date.now();
  const wasIdle = me.value?.absence === 'idle';
  void socket.ask('active', {}).then(() => { if (wasIdle) void findMe(); }, () => {});
}

export function disconnect(): void {
  for (const each of ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const) removeEventListener(each, tellActive);
  socket.close();
}
