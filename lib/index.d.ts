/// <reference types="node" />

// The whole API of uvws: that of ws 8.23, and more. What compiles against
// @types/ws compiles against this, and an instance of a class here fits where
// one of @types/ws is asked for. Needs @types/node.

import {
  Adapter,
  AdapterError,
  AdapterMessageOptions,
  AdapterServer,
  AdapterStats
} from './adapters/adapter.js';
import { EventEmitter } from 'events';
import { ClientRequest, ClientRequestArgs, IncomingMessage } from 'http';
import { Duplex, DuplexOptions } from 'stream';
import { URL } from 'url';
import {
  FrameOptions,
  PerMessageDeflate,
  Receiver,
  Sender,
  extension,
  subprotocol
} from './types/codec.js';
import { Emitter } from './types/emitter.js';
import {
  BinaryType,
  CertMeta,
  ClientOptions,
  Data,
  DeflateOptions,
  FinishRequestCallback,
  PerMessageDeflateOptions,
  RateLimit,
  RawData,
  Sendable,
  SendOptions,
  SocketOptions,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync
} from './types/options.js';
import {
  CloseOptions,
  Publishable,
  PublishOptions,
  ServerStatistics,
  Subscriber
} from './types/server.js';
import {
  ClientClass,
  RejectClient,
  ServerEvents,
  ServerOptions
} from './types/server-options.js';

/**
 * One end of a WebSocket connection. A server hands them out with its
 * 'connection' event; `new WebSocket(url)` opens one as a client.
 */
declare class WebSocket extends Emitter<WebSocket, Events> {
  /** `readyState` before the opening handshake is done. */
  static readonly CONNECTING: 0;
  /** `readyState` while messages can be sent. */
  static readonly OPEN: 1;
  /** `readyState` from the start of the closing handshake on. */
  static readonly CLOSING: 2;
  /** `readyState` once the connection is gone. */
  static readonly CLOSED: 3;

  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;

  /**
   * What binary messages come as, from the next one on; text is not touched.
   * 'fragments' gives a `Buffer[]`, one per frame. Other values are ignored.
   *
   * 'blob' can be set too. It is missing from what is read, and `Blob` from
   * `RawData`, because @types/ws has neither: instances must fit there.
   *
   * @default 'nodebuffer'
   */
  get binaryType(): WebSocket.BinaryType;
  set binaryType(type: WebSocket.BinaryType | 'blob');

  /**
   * Bytes, framing included, that are sent but not yet taken by the kernel.
   * What is sent after `close()` is added to it and never leaves.
   */
  readonly bufferedAmount: number;

  /** Names of the agreed extensions: '' or 'permessage-deflate'. */
  readonly extensions: string;

  /** Whether `pause()` is in force. */
  readonly isPaused: boolean;

  /** What the server's `authenticate` has found; else the application's. */
  data?: any;

  /** The agreed subprotocol, '' for none. */
  readonly protocol: string;

  readonly readyState: 0 | 1 | 2 | 3;

  /** Where a client connected to; `undefined` on a server's side. */
  readonly url: string;

  onopen: ((event: WebSocket.Event) => void) | null;
  onerror: ((event: WebSocket.ErrorEvent) => void) | null;
  onclose: ((event: WebSocket.CloseEvent) => void) | null;
  onmessage: ((event: WebSocket.MessageEvent) => void) | null;

  /**
   * A server's side without a socket; `setSocket()` gives it one. The options
   * must be there, if only as `{}`: the type leaves them out as @types/ws does.
   */
  constructor(
    address: null,
    protocols?: undefined,
    options?: WebSocket.ServerOptions | WebSocket.ClientOptions
  );
  /**
   * Opens a connection as a client. Failures come as an 'error' event.
   *
   * @param address `ws:`, `wss:`, `http:`, `https:`, or
   *     `ws+unix:/path/to.sock:/urlpath`
   * @param options Options, also those of `http.request()`
   * @throws SyntaxError if the URL or a subprotocol is malformed
   * @throws RangeError if `protocolVersion` is not 8 or 13
   */
  constructor(
    address: string | URL,
    options?: WebSocket.ClientOptions | ClientRequestArgs
  );
  /** @param protocols Subprotocols to offer, the preferred one first */
  constructor(
    address: string | URL,
    protocols?: string | string[],
    options?: WebSocket.ClientOptions | ClientRequestArgs
  );

  /**
   * Starts the closing handshake. Without an answer the socket is destroyed
   * after `closeTimeout` ms. While connecting it ends the attempt.
   *
   * @param code 1000-1003, 1007-1014 or 3000-4999; none sends no reason either
   * @param data Why, at most 123 bytes of UTF-8
   * @throws TypeError if the code may not be sent or the reason is no text; the
   *     connection stays open
   * @throws RangeError if the reason is too long; the connection stays open
   */
  close(code?: number, data?: string | Buffer | Uint8Array): void;

  /**
   * Sends a ping. The peer's answer is a 'pong' event.
   *
   * @param data At most 125 bytes; may be left out
   * @param mask Whether to mask it, by default as the role demands; may be left
   *     out
   * @param cb Called once the ping is written out, or with what kept it back
   * @throws Error while connecting
   * @throws RangeError if there are more than 125 bytes
   */
  ping(
    data?: any,
    mask?: boolean | ((err?: Error) => void),
    cb?: (err: Error) => void
  ): void;

  /** Sends a pong that nobody asked for; as `ping()` otherwise. */
  pong(
    data?: any,
    mask?: boolean | ((err?: Error) => void),
    cb?: (err: Error) => void
  ): void;

  /**
   * Sends a message: strings and numbers as text, the rest as binary. Bytes
   * must not be changed before `cb` is called. Once closing, nothing is sent
   * and nothing is thrown: only `cb` gets the error.
   *
   * @param cb Called once the message is written out, or with what kept it back
   * @return `false` if something waits for the peer to read, or the message was
   *     not sent: better go on with the next 'drain'
   * @throws Error while connecting
   * @throws TypeError if Buffer.from() cannot make bytes of the data
   */
  send(data: WebSocket.Sendable, cb?: (err?: Error) => void): boolean;
  send(
    data: WebSocket.Sendable,
    options: WebSocket.SendOptions,
    cb?: (err?: Error) => void
  ): boolean;

  /**
   * Destroys the socket without a closing handshake: 'close' comes with 1006.
   */
  terminate(): void;

  /**
   * Stops reading from the socket. Messages read before it may still come. Does
   * nothing while connecting or once closed.
   */
  pause(): void;

  /** Reads on after `pause()`. */
  resume(): void;

  /**
   * Listens as in a browser. The same listener is taken once; events but those
   * of the map are ignored.
   */
  addEventListener<E extends keyof WebSocket.WebSocketEventMap>(
    type: E,
    listener: WebSocket.Listener<WebSocket.WebSocketEventMap[E]>,
    options?: WebSocket.EventListenerOptions
  ): void;

  /** Takes back what `addEventListener()` added, not what `on()` did. */
  removeEventListener<E extends keyof WebSocket.WebSocketEventMap>(
    type: E,
    listener: WebSocket.Listener<WebSocket.WebSocketEventMap[E]>
  ): void;
}

interface WebSocket extends Subscriber {}

/** What the listeners of a WebSocket are called with. */
interface Events {
  /** The connection is gone: the peer's code, 1005 if it sent none, 1006 if it
   * sent no close frame. */
  close: [code: number, reason: Buffer];
  /** After `send()` returned `false`: nothing waits to be written any more. */
  drain: [];
  /** A message was not sent: see `backpressurePolicy`. Comes in the next tick,
   * with what was given to `send()` or `publish()`. */
  dropped: [data: any];
  /** At most once, and always before 'close'. Broken peers give an `err.code`
   * that starts with `WS_ERR_`. */
  error: [error: Error];
  /** A message. Text is a Buffer too; `isBinary` tells which it was. */
  message: [data: WebSocket.RawData, isBinary: boolean];
  open: [];
  ping: [data: Buffer];
  pong: [data: Buffer];
  /** Client only: `followRedirects` is about to ask elsewhere. */
  redirect: [url: string, request: ClientRequest];
  /** Client only: no 101. With a listener, `request` is that listener's to
   * end; without one it is an 'error'. */
  'unexpected-response': [request: ClientRequest, response: IncomingMessage];
  /** Client only: the server's 101, just before 'open'. */
  upgrade: [response: IncomingMessage];
}

import WebSocketClass = WebSocket;

declare namespace WebSocket {
  export {
    Adapter,
    AdapterError,
    AdapterMessageOptions,
    AdapterServer,
    AdapterStats,
    BinaryType,
    CertMeta,
    ClientClass,
    ClientOptions,
    CloseOptions,
    Data,
    DeflateOptions,
    FinishRequestCallback,
    FrameOptions,
    PerMessageDeflate,
    PerMessageDeflateOptions,
    RateLimit,
    RawData,
    Receiver,
    RejectClient,
    Sendable,
    Sender,
    SendOptions,
    ServerOptions,
    ServerStatistics,
    SocketOptions,
    VerifyClientCallbackAsync,
    VerifyClientCallbackSync,
    WebSocketClass as WebSocket,
    WebSocketServer as Server,
    extension,
    subprotocol
  };

  /** A WebSocket as far as ws has it: one of @types/ws fits, too. */
  export interface PlainWebSocket
    extends
      Omit<WebSocket, keyof Subscriber | keyof EventEmitter | 'send'>,
      EventEmitter {
    send(data: any, cb?: (err?: Error) => void): void;
    send(data: any, options: SendOptions, cb?: (err?: Error) => void): void;
  }

  export interface Event {
    type: string;
    target: PlainWebSocket;
  }

  export interface ErrorEvent extends Event {
    error: any;
    message: string;
  }

  export interface CloseEvent extends Event {
    code: number;
    reason: string;
    /** Whether both sides sent a close frame. */
    wasClean: boolean;
  }

  export interface MessageEvent extends Event {
    data: Data;
  }

  export interface WebSocketEventMap {
    open: Event;
    error: ErrorEvent;
    close: CloseEvent;
    message: MessageEvent;
  }

  export interface EventListenerOptions {
    /** @default false */
    once?: boolean | undefined;
  }

  export type Listener<E> =
    ((event: E) => void) | { handleEvent(event: E): void };

  export interface AddressInfo {
    address: string;
    family: string;
    port: number;
  }

  /**
   * Accepts WebSocket connections: on a port of its own, on an HTTP server's,
   * or as they are handed to it.
   */
  export class WebSocketServer<
    T extends ClientClass = typeof WebSocket,
    U extends typeof IncomingMessage = typeof IncomingMessage
  > extends Emitter<WebSocketServer<T>, ServerEvents<T, U>> {
    /** Those given, over the defaults. May be changed for later clients. */
    options: ServerOptions<T, U>;

    /**
     * Never set: see `options.path`.
     *
     * @deprecated Here only because @types/ws has it
     */
    readonly path: string;

    /** All connected clients; `undefined` without `clientTracking`. */
    clients: Set<InstanceType<T>>;

    /**
     * @param callback A listener for 'listening', with `port` only
     * @throws TypeError unless exactly one of `port`, `server` and `noServer`
     *     is given
     */
    constructor(options?: ServerOptions<T, U>, callback?: () => void);

    /**
     * Where it listens: a string for a pipe, `null` if it does not.
     *
     * @throws Error with `noServer`
     */
    address(): AddressInfo | string | null;

    /**
     * Stops accepting. Clients stay connected: close them before it, as 'close'
     * waits for them. A server that was given goes on.
     *
     * @param cb A listener for 'close'; gets an error if it was closed before
     */
    close(cb?: (err?: Error) => void): void;

    /** What the server has done so far. */
    stats(): ServerStatistics;

    /**
     * Stops accepting and closes the clients.
     *
     * @param cb Called when the last one is gone; without it there is a
     *     promise. An error tells that the server was closed before
     * @throws TypeError, RangeError if an option is wrong, or without
     *     `clientTracking`
     */
    close(options: CloseOptions): Promise<void>;
    close(options: CloseOptions, cb: (err?: Error) => void): void;

    /**
     * Sends a message to all clients that subscribe to a topic: framed once,
     * compressed once. Those that are closing, or in the middle of a message
     * that is sent in fragments, do not get it. It does not wait for what a
     * client sends from a Blob.
     *
     * @return How many clients of this server it was sent to
     * @throws TypeError if the topic is no string or the data can't be sent
     */
    publish(topic: string, data: Publishable, options?: PublishOptions): number;

    /** Sends a message to all clients, otherwise as `publish()`. */
    broadcast(data: Publishable, options?: PublishOptions): number;

    /**
     * How many clients of this server subscribe to a topic.
     *
     * @throws TypeError if the topic is no string
     */
    numSubscribers(topic: string): number;

    /**
     * Does the opening handshake for a server's 'upgrade' event.
     *
     * @param callback Called with the new client; without a server it is what
     *     has to emit 'connection'
     * @throws Error if the socket was handed in before
     */
    handleUpgrade(
      request: InstanceType<U>,
      socket: Duplex,
      upgradeHead: Buffer,
      callback: (
        client: InstanceType<T>,
        request: InstanceType<U>,
        data?: any
      ) => void
    ): void;

    /**
     * Whether a request is for this server; judges by `options.path`. Meant to
     * be overridden. A promise would count as `true`.
     */
    shouldHandle(request: InstanceType<U>): boolean;
  }

  /**
   * Makes a stream of a connection: a message is a chunk, and back-pressure
   * goes both ways. Ending it closes the connection, destroying it terminates.
   *
   * @param options Options of the Duplex; with `readableObjectMode` text comes
   *     as strings
   */
  export function createWebSocketStream(
    websocket: PlainWebSocket,
    options?: DuplexOptions
  ): Duplex;
}

export = WebSocket;
