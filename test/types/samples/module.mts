import WebSocket, {
  type AddressInfo,
  type CertMeta,
  type ClientOptions,
  type CloseEvent,
  type Data,
  type ErrorEvent,
  type Event,
  type EventListenerOptions,
  type FinishRequestCallback,
  type MessageEvent,
  type PerMessageDeflateOptions,
  type RawData,
  type ServerOptions,
  type VerifyClientCallbackAsync,
  type VerifyClientCallbackSync,
  WebSocket as Named,
  WebSocketServer,
  createWebSocketStream
} from 'uvws';

const wss: WebSocketServer = new WebSocketServer({ port: 0 } as ServerOptions);

wss.on('connection', (ws, request) => {
  ws.on('message', (data: RawData, isBinary) => {
    for (const client of wss.clients) {
      if (client.readyState === WebSocket.OPEN) {
        client.send(data, { binary: isBinary });
      }
    }
  });
  ws.onmessage = (event: MessageEvent) => console.log(event.data, request.url);
});

class Member extends Named {
  id = 1;
}
const club = new WebSocketServer<typeof Member>({ WebSocket: Member, port: 0 });
club.on('connection', ({ id }) => console.log(id.toFixed()));

const ws: WebSocket = new Named('ws://localhost', {} as ClientOptions);
createWebSocketStream(ws).pipe(process.stdout);

export type All = [
  AddressInfo,
  CertMeta,
  CloseEvent,
  Data,
  ErrorEvent,
  Event,
  EventListenerOptions,
  FinishRequestCallback,
  PerMessageDeflateOptions,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
  WebSocket.RawData,
  Named
];
