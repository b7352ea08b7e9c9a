// names.json is compared with what is there at run time by the mocha test; our
// own options have no defaults, so that the options of a server are those of ws.
import { EventEmitter } from 'events';
import WebSocket = require('uvws');
import names = require('../names.json');

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Own<T, Base> = Exclude<keyof T, keyof Base>;

const exported: Same<
  Own<typeof WebSocket, typeof EventEmitter>,
  keyof typeof names.exports
> = true;
const serverOptions: Same<
  keyof WebSocket.ServerOptions,
  keyof typeof names.serverOptions | keyof typeof names.ownServerOptions
> = true;
console.log(exported, serverOptions);
