'use strict';

const assert = require('node:assert');

const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

const offer = (value) => ({ headers: { 'Sec-WebSocket-Protocol': value } });

/* The protocol line of a response head, if any. */
function line(head) {
  return /^Sec-WebSocket-Protocol: (.*)\r$/m.exec(head)?.[1];
}

describe('[server-surface] handleProtocols', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    /* Offers a, b, c; gives the line of the reply and the protocol. */
    async function choose(handleProtocols) {
      const endpoint = await transport.listen({ handleProtocols });
      const connection = nextEvent(endpoint.wss, 'connection');
      const peer = await endpoint.raw();
      const head = await peer.upgrade(offer('a, b,c'));
      const [ws] = await connection;
      return [line(head), ws.protocol];
    }

    it('is given a Set and the request', async () => {
      let seen;
      const endpoint = await transport.listen({
        handleProtocols: (...args) => {
          seen = args;
          return 'b';
        }
      });
      const { req } = await endpoint.accepted(offer('a, b'));

      assert.strictEqual(seen.length, 2);
      assert.ok(seen[0] instanceof Set);
      assert.deepStrictEqual([...seen[0]], ['a', 'b']);
      assert.strictEqual(seen[1], req);
    });

    it('chooses what it returns, offered or not', async () => {
      assert.deepStrictEqual(await choose(() => 'b'), ['b', 'b']);
      assert.deepStrictEqual(await choose(() => 'own'), ['own', 'own']);
    });

    it('chooses none with any falsy value', async () => {
      for (const value of [false, '', null, undefined, 0]) {
        assert.deepStrictEqual(await choose(() => value), [undefined, '']);
      }
    });

    it('is not asked if none was offered', async () => {
      const endpoint = await transport.listen({
        handleProtocols: () => assert.fail('asked')
      });
      const { ws } = await endpoint.accepted();

      assert.strictEqual(ws.protocol, '');
    });

    it('is asked before headers and after verifyClient', async () => {
      const log = [];
      const endpoint = await transport.listen({
        verifyClient: () => log.push('verifyClient'),
        handleProtocols: () => {
          log.push('handleProtocols');
          return false;
        }
      });
      endpoint.wss.on('headers', () => log.push('headers'));
      await endpoint.accepted(offer('a'));

      assert.deepStrictEqual(log, [
        'verifyClient',
        'handleProtocols',
        'headers'
      ]);
    });
  });
});
