// Libraries declare what they take with @types/ws: ours must fit.
import uvws = require('uvws');
import ws = require('ws');
import type { WSSHandlerOptions } from '@trpc/server/adapters/ws';
import { useServer } from 'graphql-ws/use/ws';
import { buildSchema } from 'graphql';

const server: ws.Server = new uvws.Server({ noServer: true });
const named: ws.WebSocketServer = new uvws.WebSocketServer({ noServer: true });
const socket: ws = new uvws('ws://localhost');
const socketClass: typeof ws.WebSocket = uvws;
const serverClass: typeof ws.Server = uvws.Server;
const options: ws.ServerOptions = server.options;
const raw: ws.RawData = Buffer.alloc(0) as uvws.RawData;

const back: uvws.ClientOptions = {} as ws.ClientOptions;
const data: uvws.Data = '' as ws.Data;
const verify: uvws.VerifyClientCallbackAsync = (() =>
  undefined) as ws.VerifyClientCallbackAsync;

useServer(
  { schema: buildSchema('type Query { a: Int }') },
  new uvws.WebSocketServer({ noServer: true })
);
const handler: Pick<WSSHandlerOptions<never>, 'wss'> = {
  wss: new uvws.WebSocketServer({ noServer: true })
};
console.log(named, socket, socketClass, serverClass, options, raw, handler);
console.log(back, data, verify);
