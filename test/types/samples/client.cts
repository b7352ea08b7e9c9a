import http = require('http');
import { Duplex } from 'stream';
import { URL } from 'url';
import WebSocket = require('uvws');

const options: WebSocket.ClientOptions = {
  agent: new http.Agent(),
  allowSynchronousEvents: false,
  autoPong: true,
  ca: 'PEM',
  finishRequest: (request, websocket) => {
    websocket.once('open', () => undefined);
    request.setHeader('X-Name', 'Ada').end();
  },
  followRedirects: true,
  generateMask: (mask) => mask.fill(0),
  handshakeTimeout: 1000,
  headers: { Cookie: 'a=b' },
  localAddress: '127.0.0.1',
  maxBufferedChunks: 1,
  maxFragments: 1,
  maxPayload: 1,
  maxRedirects: 1,
  origin: 'http://localhost',
  perMessageDeflate: false,
  protocolVersion: 13,
  rejectUnauthorized: false,
  checkServerIdentity: () => true,
  skipUTF8Validation: true
};
const meta: WebSocket.CertMeta = [Buffer.from('PEM')];
const finish: WebSocket.FinishRequestCallback = (request) => request.end();

new WebSocket('ws://localhost');
new WebSocket(new URL('ws://localhost'), options);
new WebSocket('ws://localhost', 'chat', options);
new WebSocket('ws://localhost', ['chat', 'news'], { finishRequest: finish });
new WebSocket('ws://localhost', undefined, { headers: { 'X-List': ['a'] } });
new WebSocket('ws://localhost', { auth: 'name:word', timeout: 10 });

const ws = new WebSocket('ws://localhost', { perMessageDeflate: {} });
const stream: Duplex = WebSocket.createWebSocketStream(ws, {
  encoding: 'utf8',
  readableObjectMode: true
});
stream.pipe(process.stdout);
WebSocket.createWebSocketStream(ws).end(meta);
