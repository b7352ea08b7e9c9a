import WebSocket = require('uvws');

declare const ws: WebSocket;

// Sending.
ws.send('text');
ws.send(1);
ws.send(Buffer.from('bytes'), { binary: false, compress: true, fin: true });
ws.send(new Uint8Array(4), { mask: undefined }, (err) => {
  if (err) console.error(err.message);
});
ws.send(new ArrayBuffer(4));
ws.send(new DataView(new ArrayBuffer(4)), () => undefined);
ws.send(new Float64Array(4));
ws.send([1, 2, 3] as const);
ws.send(new Date());
ws.send(new Blob(['text']));
ws.ping();
ws.ping('data', false, (err: Error) => console.error(err));
ws.pong(Buffer.alloc(1), true);
ws.close();
ws.close(1000, 'done');
ws.close(4000, Buffer.from('done'));
ws.terminate();
ws.pause();
ws.resume();

// Properties.
const states: (0 | 1 | 2 | 3)[] = [ws.readyState, ws.CONNECTING, ws.CLOSED];
const text: string = ws.protocol + ws.url + ws.extensions;
const amount: number = ws.bufferedAmount;
const paused: boolean = ws.isPaused;
const type: 'nodebuffer' | 'arraybuffer' | 'fragments' = ws.binaryType;
ws.binaryType = 'arraybuffer';
ws.binaryType = type;
console.log(states, text, amount, paused);

// As in a browser.
ws.onopen = (event) => event.target.send(event.type);
ws.onmessage = (event) => {
  const data: WebSocket.Data = event.data;
  if (typeof data === 'string') console.log(data.length);
};
ws.onclose = ({ code, reason, wasClean }) => {
  const clean: boolean = wasClean;
  console.log(code.toFixed(), reason.length, clean);
};
ws.onerror = ({ error, message }) => console.log(error.stack, message.length);
ws.onerror = null;
const onMessage = (event: WebSocket.MessageEvent) => console.log(event.data);
ws.addEventListener('message', onMessage);
ws.addEventListener(
  'close',
  { handleEvent: ({ code }) => code },
  { once: true }
);
ws.removeEventListener('message', onMessage);
const names: (keyof WebSocket.WebSocketEventMap)[] = ['open', 'error'];
const events: [WebSocket.Event, WebSocket.ErrorEvent, WebSocket.CloseEvent] =
  [] as never;
const once: WebSocket.EventListenerOptions = { once: true };
console.log(names, events, once);

// As in Node.
const keep = (data: WebSocket.RawData) => console.log(data);
ws.on('message', keep).once('message', keep).off('message', keep);
ws.addListener('message', keep).removeListener('message', keep);
ws.on('message', (data: Buffer) => console.log(data.length));
ws.on('upgrade', (response) => console.log(response.headers));
ws.on('redirect', (url, request) => console.log(url.length, request.path));
ws.on('unexpected-response', (request, response) => {
  console.log(response.statusCode);
  request.destroy();
});
for (const event of ['ping', 'pong'] as const) {
  ws.on(event, (data) => console.log(data.length));
}
