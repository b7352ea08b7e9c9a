// What goes into a WebSocket, and what comes out.

import {
  Agent,
  ClientRequest,
  IncomingMessage,
  OutgoingHttpHeaders
} from 'http';
import { createConnection } from 'net';
import { SecureContextOptions } from 'tls';
import { ZlibOptions } from 'zlib';
import WebSocket = require('../index.js');

export type BinaryType = 'nodebuffer' | 'arraybuffer' | 'fragments';

/** What a 'message' event brings; text is always a Buffer. */
export type RawData = Buffer | ArrayBuffer | Buffer[];

/** What a MessageEvent brings: text as a string. */
export type Data = string | Buffer | ArrayBuffer | Buffer[];

/** What can be sent: text, a number as text, a Blob, or what `Buffer.from()`
 * takes. */
export type Sendable =
  | string
  | number
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  | Blob
  | readonly any[]
  | {
      valueOf():
        | string
        | ArrayBuffer
        | SharedArrayBuffer
        | Uint8Array
        | readonly number[];
    }
  | { [Symbol.toPrimitive](hint: string): string };

/** Certificates and keys. */
export type CertMeta = string | string[] | Buffer | Buffer[];

export interface SendOptions {
  /** Whether it is a binary message. By default all but strings and numbers
   * are. */
  binary?: boolean | undefined;
  /** Whether to compress it, where permessage-deflate is agreed.
   * @default true */
  compress?: boolean | undefined;
  /** `false`: a fragment, and more of the message follows.
   * @default true */
  fin?: boolean | undefined;
  /** Whether to mask it. By default only a client does. */
  mask?: boolean | undefined;
}

/** Changes a client's request; it must call `request.end()`. */
export type FinishRequestCallback = (
  request: ClientRequest,
  websocket: WebSocket
) => void;

/**
 * Judges a handshake. `origin` is the header's value, `undefined` without.
 *
 * @return Whether to accept it; if not, the client gets a 401
 */
export type VerifyClientCallbackSync<
  Request extends IncomingMessage = IncomingMessage
> = (info: { origin: string; secure: boolean; req: Request }) => boolean;

/**
 * Judges a handshake in its own time. It is taken for this kind by its two
 * parameters.
 *
 * @param callback `code` is the HTTP status of a refusal (default 401),
 *     `message` its body
 */
export type VerifyClientCallbackAsync<
  Request extends IncomingMessage = IncomingMessage
> = (
  info: { origin: string; secure: boolean; req: Request },
  callback: (
    res: boolean,
    code?: number,
    message?: string,
    headers?: OutgoingHttpHeaders
  ) => void
) => void;

/**
 * What a peer may send, as a token bucket: in a burst what an interval allows,
 * then as it comes back with time. `messages`, `bytes` or both.
 */
export interface RateLimit {
  /** Messages, pings and pongs of an interval. Range: from 1. */
  messages?: number | undefined;
  /** Bytes of the connection, framing included. Range: from 1. */
  bytes?: number | undefined;
  /** ms. Range: 1 to 2147483647. @default 1000 */
  interval?: number | undefined;
  /** 'close': who sends more is closed with 1008, and what is too much is not
   * delivered. 'pause': nothing is read from it until it is time again; TCP
   * then holds the peer back.
   * @default 'close' */
  policy?: 'close' | 'pause' | undefined;
}

/** Limits and habits of one connection. */
export interface SocketOptions {
  /** `false`: at most one 'message', 'ping' or 'pong' per turn of the event
   * loop.
   * @default true */
  allowSynchronousEvents?: boolean | undefined;
  /** What becomes of a message that would exceed `maxBackpressure`: 'close'
   * closes the connection with 1013, 'drop' drops the message, which a
   * 'dropped' event tells of.
   * @default 'close' */
  backpressurePolicy?: 'close' | 'drop' | undefined;
  /** ms. A peer that nothing was heard of for so long gets a ping; one that is
   * silent for so long again is terminated: 'close' comes with 1006. Peers
   * that are not read from are left alone. By default never.
   *
   * Range: 1 to 2147483647. */
  heartbeatInterval?: number | undefined;
  /** Bytes that may wait for the peer to read. A message that would exceed it
   * while others wait is not sent; see `backpressurePolicy`. By default there
   * is no limit.
   *
   * Range: 1 to 9007199254740991. */
  maxBackpressure?: number | undefined;
  /** What the peer may send; by default as much as it likes. */
  rateLimit?: RateLimit | undefined;
  /** Chunks of a message that is not complete yet; 0: no limit. Beyond it the
   * connection is closed with 1008.
   * @default 262144 */
  maxBufferedChunks?: number | undefined;
  /** Frames of a message; 0: no limit. Beyond it the connection is closed
   * with 1008.
   * @default 16384 */
  maxFragments?: number | undefined;
  /** Bytes of a message, uncompressed; 0: no limit. Beyond it the connection
   * is closed with 1009.
   * @default 104857600 (100 MiB) */
  maxPayload?: number | undefined;
  /** Whether to take text and close reasons that are not UTF-8.
   * @default false */
  skipUTF8Validation?: boolean | undefined;
}

/** Also takes the options of `http.request()` and `https.request()`. */
export interface ClientOptions extends SecureContextOptions, SocketOptions {
  agent?: Agent | undefined;
  /** Whether pings are answered by themselves.
   * @default true */
  autoPong?: boolean | undefined;
  checkServerIdentity?(servername: string, cert: any): any;
  /** ms from `close()` to destroying the socket.
   * @default 30000 */
  closeTimeout?: number | undefined;
  createConnection?: typeof createConnection | undefined;
  family?: number | undefined;
  finishRequest?: FinishRequestCallback | undefined;
  /** Whether to follow a 3xx. @default false */
  followRedirects?: boolean | undefined;
  /** Fills the four bytes of a masking key. Keys that can be guessed are
   * unsafe: RFC 6455 10.3. */
  generateMask?(mask: Buffer): void;
  /** ms to wait for the answer, for each redirect; by default for ever. */
  handshakeTimeout?: number | undefined;
  headers?: OutgoingHttpHeaders | undefined;
  /** Ignored: the URL names the host. */
  host?: string | undefined;
  localAddress?: string | undefined;
  /** Automatic pongs not yet written out; 0: no limit. At so many the next
   * ping terminates the connection.
   * @default 60 */
  maxPendingAutoPongs?: number | undefined;
  /** @default 10 */
  maxRedirects?: number | undefined;
  /** Value of the header `Origin`. */
  origin?: string | undefined;
  /** Whether, and how, to offer compression. @default true */
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /** Ignored: the URL names it. */
  protocol?: string | undefined;
  /** Subprotocols, for want of the constructor's argument. */
  protocols?: string | string[] | undefined;
  /** 8 or 13. @default 13 */
  protocolVersion?: number | undefined;
  rejectUnauthorized?: boolean | undefined;
}

export interface DeflateOptions extends Omit<ZlibOptions, 'dictionary'> {
  dictionary?: Buffer | Buffer[] | DataView | undefined;
}

/** RFC 7692. */
export interface PerMessageDeflateOptions {
  /** Whether the client must, or shall, forget its window between messages.
   * @default false */
  clientNoContextTakeover?: boolean | undefined;
  /** Log2 of the client's window, 8 to 15. */
  clientMaxWindowBits?: number | undefined;
  /** Calls to zlib at a time, in the whole process. The first connection with
   * compression sets it.
   * @default 10 */
  concurrencyLimit?: number | undefined;
  /** Whether the server must, or shall, forget its window between messages.
   * @default false */
  serverNoContextTakeover?: boolean | undefined;
  /** Log2 of the server's window, 8 to 15. */
  serverMaxWindowBits?: number | undefined;
  /** Bytes below which a message goes uncompressed; without a context to take
   * over only.
   * @default 1024 */
  threshold?: number | undefined;
  zlibDeflateOptions?: DeflateOptions | undefined;
  zlibInflateOptions?: ZlibOptions | undefined;
}
