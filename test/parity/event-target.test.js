'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

const HANDLERS = ['onopen', 'onmessage', 'onclose', 'onerror'];

/* The event that a listener added with addEventListener gets. */
function nextTargetEvent(ws, type) {
  return new Promise((resolve) => {
    ws.addEventListener(type, resolve, { once: true });
  });
}

/* The enumerable names of an event, its prototypes' included. */
function names(event) {
  const all = [];
  for (const name in event) all.push(name);
  return all.sort();
}

describe('the event target', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('has null in each on* at first', async () => {
      const { ws } = await transport.open();

      for (const name of HANDLERS) assert.strictEqual(ws[name], null, name);
    });

    it('keeps the function that was set and nothing else', async () => {
      const { ws } = await transport.open();
      const first = () => {};
      const second = () => {};

      for (const name of HANDLERS) {
        const type = name.slice(2);
        const before = ws.listenerCount(type);
        ws[name] = first;
        assert.strictEqual(ws[name], first);
        ws[name] = second;
        assert.strictEqual(ws[name], second);
        assert.strictEqual(ws.listenerCount(type), before + 1);
        for (const nothing of [null, undefined, 'text', {}, 1]) {
          ws[name] = nothing;
          assert.strictEqual(ws[name], null);
          assert.strictEqual(ws.listenerCount(type), before);
        }
      }
    });

    it('does not take listeners added otherwise for on*', async () => {
      const { ws } = await transport.open();
      ws.on('message', () => {});
      ws.addEventListener('message', () => {});

      assert.strictEqual(ws.onmessage, null);
    });

    it('gives onmessage an event with a string for text', async () => {
      const { ws, peer } = await transport.open();
      const seen = new Promise((resolve) => {
        ws.onmessage = function (event, ...more) {
          resolve({ event, more, self: this });
        };
      });
      peer.write(frames.text('h\u00e9'));
      const { event, more, self } = await seen;

      assert.strictEqual(event.type, 'message');
      assert.strictEqual(event.target, ws);
      assert.strictEqual(event.data, 'h\u00e9');
      assert.strictEqual(event.constructor.name, 'MessageEvent');
      assert.strictEqual(self, ws);
      assert.deepStrictEqual(more, []);
      assert.deepStrictEqual(names(event), ['data', 'target', 'type']);
    });

    it('gives onmessage a Buffer for binary data', async () => {
      const { ws, peer } = await transport.open();
      const event = nextTargetEvent(ws, 'message');
      peer.write(frames.binary('bytes'));
      const { data } = await event;

      assert.ok(Buffer.isBuffer(data));
      assert.strictEqual(data.toString(), 'bytes');
    });

    it('gives onclose the code, the reason and a clean close', async () => {
      const { ws, peer } = await transport.open();
      const seen = new Promise((resolve) => {
        ws.onclose = resolve;
      });
      peer.write(frames.close(4000, 'h\u00e9'));
      await peer.framesToEnd();
      peer.end();
      const event = await seen;

      assert.strictEqual(event.constructor.name, 'CloseEvent');
      assert.strictEqual(event.type, 'close');
      assert.strictEqual(event.target, ws);
      assert.strictEqual(event.code, 4000);
      assert.strictEqual(event.reason, 'h\u00e9');
      assert.strictEqual(event.wasClean, true);
      assert.deepStrictEqual(names(event), [
        'code',
        'reason',
        'target',
        'type',
        'wasClean'
      ]);
    });

    it('gives a clean close without a code', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextTargetEvent(ws, 'close');
      peer.write(frames.close());
      await peer.framesToEnd();
      peer.end();
      const { code, reason, wasClean } = await closed;

      assert.deepStrictEqual([code, reason, wasClean], [1005, '', true]);
    });

    const unclean = {
      'terminate()': ({ ws }) => ws.terminate(),
      'a FIN alone': ({ peer }) => peer.end(),
      'a lost peer': ({ peer }) => peer.destroy(),
      'an unanswered close': async ({ ws, peer }) => {
        ws.close(1000);
        await peer.nextFrame();
        peer.destroy();
      }
    };

    for (const [what, act] of Object.entries(unclean)) {
      it(`gives a close that was not clean for ${what}`, async () => {
        const opened = await transport.open();
        const closed = nextTargetEvent(opened.ws, 'close');
        await act(opened);
        const { code, reason, wasClean } = await closed;

        assert.deepStrictEqual([code, reason, wasClean], [1006, '', false]);
      });
    }

    it('gives onerror the error and its message, then a close', async () => {
      const { ws, peer } = await transport.open();
      const seen = [];
      ws.onerror = (event) => seen.push(event);
      const closed = nextTargetEvent(ws, 'close');
      peer.write(frames.frame(3, 'x'));
      await peer.framesToEnd();
      peer.end();
      const { code, wasClean } = await closed;

      assert.strictEqual(seen.length, 1);
      assert.strictEqual(seen[0].constructor.name, 'ErrorEvent');
      assert.strictEqual(seen[0].type, 'error');
      assert.strictEqual(seen[0].target, ws);
      assert.ok(seen[0].error instanceof RangeError);
      assert.strictEqual(seen[0].message, seen[0].error.message);
      assert.deepStrictEqual(names(seen[0]), [
        'error',
        'message',
        'target',
        'type'
      ]);
      assert.deepStrictEqual([code, wasClean], [1006, false]);
    });

    it('calls all kinds of listeners in the order they were added', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      ws.addEventListener('message', () => log.push('target'));
      ws.on('message', () => log.push('emitter'));
      ws.onmessage = () => log.push('on');
      ws.prependListener('message', () => log.push('first'));
      peer.write(frames.text('x'), frames.ping());
      await peer.nextFrame();

      assert.deepStrictEqual(log, ['first', 'target', 'emitter', 'on']);
    });

    it('adds the same handler once', async () => {
      const { ws } = await transport.open();
      const handler = () => {};
      ws.addEventListener('message', handler);
      ws.addEventListener('message', handler);
      ws.addEventListener('message', handler, { once: true });
      assert.strictEqual(ws.listenerCount('message'), 1);
      ws.onmessage = handler;

      assert.strictEqual(ws.listenerCount('message'), 2);
    });

    it('calls handleEvent of an object', async () => {
      const { ws, peer } = await transport.open();
      const seen = new Promise((resolve) => {
        const handler = {
          handleEvent(event) {
            resolve([this === handler, event.data]);
          }
        };
        ws.addEventListener('message', handler);
      });
      peer.write(frames.text('x'));

      assert.deepStrictEqual(await seen, [true, 'x']);
    });

    it('calls a listener with once only once', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      const handler = ({ data }) => log.push(data);
      ws.addEventListener('message', handler, { once: true });
      peer.write(frames.text('1'), frames.text('2'), frames.ping());
      await peer.nextFrame();

      assert.deepStrictEqual(log, ['1']);
      assert.strictEqual(ws.listenerCount('message'), 0);
    });

    it('removes only what was added by addEventListener', async () => {
      const { ws } = await transport.open();
      const handler = () => {};
      const object = { handleEvent() {} };
      ws.on('message', handler);
      ws.onmessage = handler;
      ws.addEventListener('message', handler);
      ws.addEventListener('message', object);
      assert.strictEqual(ws.listenerCount('message'), 4);

      ws.removeEventListener('message', handler);
      ws.removeEventListener('message', handler);
      ws.removeEventListener('message', object);
      ws.removeEventListener('message', () => {});
      assert.strictEqual(ws.listenerCount('message'), 2);
      assert.strictEqual(ws.onmessage, handler);
    });

    it('ignores other types', async () => {
      const { ws } = await transport.open();
      for (const type of ['ping', 'pong', 'upgrade', 'nonsense']) {
        assert.strictEqual(
          ws.addEventListener(type, () => {}),
          undefined
        );
        assert.strictEqual(ws.listenerCount(type), 0, type);
      }
    });

    it('takes part in emit(), as an event emitter does', async () => {
      const { ws } = await transport.open();
      const open = nextTargetEvent(ws, 'open');
      ws.emit('open');
      const event = await open;

      assert.strictEqual(event.type, 'open');
      assert.strictEqual(event.target, ws);
      assert.strictEqual(event.constructor.name, 'Event');
      const message = nextEvent(ws, 'message');
      ws.emit('message', Buffer.from('own'), false);
      assert.strictEqual(String((await message)[0]), 'own');
    });
  });
});
