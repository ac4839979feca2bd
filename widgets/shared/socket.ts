/* A small typed Socket.IO client: one namespace, acknowledgements with a time-out, and a connection that comes back by itself. */
import { ApiError, offline, type Problem } from './api.ts';
import * as protocol from './protocol.ts';
import { openPolling, openWebSocket, type Transport } from './transport.ts';

type Saying = Record<string, [payload: unknown, answer: unknown]>;
type Answer<Added> = Added & { ok: true };
/** What the socket itself tells, beside the server's events. */
type Own = { connect: {}; disconnect: {}; refused: { reason: unknown } };

export interface Settings {
  namespace: string;
  /** Asked before every connection, so that a renewed session is used. */
  auth?: () => Record<string, unknown>;
  origin?: string;
  path?: string;
}

interface Pending { resolve(answer: unknown): void; reject(reason: ApiError): void; timer: ReturnType<typeof setTimeout> }

const ACKNOWLEDGE_WITHIN = 15_000;
const OPEN_WITHIN = 10_000;
/** A timer that comes this late means that the machine slept. */
const SLEPT = 15_000;
const LOOK_EVERY = 5_000;

export class Socket<Says extends Saying, Hears extends Record<string, unknown>> {
  connected = false;
  #transport: Transport | null = null;
  #usesPolling = false;
  #webSocketWorked = false;
  #closed = true;
  #opened = false;
  #attempt = 0;
  #interval = 25_000;
  #patience = 45_000;
  #heardAt = 0;
  #lookedAt = Date.now();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #look: ReturnType<typeof setInterval> | undefined;
  #pending = new Map<number, Pending>();
  #nextAck = 0;
  #listeners = new Map<string, Set<(payload: any) => void>>();

  constructor(private readonly settings: Settings) {}

  /** Connects, and stays connected until `close`. */
  open(): this {
    if (!this.#closed) return this;
    this.#closed = false;
    this.#watchMachine(true);
    this.#connect();
    return this;
  }

  close(): void {
    this.#closed = true;
    this.#watchMachine(false);
    clearTimeout(this.#retry);
    if (this.connected) this.#transport?.send(protocol.disconnect(this.settings.namespace));
    this.#drop();
  }

  /** Drops what is there and connects anew at once, with fresh `auth`. */
  reconnect(): void {
    if (this.#closed) return void this.open();
    this.#drop();
    this.#attempt = 0;
    this.#connect();
  }

  on<Name extends keyof (Hears & Own) & string>(name: Name, listener: (payload: (Hears & Own)[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Says something that needs no answer and is worthless later (typing): said now or never. */
  say<Name extends keyof Says & string>(name: Name, payload: Says[Name][0]): void {
    if (this.connected) this.#transport?.send(protocol.event(this.settings.namespace, name, payload));
  }

  /** Says something and waits for `{ok: true}`. Fails with ApiError; a transient one when the way broke, and it may be said again. */
  ask<Name extends keyof Says & string>(name: Name, payload: Says[Name][0], within = ACKNOWLEDGE_WITHIN): Promise<Answer<Says[Name][1]>> {
    return new Promise((resolve, reject) => {
      if (!this.connected) return reject(offline());
      const ack = this.#nextAck++;
      const timer = setTimeout(() => this.#settle(ack)?.reject(offline()), within);
      this.#pending.set(ack, { resolve: resolve as Pending['resolve'], reject, timer });
      this.#transport?.send(protocol.event(this.settings.namespace, name, payload, ack));
    });
  }

  #tell(name: string, payload: unknown): void {
    this.#listeners.get(name)?.forEach((listener) => listener(payload));
  }

  #settle(ack: number): Pending | undefined {
    const pending = this.#pending.get(ack);
    clearTimeout(pending?.timer);
    this.#pending.delete(ack);
    return pending;
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#opened = false;
    const { origin = location.origin, path = '/socket.io/' } = this.settings;
    const open = this.#usesPolling ? openPolling : openWebSocket;
    const transport = open(`${origin}${path}?EIO=4`, {
      packet: (text) => { if (transport === this.#transport) this.#receive(text); },
      lost: () => { if (transport === this.#transport) this.#lose(); },
    });
    this.#transport = transport;
    this.#expectWithin(OPEN_WITHIN);
  }

  /** Silence for this long means that nobody is there any more, whatever the network says. */
  #expectWithin(milliseconds: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lose(), milliseconds);
  }

  #drop(): void {
    clearTimeout(this.#silence);
    this.#transport?.drop();
    this.#transport = null;
    for (const ack of [...this.#pending.keys()]) this.#settle(ack)?.reject(offline());
    if (!this.connected) return;
    this.connected = false;
    this.#tell('disconnect', {});
  }

  #lose(): void {
    // Where a WebSocket never opened, polling may; where it once did, the server is only away for a moment.
    if (!this.#opened && !this.#webSocketWorked) this.#usesPolling = !this.#usesPolling;
    this.#drop();
    clearTimeout(this.#retry);
    if (!this.#closed) this.#retry = setTimeout(() => this.#connect(), protocol.delayBefore(this.#attempt++));
  }

  #receive(text: string): void {
    const packet = protocol.decode(text);
    this.#heardAt = Date.now();
    switch (packet.kind) {
      case 'open':
        this.#opened = true;
        this.#webSocketWorked ||= !this.#usesPolling;
        this.#interval = packet.interval;
        this.#patience = packet.patience;
        this.#transport?.send(protocol.connect(this.settings.namespace, this.settings.auth?.() ?? {}));
        break;
      case 'ping': this.#transport?.send(protocol.PONG); break;
      case 'close': return this.#lose();
      case 'noise': break;
      default: if (packet.namespace === this.settings.namespace) this.#hear(packet);
    }
    if (this.#transport) this.#expectWithin(this.#patience);
  }

  #hear(packet: Extract<protocol.Packet, { namespace: string }>): void {
    switch (packet.kind) {
      case 'connected':
        this.connected = true;
        this.#attempt = 0;
        return this.#tell('connect', {});
      case 'event':
        if (packet.ack !== null) this.#transport?.send(protocol.acknowledge(this.settings.namespace, packet.ack));
        return this.#tell(packet.name, packet.payload);
      case 'acknowledged': return this.#answer(packet.ack, packet.payload);
      case 'refused':
        // Trying again with the same session would be refused again: whoever owns the socket decides.
        this.close();
        return this.#tell('refused', { reason: packet.reason });
      case 'disconnected': return this.#lose();
    }
  }

  #answer(ack: number, payload: unknown): void {
    const pending = this.#settle(ack);
    const answer = payload as { ok?: boolean; problem?: Problem } | undefined;
    if (answer?.ok) pending?.resolve(answer);
    else pending?.reject(new ApiError(answer?.problem ?? { code: 'unknown', status: 500, title: 'unknown' }));
  }

  /** After sleep, a change of network or a return to the tab the old connection is often dead and nobody has told us. */
  #watchMachine(on: boolean): void {
    clearInterval(this.#look);
    if (on) this.#look = setInterval(this.#lookAtClock, LOOK_EVERY);
    if (typeof window === 'undefined') return;
    const change = on ? 'addEventListener' : 'removeEventListener';
    window[change]('online', this.#atOnce);
    window[change]('offline', this.#goneOffline);
    window[change]('pageshow', this.#cameBack);
    document[change]('visibilitychange', this.#cameBack);
  }

  #lookAtClock = (): void => {
    const slept = Date.now() - this.#lookedAt > LOOK_EVERY + SLEPT;
    this.#lookedAt = Date.now();
    if (slept) this.#cameBack();
  };

  #atOnce = (): void => this.reconnect();
  #goneOffline = (): void => { if (!this.#closed) this.#lose(); };

  #cameBack = (): void => {
    if (this.#closed || (typeof document !== 'undefined' && document.hidden)) return;
    const overdue = Date.now() - this.#heardAt > this.#interval + 2_000;
    if (overdue || !this.#transport) this.reconnect();
  };
}
