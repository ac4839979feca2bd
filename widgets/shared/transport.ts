/* The two ways a packet travels: WebSocket, and long-polling for networks that let no WebSocket through. */
import { SEPARATOR } from './protocol.ts';

export interface Transport {
  send(packet: string): void;
  /** Ends it without a word to its listener. */
  drop(): void;
}
export interface Listener { packet(text: string): void; lost(): void }

export function openWebSocket(address: string, listener: Listener): Transport {
  const socket = new WebSocket(address.replace(/^http/, 'ws') + '&transport=websocket');
  socket.onmessage = ({ data }) => listener.packet(data as string);
  socket.onclose = socket.onerror = () => listener.lost();
  return {
    send: (packet) => { if (socket.readyState === WebSocket.OPEN) socket.send(packet); },
    drop: () => { socket.onmessage = socket.onclose = socket.onerror = null; socket.close(); },
  };
}

export function openPolling(start: string, listener: Listener): Transport {
  const abort = new AbortController();
  const { signal } = abort;
  let address = start + '&transport=polling';
  let sent: Promise<unknown> = Promise.resolve();
  const fail = () => {
    if (signal.aborted) return;
    abort.abort();
    listener.lost();
  };
  const poll = async () => {
    while (!signal.aborted) {
      const response = await fetch(address, { signal });
      if (!response.ok) return fail();
      for (const packet of (await response.text()).split(SEPARATOR)) {
        if (packet.startsWith('0')) address += '&sid=' + JSON.parse(packet.slice(1)).sid;
        if (!signal.aborted) listener.packet(packet);
      }
    }
  };
  void poll().catch(fail);
  return {
    // One after the other: the server takes one POST at a time, and order matters.
    send: (packet) => { sent = sent.then(async () => ((await fetch(address, { method: 'POST', body: packet })).ok ? undefined : fail())).catch(fail); },
    // What is still on its way, the good-bye among it, may go out; only the open question is called off.
    drop: () => abort.abort(),
  };
}
