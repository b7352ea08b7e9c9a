'use strict';

// Messages between the workers and the primary of a cluster: { uvws: ... }.

const { toBuffer } = require('./envelope');

/**
 * @param {(String|ArrayBuffer|ArrayBufferView)} data What is published
 * @return {{ text: String }|{ bytes: Buffer }} The form that travels
 */
function toMessage(data) {
  return typeof data === 'string' ? { text: data } : { bytes: toBuffer(data) };
}

/**
 * @param {Object} message What has arrived; with 'json' serialization a Buffer
 *     arrives as an object
 * @return {(String|Buffer)} What was published
 */
function fromMessage({ text, bytes }) {
  return text ?? (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes));
}

/** How much memory a message costs on its way, about. */
function byteLength({ text, bytes }) {
  return 128 + (text === undefined ? bytes.length : 2 * text.length);
}

/**
 * Sends a message to the primary, or to a worker.
 *
 * @param {(process|cluster.Worker)} target Whom
 * @param {Object} body The message
 * @return {Promise} Fulfilled when it was handed to the system
 */
function sendTo(target, body) {
  return new Promise((resolve, reject) => {
    target.send({ uvws: body }, undefined, undefined, (err) => {
      if (err) reject(err);
      else resolve();
    });
  });
}

/** As `sendTo()`, where nobody waits for it. */
function tell(target, body) {
  sendTo(target, body).catch(() => {
    // The other side is gone; 'disconnect' says so.
  });
}

module.exports = { byteLength, fromMessage, sendTo, tell, toMessage };
