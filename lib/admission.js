'use strict';

const Refusal = require('./refusal');
const { authenticate } = require('./authentication');

const SERVICE_UNAVAILABLE = 503;
const DEFAULT_TIMEOUT_MS = 60000;

/**
 * Decides about an upgrade that is valid: the limits of the server, then the
 * application.
 *
 * @param {WebSocketServer} wss The server
 * @param {(HttpUpgrade|NativeUpgrade)} upgrade The upgrade
 */
function admit(wss, upgrade) {
  if (wss._limits !== null) {
    const place = wss._limits.take(() => addressOf(wss.options, upgrade));

    if (typeof place === 'number') {
      upgrade.refuse(new Refusal(place));
      return;
    }
    upgrade.keepPlace(place);
  }

  upgrade.verify(() => {
    if (wss.options.authenticate) new Authentication(wss, upgrade).start();
    else upgrade.accept();
  });
}

function addressOf(options, upgrade) {
  if (!options.addressOf) return upgrade.address();

  try {
    return options.addressOf(upgrade.req);
  } catch (err) {
    upgrade.abandon();
    throw err;
  }
}

/**
 * An upgrade while the application is asked who the client is. It is over with
 * the answer, with the client, with the server, or with its time.
 */
class Authentication {
  #wss;
  #upgrade;
  #timer = null;
  #isOver = false;

  constructor(wss, upgrade) {
    this.#wss = wss;
    this.#upgrade = upgrade;
  }

  start() {
    authenticate(this.#wss.options, this.#upgrade.req, {
      accept: (data) => this.#end() && this.#upgrade.accept(data),
      refuse: (refusal) => this.#end() && this.#upgrade.refuse(refusal),
      fail: (err) => this.#end() && this.#upgrade.fail(err)
    });
    if (!this.#isOver) this.#wait();
  }

  /**
   * Refuses the client: there is no time left for an answer.
   */
  giveUp() {
    if (this.#end()) this.#upgrade.refuse(new Refusal(SERVICE_UNAVAILABLE));
  }

  #wait() {
    const timeout = this.#wss.options.handshakeTimeout ?? DEFAULT_TIMEOUT_MS;

    if (!this.#upgrade.wait(() => this.#end())) {
      this.giveUp();
      return;
    }

    this.#wss._undecided.add(this);
    if (timeout > 0) {
      this.#timer = setTimeout(() => this.giveUp(), timeout);
      this.#timer.unref();
    }
  }

  // Whether it was not over before.
  #end() {
    if (this.#isOver) return false;

    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#wss._undecided.delete(this);
    return true;
  }
}

module.exports = { admit };
