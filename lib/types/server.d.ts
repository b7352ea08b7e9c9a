// What a WebSocketServer of uvws knows and one of ws does not.

import { Sendable } from './options.js';

/** How `WebSocketServer#close()` parts with the clients. */
export interface CloseOptions {
  /** Whether to start the closing handshake with each client; `false`: they
   * have until `timeout` to go by themselves.
   * @default true */
  closeClients?: boolean | undefined;
  /** The close code: 1000 to 1014 but 1004, 1005, 1006, or 3000 to 4999.
   * @default 1001 */
  code?: number | undefined;
  /** Why, in at most 123 bytes of UTF-8. @default '' */
  reason?: string | Uint8Array | undefined;
  /** ms until the clients that are left are terminated; 0: at once, behind
   * the close frame.
   * @default 30000 */
  timeout?: number | undefined;
}

/** How a message is published. */
export interface PublishOptions {
  /** Whether it is a binary message. By default all but strings and numbers
   * are. */
  binary?: boolean | undefined;
  /** Whether to compress it, once for all, where permessage-deflate is agreed
   * and the message is not below its threshold.
   * @default true */
  compress?: boolean | undefined;
}

/** What can be published: as `Sendable`, but no Blob. */
export type Publishable = Exclude<Sendable, Blob>;

/** What a client of a server can do with topics. */
export interface Subscriber {
  /**
   * The topics that a server's client subscribes to, in the order in which it
   * did. An application may set a property of its own under this name.
   */
  get subscriptions(): string[];
  set subscriptions(value: any);

  /**
   * Lets a server's client hear what is published to a topic, until its
   * connection ends. Topics are compared exactly; there are no patterns.
   *
   * @return `false` if the connection is not open
   * @throws TypeError if the topic is no string
   * @throws Error with the code `UVWS_ERR_NO_SERVER` if it is no server's
   */
  subscribe(topic: string): boolean;

  /** Ends a subscription; `false` if there was none. Throws as `subscribe()`. */
  unsubscribe(topic: string): boolean;

  /** @throws TypeError if the topic is no string */
  isSubscribed(topic: string): boolean;

  /**
   * Sends a message to all subscribers of a topic but itself; it need not be
   * one. Throws as `subscribe()` and `WebSocketServer#publish()`.
   *
   * @return How many clients of this server it was sent to
   */
  publish(topic: string, data: Publishable, options?: PublishOptions): number;
}

/** What `WebSocketServer#stats()` tells: totals since the server was made. */
export interface ServerStatistics {
  /** Open now. */
  connections: number;
  handshakes: {
    /** Connections so far. */
    accepted: number;
    /** Handshakes by the HTTP status of their refusal. */
    refused: Record<string, number>;
    /** Waiting for `verifyClient` or `authenticate`, now. */
    undecided: number;
  };
  /** Whole messages, counted once for each receiver. */
  messages: { received: number; sent: number };
  /** Bytes of these, uncompressed. */
  payload: { received: number; sent: number };
  /** Bytes of the connections, but for TLS and the opening handshake. */
  bytes: { received: number; sent: number };
  /** Bytes not written yet, now. */
  queuedBytes: number;
  /** Bytes of sent payload that was compressed; `after / before` is 1 if there
   * was none. */
  compression: { before: number; after: number; ratio: number };
  /** Connections that `heartbeatInterval` has terminated. */
  silent: number;
  /** Ended connections by close code. */
  closes: Record<string, number>;
  /** Failed connections by `err.code`. */
  errors: Record<string, number>;
}
