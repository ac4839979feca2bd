// What calls me now: conversations held out to me or to my groups, and hosts who leave a customer without an answer.
import { computed, effect, signal } from '@preact/signals';
import type { Alarm, Conversation, Offer } from '../../shared/types.ts';
import { conversations, fetchConversation, isMine } from '../inbox/conversations.ts';
import { path } from '../router.ts';
import { can, me } from '../session.ts';
import { serverNow } from './second.ts';

export type Call =
  | { key: string; kind: 'offer'; conversation: Conversation; offer: Offer }
  | { key: string; kind: 'alarm'; conversation: Conversation; alarm: Alarm };

/** Put aside by me: it does not call again, though it may still be open to others. */
const aside = signal<ReadonlySet<string>>(new Set());
/** Moves when the time of an offer is up. */
const passed = signal(0);

export const putAside = (key: string) => { aside.value = new Set(aside.value).add(key); };

const inMyGroups = (id: string | undefined) => !!me.value?.groups.some((group) => group.id === id);

const isForMe = (conversation: Conversation, { agent, group, by }: Offer) =>
  agent ? agent.id === me.value?.id : !!group && inMyGroups(group.id) && by?.id !== me.value?.id && !isMine(conversation);

/** Colleagues of the desk at once, leaders from the second time on (spec 4.5); the host as well, who may only have overlooked it. */
const callsMe = (conversation: Conversation, alarm: Alarm) =>
  isMine(conversation) || inMyGroups(conversation.desk?.id) || (alarm.level >= 2 && can('conversation.monitor'));

export const calls = computed<Call[]>(() => {
  void passed.value;
  // On the wall nobody answers; the figures there tell enough.
  if (!me.value || path.value === '/wall') return [];
  const found: Call[] = [];
  for (const conversation of conversations.value.values()) {
    const { offer, alarm, state } = conversation;
    if (state === 'ended') continue;
    const isAsked = offer && Date.parse(offer.until) > serverNow() && isForMe(conversation, offer);
    if (isAsked) found.push({ key: offer.id, kind: 'offer', conversation, offer });
    // Who looks at the conversation sees its bell.
    else if (alarm && state === 'running' && callsMe(conversation, alarm) && !path.value.endsWith(`/${conversation.id}`)) found.push({ key: `${conversation.id} ${alarm.seq} ${alarm.level}`, kind: 'alarm', conversation, alarm });
  }
  // What runs out first stands first; alarms after what is asked of me in person.
  const until = (call: Call) => (call.kind === 'offer' ? Date.parse(call.offer.until) : Infinity);
  const level = (call: Call) => (call.kind === 'alarm' ? call.alarm.level : 0);
  return found.filter(({ key }) => !aside.value.has(key)).sort((one, other) => Number(one.kind === 'alarm') - Number(other.kind === 'alarm') || (one.kind === 'offer' ? until(one) - until(other) : level(other) - level(one)) || one.key.localeCompare(other.key));
});

/** An offer whose time is up leaves the screen by itself, whether the server has said so or not. */
effect(() => {
  const next = Math.min(...calls.value.flatMap((call) => (call.kind === 'offer' ? [Date.parse(call.offer.until)] : [])));
  if (!Number.isFinite(next)) return;
  const timer = setTimeout(() => { passed.value++; }, Math.max(0, next - serverNow()) + 50);
  return () => clearTimeout(timer);
});

/** The socket says that something was held out; the conversation itself may be on its way still, or in none of my lists. */
export function heard(conversationId: string, isIn: (conversation: Conversation) => boolean): void {
  const known = conversations.value.get(conversationId);
  if (!known || !isIn(known)) void fetchConversation(conversationId).catch(() => {});
}
