/* The Socket.IO client against a small real peer: WebSocket and long-polling, acknowledgements, a broken line, a refusal. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { test, type TestContext } from 'node:test';
import * as protocol from './protocol.ts';
import { Socket } from './socket.ts';

type Says = { message: [{ text: string }, { stored: string }]; typing: [{ on: boolean }, {}] };
type Hears = { entry: { n: number } };
const OPEN = '0' + JSON.stringify({ sid: 's', pingInterval: 25_000, pingTimeout: 20_000 });

/** One line to one client, however it travels. */
interface Line { send(packet: string): void; cut(): void }
/** Says what a server says to each packet. */
type Peer = (line: Line, packet: string) => void;

const friendly: Peer = (line, packet) => {
  if (packet.startsWith('40/visitor,')) line.send('40/visitor,{"sid":"x"}');
  const [, ack, json] = /^42\/visitor,(\d+)(.*)$/.exec(packet) ?? [];
  if (ack) line.send(`43/visitor,${ack}[${JSON.stringify({ ok: true, stored: JSON.parse(json!)[1].text })}]`);
};

class Stage {
  lines: Line[] = [];
  heard: string[] = [];
  readonly server: Server;
  #polls = new Map<string, { waiting: ServerResponse | null; packets: string[] }>();

  constructor(public peer: Peer, private readonly takesWebSockets: boolean) {
    this.server = createServer((request, response) => this.#poll(request, response));
    this.server.on('upgrade', (request, socket) => (this.takesWebSockets ? this.#upgrade(request, socket) : socket.destroy()));
  }

  get origin(): string { return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`; }

  #begin(line: Line): void {
    this.lines.push(line);
    line.send(OPEN);
  }

  #hear(line: Line, packet: string): void {
    this.heard.push(packet);
    this.peer(line, packet);
  }

  /** RFC 6455 as far as short text frames need it. */
  #upgrade(request: IncomingMessage, socket: Duplex): void {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    const line: Line = { send: (packet) => socket.write(frame(packet)), cut: () => socket.destroy() };
    socket.on('error', () => undefined);
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let taken = unframe(rest); taken; taken = unframe(rest)) {
        rest = rest.subarray(taken.length);
        if (taken.text !== null) this.#hear(line, taken.text);
      }
    });
    this.#begin(line);
  }

  #poll(request: IncomingMessage, response: ServerResponse): void {
    const sid = new URL(request.url!, 'http://x').searchParams.get('sid');
    if (!sid) return void this.#beginPolling(response);
    const session = this.#polls.get(sid);
    if (!session) return void response.writeHead(400).end();
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (chunk) => { body += chunk; });
      request.on('end', () => { response.end('ok'); for (const packet of body.split(protocol.SEPARATOR)) this.#hear(this.lines.at(-1)!, packet); });
    } else {
      session.waiting = response;
      this.#flush(session);
    }
  }

  #beginPolling(response: ServerResponse): void {
    const session = { waiting: null as ServerResponse | null, packets: [] as string[] };
    this.#polls.set('s', session);
    this.lines.push({ send: (packet) => { session.packets.push(packet); this.#flush(session); }, cut: () => { this.#polls.delete('s'); session.waiting?.destroy(); } });
    response.end(OPEN);
  }

  #flush(session: { waiting: ServerResponse | null; packets: string[] }): void {
    if (!session.waiting || !session.packets.length) return;
    session.waiting.end(session.packets.splice(0).join(protocol.SEPARATOR));
    session.waiting = null;
  }
}

function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x81, payload.length]) : Buffer.from([0x81, 126, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, payload]);
}

function unframe(bytes: Buffer): { text: string | null; length: number } | null {
  if (bytes.length < 6) return null;
  const isLong = (bytes[1]! & 127) === 126;
  const size = isLong ? bytes.readUInt16BE(2) : bytes[1]! & 127;
  const start = isLong ? 8 : 6;
  if (bytes.length < start + size) return null;
  const payload = bytes.subarray(start, start + size).map((byte, index) => byte ^ bytes[start - 4 + (index % 4)]!);
  return { text: (bytes[0]! & 15) === 1 ? Buffer.from(payload).toString() : null, length: start + size };
}

async function meet(context: TestContext, { peer = friendly, takesWebSockets = true } = {}) {
  const stage = new Stage(peer, takesWebSockets);
  await new Promise<void>((resolve) => stage.server.listen(0, '127.0.0.1', resolve));
  const socket = new Socket<Says, Hears>({ namespace: '/visitor', origin: stage.origin, auth: () => ({ channel: 'demo' }) });
  context.after(() => { socket.close(); stage.lines.forEach((line) => line.cut()); stage.server.closeAllConnections(); stage.server.close(); });
  const connected = () => new Promise<void>((resolve) => { const off = socket.on('connect', () => { off(); resolve(); }); });
  return { stage, socket, connected };
}

for (const takesWebSockets of [true, false]) {
  const way = takesWebSockets ? 'WebSocket' : 'long-polling';
  const hasWebSocket = typeof WebSocket !== 'undefined';
  test(`${way}: connects with its auth and is answered`, { skip: !hasWebSocket && 'this Node has no WebSocket' }, async (context) => {
    const { stage, socket, connected } = await meet(context, { takesWebSockets });
    const ready = connected();
    socket.open();
    await ready;
    assert.ok(stage.heard.includes('40/visitor,{"channel":"demo"}'));
    assert.equal((await socket.ask('message', { text: '你好' })).stored, '你好');
  });

  test(`${way}: hears events in order`, { skip: !hasWebSocket && 'this Node has no WebSocket' }, async (context) => {
    const { stage, socket, connected } = await meet(context, { takesWebSockets });
    const numbers: number[] = [];
    const all = new Promise<void>((resolve) => { socket.on('entry', ({ n }) => { numbers.push(n); if (n === 3) resolve(); }); });
    const ready = connected();
    socket.open();
    await ready;
    for (const n of [1, 2, 3]) stage.lines.at(-1)!.send(`42/visitor,["entry",{"n":${n}}]`);
    await all;
    assert.deepEqual(numbers, [1, 2, 3]);
  });

  test(`${way}: what waits for an answer fails when the line breaks, and the line comes back`, { skip: !hasWebSocket && 'this Node has no WebSocket' }, async (context) => {
    const { stage, socket, connected } = await meet(context, { takesWebSockets });
    const ready = connected();
    socket.open();
    await ready;
    stage.peer = () => undefined;
    const lost = socket.ask('message', { text: 'x' });
    stage.peer = friendly;
    const again = connected();
    stage.lines.at(-1)!.cut();
    await assert.rejects(lost, { code: 'offline', isTransient: true });
    await again;
    assert.equal((await socket.ask('message', { text: 'x' })).stored, 'x');
  });
}

test('while there is no line, asking fails at once and saying is dropped', async () => {
  const socket = new Socket<Says, Hears>({ namespace: '/visitor', origin: 'http://127.0.0.1:9' });
  socket.say('typing', { on: true });
  await assert.rejects(socket.ask('message', { text: 'x' }), { code: 'offline' });
});

test('a problem in the acknowledgement is an error with the server’s words', { skip: typeof WebSocket === 'undefined' }, async (context) => {
  const { socket, connected } = await meet(context, { peer: (line, packet) => {
    if (!packet.startsWith('42')) return friendly(line, packet);
    line.send('43/visitor,0[{"ok":false,"problem":{"status":422,"code":"invalid","title":"No","detail":"Too long."}}]');
  } });
  const ready = connected();
  socket.open();
  await ready;
  await assert.rejects(socket.ask('message', { text: 'x' }), { code: 'invalid', message: 'Too long.', isTransient: false });
});

test('without an answer in time, asking fails and may be repeated', { skip: typeof WebSocket === 'undefined' }, async (context) => {
  const { socket, connected } = await meet(context, { peer: (line, packet) => { if (packet.startsWith('40')) friendly(line, packet); } });
  const ready = connected();
  socket.open();
  await ready;
  await assert.rejects(socket.ask('message', { text: 'x' }, 20), { code: 'offline' });
});

test('a refusal is told once and not repeated', { skip: typeof WebSocket === 'undefined' }, async (context) => {
  const { socket, stage } = await meet(context, { peer: (line) => line.send('44/visitor,{"message":"no","data":{"code":"unauthenticated"}}') });
  const refused = new Promise<unknown>((resolve) => { socket.on('refused', ({ reason }) => resolve(reason)); });
  socket.open();
  assert.deepEqual(await refused, { message: 'no', data: { code: 'unauthenticated' } });
  assert.equal(stage.lines.length, 1);
});

test('packets are read as the protocol writes them', () => {
  assert.deepEqual(protocol.decode('42/visitor,7["entry",{"a":1}]'), { kind: 'event', namespace: '/visitor', ack: 7, name: 'entry', payload: { a: 1 } });
  assert.deepEqual(protocol.decode('42["entry",{}]'), { kind: 'event', namespace: '/', ack: null, name: 'entry', payload: {} });
  assert.deepEqual(protocol.decode('43/agent,12[{"ok":true}]'), { kind: 'acknowledged', namespace: '/agent', ack: 12, payload: { ok: true } });
  assert.deepEqual(protocol.decode('41/visitor,'), { kind: 'disconnected', namespace: '/visitor' });
  assert.deepEqual(protocol.decode('2'), { kind: 'ping' });
  assert.deepEqual(protocol.decode('451-["x",{"_placeholder":true,"num":0}]'), { kind: 'noise' });
  assert.deepEqual(protocol.decode('42/visitor,["entry",{"text":"a\\nb"}]'), { kind: 'event', namespace: '/visitor', ack: null, name: 'entry', payload: { text: 'a\nb' } });
});

test('delays grow, stay under half a minute, and are spread', () => {
  assert.ok(protocol.delayBefore(0, 0) >= 250 && protocol.delayBefore(0, 1) <= 500);
  assert.ok(protocol.delayBefore(20, 1) <= 30_000);
  assert.notEqual(protocol.delayBefore(3, 0), protocol.delayBefore(3, 1));
});
