'use strict';

const http = require('http');

// The meaning of a status without one.
const UNNAMED = 'Refused';

// What the application may change of the headers that a refusal has anyhow.
const OWN_HEADERS = ['Connection', 'Content-Length', 'Content-Type'];

/**
 * How an upgrade is refused, as far as an HTTP response tells.
 */
class Refusal {
  /**
   * @param {Number} status The HTTP status, 300 to 599
   * @param {Object} [headers] More headers; an array makes a line of each value
   * @param {String} [body] The body; by default, or if it is empty, what the
   *     status means
   * @throws {TypeError} If something is of the wrong kind, or no header can
   *     hold it
   * @throws {RangeError} If the status is out of range
   */
  constructor(status, headers = {}, body = undefined) {
    if (typeof status !== 'number') {
      throw new TypeError('The status must be a number');
    }
    if (!isRefusing(status)) {
      throw new RangeError('The status must be an integer from 300 to 599');
    }
    if (body !== undefined && typeof body !== 'string') {
      throw new TypeError('The body must be a string');
    }

    this.status = status;
    this.body = body || http.STATUS_CODES[status] || UNNAMED;
    this.headers = {};
    for (const [name, value] of Object.entries(headers ?? {})) {
      this.#setHeader(name, value);
    }
  }

  /**
   * Makes the refusal that an error describes, as those of `http-errors` do.
   *
   * @param {*} err What was thrown
   * @return {?Refusal} The refusal, `null` if the error describes none
   */
  static ofError(err) {
    const status = err?.status ?? err?.statusCode;

    if (!isRefusing(status)) return null;

    const { body = err.expose === true ? err.message : undefined } = err;

    try {
      return new Refusal(status, err.headers, body);
    } catch {
      return null;
    }
  }

  #setHeader(name, value) {
    const values = [value].flat();

    http.validateHeaderName(name);
    values.forEach((one) => http.validateHeaderValue(name, one));

    const known = OWN_HEADERS.find(
      (own) => own.toLowerCase() === name.toLowerCase()
    );

    this.headers[known ?? name] = values.join(`\r\n${name}: `);
  }
}

function isRefusing(status) {
  return Number.isInteger(status) && status >= 300 && status <= 599;
}

module.exports = Refusal;
