/* The shapes that browsers and the server exchange, as docs/wire.md names them. */

export interface FilePart { type: 'file' | 'video'; file_id: string; name: string; media_type: string; size: number }
export interface ImagePart { type: 'image'; file_id: string; name: string; media_type: string; size: number; width?: number; height?: number }
export interface VoicePart { type: 'voice'; file_id: string; name: string; media_type: string; size: number; duration?: number }
export interface MenuItem { number: number; id: string; label: string }
export interface MenuPart { type: 'menu'; prompt: string; items: MenuItem[] }
export interface EventPart { type: 'event'; name: string; data: Record<string, any> }
export type Part =
  | { type: 'text'; text: string }
  | { type: 'emoji'; emoji: string }
  | ImagePart
  | FilePart
  | VoicePart
  | { type: 'rich'; html: string }
  | { type: 'card'; title: string; description: string; url: string; image_url?: string }
  | { type: 'location'; latitude: number; longitude: number; label: string }
  | MenuPart
  | EventPart;

export interface Author { kind: 'customer' | 'agent' | 'system' | 'guest'; id: string; name: string; avatar?: string | null }
export interface Entry {
  id: string;
  conversation_id: string;
  seq: number;
  /** notes and whispers (a leader's words to the host) never reach visitors */
  kind: 'message' | 'note' | 'whisper' | 'event';
  author: Author;
  parts: Part[];
  at: string;
  client_id: string | null;
}

export type ConversationState = 'menu' | 'waiting' | 'running' | 'ended';
export type Outcome = 'solved' | 'unsolved' | 'refused' | 'abandoned';
export type FormReason = 'closed' | 'nobody_on_duty' | 'queue_full' | 'waited_too_long' | 'left';
export interface Named { id: string; name: string }
export interface Person extends Named { avatar?: string | null }
export interface LastMessage { text: string; at: string; author_kind: Author['kind'] }
export interface Visit { page?: string; title?: string; referrer?: string; browser?: string; language?: string; time_zone?: string }

/** What a conversation's row shows of its words. */
export interface Row {
  id: string;
  last_seq: number;
  last_message: LastMessage | null;
  waiting_since: string | null;
  unread: number;
}

export interface Conversation extends Row {
  version: number;
  channel_id: string;
  channel_kind: string;
  state: ConversationState;
  outcome: Outcome | null;
  customer: Person;
  desk: Named | null;
  host: Person | null;
  catalog_node_id: string | null;
  catalog_path: string[];
  subject: string;
  priority: number;
  created_at: string;
  queued_at: string | null;
  hosted_at: string | null;
  ended_at: string | null;
  read: { customer: number; agent: number };
  ticket_ids: string[];
  visit: Visit;
  /** what the one who serves must know */
  skills: string[];
  lift: number;
  offer: Offer | null;
  alarm: Alarm | null;
  guests: Guest[];
  position?: number;
}

/** Held out until somebody accepts; one at a time. */
export interface Offer {
  id: string;
  kind: 'response' | 'transfer' | 'invitation';
  agent: Person | null;
  group: Named | null;
  by: Named | null;
  note: string;
  made_at: string;
  until: string;
}
/** The host leaves words unanswered; leaders hear it from level 2 on. */
export interface Alarm { seq: number; level: number; since: string; raised_at: string }
export interface Guest {
  id: string;
  kind: 'agent' | 'outsider';
  name: string;
  avatar: string | null;
  invited_by: string;
  joined_at: string | null;
  sees_after: number;
  until: string | null;
}

export type Absence = 'chosen' | 'silent' | 'idle';
/** Every desk and agent as they are at this moment. */
export interface Board { at: string; desks: DeskNow[]; agents: AgentNow[] }
export interface DeskNow extends Named {
  waiting: number;
  longest_since: string | null;
  running: number;
  alarms: number;
  free: number;
  expected_wait: [number, number] | null;
  hit_rate: number | null;
  is_open: boolean;
  changes_at: string | null;
  holiday: string | null;
}
export interface AgentNow extends Named {
  avatar: string | null;
  group_ids: string[];
  status: AgentStatus;
  absence: Absence | null;
  since: string | null;
  hosting: number;
  limit: number;
}
/** From `at` until the next of the same agent. */
export interface Stint { agent_id: string; status: AgentStatus; reason: Absence | null; at: string }

export interface VisitorConversation {
  id: string;
  version: number;
  state: ConversationState;
  outcome: Outcome | null;
  host: { name: string; avatar?: string | null } | null;
  desk_name: string | null;
  position: number | null;
  expected_wait: [number, number] | null;
  last_seq: number;
  read: { agent: number; customer: number };
  rating: { score: number; comment: string } | null;
  ticket_number: string | null;
  form_offered: FormReason | null;
}

export type Level = 'high' | 'medium' | 'low';
export type TicketState = 'new' | 'open' | 'pending' | 'solved' | 'closed' | 'deleted' | 'quarantined';
export type Priority = 'P1' | 'P2' | 'P3' | 'P4' | 'P5';
export interface Ticket {
  id: string;
  version: number;
  number: number;
  subject: string;
  state: TicketState;
  pending_reason: 'customer' | 'conditions' | null;
  customer: Named | null;
  organization: Named | null;
  group: Named | null;
  handler: Person | null;
  type: string;
  urgency: Level;
  impact: Level;
  priority: Priority;
  catalog_node_id: string | null;
  catalog_path: string[];
  tags: string[];
  source: 'conversation' | 'web_form' | 'agent' | 'api' | 'email' | 'wechat' | 'phone';
  conversation_ids: string[];
  /** the ticket that this one became part of */
  merged_into_id?: string | null;
  created_at: string;
  updated_at: string;
  solved_at: string | null;
  closed_at: string | null;
  last_entry: LastMessage | null;
  starred: boolean;
  deleted_reason: string | null;
  cc: Copied[];
  rating?: { score: number; comment: string; at: string } | null;
}
/** Who gets copies; the id of an `email` is the address itself. */
export interface Copied extends Named { kind: 'agent' | 'customer' | 'email' }
export interface TicketEntry {
  id: string;
  ticket_id: string;
  kind: 'customer_reply' | 'agent_reply' | 'note' | 'event';
  author: Author;
  parts: Part[];
  at: string;
  channel_id: string | null;
  /** of what leaves by a channel that has to be called */
  delivery: Delivery | null;
  /** of an answer by mail, where the agent chose */
  envelope?: MailEnvelope | null;
}
/** To whom one answer goes by mail; empty: as usual. `quotes`: the line of the thread that stands below it. */
export interface MailEnvelope { to: string[]; bcc: string[]; subject: string; quotes: string | null }
/** How far an answer came; `reason` and `hint` are in the agent's language. */
export interface Delivery {
  state: 'queued' | 'sending' | 'sent' | 'failed' | 'bounced';
  at: string;
  reason: string;
  hint: string;
  facts: { recipient?: string; diagnostic?: string };
  retry_at: string | null;
}
/** A ticket as its customer sees it: what was said in public, and never what happens inside the desk. Lists carry no entries. */
export interface CustomerTicket {
  id: string;
  number: number;
  subject: string;
  state: Exclude<TicketState, 'deleted' | 'quarantined'>;
  created_at: string;
  updated_at: string;
  entries: CustomerEntry[];
}
export interface CustomerEntry { id: string; author: Author; parts: Part[]; at: string }

export type Scope = 'own' | 'groups' | 'all';
export type AgentStatus = 'free' | 'busy' | 'away';
export interface Membership extends Named { is_desk: boolean; preferred: boolean }
export interface Me {
  id: string;
  name: string;
  email: string;
  avatar: string | null;
  language: string;
  theme: 'light' | 'dark' | 'system' | null;
  signature: string;
  tenant: { id: string; name: string; language: string; time_zone: string };
  role: Named;
  permissions: string[];
  scope: Scope;
  groups: Membership[];
  limit: number;
  hosting: number;
  status: AgentStatus;
  absence?: Absence | null;
}
export interface Agent {
  id: string;
  version: number;
  name: string;
  email: string;
  avatar: string | null;
  active: boolean;
  role: Named;
  groups: Membership[];
  limit: number;
  hosting: number;
  status: AgentStatus;
  founder: boolean;
  skills: string[];
}
/** How a desk chooses who gets a customer, beside whose turn it is. */
export interface ResponseRule { accept: boolean; prefers_known: boolean; matches_skills: boolean; matches_language: boolean }
/** Seconds and counts; null follows the company. */
export interface DeskSettings { agent_limit: number | null; queue_length: number | null; queue_wait: number | null; agent_silence: number | null; customer_reminder: number | null; customer_silence: number | null }
export interface Group { id: string; version: number; name: string; is_desk: boolean; is_central: boolean; member_ids: string[]; hours: unknown; response: ResponseRule; settings: DeskSettings }
export interface Role { id: string; version: number; name: string; built_in: boolean; permissions: string[]; scope: Scope }
export interface Customer {
  id: string;
  version: number;
  name: string;
  avatar: string | null;
  language: string;
  identities: { kind: string; value: string; verified: boolean }[];
  organization: Named | null;
  fields: Record<string, unknown>;
  note: string;
  created_at: string;
}
export interface CatalogNode {
  id: string;
  version: number;
  parent_id: string | null;
  name: string;
  group_id: string | null;
  type: string | null;
  urgency: Level | null;
  impact: Level | null;
  order: number;
  skills: string[];
}
export interface Page<T> { items: T[]; next: string | null }
export interface Stored { id: string; name: string; media_type: string; size: number; width?: number | null; height?: number | null }

export interface FormField {
  name: string;
  label: string;
  kind: 'text' | 'long_text' | 'email' | 'phone' | 'number' | 'date' | 'choice';
  required?: boolean;
  choices?: string[];
}
export interface Colours { accent?: string; on_accent?: string; background?: string; text?: string; bubble?: string }
export interface Opening {
  channel: { key: string; name: string; language: string; colours: Colours; position?: 'left' | 'right'; welcome: string; texts?: Record<string, string> };
  menu: { prompt: string; items: MenuItem[] } | null;
  open: boolean;
  hours_text: string;
  conversation: VisitorConversation | null;
  entries: Entry[];
  through: number;
  form?: { fields: FormField[] };
  tickets: CustomerTicket[];
  session: string | null;
}

/** What a client says on a socket: name → [what it sends, what the acknowledgement adds]. */
export type VisitorSays = {
  message: [{ client_id: string; parts: Part[]; visit?: Visit }, { entry: Entry; conversation: VisitorConversation }];
  choose: [{ client_id: string; item_id: string; label: string; visit?: Visit }, { entry: Entry; conversation: VisitorConversation }];
  typing: [{ on: boolean }, {}];
  read: [{ conversation_id: string; seq: number }, {}];
  since: [{ conversation_id: string; seq: number }, { entries: Entry[]; through: number; conversation: VisitorConversation }];
  leave: [{ conversation_id: string }, { conversation: VisitorConversation }];
  rate: [{ conversation_id: string; score: number; comment: string }, { conversation?: VisitorConversation }];
};
export type VisitorHears = {
  entry: Entry;
  conversation: VisitorConversation;
  typing: { conversation_id: string; name: string; on: boolean };
  read: { conversation_id: string; seq: number };
  resync: {};
  goodbye: {};
};

/** A conversation as a guest from outside sees it. */
export interface GuestConversation {
  id: string;
  version: number;
  state: ConversationState;
  host: { name: string; avatar?: string | null } | null;
  /** Oneself: the author of one's own words. */
  guest_id: string;
  name: string;
  invited_by: string;
  until: string;
  last_seq: number;
}
export type GuestSays = {
  message: [{ client_id: string; parts: Part[] }, { entry: Entry }];
  since: [{ seq: number }, { entries: Entry[]; through: number; complete: boolean; conversation: GuestConversation }];
  typing: [{ on: boolean }, {}];
  leave: [{}, {}];
};
export type GuestHears = {
  entry: Entry;
  conversation: GuestConversation;
  gone: { reason: 'removed' | 'ended' };
  resync: {};
  goodbye: {};
};

export interface Pushed { id: string; name: 'conversation' | 'ticket' | 'me' | 'agent' | 'counts' | (string & {}); data: any }
export type AgentSays = {
  message: [{ conversation_id: string; client_id: string; parts: Part[]; private?: boolean; whisper?: boolean }, { entry: Entry }];
  active: [{}, {}];
  typing: [{ conversation_id: string; on: boolean }, {}];
  read: [{ conversation_id: string; seq: number }, {}];
  watch: [{ conversation_id: string }, {}];
  unwatch: [{ conversation_id: string }, {}];
  since: [{ conversation_id: string; seq: number }, { entries: Entry[]; through: number; conversation: Conversation }];
};
export type AgentHears = {
  entry: Entry;
  typing: { conversation_id: string; name: string; on: boolean };
  read: { conversation_id: string; seq: number };
  pushed: Pushed;
  rows: { items: Row[] };
  assigned: { conversation_id: string };
  offered: { conversation_id: string; offer: Offer };
  alarm: { conversation_id: string; alarm: Alarm };
  resync: {};
  goodbye: {};
};
