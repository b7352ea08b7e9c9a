import http = require('http');
import https = require('https');
import { Duplex } from 'stream';
import WebSocket = require('uvws');

const { OPEN } = WebSocket;

const wss = new WebSocket.Server(
  { port: 0, host: '127.0.0.1', backlog: 10, clientTracking: true },
  () => console.log('listening')
);

wss.on('connection', (ws, request) => {
  const from: string | undefined = request.socket.remoteAddress;

  ws.on('message', (data, isBinary) => {
    const binary: boolean = isBinary;

    if (Array.isArray(data)) console.log(Buffer.concat(data).length);
    else if (data instanceof ArrayBuffer) console.log(data.byteLength);
    else console.log(data.toString('utf8'), from);

    for (const client of wss.clients) {
      if (client !== ws && client.readyState === WebSocket.OPEN) {
        client.send(data, { binary });
      }
    }
  });
  ws.on('close', (code, reason) => console.log(code + 1, reason.toString()));
  ws.on('error', (err) => console.error(err.message));
  ws.on('ping', (data) => ws.pong(data));
  ws.once('pong', (data) => console.log(data.length));
  ws.on('message', function () {
    this.send('hello');
  });
  ws.on('something else', function (...args) {
    this.send(args.join());
  });
});

wss.on('headers', (headers, request) => {
  headers.push(`X-Path: ${request.url}`);
});
wss.on('wsClientError', (err, socket, request) => {
  socket.end(`HTTP/1.1 400 ${err.message} ${request.method}`);
});
wss.on('listening', function () {
  const address = this.address();
  if (typeof address === 'object' && address) {
    console.log(address.port.toFixed(), address.family);
  }
});
wss.on('error', (err) => console.error(err.stack));
wss.once('close', () => console.log('closed'));
wss.off('close', console.log).removeListener('error', console.error);
wss.close((err) => console.log(err?.message));
wss.close();

// Sharing a server, and upgrades by hand.
const options: WebSocket.ServerOptions = {
  server: http.createServer(),
  path: '/chat',
  maxPayload: 1024,
  maxFragments: 10,
  maxBufferedChunks: 10,
  skipUTF8Validation: false,
  allowSynchronousEvents: true,
  autoPong: false,
  perMessageDeflate: {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: 10,
    clientMaxWindowBits: 10,
    concurrencyLimit: 10,
    threshold: 1024,
    zlibDeflateOptions: { level: 3, memLevel: 7, chunkSize: 1024 },
    zlibInflateOptions: { chunkSize: 10 * 1024 }
  },
  handleProtocols: (protocols, request) =>
    protocols.has('chat') && request.url ? 'chat' : false
};
new WebSocket.WebSocketServer(options);
new WebSocket.WebSocketServer({ server: https.createServer() });

const byHand = new WebSocket.Server({ noServer: true });
const server = http.createServer();

server.on('upgrade', (request, socket, head) => {
  byHand.handleUpgrade(request, socket, head, (ws, req) => {
    byHand.emit('connection', ws, req, { name: 'Ada' });
  });
});
byHand.on(
  'connection',
  (ws: WebSocket, request: http.IncomingMessage, user: { name: string }) => {
    ws.send(user.name + request.url);
  }
);

// Judging clients.
const sync: WebSocket.VerifyClientCallbackSync = ({ origin, secure, req }) =>
  secure && origin === req.headers.host;
const async: WebSocket.VerifyClientCallbackAsync = (info, callback) => {
  if (info.secure) callback(true);
  else callback(false, 403, 'No', { 'X-Reason': ['insecure'] });
};
new WebSocket.Server({ noServer: true, verifyClient: sync });
new WebSocket.Server({ noServer: true, verifyClient: async });
new WebSocket.Server({
  noServer: true,
  verifyClient: (info: { origin: string; secure: boolean }) => info.secure
});
new WebSocket.Server({
  noServer: true,
  verifyClient: (info, next) => next(info.secure, 401)
});

// Subclasses.
class Member extends WebSocket {
  id = 1;

  override close(code?: number, data?: string): void {
    super.close(code, data);
  }
}
class Request extends http.IncomingMessage {
  user = 'Ada';
}
class Club extends WebSocket.Server<typeof Member, typeof Request> {
  members = 0;

  override shouldHandle(request: Request) {
    return request.user !== '' && super.shouldHandle(request);
  }

  override handleUpgrade(
    request: Request,
    socket: Duplex,
    head: Buffer,
    callback: (client: Member, request: Request) => void
  ) {
    super.handleUpgrade(request, socket, head, callback);
  }
}
const club = new Club({ noServer: true, WebSocket: Member });
club.on('connection', (member, request) => {
  console.log(member.id, request.user, club.clients.has(member));
});
club.addListener('connection', (member) => console.log(member.id));
club.options.perMessageDeflate = {};

// Types by name.
const one: WebSocket = new WebSocket(null);
const two: WebSocket.WebSocket = one;
const three: WebSocket.Server = new WebSocket.WebSocketServer();
const four: WebSocket.WebSocketServer = three;
const five: WebSocket.Server<typeof Member, typeof Request> = club;
const six: Set<WebSocket> = three.clients;
const seven: typeof WebSocket = WebSocket.WebSocket;
console.log(OPEN, two.OPEN, four.path, five, six, seven);
