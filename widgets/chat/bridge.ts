/* What the frame and the script in the host page tell each other; both ends check origin and source of everything they hear. */
import type { Visit } from '../shared/types.ts';

/** Facts that the host page claims about the visitor: `{name, email, phone, …}`; `identity` is a signed token that proves them. */
export interface Claims { [name: string]: unknown; identity?: string }

/** Host page → frame. */
export type ToFrame = {
  init: { page: Visit; claims: Claims; isOpen: boolean };
  visible: boolean;
  page: Visit;
  claims: Claims;
  logout: null;
};

/** Frame → host page. Never words of the conversation, never a session: the host page may know that something happened, not what. */
export type ToHost = {
  ready: null;
  close: null;
  open: null;
  unread: number;
  live: boolean;
  look: { accent: string; position: string };
  event: { name: 'started' | 'message' | 'ended' | 'ticket'; data: Record<string, string | number> };
};

export type Envelope<Kinds> = { [Kind in keyof Kinds]: { waystation: Kind; data: Kinds[Kind] } }[keyof Kinds];
