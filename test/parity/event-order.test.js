'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns } = require('../support/wait');

/* Logs an event, and what it queued: a tick and a promise job. */
function recorder(log) {
  return (name) => {
    log.push(name);
    process.nextTick(() => log.push(`tick of ${name}`));
    Promise.resolve().then(() => log.push(`job of ${name}`));
  };
}

describe('the order of events', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('has all events of a chunk, then ticks, then promise jobs', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      const record = recorder(log);
      ws.on('message', (data) => record(`message ${data}`));
      ws.on('ping', (data) => record(`ping ${data}`));
      ws.on('pong', (data) => record(`pong ${data}`));
      peer.write(
        frames.text('1'),
        frames.ping('2'),
        frames.text('3', { fin: false }),
        frames.pong('4'),
        frames.continuation('5')
      );
      await peer.nextFrame();
      await turns(2);
      const events = ['message 1', 'ping 2', 'pong 4', 'message 35'];

      assert.deepStrictEqual(log, [
        ...events,
        ...events.map((name) => `tick of ${name}`),
        ...events.map((name) => `job of ${name}`)
      ]);
    });

    it('has a violation in a tick after the events before it', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      const record = recorder(log);
      ws.on('message', (data) => record(`message ${data}`));
      ws.on('error', () => log.push('error'));
      peer.write(frames.text('1'), frames.text('2'), frames.frame(3));
      await peer.framesToEnd();

      assert.deepStrictEqual(log, [
        'message 1',
        'message 2',
        'tick of message 1',
        'tick of message 2',
        'error',
        'job of message 1',
        'job of message 2'
      ]);
    });

    it('never mixes two connections', async () => {
      const log = [];
      const record = recorder(log);
      const endpoint = await transport.listen({}, (ws) => {
        ws.on('message', (data) => record(String(data)));
      });
      const peers = [];
      for (let i = 0; i < 4; i++) peers.push(await endpoint.upgraded());
      peers.forEach((peer, i) => {
        peer.write(frames.text(`${i}`), frames.ping());
      });
      for (const peer of peers) await peer.nextFrame();
      await turns(2);

      assert.strictEqual(log.length, 12);
      for (let i = 0; i < log.length; i += 3) {
        const name = log[i];
        assert.deepStrictEqual(log.slice(i, i + 3), [
          name,
          `tick of ${name}`,
          `job of ${name}`
        ]);
      }
    });

    it('has close after all that came before, in a turn of its own', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      const record = recorder(log);
      ws.on('message', (data) => record(`message ${data}`));
      ws.on('close', () => record('close'));
      const closed = nextEvent(ws, 'close');
      peer.write(frames.text('1'), frames.close(1000));
      await peer.framesToEnd();
      peer.end();
      await closed;
      await turns(1);

      assert.deepStrictEqual(log, [
        'message 1',
        'tick of message 1',
        'job of message 1',
        'close',
        'tick of close',
        'job of close'
      ]);
    });

    it('has close after the callback of what was sent', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      const closed = nextEvent(ws, 'close');
      ws.on('close', () => log.push('close'));
      ws.send('last', () => log.push('sent'));
      ws.close(1000);
      log.push('returned');
      peer.write(frames.close(1000));
      await peer.framesToEnd();
      peer.end();
      await closed;

      assert.deepStrictEqual(log, ['returned', 'sent', 'close']);
    });

    it('has close behind the errors of what was sent too late', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      const closed = nextEvent(ws, 'close');
      ws.on('close', () => log.push('close'));
      ws.on('message', () => {
        if (ws.readyState === ws.OPEN) ws.terminate();
        else ws.send('late', () => log.push('callback'));
      });
      peer.write(frames.text('1'), frames.text('2'));
      await closed;

      assert.deepStrictEqual(log, ['callback', 'close']);
    });

    it('has close of the socket first, unless all was received', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      const log = [];
      ws._socket.on('close', () => log.push(`socket ${ws.readyState}`));
      ws.on('close', () => log.push('WebSocket'));
      ws._socket.destroy();
      await closed;

      assert.deepStrictEqual(log, [`socket ${ws.CLOSING}`, 'WebSocket']);
      peer.destroy();
    });

    it('has close of the socket last behind a closing handshake', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      const socketClosed = nextEvent(ws._socket, 'close');
      ws._socket.on('close', () => log.push(`socket ${ws.readyState}`));
      ws.on('close', () => log.push('WebSocket'));
      peer.write(frames.close(1000));
      await peer.framesToEnd();
      peer.end();
      await socketClosed;

      assert.deepStrictEqual(log, ['WebSocket', `socket ${ws.CLOSED}`]);
    });

    it('never emits close inside terminate()', async () => {
      const { ws } = await transport.open();
      const log = [];
      const closed = nextEvent(ws, 'close');
      ws.on('close', () => log.push('close'));
      ws.terminate();
      log.push('returned');
      await closed;

      assert.deepStrictEqual(log, ['returned', 'close']);
    });

    it('sees listeners that were added a tick after connection', async () => {
      const log = [];
      const endpoint = await transport.listen({}, async (ws) => {
        await null;
        ws.on('message', (data) => log.push(String(data)));
      });
      const peer = await endpoint.upgraded();
      peer.write(frames.text('seen'), frames.ping());
      await peer.nextFrame();

      assert.deepStrictEqual(log, ['seen']);
    });
  });
});
