// Conversations as this agent may see them: one map of the newest, four boxes drawn from it, and their counts.
import { computed, signal } from '@preact/signals';
import { summary } from '../../shared/parts.tsx';
import type { Conversation, Entry, Row } from '../../shared/types.ts';
import { paged, type Paged } from '../loading.tsx';
import { api, me, myId } from '../session.ts';

export type Box = 'waiting' | 'mine' | 'group' | 'ended';
export const BOXES: readonly Box[] = ['waiting', 'mine', 'group', 'ended'];

export const conversations = signal<ReadonlyMap<string, Conversation>>(new Map());
export const counts = signal<{ waiting: number; mine: number; group: number }>({ waiting: 0, mine: 0, group: 0 });

/** Newest version wins; what was there for long is left in peace by what comes late. */
export function keepConversation(...found: Conversation[]): void {
  const next = new Map(conversations.value);
  let moved = false;
  for (const conversation of found) {
    const before = next.get(conversation.id);
    if (before && before.version > conversation.version) continue;
    // The same version with fewer words was summed up before the latest ones were.
    if (before && before.version === conversation.version && before.last_seq > conversation.last_seq) continue;
    moved ||= !before || before.state !== conversation.state || before.host?.id !== conversation.host?.id;
    next.set(conversation.id, conversation);
  }
  conversations.value = next;
  if (moved) countConversations();
}

/** Changes what only concerns this screen (unread), without a new version. */
export function touchConversation(id: string, change: Partial<Conversation>): void {
  const before = conversations.value.get(id);
  if (before) conversations.value = new Map(conversations.value).set(id, { ...before, ...change });
}

/** What was said shows in the row at once, as the server sums it up a moment later; of others' talks `rows` tell. */
export function noteWords({ conversation_id, seq, kind, author, parts, at }: Entry): void {
  const before = conversations.value.get(conversation_id);
  if (!before || seq <= before.last_seq) return;
  if (kind !== 'message') return touchConversation(conversation_id, { last_seq: seq });
  const last_message = { text: summary(parts), at, author_kind: author.kind };
  if (author.kind === 'agent') return touchConversation(conversation_id, { last_seq: seq, last_message, waiting_since: null, alarm: null, unread: 0 });
  const isCustomer = author.kind === 'customer';
  touchConversation(conversation_id, { last_seq: seq, last_message, ...(isCustomer && { waiting_since: before.waiting_since ?? at, unread: before.unread + 1 }) });
}

/** Words of talks that I am not in, told of many together; those of my own are noted one by one. */
export function keepRows(rows: readonly Row[]): void {
  const next = new Map(conversations.value);
  for (const row of rows) {
    const before = next.get(row.id);
    if (before && before.last_seq <= row.last_seq && !mayAnswer(before)) next.set(row.id, { ...before, ...row });
  }
  conversations.value = next;
}

let counting: ReturnType<typeof setTimeout> | undefined;
/** Many changes in a row are counted once. */
export function countConversations(): void {
  clearTimeout(counting);
  counting = setTimeout(async () => {
    try {
      const found = await api.get<{ waiting: number; mine: number; group: number }>('/conversations/counts');
      // The server counts mine among my groups'; the box shows what colleagues serve.
      counts.value = { ...found, group: Math.max(0, found.group - found.mine) };
      // Where I am a guest, I host nobody.
      const hosting = Math.max(0, counts.value.mine - boxes.mine.value.filter((each) => !isMine(each)).length);
      if (me.value && me.value.hosting !== hosting) me.value = { ...me.value, hosting };
    } catch { /* the next change counts again */ }
  }, 250);
}

const lists = new Map<Box, Paged<Conversation>>();
/** The pages of a box; what they bring goes into the map, and the box is drawn from there. */
export function listOf(box: Box): Paged<Conversation> {
  let list = lists.get(box);
  if (!list) {
    list = paged<Conversation>('/conversations', { box }, (found) => keepConversation(...found));
    lists.set(box, list);
    void fetchBox(box, list);
  }
  return list;
}

const fetched = new Map<Box, number>();
/** The server pages by age; who must be answered first may be on the last page, so these boxes are fetched whole. */
async function fetchBox(box: Box, list: Paged<Conversation>): Promise<void> {
  const mine = (fetched.get(box) ?? 0) + 1;
  fetched.set(box, mine);
  await list.load();
  const most = { waiting: 10, mine: 10, group: 4, ended: 1 }[box];
  for (let pages = 1; pages < most && fetched.get(box) === mine && list.next.value && !list.problem.value; pages++) await list.more();
}

/** After every connect. What is held out to me, and whose customer has no answer, stands in these rows: whatever page is open. */
export function refreshBoxes(): void {
  for (const [box, list] of lists) void fetchBox(box, list);
  for (const box of ['waiting', 'mine', 'group'] as const) listOf(box);
  countConversations();
}

const time = (at: string | null | undefined) => (at ? Date.parse(at) : 0);
/** Who waits for an answer stands first, the longest wait on top; then the latest word. */
const byNeed = (one: Conversation, other: Conversation) =>
  (one.waiting_since && other.waiting_since ? time(one.waiting_since) - time(other.waiting_since) : Number(!!other.waiting_since) - Number(!!one.waiting_since))
  || time(other.last_message?.at ?? other.created_at) - time(one.last_message?.at ?? one.created_at);

const boxOf = (box: Box) => computed(() => {
  const all = [...conversations.value.values()];
  const mine = myId.value;
  switch (box) {
    case 'waiting': return all.filter(({ state }) => state === 'waiting').sort((one, other) => other.priority - one.priority || other.lift - one.lift || time(one.queued_at) - time(other.queued_at));
    case 'mine': return all.filter((each) => each.state === 'running' && speaks(each, mine)).sort(byNeed);
    // Whose scope is the own work sees colleagues' customers only while they wait.
    case 'group': return me.value?.scope === 'own' ? [] : all.filter((each) => each.state === 'running' && !speaks(each, mine)).sort(byNeed);
    case 'ended': {
      const list = lists.get('ended');
      const oldest = list?.next.value ? Math.min(...list.items.value.map(({ ended_at }) => time(ended_at))) : 0;
      return all.filter(({ state, ended_at }) => state === 'ended' && time(ended_at) >= oldest).sort((one, other) => time(other.ended_at) - time(one.ended_at));
    }
  }
});

export const boxes = Object.fromEntries(BOXES.map((box) => [box, boxOf(box)])) as Record<Box, ReturnType<typeof boxOf>>;

/** The place of everybody who waits, desk by desk, in the order of service (spec 3.4). */
export const places = computed(() => {
  const found = new Map<string, number>();
  const lengths = new Map<string, number>();
  for (const { id, desk } of boxes.waiting.value) {
    const place = (lengths.get(desk?.id ?? '') ?? 0) + 1;
    lengths.set(desk?.id ?? '', place);
    found.set(id, place);
  }
  return found;
});

/** How many of my customers have said something that I have not seen. */
export const unreadInMine = computed(() => boxes.mine.value.filter(({ unread }) => unread > 0).length);

/** Customers whom some host leaves without an answer. */
export const alarmCount = computed(() => [...conversations.value.values()].filter(({ alarm, state }) => alarm && state === 'running').length);

export const isMine = (conversation: Conversation) => conversation.host?.id === me.value?.id;
export const isGuest = (conversation: Conversation, id = myId.value) => (conversation.guests ?? []).some((guest) => guest.id === id && !!guest.joined_at);
/** The host and the guests who came: they write to the customer. */
function speaks(conversation: Conversation, id: string): boolean {
  return conversation.host?.id === id || isGuest(conversation, id);
}
export const mayAnswer = (conversation: Conversation) => speaks(conversation, myId.value);

/** One conversation by its id, fetched when it is in no box (a link, a notification, a ticket). */
export async function fetchConversation(id: string): Promise<Conversation> {
  const found = await api.get<Conversation>(`/conversations/${id}`);
  keepConversation(found);
  return found;
}

export const lastBox = signal<Box>('mine');
