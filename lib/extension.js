'use strict';

const { isBlankCode, isTokenCode } = require('./validation');

const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;

/**
 * Reads a header from its start to its end, once.
 */
class Cursor {
  #header;
  #index = 0;

  /**
   * @param {String} header The value of the header
   */
  constructor(header) {
    this.#header = header;
  }

  get isAtEnd() {
    return this.#index === this.#header.length;
  }

  /**
   * Goes past a character if it comes next.
   *
   * @param {Number} code The character's code
   * @return {Boolean} `true` if it did
   */
  take(code) {
    if (this.#header.charCodeAt(this.#index) !== code) return false;
    this.#index++;
    return true;
  }

  /**
   * @return {Number} How many blanks it went past
   */
  skipBlanks() {
    const start = this.#index;

    while (isBlankCode(this.#header.charCodeAt(this.#index))) this.#index++;
    return this.#index - start;
  }

  /**
   * @return {String} The token that comes next
   * @throws {SyntaxError} If none does
   */
  readToken() {
    const start = this.#index;

    this.#skipToken();
    if (this.#index === start) this.fail();
    return this.#header.slice(start, this.#index);
  }

  /**
   * Reads what stands in quotes: a token, too, once it is unescaped
   * (RFC 6455 9.1). The opening quote has been taken.
   *
   * @return {String} The token
   * @throws {SyntaxError} If it is none
   */
  readQuotedToken() {
    let token = '';

    for (;;) {
      const start = this.#index;

      this.#skipToken();
      token += this.#header.slice(start, this.#index);
      if (token !== '' && this.take(QUOTE)) return token;
      if (!this.take(BACKSLASH)) this.fail();
      token += this.#readTokenCharacter();
    }
  }

  /**
   * Makes sure that an element of the list ends here.
   *
   * @throws {SyntaxError} If it does not
   */
  endElement() {
    const blanks = this.skipBlanks();
    const code = this.#header.charCodeAt(this.#index);

    if (this.isAtEnd ? blanks > 0 : code !== COMMA && code !== SEMICOLON) {
      this.fail();
    }
  }

  fail() {
    throw new SyntaxError(
      this.isAtEnd
        ? 'Unexpected end of input'
        : `Unexpected character at index ${this.#index}`
    );
  }

  #skipToken() {
    while (isTokenCode(this.#header.charCodeAt(this.#index))) this.#index++;
  }

  #readTokenCharacter() {
    if (!isTokenCode(this.#header.charCodeAt(this.#index))) this.fail();
    return this.#header[this.#index++];
  }
}

/**
 * Parses a `Sec-WebSocket-Extensions` header (RFC 6455 9.1).
 *
 * @param {String} header The value of the header
 * @return {Object} For each extension the list of its offers; an offer has for
 *     each parameter the list of its values, `true` where there is none
 * @throws {SyntaxError} If the header is not well-formed
 */
function parse(header) {
  const cursor = new Cursor(header);
  const offers = Object.create(null);

  // The header itself begins with no blank.
  readOffer(cursor, offers);
  while (cursor.take(COMMA)) {
    cursor.skipBlanks();
    readOffer(cursor, offers);
  }
  return offers;
}

function readOffer(cursor, offers) {
  const name = cursor.readToken();

  cursor.endElement();
  add(offers, name, readParameters(cursor));
}

function readParameters(cursor) {
  const parameters = Object.create(null);

  while (cursor.take(SEMICOLON)) {
    cursor.skipBlanks();

    const name = cursor.readToken();
    const value = cursor.take(EQUALS) ? readValue(cursor) : true;

    cursor.endElement();
    add(parameters, name, value);
  }
  return parameters;
}

function readValue(cursor) {
  return cursor.take(QUOTE) ? cursor.readQuotedToken() : cursor.readToken();
}

function add(lists, name, element) {
  if (lists[name] === undefined) lists[name] = [element];
  else lists[name].push(element);
}

/**
 * Makes the value of a `Sec-WebSocket-Extensions` header.
 *
 * @param {Object} extensions For each extension its parameters, or a list of
 *     such; a parameter has a value, or a list of them
 * @return {String} The value
 */
function format(extensions) {
  const elements = [];

  for (const [name, offers] of Object.entries(extensions)) {
    for (const parameters of toArray(offers)) {
      elements.push([name, ...formatParameters(parameters)].join('; '));
    }
  }
  return elements.join(', ');
}

function formatParameters(parameters) {
  return Object.entries(parameters).flatMap(([name, values]) =>
    toArray(values).map((value) => (value === true ? name : `${name}=${value}`))
  );
}

function toArray(value) {
  return Array.isArray(value) ? value : [value];
}

module.exports = { format, parse };
