import { Adapter, AdapterLimits, AdapterStats } from './adapter.js';

export { Adapter, AdapterError, AdapterStats } from './adapter.js';

/** Options of `clusterAdapter()`. */
export interface ClusterAdapterOptions extends AdapterLimits {
  /** Connects only servers of the same name.
   * @default '' */
  name?: string | undefined;
}

export interface ClusterAdapterStats extends AdapterStats {
  /** Topics that have subscribers here. */
  topics: number;
}

export interface ClusterAdapter extends Adapter {
  stats(): ClusterAdapterStats;
}

/** What passes messages on, in the primary. */
export interface ClusterHub {
  stats(): {
    /** Messages handed to workers. */
    relayed: number;
    /** Messages that were not, as too much waited for the worker. */
    dropped: number;
    /** Bytes that wait for workers. */
    pendingBytes: number;
    /** Topics of all adapters, those of each counted. */
    subscriptions: number;
    /** Workers with adapters. */
    workers: number;
  };
}

/**
 * Makes an adapter for one server, in a worker of `node:cluster` whose primary
 * has called `setupPrimary()`.
 *
 * @throws TypeError if an option is of the wrong kind
 * @throws RangeError if a number is out of range
 */
export function clusterAdapter(options?: ClusterAdapterOptions): ClusterAdapter;

/**
 * Makes the primary pass messages on between its workers. To be called before
 * the first `cluster.fork()`: it chooses the 'advanced' serialization. Later calls
 * change nothing.
 *
 * @param options The limits for each worker
 * @throws Error in a worker
 * @throws TypeError if an option is of the wrong kind
 * @throws RangeError if a number is out of range
 */
export function setupPrimary(options?: AdapterLimits): ClusterHub;
