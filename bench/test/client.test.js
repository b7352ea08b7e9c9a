'use strict';

// That the client programs exchange messages with the floor and measure.

const assert = require('node:assert');
const { test } = require('node:test');

const { measureAll, plan } = require('../driver/measure');
const { servers, isAvailable } = require('../driver/servers');

const options = { pin: false, warmup: 0.05, seconds: 0.2 };

for (const server of servers.filter(({ client }) => client)) {
  for (const depth of [1, 16]) {
    const scenario = {
      name: 'client',
      mode: 'echo',
      client: { size: 300, connections: 3, depth }
    };
    const skip = !isAvailable(server) && 'it is not built or not installed';

    test(
      `${server.name} as a client, ${depth} in flight`,
      { skip },
      async () => {
        const steps = plan([scenario], [server], 1);
        const [{ result, error }] = await measureAll(steps, options, () => {});

        assert.strictEqual(error, undefined);
        assert.ok(result.messages > 0);
        assert.ok(result.cpu > 0);
      }
    );
  }
}
