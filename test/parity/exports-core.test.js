'use strict';

const assert = require('node:assert');
const { EventEmitter } = require('node:events');

const { WebSocket, WebSocketServer } = require('../support/implementation');

const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };

const ACCESSORS = {
  readOnly: ['bufferedAmount', 'protocol', 'readyState'],
  handlers: ['onopen', 'onmessage', 'onclose', 'onerror']
};

function descriptor(name) {
  return Object.getOwnPropertyDescriptor(WebSocket.prototype, name);
}

describe('exports, the core', () => {
  it('is the class WebSocket, with the server under both its names', () => {
    assert.strictEqual(typeof WebSocket, 'function');
    assert.strictEqual(WebSocket.name, 'WebSocket');
    assert.strictEqual(WebSocket.WebSocket, WebSocket);
    assert.strictEqual(WebSocket.Server, WebSocketServer);
    assert.strictEqual(WebSocketServer.name, 'WebSocketServer');
  });

  it('has enumerable names', () => {
    for (const name of ['Server', 'WebSocket', 'WebSocketServer']) {
      assert.ok(Object.keys(WebSocket).includes(name), name);
    }
  });

  for (const [name, value] of Object.entries(STATES)) {
    it(`has the constant ${name} on the class and on its instances`, () => {
      const expected = {
        value,
        writable: false,
        enumerable: true,
        configurable: false
      };

      assert.deepStrictEqual(
        Object.getOwnPropertyDescriptor(WebSocket, name),
        expected
      );
      assert.deepStrictEqual(descriptor(name), expected);
    });
  }

  it('is made of event emitters that can be extended', () => {
    class Sub extends WebSocket {}
    class SubServer extends WebSocketServer {}

    assert.ok(WebSocket.prototype instanceof EventEmitter);
    assert.ok(WebSocketServer.prototype instanceof EventEmitter);
    assert.strictEqual(Sub.OPEN, 1);
    assert.ok(new SubServer({ noServer: true }) instanceof WebSocketServer);
  });

  it('cannot be called without new', () => {
    const message = /Class constructor \w+ cannot be invoked without 'new'/;

    assert.throws(() => WebSocket('ws://localhost'), { message });
    assert.throws(() => WebSocketServer({ noServer: true }), { message });
  });

  it('has the lengths of the constructors', () => {
    assert.strictEqual(WebSocket.length, 3);
    assert.strictEqual(WebSocketServer.length, 2);
  });

  it('has the methods of a WebSocket, not enumerable', () => {
    const lengths = { send: 3, ping: 3, pong: 3, close: 2, terminate: 0 };

    for (const [name, length] of Object.entries(lengths)) {
      assert.strictEqual(typeof descriptor(name).value, 'function', name);
      assert.strictEqual(descriptor(name).value.length, length, name);
      assert.strictEqual(descriptor(name).enumerable, false, name);
    }
  });

  it('has the methods of an event target, enumerable', () => {
    for (const name of ['addEventListener', 'removeEventListener']) {
      assert.strictEqual(typeof descriptor(name).value, 'function', name);
      assert.strictEqual(descriptor(name).value.length, 2, name);
      assert.strictEqual(descriptor(name).enumerable, true, name);
    }
  });

  it('has enumerable accessors that cannot be set', () => {
    for (const name of ACCESSORS.readOnly) {
      assert.strictEqual(typeof descriptor(name).get, 'function', name);
      assert.strictEqual(descriptor(name).set, undefined, name);
      assert.strictEqual(descriptor(name).enumerable, true, name);
    }
  });

  it('has enumerable accessors for the on* handlers', () => {
    for (const name of ACCESSORS.handlers) {
      assert.strictEqual(typeof descriptor(name).get, 'function', name);
      assert.strictEqual(typeof descriptor(name).set, 'function', name);
      assert.strictEqual(descriptor(name).enumerable, true, name);
    }
  });

  it('has the methods of a server', () => {
    const lengths = { address: 0, close: 1, handleUpgrade: 4 };

    for (const [name, length] of Object.entries(lengths)) {
      assert.strictEqual(typeof WebSocketServer.prototype[name], 'function');
      assert.strictEqual(WebSocketServer.prototype[name].length, length, name);
    }
  });
});
