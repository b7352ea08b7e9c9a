'use strict';

const assert = require('node:assert');
const { Duplex, Writable } = require('node:stream');

const implementation = require('../support/implementation');

const { WebSocket } = implementation;

const NAMES = [
  'PerMessageDeflate',
  'Receiver',
  'Sender',
  'Server',
  'WebSocket',
  'WebSocketServer',
  'createWebSocketStream',
  'extension',
  'subprotocol'
];

const STATES = ['CLOSED', 'CLOSING', 'CONNECTING', 'OPEN'];

describe('[server-surface] exports', () => {
  it('has the names of ws and no others', () => {
    assert.deepStrictEqual(
      Object.keys(WebSocket).sort(),
      [...NAMES, ...STATES].sort()
    );
  });

  it('has functions and classes of the same shape', () => {
    const lengths = {
      createWebSocketStream: 2,
      PerMessageDeflate: 1,
      Receiver: 0,
      Sender: 3
    };

    for (const [name, length] of Object.entries(lengths)) {
      assert.strictEqual(typeof WebSocket[name], 'function', name);
      assert.strictEqual(WebSocket[name].length, length, name);
      assert.strictEqual(WebSocket[name].name, name);
    }
    assert.strictEqual(
      WebSocket.PerMessageDeflate.extensionName,
      'permessage-deflate'
    );
    assert.deepStrictEqual(
      Object.keys(WebSocket.PerMessageDeflate.prototype),
      []
    );
    assert.strictEqual(typeof WebSocket.Sender.frame, 'function');
    assert.ok(WebSocket.Receiver.prototype instanceof Writable);
  });

  it('has its accessors on the prototype, enumerable', () => {
    const names = ['binaryType', 'extensions', 'isPaused', 'url'];

    for (const name of names) {
      const descriptor = Object.getOwnPropertyDescriptor(
        WebSocket.prototype,
        name
      );
      assert.strictEqual(typeof descriptor.get, 'function', name);
      assert.strictEqual(descriptor.enumerable, true, name);
      assert.strictEqual(descriptor.configurable, true, name);
    }
  });

  it('has the enumerable properties of ws on the prototype', () => {
    assert.deepStrictEqual(Object.keys(WebSocket.prototype).sort(), [
      ...STATES,
      'addEventListener',
      'binaryType',
      'bufferedAmount',
      'extensions',
      'isPaused',
      'onclose',
      'onerror',
      'onmessage',
      'onopen',
      'protocol',
      'readyState',
      'removeEventListener',
      'url'
    ]);
  });

  it('has the methods that are not private by name', () => {
    const lengths = { pause: 0, resume: 0, setSocket: 3, emitClose: 0 };

    for (const [name, length] of Object.entries(lengths)) {
      assert.strictEqual(typeof WebSocket.prototype[name], 'function', name);
      assert.strictEqual(WebSocket.prototype[name].length, length, name);
    }
    const server = WebSocket.Server.prototype;
    assert.strictEqual(server.shouldHandle.length, 1);
    assert.strictEqual(server.completeUpgrade.length, 7);
  });

  it('can be imported, with a default and the names', async () => {
    const module = await import(implementation.name);

    assert.strictEqual(module.default, WebSocket);
    assert.deepStrictEqual(
      Object.keys(module).sort(),
      [...NAMES.filter((name) => name !== 'Server'), 'default'].sort()
    );
    for (const name of NAMES) {
      if (name !== 'Server') assert.strictEqual(module[name], WebSocket[name]);
    }
  });

  it('exports its package.json', () => {
    const { version, name } = require(`${implementation.name}/package.json`);

    assert.strictEqual(name, implementation.name);
    assert.match(version, /^\d+\.\d+\.\d+/);
  });

  it('exports no inner files', () => {
    assert.throws(() => require(`${implementation.name}/lib/websocket.js`), {
      code: 'ERR_PACKAGE_PATH_NOT_EXPORTED'
    });
  });

  it('parses and formats extensions', () => {
    const { format, parse } = WebSocket.extension;
    const parsed = parse('foo; a=1; b="2"; c, bar, foo; a');

    assert.deepStrictEqual(JSON.parse(JSON.stringify(parsed)), {
      foo: [{ a: ['1'], b: ['2'], c: [true] }, { a: [true] }],
      bar: [{}]
    });
    assert.strictEqual(
      format({ foo: [{ a: [1], c: true }], bar: {} }),
      'foo; a=1; c, bar'
    );
    for (const bad of ['', ';', 'a b', 'a;', 'a=', 'a; b="']) {
      assert.throws(() => parse(bad), { name: 'SyntaxError' }, bad);
    }
    assert.deepStrictEqual(Object.keys(parse('__proto__')), ['__proto__']);
  });

  it('parses subprotocols', () => {
    const { parse } = WebSocket.subprotocol;

    assert.ok(parse('a') instanceof Set);
    assert.deepStrictEqual([...parse('a, b ,c')], ['a', 'b', 'c']);
    for (const bad of ['', 'a,', ',a', 'a a', 'a, a']) {
      assert.throws(() => parse(bad), { name: 'SyntaxError' }, bad);
    }
    assert.throws(() => parse('x,x'), {
      message: 'The "x" subprotocol is duplicated'
    });
    assert.throws(() => parse('x@'), {
      message: 'Unexpected character at index 1'
    });
    assert.throws(() => parse('x '), { message: 'Unexpected end of input' });
  });

  it('makes a Duplex of a WebSocket', () => {
    const ws = new WebSocket(null, undefined, {});
    const stream = WebSocket.createWebSocketStream(ws);

    assert.ok(stream instanceof Duplex);
  });
});
