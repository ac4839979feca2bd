// What leaders see of everything at once: desks and agents as they are, who waits and who is served, and the last hours of each agent.
import { computed, effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { AgentStatus, Board, Conversation, Stint } from '../../shared/types.ts';
import { learnClock } from '../handover/second.ts';
import { conversations, fetchConversation, keepConversation } from '../inbox/conversations.ts';
import { happened, reconnected } from '../live.ts';
import { resource, whole } from '../loading.tsx';
import { api } from '../session.ts';

export const HOURS = 12;

export const board = resource(async () => {
  const found = await api.get<Board>('/board');
  learnClock(found.at);
  return found;
});
export const stints = resource(async () => (await api.get<{ items: Stint[] }>('/board/time-lines', { query: { hours: HOURS } })).items);
/** Who waits and who is served; the rows themselves are drawn from the map that pushes keep fresh. */
export const live = resource(async () => {
  const found = await whole<Conversation>('/board/conversations');
  keepConversation(...found);
  const there = new Set(found.map(({ id }) => id));
  // What ended while the line was broken is still in the map as it was.
  for (const { id, state } of conversations.peek().values()) if ((state === 'waiting' || state === 'running') && !there.has(id)) void fetchConversation(id).catch(() => {});
  return true;
});

export const liveConversations = computed(() => [...conversations.value.values()].filter(({ state }) => state === 'waiting' || state === 'running'));

const AT_MOST_EVERY = 2000;
const TRY_AGAIN_AFTER = 5000;
let due: ReturnType<typeof setTimeout> | undefined;
let last = 0;
/** When the figures were true; they are old when the line is broken. */
export const trueAt = signal<number | null>(null);

function look(after = 300): void {
  due ??= setTimeout(async () => {
    due = undefined;
    last = Date.now();
    const before = states();
    await board.load();
    if (board.problem.value) return look(TRY_AGAIN_AFTER);
    trueAt.value = Date.now();
    if (states() !== before) void stints.load();
  }, Math.max(after, last + AT_MOST_EVERY - Date.now()));
}

const states = () => board.value.peek()?.agents.map(({ id, status, since }) => `${id} ${status} ${since}`).join() ?? '';

/** Keeps the board fresh as long as something shows it: once more for every burst of changes, and after every gap. */
export function useBoard(): void {
  useEffect(() => {
    void board.load().then(() => { if (board.problem.value) look(TRY_AGAIN_AFTER); else trueAt.value = Date.now(); });
    void stints.load();
    let first = true;
    const stopLooking = effect(() => { void happened.value; if (!first) look(); });
    const stopFetching = effect(() => { void reconnected.value; void live.load(); });
    first = false;
    return () => {
      stopLooking();
      stopFetching();
      clearTimeout(due);
      due = undefined;
    };
  }, []);
}

export interface Span { status: AgentStatus; reason: Stint['reason']; from: number; to: number }

/** The agents' last hours as spans; before the first known state nothing is claimed. */
export function spansOf(all: readonly Stint[], agentId: string, now: number): Span[] {
  const start = now - HOURS * 3_600_000;
  const mine = all.filter((each) => each.agent_id === agentId).sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return mine.map(({ status, reason, at }, index) => ({ status, reason, from: Math.max(start, Date.parse(at)), to: index + 1 < mine.length ? Date.parse(mine[index + 1]!.at) : now })).filter(({ from, to }) => to > start && to > from);
}

