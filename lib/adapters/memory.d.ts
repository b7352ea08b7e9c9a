import { Adapter, AdapterStats } from './adapter.js';

export { Adapter, AdapterStats } from './adapter.js';

export interface MemoryAdapter extends Adapter {
  stats(): AdapterStats;
}

/**
 * Connects the servers of one process: `const adapter = memoryAdapters()`, then
 * `adapter()` for each server. All that one function makes are connected.
 */
export function memoryAdapters(): () => MemoryAdapter;
