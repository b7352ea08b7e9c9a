// What @types/ws does not know.
import WebSocket, {
  PerMessageDeflate,
  Receiver,
  type Sendable,
  Sender,
  WebSocketServer,
  extension,
  subprotocol
} from 'uvws';
import { PassThrough } from 'stream';

const ws = new WebSocket(null, undefined, {});

ws.binaryType = 'blob';
ws.close(1000, new Uint8Array([1]));
ws.ping(() => undefined);
ws.pong('data', (err) => console.log(err));
ws.prependListener('message', (data, isBinary) => console.log(data, isBinary));
new WebSocket('ws://localhost', {
  closeTimeout: 1,
  maxPendingAutoPongs: 1,
  protocols: ['chat'],
  headers: { 'X-List': ['a', 'b'] }
});
new WebSocketServer({ port: 0, closeTimeout: 1, maxPendingAutoPongs: 1 });
const server = new WebSocket.Server({ noServer: true });
server.close((err) => console.log(err));
const drained: Promise<void> = server.close({ code: 1001, reason: 'bye' });
const nothing: void = server.close({ timeout: 5 }, (err) => console.log(err));
console.log(drained, nothing);

const count: number = server.publish('topic', 'data', { compress: false });
server.broadcast(new Uint8Array([1]), { binary: true });
console.log(count, server.numSubscribers('topic'));
// @ts-expect-error a Blob takes its time
server.publish('topic', new Blob([]));
new WebSocketServer({
  port: 0,
  backpressurePolicy: 'drop',
  heartbeatInterval: 30000,
  maxBackpressure: 1 << 20,
  rateLimit: { messages: 100, bytes: 1 << 20, policy: 'pause' }
});
if (!ws.send('more')) ws.once('drain', () => ws.send('and more'));
ws.on('dropped', (data) => console.log(data.length));
const isOpen: boolean = ws.subscribe('topic');
const topics: string[] = ws.subscriptions;
ws.subscriptions = new Map();
ws.publish('topic', 1);
console.log(isOpen, topics, ws.isSubscribed('a'), ws.unsubscribe('a'));

const sendable: Sendable = 'text';
ws.send(sendable);
const list = Sender.frame(Buffer.from('text'), {
  fin: true,
  mask: false,
  opcode: 1,
  readOnly: false,
  rsv1: false
});
new Sender(new PassThrough()).sendFrame(list, (err) => console.log(err));
new Receiver({ isServer: true, maxPayload: 1 }).on('message', () => undefined);
const offer: Record<string, number | true> = new PerMessageDeflate().offer();
const name: string = extension.format({
  [PerMessageDeflate.extensionName]: [{}]
});
const chosen: Set<string> = subprotocol.parse('chat, news');
console.log(offer, name, chosen, extension.parse(name)['x']?.[0]?.['y']?.[0]);

class Guarded extends WebSocketServer {
  // @ts-expect-error a promise would count as true, whatever it brings
  override async shouldHandle() {
    return false;
  }
}
new Guarded({ noServer: true });

new WebSocketServer({
  port: 0,
  addressOf: (req) => req.headers['x-real-ip']?.toString(),
  async authenticate(req, reject) {
    if (req.url === '/') return reject(403, { 'Set-Cookie': ['a', 'b'] }, 'no');
    return { name: 'ada' };
  },
  handshakeTimeout: 1000,
  maxConnections: 10,
  maxConnectionsPerAddress: 2
}).on('connection', (client, req, data) => {
  console.log(client.data, req.url, data.name);
});
// @ts-expect-error a number
new WebSocketServer({ port: 0, maxConnections: '1' });

const { connections, handshakes, closes } = server.stats();
const sum: number = connections + handshakes.accepted + (closes['1006'] ?? 0);
console.log(sum);
