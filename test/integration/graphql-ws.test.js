'use strict';

const assert = require('assert');
const { GraphQLObjectType, GraphQLSchema, GraphQLString } = require('graphql');
const { createClient } = require('graphql-ws');
const { useServer } = require('graphql-ws/use/ws');

const { TEST_TIMEOUT_MS } = require('../support/wait');
const {
  CLIENTS,
  Peer,
  listen,
  onRelease,
  releaseAll,
  serve
} = require('./support');

const field = { type: GraphQLString };
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: { hello: { ...field, resolve: () => 'world' } }
  }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      greetings: {
        ...field,
        async *subscribe() {
          for (const greetings of ['hi', 'grüße', 'hola']) yield { greetings };
        }
      }
    }
  })
});

describe('graphql-ws', function () {
  this.timeout(TEST_TIMEOUT_MS);

  let url;
  let wss;

  beforeEach(async () => {
    const shared = serve(undefined, { path: '/graphql' });
    wss = shared.wss;
    const disposable = useServer(
      {
        schema,
        onConnect: ({ connectionParams }) => connectionParams?.token === 'right'
      },
      wss
    );
    onRelease(() => disposable.dispose());
    url = `ws://127.0.0.1:${await listen(shared.server)}/graphql`;
  });

  afterEach(releaseAll);

  for (const [name, Client] of Object.entries(CLIENTS)) {
    describe(name, () => {
      function open(token) {
        const client = createClient({
          url,
          connectionParams: { token },
          retryAttempts: 0,
          webSocketImpl: Client
        });
        onRelease(() => client.dispose());
        return client;
      }

      async function collect(client, query) {
        const results = [];
        for await (const result of client.iterate({ query }))
          results.push(result);
        return results;
      }

      it('answers queries', async () => {
        assert.deepStrictEqual(
          JSON.parse(JSON.stringify(await collect(open('right'), '{ hello }'))),
          [{ data: { hello: 'world' } }]
        );
      });

      it('serves subscriptions side by side', async () => {
        const clients = [open('right'), open('right'), open('right')];
        const all = await Promise.all(
          clients.map((client) => collect(client, 'subscription { greetings }'))
        );

        for (const results of all) {
          assert.deepStrictEqual(
            results.map(({ data }) => data.greetings),
            ['hi', 'grüße', 'hola']
          );
        }
      });

      it('closes with its own codes', async () => {
        await assert.rejects(collect(open('wrong'), '{ hello }'), {
          code: 4403
        });
        const stranger = await Peer.connect(url);

        assert.strictEqual((await stranger.closed).code, 4406);
      });
    });
  }
});
