// What ws exports below WebSocket. Applications seldom need it.

import { Duplex, Writable } from 'stream';
import {
  BinaryType,
  PerMessageDeflateOptions,
  SendOptions,
  SocketOptions
} from './options.js';

/** Writes frames to a stream. Its `frame()` makes them without one. */
export class Sender {
  /**
   * @param extensions The agreed ones, by name
   * @param generateMask Fills the four bytes of a masking key
   */
  constructor(
    socket: Duplex,
    extensions?: object,
    generateMask?: (mask: Buffer) => void
  );

  /** Makes the frame, in one part or two, that `sendFrame()` sends. */
  static frame(
    data: Buffer | string,
    options: FrameOptions
  ): (Buffer | string)[];

  close(
    code?: number,
    data?: string | Buffer,
    mask?: boolean,
    cb?: (err?: Error) => void
  ): void;
  ping(data: any, mask?: boolean, cb?: (err?: Error) => void): void;
  pong(data: any, mask?: boolean, cb?: (err?: Error) => void): void;
  send(data: any, options: SendOptions, cb?: (err?: Error) => void): void;
  sendFrame(list: (Buffer | string)[], cb?: (err?: Error) => void): void;
}

export interface FrameOptions {
  fin: boolean;
  generateMask?: ((mask: Buffer) => void) | undefined;
  mask: boolean;
  /** Room for the masking key. */
  maskBuffer?: Buffer | undefined;
  opcode: number;
  /** `true`: the data is copied before it is masked. */
  readOnly: boolean;
  rsv1: boolean;
}

/**
 * Reads frames that are written to it. Emits 'message', 'ping', 'pong' and,
 * for a close frame, 'conclude'.
 */
export class Receiver extends Writable {
  constructor(
    options?: SocketOptions & {
      binaryType?: BinaryType | 'blob' | undefined;
      extensions?: object | undefined;
      /** Whether frames must be masked. @default false */
      isServer?: boolean | undefined;
    }
  );
}

/** Negotiates and does the compression of RFC 7692. */
export class PerMessageDeflate {
  static readonly extensionName: 'permessage-deflate';

  /** What was agreed, `null` before. */
  params: Record<string, number | true> | null;

  constructor(
    options?: PerMessageDeflateOptions & {
      isServer?: boolean | undefined;
      maxPayload?: number | undefined;
    }
  );

  offer(): Record<string, number | true>;
  /** @throws Error if a parameter is wrong or no offer will do */
  accept(
    configurations: Record<string, (string | true)[]>[]
  ): Record<string, number | true>;
  cleanup(): void;
  compress(
    data: Buffer | string,
    fin: boolean,
    callback: (err: Error | null, result?: Buffer) => void
  ): void;
  decompress(
    data: Buffer,
    fin: boolean,
    callback: (err: Error | null, result?: Buffer) => void
  ): void;
}

/** The header `Sec-WebSocket-Extensions`. */
export const extension: {
  format(extensions: Record<string, object | object[]>): string;
  /** @throws SyntaxError if the header is malformed */
  parse(header: string): Record<string, Record<string, (string | true)[]>[]>;
};

/** The header `Sec-WebSocket-Protocol`. */
export const subprotocol: {
  /** @throws SyntaxError if the header is malformed or names one twice */
  parse(header: string): Set<string>;
};
