import WebSocket = require('uvws');

declare const ws: WebSocket;
declare const wss: WebSocket.Server;

// @ts-expect-error the code is a number
ws.close('done');
// @ts-expect-error nothing to send
ws.send();
// @ts-expect-error options are an object
ws.send('text', 'utf8');
// @ts-expect-error there is no such option
ws.send('text', { compressed: true });
// @ts-expect-error there is no such type
ws.binaryType = 'string';
// @ts-expect-error only read
ws.readyState = WebSocket.OPEN;
// @ts-expect-error only read
ws.protocol = 'chat';
// @ts-expect-error there is no such state
if (ws.readyState === 4) ws.close();
// @ts-expect-error an event has no code unless it is the end
ws.onmessage = (event) => event.code;
// @ts-expect-error there is no such event
ws.addEventListener('ping', () => undefined);
// @ts-expect-error text must be told from bytes first
ws.onmessage = ({ data }) => data.length;
// @ts-expect-error a message need not be one Buffer
ws.on('message', (data) => data.readUInt8(0));
// @ts-expect-error the reason is a Buffer
ws.on('close', (code, reason) => reason.startsWith(`${code}`));
// @ts-expect-error an address is needed
new WebSocket();
// @ts-expect-error a list of strings
new WebSocket('ws://localhost', [1]);
// @ts-expect-error the port is a number
new WebSocket.Server({ port: '8080' });
// @ts-expect-error there is no such option
new WebSocket.Server({ noServer: true, compression: true });
// @ts-expect-error not a class of WebSocket
new WebSocket.Server({ noServer: true, WebSocket: Date });
// @ts-expect-error the origin is a string
new WebSocket.Server({ noServer: true, verifyClient: (info: Date) => !info });
// @ts-expect-error true chooses no subprotocol
new WebSocket.Server({ noServer: true, handleProtocols: () => true });
const failed = (err: Error) => err;
// @ts-expect-error the callback gets a client, not an error
wss.handleUpgrade({} as never, {} as never, Buffer.alloc(0), failed);
// @ts-expect-error an address may be a string
wss.address().port;
// @ts-expect-error headers are lines
wss.on('headers', (headers) => headers.set('X-Name', 'Ada'));
