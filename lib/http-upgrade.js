'use strict';

const { refuse, refuseOrEmit, verifyClient } = require('./upgrade-checks');
const { kWebSocket } = require('./constants');

/**
 * A valid upgrade to be decided by lib/admission.js, on a socket of node:http
 * or of the application.
 */
class HttpUpgrade {
  #wss;
  #socket;
  #handshake;

  /**
   * @param {WebSocketServer} wss The server
   * @param {Object} handshake What `completeUpgrade()` takes, by these names
   */
  constructor(wss, handshake) {
    this.req = handshake.req;
    this.#wss = wss;
    this.#socket = handshake.socket;
    this.#handshake = handshake;
  }

  /**
   * @return {(String|undefined)} Where the client connects from, if it does so
   *     through the Internet Protocol
   */
  address() {
    return this.#socket.remoteAddress;
  }

  /**
   * @param {Function} giveBack Called when the socket is closed
   */
  keepPlace(giveBack) {
    if (this.#socket.closed) giveBack();
    else this.#socket.once('close', giveBack);
  }

  /**
   * Asks the application's `verifyClient`, if there is one.
   *
   * @param {Function} proceed Called unless the client is refused
   */
  verify(proceed) {
    const { options, _verifying: verifying } = this.#wss;
    const socket = this.#socket;

    if (!options.verifyClient) {
      this.#guard(proceed);
      return;
    }

    const decide = (verified, code, message, headers) => {
      verifying.delete(socket);
      if (verified) proceed();
      else refuse(this.#wss, this.req, socket, code || 401, message, headers);
    };

    verifying.add(socket);
    socket.once('close', () => verifying.delete(socket));
    this.#guard(() => verifyClient(options.verifyClient, this.req, decide));
  }

  /**
   * Puts the decision off.
   *
   * @param {Function} onGone Called when the client is gone, or may be
   * @return {Boolean} `false` if it is gone already
   */
  wait(onGone) {
    if (this.#socket.destroyed) return false;

    this.#socket.once('close', onGone);
    return true;
  }

  /**
   * @param {*} [data] What the connection gets as its data
   */
  accept(...data) {
    const { agreed, key, protocols, req, socket, head, cb } = this.#handshake;
    const take = (ws, request) => {
      ws.data = data[0];
      cb(ws, request, ...data);
    };

    this.#guard(() => {
      this.#wss.completeUpgrade(
        agreed,
        key,
        protocols,
        req,
        socket,
        head,
        data.length === 0 ? cb : take
      );
    });
  }

  /**
   * Calls what may call the application: if that throws, nobody is left to care
   * for the socket.
   */
  #guard(act) {
    try {
      act();
    } catch (err) {
      this.abandon();
      throw err;
    }
  }

  /**
   * Gives the client up: the application has thrown.
   */
  abandon() {
    if (!this.#socket[kWebSocket]) this.#socket.destroy();
  }

  /**
   * @param {Refusal} refusal What to answer
   */
  refuse({ status, body, headers }) {
    refuse(this.#wss, this.req, this.#socket, status, body, headers);
  }

  /**
   * Refuses because the application failed.
   *
   * @param {Error} err What it has thrown
   */
  fail(err) {
    refuseOrEmit(this.#wss, this.req, this.#socket, 500, err);
  }
}

module.exports = HttpUpgrade;
