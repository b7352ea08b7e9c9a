import Default, {
  type ClientOptions,
  type Data,
  type RawData,
  Server,
  type ServerOptions,
  WebSocket,
  WebSocketServer,
  createWebSocketStream
} from 'uvws';
import * as namespace from 'uvws';

const options: ServerOptions = { noServer: true };
const servers: WebSocketServer[] = [
  new WebSocketServer(options),
  new Server(options),
  new Default.Server(options),
  new namespace.WebSocketServer(options)
];
const client: ClientOptions = { origin: 'x' };
const ws: WebSocket = new Default('ws://localhost', client);
const same: Default = new WebSocket('ws://localhost');
const another: namespace.WebSocket = ws;

servers[0]?.on('connection', (peer: WebSocket, request) => {
  peer.on('message', (data: RawData) => peer.send(String(data) + request.url));
  createWebSocketStream(peer).pipe(createWebSocketStream(same));
});
another.onmessage = ({ data }: { data: Data }) => ws.send(data as string);
console.log(Default.OPEN === WebSocket.OPEN);
