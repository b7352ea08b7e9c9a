'use strict';

const assert = require('assert');
const { createTRPCClient, createWSClient, wsLink } = require('@trpc/client');
const { initTRPC, TRPCError } = require('@trpc/server');
const { applyWSSHandler } = require('@trpc/server/adapters/ws');

const { TEST_TIMEOUT_MS } = require('../support/wait');
const { CLIENTS, listen, onRelease, releaseAll, serve } = require('./support');

const t = initTRPC.context().create();
const router = t.router({
  double: t.procedure
    .input((value) => Number(value))
    .query(({ input, ctx }) => ({ result: input * 2, path: ctx.path })),
  fail: t.procedure.mutation(() => {
    throw new TRPCError({ code: 'FORBIDDEN', message: 'no' });
  }),
  count: t.procedure.subscription(async function* () {
    for (let i = 0; i < 3; i++) yield i;
  })
});

describe('tRPC', function () {
  this.timeout(TEST_TIMEOUT_MS);

  for (const [name, Client] of Object.entries(CLIENTS)) {
    describe(name, () => {
      let client;
      let handler;
      let wss;
      let wsClient;

      beforeEach(async () => {
        const shared = serve();
        wss = shared.wss;
        handler = applyWSSHandler({
          wss,
          router,
          createContext: ({ req }) => ({ path: req.url }),
          keepAlive: { enabled: true, pingMs: 20, pongWaitMs: 5000 }
        });
        const port = await listen(shared.server);
        wsClient = createWSClient({
          url: `ws://127.0.0.1:${port}/trpc`,
          WebSocket: Client,
          retryDelayMs: () => 10
        });
        client = createTRPCClient({ links: [wsLink({ client: wsClient })] });
        onRelease(() => wsClient.close());
      });

      afterEach(releaseAll);

      it('answers queries, and errors', async () => {
        const results = await Promise.all(
          [1, 2, 3].map((value) => client.double.query(value))
        );

        assert.deepStrictEqual(
          results.map(({ result }) => result),
          [2, 4, 6]
        );
        assert.match(results[0].path, /^\/trpc/);
        await assert.rejects(client.fail.mutate(), { message: 'no' });
      });

      it('streams subscriptions', async () => {
        const got = [];
        await new Promise((resolve, reject) => {
          client.count.subscribe(undefined, {
            onData: (value) => got.push(value),
            onError: reject,
            onComplete: resolve
          });
        });

        assert.deepStrictEqual(got, [0, 1, 2]);
      });

      it('has its clients come back', async () => {
        await client.double.query(1);
        const [first] = wss.clients;
        const again = new Promise((resolve) => wss.once('connection', resolve));
        handler.broadcastReconnectNotification();
        await again;

        assert.strictEqual((await client.double.query(2)).result, 4);
        assert.notStrictEqual([...wss.clients].at(-1), first);
      });
    });
  }
});
