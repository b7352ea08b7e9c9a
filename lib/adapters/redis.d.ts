import { Adapter, AdapterLimits, AdapterStats } from './adapter.js';

export { Adapter, AdapterError, AdapterStats } from './adapter.js';

/** Options of `redisAdapter()`. */
export interface RedisAdapterOptions extends AdapterLimits {
  /** The names of all channels begin with it: the same on all nodes, another
   * one for another application.
   * @default 'uvws' */
  prefix?: string | undefined;
  /** Whether to use the sharded channels of Redis 7 (SPUBLISH). All nodes must
   * do the same. By default with a cluster; where Redis does not know them,
   * plain ones are used. */
  sharded?: boolean | undefined;
}

/** Running totals, and what is so now. */
export interface RedisAdapterStats extends AdapterStats {
  /** Messages on our channels that are none of ours. */
  malformed: number;
  /** Topics that have subscribers here. */
  topics: number;
}

export interface RedisAdapter extends Adapter {
  stats(): RedisAdapterStats;
}

/** A client or a cluster of the package `redis`, 4 or later. */
export interface NodeRedisLike {
  duplicate(overrides?: any): any;
  pSubscribe(...args: any[]): any;
}

/** A client or a cluster of the package `ioredis`, 5 or later. */
export interface IORedisLike {
  duplicate(...args: any[]): any;
  psubscribe(...args: any[]): any;
  readonly status: string;
}

/**
 * Makes an adapter over Redis, for one server. It makes two connections of its
 * own, like the client's; the client itself is not used and need not be connected.
 * Nothing is stored: what is published while Redis is away reaches the clients of
 * its own server only, and is counted as dropped.
 *
 * @throws TypeError if an argument is of the wrong kind
 * @throws RangeError if a number is out of range
 */
export function redisAdapter(
  client: NodeRedisLike | IORedisLike,
  options?: RedisAdapterOptions
): RedisAdapter;
