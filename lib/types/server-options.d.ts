// What makes a WebSocketServer, and what it tells.

import { IncomingMessage, Server as HttpServer } from 'http';
import { Server as HttpsServer } from 'https';
import { Duplex } from 'stream';
import { Adapter, AdapterError } from '../adapters/adapter.js';
import WebSocket = require('../index.js');
import {
  PerMessageDeflateOptions,
  SocketOptions,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync
} from './options.js';

/**
 * Refuses a handshake; only the first call counts.
 *
 * @param status HTTP status, 300 to 599 (default 401)
 * @param headers More headers, or other values
 * @param body By default what the status means
 * @throws TypeError, RangeError if the response would be invalid
 */
export type RejectClient = (
  status?: number,
  headers?: Record<string, string | number | readonly string[]> | null,
  body?: string
) => void;

/** A class that a server can make its clients with. */
export type ClientClass = new (...args: any[]) => WebSocket.PlainWebSocket;

/** Exactly one of `port`, `server` and `noServer` must be there. */
export interface ServerOptions<
  U extends ClientClass = typeof WebSocket,
  V extends typeof IncomingMessage = typeof IncomingMessage
> extends SocketOptions {
  /** Passes what is published and broadcast on to the servers of other
   * processes and machines: made by `uvws/redis`, `uvws/cluster`,
   * `uvws/memory`, or by the application. It serves one server. */
  adapter?: Adapter | undefined;
  /** Names where a client comes from, for `maxConnectionsPerAddress`: behind a
   * proxy, by a header that it sets. Nothing: it is not counted. By default
   * `request.socket.remoteAddress`. */
  addressOf?:
    ((request: InstanceType<V>) => string | undefined) | null | undefined;
  /**
   * Finds out who a client is, perhaps in its own time. What it gives is the
   * connection's `data`; `undefined`, `null` and `false` refuse with 401, so
   * does `reject()` with what it is given. An error with a `status` (300 to
   * 599), and perhaps `headers` and `body`, refuses too; any other is the
   * application's: 500, or the event 'wsClientError' if there is a listener.
   */
  authenticate?:
    | ((request: InstanceType<V>, reject: RejectClient) => unknown)
    | null
    | undefined;
  /** Whether pings are answered by themselves.
   * @default true */
  autoPong?: boolean | undefined;
  /** Connections that may wait to be accepted; with `port` only.
   * @default 511 */
  backlog?: number | undefined;
  /** Whether other processes and worker threads of the same user, with the
   * same option, may listen on the same TCP port: the kernel spreads new
   * connections over them. With `port` only. Linux; elsewhere as far as node
   * and the system have it, else 'error' with ENOTSUP.
   * @default false */
  reusePort?: boolean | undefined;
  /** Whether to keep `clients`.
   * @default true */
  clientTracking?: boolean | undefined;
  /** ms from a client's `close()` to destroying its socket.
   * @default 30000 */
  closeTimeout?: number | undefined;
  /** Chooses one of the subprotocols a client offers, `false` for none. By
   * default the first. Not called if none is offered. */
  handleProtocols?: (
    protocols: Set<string>,
    request: InstanceType<V>
  ) => string | false;
  /** ms that a client has for its request, with `port` only, and that
   * `authenticate` has for its answer: then it is 408 and 503. 0: no limit.
   * @default 60000 */
  handshakeTimeout?: number | null | undefined;
  /** Address to listen on; with `port` only. By default all. */
  host?: string | undefined;
  /** Connections at a time, with those whose handshake the application still
   * judges; the others are refused with 503. 0: no limit. May be changed
   * while it runs, if there was one at first.
   * @default 0 */
  maxConnections?: number | null | undefined;
  /** The same for each address; the others are refused with 429.
   * @default 0 */
  maxConnectionsPerAddress?: number | null | undefined;
  /** Automatic pongs not yet written out; 0: no limit. At so many the next
   * ping terminates the connection.
   * @default 60 */
  maxPendingAutoPongs?: number | undefined;
  /** Upgrades come through `handleUpgrade()` only.
   * @default false */
  noServer?: boolean | undefined;
  /** The only pathname to accept; others get a 400. By default all. */
  path?: string | undefined;
  /** Whether, and how, to agree to compression.
   * @default false */
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /** Port to listen on, 0 for any that is free. */
  port?: number | undefined;
  /** A server to share; the application makes it listen and closes it. */
  server?: HttpServer<V> | HttpsServer<V> | undefined;
  /** Judges handshakes. Checking in the server's 'upgrade' event is the
   * better way. */
  verifyClient?:
    | VerifyClientCallbackAsync<InstanceType<V>>
    | VerifyClientCallbackSync<InstanceType<V>>
    | undefined;
  /** The class of the clients, which extends WebSocket. */
  WebSocket?: U | undefined;
}

/** What the listeners of a WebSocketServer are called with. */
export interface ServerEvents<
  T extends ClientClass,
  U extends typeof IncomingMessage
> {
  /** Something is wrong between this server and those of other processes, of
   * which `options.adapter` tells. Local clients are not concerned. */
  adapterError: [error: AdapterError];
  /** The servers of other processes are reached, or are again. */
  adapterReady: [];
  close: [];
  /** A client; `data` is what `authenticate` has found. */
  connection: [websocket: InstanceType<T>, request: InstanceType<U>, data: any];
  /** An error of the HTTP server below. */
  error: [error: Error];
  /** The lines of the 101, to be changed in place. */
  headers: [headers: string[], request: InstanceType<U>];
  listening: [];
  /** A handshake that is refused. Who listens must answer and end the socket. */
  wsClientError: [error: Error, socket: Duplex, request: InstanceType<U>];
}
