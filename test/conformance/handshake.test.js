'use strict';

const assert = require('node:assert');

const { assertCloses, itSurvives } = require('../support/echo-server');
const frames = require('../support/frames');
const { KEY, upgradeRequest } = require('../support/raw-client');
const { TCP, forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const header = (name, value) => upgradeRequest({ headers: { [name]: value } });
const key = (value) => header('Sec-WebSocket-Key', value);
const version = (value) => header('Sec-WebSocket-Version', value);
const protocol = (value) => header('Sec-WebSocket-Protocol', value);

/* An upgrade request with the lines put into it as they are. */
function withLines(...lines) {
  return upgradeRequest().replace(
    '\r\n\r\n',
    `\r\n${lines.join('\r\n')}\r\n\r\n`
  );
}

/* Requests by what they must lead to: the statuses that are right. */
const refusals = [
  ['POST', [405], upgradeRequest({ method: 'POST' })],
  ['HEAD', [405], upgradeRequest({ method: 'HEAD' })],
  [
    'CONNECT',
    [400, 405, 0],
    upgradeRequest({ method: 'CONNECT', path: 'a:1' })
  ],
  ['an unknown method', [400, 405], upgradeRequest({ method: 'BREW' })],
  ['a method in lower case', [400, 405], upgradeRequest({ method: 'get' })],
  ['no key', [400], key(undefined)],
  ['an empty key', [400], key('')],
  ['a bad key', [400], key('bad')],
  ['two keys', [400], key([KEY, KEY])],
  ['a key of 8 KiB', [400], key('A'.repeat(8192))],
  ['a key with high bytes', [400], key('\u00e9'.repeat(22) + '==')],
  ['no version', [400, 426], version(undefined)],
  ['version garbage', [400, 426], version('garbage')],
  ['version 12', [400, 426], version('12')],
  ['version 14', [400, 426], version('14')],
  ['version 2^32 + 13', [400, 426], version('4294967309')],
  ['no Upgrade', [400, 426], header('Upgrade', undefined)],
  ['no Connection', [400, 426], header('Connection', undefined)],
  ['h2c', [400, 426], header('Upgrade', 'h2c')],
  ['a bad protocol', [400], protocol('a b')],
  ['a doubled protocol', [400], protocol('a, a')],
  ['an empty protocol', [400], protocol('')],
  ['commas only', [400], protocol(','.repeat(100))],
  ['7 KiB of spaces in a protocol', [400], protocol(`a${' '.repeat(7168)}b`)],
  ['headers of 1 MiB', [400, 431, 0], header('X-Big', 'x'.repeat(1048576))],
  [
    'a URL of 100 KiB',
    [400, 414, 431, 0],
    upgradeRequest({ path: `/${'u'.repeat(102400)}` })
  ],
  ['NUL in a value', [400], withLines('X-A: a\0b')],
  ['NUL in a name', [400], withLines('X-\0A: ab')],
  ['a space before the colon', [400], withLines('X-A : a')],
  ['CR in a value', [400], withLines('X-A: a\rb')],
  ['no colon', [400], withLines('X-A')],
  ['an empty name', [400], withLines(': a')],
  ['a bad name', [400], withLines('X A: a')],
  ['two lengths', [400], withLines('Content-Length: 1', 'Content-Length: 2')],
  ['a length that is no number', [400], withLines('Content-Length: x')],
  [
    'a length and chunked',
    [400],
    withLines('Content-Length: 1', 'Transfer-Encoding: chunked')
  ],
  ['HTTP/1.x', [400], upgradeRequest({ version: '1.x' })],
  ['no HTTP at all', [400], 'hello there\r\n\r\n'],
  ['a frame instead', [400], frames.text('x')],
  ['a TLS hello', [400], Buffer.from('16030100a5010000a10303', 'hex')]
];

/* Requests that may be refused or taken, but then must work. */
const either = [
  ['bare LF', upgradeRequest().replaceAll('\r\n', '\n')],
  ['a bare LF in one line', withLines('X-A: a\nX-B: b')],
  ['obs-fold', withLines('X-A: a', ' folded')],
  ['an extension', header('Sec-WebSocket-Extensions', 'x-unknown')],
  ['extension garbage', header('Sec-WebSocket-Extensions', ';;,="')],
  [
    'the extension constructor',
    header('Sec-WebSocket-Extensions', 'constructor')
  ],
  [
    'the extension __proto__',
    header('Sec-WebSocket-Extensions', '__proto__; a')
  ],
  [
    'window bits 7',
    header(
      'Sec-WebSocket-Extensions',
      'permessage-deflate; server_max_window_bits=7'
    )
  ],
  [
    'window bits 2^32 + 8',
    header(
      'Sec-WebSocket-Extensions',
      'permessage-deflate; server_max_window_bits=4294967304'
    )
  ],
  [
    'a doubled parameter',
    header('Sec-WebSocket-Extensions', 'permessage-deflate; a; a')
  ],
  ['the protocol constructor', protocol('constructor')],
  ['the protocol __proto__', protocol('__proto__')],
  [
    '2000 headers before',
    upgradeRequest().replace('\r\n', `\r\n${'a:b\r\n'.repeat(2000)}`)
  ],
  ['2000 headers behind', withLines(...Array(2000).fill('a:b'))],
  ['the header __proto__', withLines('__proto__: a')],
  ['HTTP/0.9', upgradeRequest().replace(' HTTP/1.1', '')],
  ['HTTP/2.0', upgradeRequest({ version: '2.0' })],
  ['HTTP/1.0', upgradeRequest({ version: '1.0' })],
  ['empty lines in front', `\r\n\r\n${upgradeRequest()}`],
  ['Content-Length: 0', withLines('Content-Length: 0')],
  ['Expect: 100-continue', withLines('Expect: 100-continue')]
];

/* The status of a response head; 0 if the connection just ended. */
function statusOf(head) {
  return head === '' ? 0 : Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)[1]);
}

/* Writes the request; the head that comes back. */
function ask(peer, request) {
  peer.socket.write(Buffer.from(request, 'latin1'));
  return peer.readHead();
}

describe('hostile handshakes', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const [title, statuses, request] of refusals) {
      itSurvives(transport, `refuses ${title}`, async (server) => {
        const peer = await server.raw();
        const head = await ask(peer, request);

        assert.ok(statuses.includes(statusOf(head)), head);
        if (title.includes('version') && statusOf(head) === 400) {
          assert.match(head, /\r\nSec-WebSocket-Version: 13, 8\r\n/);
        }
      });
    }

    for (const [title, request] of either) {
      itSurvives(transport, `lives with ${title}`, async (server) => {
        const peer = await server.raw();
        let head = await ask(peer, request);
        if (statusOf(head) === 100) head = await peer.readHead();

        if (statusOf(head) === 101) await server.assertEcho(peer);
        else
          assert.ok(
            [0, 400, 417, 426, 431, 505].includes(statusOf(head)),
            head
          );
      });
    }

    itSurvives(transport, 'takes a request byte by byte', async (server) => {
      const peer = await server.raw();
      const head = peer.readHead();
      await peer.writeByteByByte(Buffer.from(upgradeRequest()));

      assert.strictEqual(statusOf(await head), 101);
      await server.assertEcho(peer);
    });

    itSurvives(
      transport,
      'takes a request cut in two at every place',
      async (server) => {
        const request = Buffer.from(upgradeRequest());
        for (let i = 1; i < request.length; i += 2) {
          const peer = await server.raw();
          const head = peer.readHead();
          await peer.writePieces([request.subarray(0, i), request.subarray(i)]);

          assert.strictEqual(statusOf(await head), 101, `cut at ${i}`);
          await server.assertEcho(peer);
          peer.destroy();
        }
      }
    );

    itSurvives(
      transport,
      'takes frames in the packet of the request',
      async (server) => {
        const peer = await server.raw();
        await ask(
          peer,
          upgradeRequest() + frames.text('first').toString('latin1')
        );
        assert.strictEqual(
          (await peer.nextFrame()).payload.toString(),
          'first'
        );

        await server.assertEcho(peer);
      }
    );

    itSurvives(
      transport,
      'refuses a bad frame in that packet',
      async (server) => {
        const peer = await server.raw();
        const bad = frames.frame(7, 'x').toString('latin1');
        await ask(peer, upgradeRequest() + bad);

        assert.deepStrictEqual(await assertCloses(peer, 1002), []);
      }
    );

    itSurvives(
      transport,
      'takes a second request for frames: 1002',
      async (server) => {
        const peer = await server.raw();
        const head = await ask(peer, upgradeRequest() + upgradeRequest());

        assert.strictEqual(statusOf(head), 101);
        assert.deepStrictEqual(await assertCloses(peer, 1002), []);
      }
    );

    itSurvives(
      transport,
      'answers a body on an upgrade once',
      async (server) => {
        const peer = await server.raw();
        const head = await ask(peer, withLines('Content-Length: 5') + 'abcde');

        assert.ok([101, 400].includes(statusOf(head)), head);
        if (statusOf(head) === 101) {
          // For Node 26 the body is the request's, and frames follow it.
          peer.write(frames.close(1002));
          await assertCloses(peer, 1002);
        } else {
          peer.end();
        }
        assert.ok(!String(await peer.readToEnd()).includes('HTTP/1.1 101'));
      }
    );

    itSurvives(
      transport,
      'lives with a FIN behind the request',
      async (server) => {
        for (let i = 0; i < 20; i++) {
          const peer = await server.raw();
          peer.write(upgradeRequest());
          peer.end();
          await peer.ended();
        }
      }
    );

    itSurvives(transport, 'lives with a FIN at every place', async (server) => {
      const request = Buffer.from(upgradeRequest());
      for (let i = 0; i < request.length; i += 7) {
        const peer = await server.raw();
        peer.write(request.subarray(0, i));
        peer.end();
        await peer.ended();
      }
    });

    itSurvives(
      transport,
      'lives with 300 halves of a request',
      async (server) => {
        const request = Buffer.from(upgradeRequest());
        const peers = [];
        for (let i = 0; i < 300; i++) {
          const peer = await server.raw();
          peer.write(request.subarray(0, 1 + (i % (request.length - 1))));
          peers.push(peer);
        }
        await server.assertAlive();
        for (const [i, peer] of peers.entries()) {
          if (i % 3 === 0) peer.reset();
          else peer.write(request.subarray(1 + (i % (request.length - 1))));
        }
        for (const [i, peer] of peers.entries()) {
          if (i % 3 === 0) continue;
          assert.strictEqual(statusOf(await peer.readHead()), 101);
          peer.destroy();
        }
      }
    );
  });

  forEachTransport((transport) => {
    itSurvives(
      transport,
      'lives with 300 RSTs while it answers',
      async (server) => {
        for (let i = 0; i < 300; i++) {
          const peer = await server.raw();
          peer.write(upgradeRequest());
          if (i % 2) setImmediate(() => peer.reset());
          else peer.reset();
        }
      }
    );
  }, TCP);
});
