// How servers of several processes and machines reach each other's clients. An
// adapter is made for one server and handed to it: `{ adapter }`.

/** How a message is published. */
export interface AdapterMessageOptions {
  binary: boolean;
}

/** What a server offers to its adapter. */
export interface AdapterServer {
  /**
   * Sends a message of another server to the clients of this one.
   *
   * @param topic The topic whose subscribers get it, `null` for all clients
   * @param data The payload; it is copied before the call returns
   */
  deliver(
    topic: string | null,
    data: string | Uint8Array,
    options: AdapterMessageOptions
  ): void;
  /** The topics that have a subscriber here. */
  topics(): Iterable<string>;
  /** Something is wrong between the servers: 'adapterError'. */
  onError(err: Error): void;
  /** From now on, or again, the other servers are reached: 'adapterReady'. */
  onReady(): void;
}

/** What a server asks of its adapter. No method may throw but `attach()`. */
export interface Adapter {
  /** Called once, when the server is made.
   * @throws Error if it is attached already */
  attach(server: AdapterServer): void;
  /** A topic has got its first subscriber here. */
  subscribe(topic: string): void;
  /** A topic has lost its last subscriber here. */
  unsubscribe(topic: string): void;
  /**
   * Passes on what was published here. The clients of this server have it
   * already, and must not get it again.
   *
   * @param topic The topic, `null` for all clients
   * @param data The payload; the application may change it afterwards
   */
  publish(
    topic: string | null,
    data: string | Uint8Array,
    options: AdapterMessageOptions
  ): void;
  /** The server is closed: lets go of everything. */
  close(): void;
}

/** Running totals, in messages, and what is so now. */
export interface AdapterStats {
  /** Whether the other servers are reached. */
  isReady: boolean;
  /** Published here and passed on. */
  published: number;
  /** Received from other servers. */
  received: number;
  /** Published here and not passed on, or never confirmed. */
  dropped: number;
  /** Bytes that are not confirmed yet. */
  pendingBytes: number;
}

/** The bounds of an adapter that hands messages to another process. */
export interface AdapterLimits {
  /** Bytes on their way at most; what would exceed them is dropped.
   * @default 16777216 (16 MiB) */
  maxPendingBytes?: number | undefined;
  /** ms after which an other side that does not answer is reported.
   * @default 5000 */
  stallTimeout?: number | undefined;
}

/**
 * The codes of 'adapterError':
 * - `UVWS_ERR_ADAPTER_DISCONNECTED`: the others are not reached; once an outage
 * - `UVWS_ERR_ADAPTER_STALLED`: nothing was confirmed for `stallTimeout`
 * - `UVWS_ERR_ADAPTER_OVERFLOW`: messages begin to be dropped
 * - `UVWS_ERR_ADAPTER_REFUSED`: Redis does not let us subscribe; it is tried
 *   again
 */
export interface AdapterError extends Error {
  code:
    | 'UVWS_ERR_ADAPTER_DISCONNECTED'
    | 'UVWS_ERR_ADAPTER_OVERFLOW'
    | 'UVWS_ERR_ADAPTER_REFUSED'
    | 'UVWS_ERR_ADAPTER_STALLED';
}
