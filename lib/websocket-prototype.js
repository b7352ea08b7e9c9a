'use strict';

const subscriber = require('./subscriber');
const { defineAttributes, EventTarget } = require('./event-target');
const { incoming } = require('./incoming');
const {
  BINARY_TYPES,
  CLOSE_TIMEOUT,
  EMPTY_BUFFER,
  MAX_PAYLOAD,
  MAX_PENDING_AUTO_PONGS,
  READY_STATES
} = require('./constants');

// What the prototype of WebSocket has besides the methods of its class.

// Most connections never change these: they cost no memory here.
const defaults = {
  _autoPong: true,
  _binaryType: BINARY_TYPES[0],
  _bufferedAfterClose: 0,
  _closeCode: 1006,
  _closeFrameReceived: false,
  _closeFrameSent: false,
  _closeMessage: EMPTY_BUFFER,
  _closeTimeout: CLOSE_TIMEOUT,
  _connectionReceiver: null,
  _connectionSender: null,
  _deferredEvents: null,
  _early: null,
  _errorEmitted: false,
  _fragmentEnds: undefined,
  _extensions: {},
  _generateMask: null,
  _giveBackPlace: null,
  _hasPeerEnded: false,
  _isFailing: false,
  _isFinishDeferred: false,
  _isFinishing: false,
  _isInflating: false,
  _isServer: true,
  _isThrottled: false,
  _hasTopics: false,
  _limits: null,
  _maxPayload: MAX_PAYLOAD,
  _maxPendingAutoPongs: MAX_PENDING_AUTO_PONGS,
  // Bytes of a message from which on it may be compressed off the loop.
  _offLoopAt: Infinity,
  _needsDrain: false,
  _paused: false,
  _pendingAutoPongs: 0,
  _pendingCallbacks: null,
  _protocol: '',
  _queue: null,
  _req: null,
  _httpServer: undefined,
  _tellsFragments: false,
  _url: undefined,
  _writtenAtEnd: 0,
  _wss: undefined
};

/**
 * Completes the class.
 *
 * @param {Function} WebSocket The class
 */
function completePrototype(WebSocket) {
  for (const [name, value] of Object.entries(defaults)) {
    Object.defineProperty(WebSocket.prototype, name, {
      configurable: true,
      value,
      writable: true
    });
  }

  READY_STATES.forEach((name, value) => {
    const descriptor = { enumerable: true, value };

    Object.defineProperty(WebSocket, name, descriptor);
    Object.defineProperty(WebSocket.prototype, name, descriptor);
  });

  for (const property of [
    'binaryType',
    'bufferedAmount',
    'extensions',
    'isPaused',
    'protocol',
    'readyState',
    'url'
  ]) {
    Object.defineProperty(WebSocket.prototype, property, { enumerable: true });
  }

  Object.assign(WebSocket.prototype, EventTarget, incoming);
  // What ws does not have is not seen by who lists what a WebSocket has.
  for (const [name, descriptor] of Object.entries(
    Object.getOwnPropertyDescriptors(subscriber)
  )) {
    descriptor.enumerable = false;
    Object.defineProperty(WebSocket.prototype, name, descriptor);
  }

  defineAttributes(WebSocket.prototype);
}

/**
 * Keeps those options of a WebSocket that differ from what its prototype has.
 *
 * @param {WebSocket} websocket The WebSocket
 * @param {Object} options See its constructor
 */
function keepOptions(websocket, options) {
  const { autoPong, closeTimeout } = options;
  const maxPendingAutoPongs = options.maxPendingAutoPongs | 0;

  if (!autoPong) websocket._autoPong = false;
  if (closeTimeout !== CLOSE_TIMEOUT) websocket._closeTimeout = closeTimeout;
  if (maxPendingAutoPongs !== MAX_PENDING_AUTO_PONGS) {
    websocket._maxPendingAutoPongs = maxPendingAutoPongs;
  }
}

module.exports = { completePrototype, keepOptions };
