// The line to the server: one socket, each pushed object applied once, and catching up after every gap.
import { signal } from '@preact/signals';
import { Socket } from '../shared/socket.ts';
import type { Agent, AgentHears, AgentSays, Conversation, Me, Pushed, Ticket } from '../shared/types.ts';
import { alertAssigned, alertMessage } from './alerts.ts';
import { keepAgent } from './directory.ts';
import { countConversations, keepConversation, refreshBoxes } from './inbox/conversations.ts';
import { catchUp, customerRead, customerTypes, takeEntry } from './inbox/journal.ts';
import { me } from './session.ts';
import { countTickets, keepTicket, refreshTickets } from './tickets/store.ts';

export const socket = new Socket<AgentSays, AgentHears>({ namespace: '/agent' });

/** False a moment after the line broke: a blink of the network shows no banner. */
export const online = signal(true);
let banner: ReturnType<typeof setTimeout> | undefined;

/** One pushed object, as it is now. Doing this twice is harmless: the newest `version` wins. */
export function apply({ name, data }: Pushed): void {
  switch (name) {
    case 'conversation': return keepConversation(data as Conversation);
    case 'ticket': return keepTicket(data as Ticket);
    case 'me': if (me.value) me.value = { ...me.value, ...(data as Me) }; return;
    case 'agent': {
      const seat = data as Partial<Agent> & { id: string };
      keepAgent(seat);
      const mine = me.value;
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
  socket.on('typing', customerTypes);
  socket.on('read', customerRead);
  socket.on('assigned', ({ conversation_id }) => alertAssigned(conversation_id));
  socket.open();
}

export function disconnect(): void {
  socket.close();
}
