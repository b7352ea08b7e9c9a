'use strict';

const assert = require('node:assert');

const { ClientTransport } = require('../support/client-transports');
const { headerOf } = require('../support/hostile-server');
const { WebSocket } = require('../support/implementation');
const { eventsOf } = require('../support/record');
const { releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

const MESSAGE = 'An invalid or duplicated subprotocol was specified';

const INVALID = [
  null,
  '',
  'a b',
  'a,b',
  'a/b',
  'ä',
  'a\r\nb',
  7,
  true,
  ['a', 'a'],
  ['a', ''],
  ['a', undefined],
  [['a']],
  ['a', 1]
];

describe('[client] subprotocols', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  const transport = new ClientTransport('tcp');

  /* What the client asks for. */
  async function asked(protocols, options) {
    const server = await transport.hostile();
    const client = server.client(protocols, options);
    client.on('error', () => {});
    const { request } = await server.requested();
    return headerOf(request, 'Sec-WebSocket-Protocol');
  }

  /* What comes of the server's answer. */
  async function outcome(protocols, answer) {
    const server = await transport.hostile();
    const client = server.client(protocols);
    const events = eventsOf(client);
    const peer = await server.upgraded({
      headers: { 'Sec-WebSocket-Protocol': answer }
    });
    peer.end();
    return { client, events: await events };
  }

  for (const protocols of INVALID) {
    it(`may not be ${JSON.stringify(protocols)}`, () => {
      assert.throws(() => new WebSocket('ws://localhost', protocols), {
        name: 'SyntaxError',
        message: MESSAGE
      });
      if (protocols === null || typeof protocols !== 'object') {
        assert.throws(() => new WebSocket('ws://localhost', { protocols }), {
          name: 'SyntaxError',
          message: MESSAGE
        });
      }
    });
  }

  it('are not asked for unless they are given', async () => {
    for (const protocols of [undefined, []]) {
      assert.strictEqual(await asked(protocols), undefined);
      assert.strictEqual(await asked(undefined, { protocols }), undefined);
    }
  });

  it('may be one or several', async () => {
    assert.strictEqual(await asked('a'), 'a');
    assert.strictEqual(
      await asked(['a', 'B', "!#$%&'*+-.^_`|~9"]),
      "a,B,!#$%&'*+-.^_`|~9"
    );
  });

  it('may be an option', async () => {
    assert.strictEqual(await asked(undefined, { protocols: 'a' }), 'a');
    assert.strictEqual(
      await asked(undefined, { protocols: ['a', 'b'] }),
      'a,b'
    );
  });

  it('are those of the argument if there are both', async () => {
    assert.strictEqual(await asked('a', { protocols: 'b' }), 'a');
    assert.strictEqual(await asked([], { protocols: 'b' }), undefined);
  });

  it('may be left out before the options', async () => {
    const server = await transport.hostile();
    const client = new WebSocket(server.url('/'), {
      protocols: 'a',
      origin: 'o'
    });
    client.on('error', () => {});
    const { request } = await server.requested();

    assert.strictEqual(headerOf(request, 'Sec-WebSocket-Protocol'), 'a');
    assert.strictEqual(headerOf(request, 'Origin'), 'o');
    client.terminate();
    await nextEvent(client, 'close');
  });

  it('are told in protocol once one is agreed on', async () => {
    const { client, events } = await outcome(['a', 'b'], 'b');

    assert.strictEqual(client.protocol, 'b');
    assert.deepStrictEqual(events, [
      ['open', 1],
      ['close', 1006, '', 3]
    ]);
  });

  it('are nothing in protocol otherwise', async () => {
    const { client } = await outcome([], undefined);
    assert.strictEqual(client.protocol, '');
  });

  for (const [protocols, answer, message] of [
    [[], 'a', 'Server sent a subprotocol but none was requested'],
    [['a', 'b'], 'c', 'Server sent an invalid subprotocol'],
    [['a', 'b'], 'A', 'Server sent an invalid subprotocol'],
    [['a', 'b'], 'a, b', 'Server sent an invalid subprotocol'],
    [['a', 'b'], '', 'Server sent an invalid subprotocol'],
    [['a', 'b'], undefined, 'Server sent no subprotocol'],
    [['a', 'b'], ['a', 'b'], 'Server sent an invalid subprotocol'],
    [[], '', 'Server sent a subprotocol but none was requested']
  ]) {
    it(`${JSON.stringify(protocols)} answered by ${JSON.stringify(answer)} fail`, async () => {
      const { events } = await outcome(protocols, answer);

      assert.deepStrictEqual(events, [
        ['error', message, 2],
        ['close', 1006, '', 3]
      ]);
    });
  }
});
