'use strict';

const assert = require('node:assert');
const zlib = require('node:zlib');

const frames = require('../support/frames');
const { duplexPair } = require('../support/duplex-pair');
const { WebSocket } = require('../support/implementation');
const { RawClient } = require('../support/raw-client');
const { TEST_TIMEOUT_MS, nextEvent, nextEvents } = require('../support/wait');

const { PerMessageDeflate, Receiver, Sender } = WebSocket;

const RSV1 = 4;

const options = (more) => ({
  fin: true,
  mask: false,
  opcode: 1,
  readOnly: false,
  rsv1: false,
  ...more
});

/* The one frame that a list of Sender.frame holds. */
function read(list) {
  const bytes = Buffer.concat(list.map((part) => Buffer.from(part)));
  const frame = frames.readFrame(bytes);
  assert.strictEqual(frame.size, bytes.length);
  return frame;
}

describe('[server-surface] Sender', function () {
  this.timeout(TEST_TIMEOUT_MS);

  it('frames data of each length', () => {
    for (const length of [1, 125, 126, 65535, 65536]) {
      const data = Buffer.alloc(length, 'd');
      const list = Sender.frame(data, options({ opcode: 2 }));

      assert.strictEqual(list.length, 2);
      assert.strictEqual(list[1], data);
      assert.ok(read(list).payload.equals(data));
      assert.strictEqual(read(list).opcode, 2);
    }
  });

  it('frames nothing as one part', () => {
    assert.strictEqual(Sender.frame(Buffer.alloc(0), options()).length, 1);
    assert.strictEqual(Sender.frame('', options()).length, 1);
  });

  it('frames a string as UTF-8', () => {
    const list = Sender.frame('h\u00e9', options());

    assert.strictEqual(read(list).payload.toString(), 'h\u00e9');
  });

  it('sets the bits that it is told', () => {
    const { fin, rsv } = read(
      Sender.frame(Buffer.from('x'), options({ fin: false, rsv1: true }))
    );

    assert.deepStrictEqual([fin, rsv], [false, 4]);
  });

  it('masks, and leaves a read-only buffer alone', () => {
    const data = Buffer.from('masked');
    const frame = read(
      Sender.frame(data, options({ mask: true, readOnly: true }))
    );

    assert.strictEqual(frame.isMasked, true);
    assert.strictEqual(frame.payload.toString(), 'masked');
    assert.strictEqual(data.toString(), 'masked');
  });

  it('masks a writable buffer in place', () => {
    const data = Buffer.alloc(100, 'm');
    const list = Sender.frame(
      data,
      options({
        mask: true,
        generateMask: (mask) => mask.set([1, 2, 3, 4]),
        maskBuffer: Buffer.alloc(4)
      })
    );

    assert.strictEqual(list[1], data);
    assert.notStrictEqual(data.toString(), 'm'.repeat(100));
    assert.ok(read(list).payload.equals(Buffer.alloc(100, 'm')));
  });

  it('sends on any stream', async () => {
    const [near, far] = duplexPair();
    const peer = new RawClient(far);
    const sender = new Sender(near);
    sender.send('text', { binary: false, compress: false, fin: true });
    sender.send(Buffer.from('bin'), {
      binary: true,
      compress: false,
      fin: true,
      mask: true
    });
    sender.ping('p', false);
    sender.pong('q', false);
    sender.close(1000, 'bye', false);
    const got = await peer.nextFrames(5);

    assert.deepStrictEqual(
      got.map(({ opcode }) => opcode),
      [frames.TEXT, frames.BINARY, frames.PING, frames.PONG, frames.CLOSE]
    );
    assert.strictEqual(got[1].payload.toString(), 'bin');
    assert.strictEqual(got[4].reason, 'bye');
  });

  /* A Sender with compression, agreed on with these parameters. */
  function compressing(parameters = {}) {
    const [near, far] = duplexPair();
    const deflate = new PerMessageDeflate({ isServer: true, threshold: 3 });
    deflate.accept([parameters]);
    const sender = new Sender(near, { 'permessage-deflate': deflate });
    return { near, peer: new RawClient(far), sender };
  }

  const SMALL = { binary: false, compress: true, fin: true };

  it('compresses, and keeps the order of all else', async () => {
    const { peer, sender } = compressing();
    const log = [];
    sender.send('x'.repeat(1000), SMALL, () => log.push('compressed'));
    assert.strictEqual(sender._bufferedBytes, 1000);
    sender.ping('p', false, () => log.push('ping'));
    sender.send('plain', { ...SMALL, compress: false });
    sender.close(1000, '', false, () => log.push('close'));
    const [first, ...others] = await peer.nextFrames(4);
    const tail = Buffer.from([0, 0, 255, 255]);
    const inflated = zlib.inflateRawSync(Buffer.concat([first.payload, tail]), {
      finishFlush: zlib.constants.Z_SYNC_FLUSH
    });

    assert.strictEqual(first.rsv, RSV1);
    assert.strictEqual(String(inflated), 'x'.repeat(1000));
    assert.deepStrictEqual(
      others.map(({ opcode, rsv }) => [opcode, rsv]),
      [
        [frames.PING, 0],
        [frames.TEXT, 0],
        [frames.CLOSE, 0]
      ]
    );
    assert.deepStrictEqual(log, ['compressed', 'ping', 'close']);
    assert.strictEqual(sender._bufferedBytes, 0);
  });

  it('marks a compressed message at its first fragment only', async () => {
    const { peer, sender } = compressing();
    sender.send('one', { ...SMALL, fin: false });
    sender.send('two', { ...SMALL, fin: true });
    const got = await peer.nextFrames(2);

    assert.deepStrictEqual(
      got.map(({ fin, opcode, rsv }) => [fin, opcode, rsv]),
      [
        [false, frames.TEXT, RSV1],
        [true, frames.CONTINUATION, 0]
      ]
    );
  });

  it('leaves small messages alone without context takeover', async () => {
    const { peer, sender } = compressing({
      server_no_context_takeover: [true]
    });
    sender.send('ab', SMALL);
    sender.send('abc', SMALL);
    const got = await peer.nextFrames(2);

    assert.deepStrictEqual(
      got.map(({ rsv }) => rsv),
      [0, RSV1]
    );
  });

  it('reads Blobs, in order', async () => {
    const { peer, sender } = compressing();
    const options = { ...SMALL, binary: true, compress: false };
    sender.send(new Blob(['blob']), options);
    sender.ping(new Blob(['in a ping']), false);
    sender.send('behind', { ...SMALL, compress: false });
    const got = await peer.nextFrames(3);

    assert.deepStrictEqual(
      got.map(({ payload }) => String(payload)),
      ['blob', 'in a ping', 'behind']
    );
  });

  it('tells who waits that the stream was destroyed', async () => {
    for (const data of ['x'.repeat(1000), new Blob(['x'])]) {
      const { near, sender } = compressing();
      const errors = [];
      const failed = new Promise((resolve) => {
        sender.send(data, SMALL, (err) => errors.push(err.message));
        sender.ping('', false, (err) => resolve(errors.push(err.message)));
      });
      near.destroy();
      await failed;

      assert.strictEqual(errors.length, 2);
      for (const message of errors) assert.match(message, /socket was closed/);
    }
  });
});

describe('[server-surface] Receiver', function () {
  this.timeout(TEST_TIMEOUT_MS);

  it('emits what it is written, as a server', async () => {
    const receiver = new Receiver({ isServer: true });
    const log = [];
    receiver.on('message', (data, isBinary) => log.push(`${data} ${isBinary}`));
    receiver.on('ping', (data) => log.push(`ping ${data}`));
    receiver.on('pong', (data) => log.push(`pong ${data}`));
    receiver.on('conclude', (code, reason) => log.push(`${code} ${reason}`));
    const finished = nextEvent(receiver, 'finish');
    receiver.write(frames.text('a'));
    receiver.write(frames.binary('b'));
    receiver.write(frames.ping('c'));
    receiver.write(frames.pong('d'));
    receiver.write(frames.close(1000, 'e'));
    await finished;

    assert.deepStrictEqual(log, [
      'a false',
      'b true',
      'ping c',
      'pong d',
      '1000 e'
    ]);
  });

  it('reads unmasked frames as a client', async () => {
    const receiver = new Receiver();
    const message = nextEvent(receiver, 'message');
    receiver.write(frames.text('x', { mask: false }));

    assert.deepStrictEqual(await message, [Buffer.from('x'), false]);
    const error = nextEvent(receiver, 'error');
    receiver.write(frames.text('x'));
    assert.strictEqual((await error)[0].code, 'WS_ERR_UNEXPECTED_MASK');
    assert.strictEqual(
      (await error)[0].message,
      'Invalid WebSocket frame: MASK must be clear'
    );
  });

  it('keeps its limits', async () => {
    for (const [given, bytes, code] of [
      [
        { maxPayload: 3 },
        frames.text('four'),
        'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
      ],
      [
        { maxFragments: 1 },
        Buffer.concat([
          frames.text('a', { fin: false }),
          frames.continuation('b')
        ]),
        'WS_ERR_TOO_MANY_BUFFERED_PARTS'
      ],
      [{}, frames.text([0xff]), 'WS_ERR_INVALID_UTF8']
    ]) {
      const receiver = new Receiver({ isServer: true, ...given });
      const error = nextEvent(receiver, 'error');
      receiver.write(bytes);

      assert.strictEqual((await error)[0].code, code);
    }
  });

  it('takes the bytes in any pieces', async () => {
    const receiver = new Receiver({ isServer: true });
    const messages = nextEvents(receiver, 'message', 2);
    const bytes = Buffer.concat([
      frames.text('one'),
      frames.binary(Buffer.alloc(300, 'x'))
    ]);
    for (const byte of bytes) receiver.write(Buffer.from([byte]));
    const [[first], [second]] = await messages;

    assert.strictEqual(String(first), 'one');
    assert.ok(second.equals(Buffer.alloc(300, 'x')));
  });

  it('takes its time to inflate much', async () => {
    const agreed = new PerMessageDeflate();
    const large = Buffer.alloc(3000000, 'l');
    const log = [];
    const onEvent = (data) => log.push(data.length);

    agreed.accept([{}]);

    const receiver = new Receiver({
      extensions: { [PerMessageDeflate.extensionName]: agreed },
      isServer: true
    });
    const finished = nextEvent(receiver, 'finish');

    receiver.on('message', onEvent).on('ping', onEvent);
    receiver.write(
      Buffer.concat([
        frames.binary(zlib.deflateRawSync(large), { rsv: RSV1 }),
        frames.ping('behind')
      ])
    );
    receiver.end(frames.binary('last'), () => log.push('written'));
    await finished;

    assert.deepStrictEqual(log, [large.length, 6, 4, 'written']);
  });

  it('fails with what it inflates', async () => {
    const agreed = new PerMessageDeflate({ maxPayload: 1000000 });

    agreed.accept([{}]);

    const receiver = new Receiver({
      extensions: { [PerMessageDeflate.extensionName]: agreed },
      isServer: true,
      maxPayload: 1000000
    });
    const failed = nextEvent(receiver, 'error');

    receiver.write(
      frames.binary(zlib.deflateRawSync(Buffer.alloc(1000001)), { rsv: RSV1 })
    );

    assert.strictEqual(
      (await failed)[0].code,
      'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
    );
  });
});
