/* The part of Engine.IO 4 and Socket.IO 5 that we speak, as pure functions over packets of text (socket.io-protocol). */

export type Packet =
  | { kind: 'open'; sid: string; patience: number; interval: number }   // both in milliseconds
  | { kind: 'close' }
  | { kind: 'ping' }
  | { kind: 'connected'; namespace: string }
  | { kind: 'disconnected'; namespace: string }
  | { kind: 'refused'; namespace: string; reason: unknown }
  | { kind: 'event'; namespace: string; ack: number | null; name: string; payload: unknown }
  | { kind: 'acknowledged'; namespace: string; ack: number; payload: unknown }
  | { kind: 'noise' };

/** Long-polling carries several packets in one body, with this character between them. */
export const SEPARATOR = '\x1e';

export function decode(text: string): Packet {
  const rest = text.slice(1);
  switch (text[0]) {
    case '0': {
      const { sid, pingInterval, pingTimeout } = JSON.parse(rest);
      return { kind: 'open', sid, interval: pingInterval, patience: pingInterval + pingTimeout };
    }
    case '1': return { kind: 'close' };
    case '2': return { kind: 'ping' };
    case '4': return decodeMessage(rest);
    default: return { kind: 'noise' };
  }
}

function decodeMessage(text: string): Packet {
  // Binary packets (types 5 and 6) are not part of our contract.
  const [, type, namespace = '/', ack, json] = /^([0-4])(?:(\/[^,]*),)?(\d*)(.*)$/s.exec(text) ?? [];
  const data = json ? JSON.parse(json) : undefined;
  switch (type) {
    case '0': return { kind: 'connected', namespace };
    case '1': return { kind: 'disconnected', namespace };
    case '2': return { kind: 'event', namespace, ack: ack ? Number(ack) : null, name: data[0], payload: data[1] };
    case '3': return { kind: 'acknowledged', namespace, ack: Number(ack), payload: data[0] };
    case '4': return { kind: 'refused', namespace, reason: data };
    default: return { kind: 'noise' };
  }
}

const prefix = (namespace: string) => (namespace === '/' ? '' : `${namespace},`);

export const PONG = '3';
export const CLOSE = '1';
export const connect = (namespace: string, auth: unknown): string => `40${prefix(namespace)}${JSON.stringify(auth)}`;
export const disconnect = (namespace: string): string => `41${prefix(namespace)}`;
export const event = (namespace: string, name: string, payload: unknown, ack: number | '' = ''): string =>
  `42${prefix(namespace)}${ack}${JSON.stringify([name, payload])}`;
export const acknowledge = (namespace: string, ack: number): string => `43${prefix(namespace)}${ack}[]`;

/** Milliseconds before the `attempt`-th try (from 0): doubles up to half a minute, spread so that a restarted server is not stormed. */
export function delayBefore(attempt: number, random = Math.random()): number {
  return Math.min(500 * 2 ** attempt, 30_000) * (0.5 + random / 2);
}
