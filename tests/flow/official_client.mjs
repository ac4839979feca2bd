// A visitor and an agent at the official JavaScript client of Socket.IO, as whoever integrates with us would write them.
// Called with one JSON argument; prints what each of them heard as one line of JSON.
import { once } from 'node:events';
import { createRequire } from 'node:module';

const { url, headers, channel, conversation, transports, packages } = JSON.parse(process.argv[2]);
const { Manager } = createRequire(packages)('socket.io-client');

const manager = new Manager(url, { transports, extraHeaders: headers, reconnectionDelay: 20, randomizationFactor: 0 });
const visitor = manager.socket('/visitor', { auth: { channel } });
const agent = manager.socket('/agent');
const heard = { visitor: [], agent: [] };
let acknowledgements = 0;
let doing = 'connecting';
setTimeout(() => { throw new Error(`${doing}: ${JSON.stringify(heard).slice(0, 300)}`); }, 20_000).unref();

const everything = (socket, name) => {
  socket.on('entry', (entry) => heard[name].push(entry.parts[0].text));
  socket.on('connect_error', (error) => { throw error; });
};
everything(visitor, 'visitor');
everything(agent, 'agent');

const say = async (socket, text) => {
  doing = text.slice(0, 20);
  const parts = [{ type: 'text', text }];
  const client_id = `official-${++acknowledgements}`;
  const answer = await socket.timeout(10_000).emitWithAck('message', { conversation_id: conversation, client_id, parts });
  if (!answer.ok || answer.entry.parts[0].text !== text) throw new Error(JSON.stringify(answer));
};

const connected = () => Promise.all([visitor, agent].map((socket) => socket.connected || once(socket, 'connect')));

await connected();
if (transports.length > 1 && manager.engine.transport.name === 'polling') await once(manager.engine, 'upgrade');
const began = manager.engine.transport.name;

await say(visitor, 'Plain words');
await say(agent, '“Quoted”, \\ and\na new line, 你好 👋');
await say(visitor, '长'.repeat(9_000));
await Promise.all(['one', 'two', 'three'].map((text) => say(visitor, text)));

doing = 'coming back';
const gone = once(visitor, 'disconnect');
manager.engine.close(); // the network is gone for a moment
await gone;
await connected();
await say(agent, 'Still there?');
await say(visitor, 'I am');

const refusal = await visitor.timeout(10_000).emitWithAck('message', { client_id: 'x', parts: [] });
console.log(JSON.stringify({ heard, began, refused: refusal.problem.code }));
process.exit(); // a long poll would wait for its end
