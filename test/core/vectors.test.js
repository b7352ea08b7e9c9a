'use strict';

// Runs vectors/*.txt (format: vectors/README.md) through ws's own Receiver: what
// the C receiver is held to in vectors_test.c must be what ws does.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');

const { PerMessageDeflate, Receiver } = require('ws');

const directory = path.join(__dirname, 'vectors');

function parseBytes(words) {
  const parts = words
    .split(' ')
    .filter((word) => word !== '' && word !== '-')
    .map((word) => {
      const [, count, hex] = /^(?:(\d+)x)?((?:[0-9a-f]{2})+)$/.exec(word);
      return Buffer.from(hex.repeat(Number(count ?? 1)), 'hex');
    });
  return Buffer.concat(parts);
}

function formatEvent(kind, bytes) {
  return `${kind} ${bytes.length === 0 ? '-' : bytes.toString('hex')}`;
}

function parseEvent(event) {
  if (event.startsWith('error ')) return event;
  const [, kind, words] = /^(close \d+|[a-z]+) (.*)$/.exec(event);
  return formatEvent(kind, parseBytes(words));
}

function parseCase(text) {
  const vector = { name: '', input: [], expected: [], options: {} };
  const { options } = vector;
  options.isServer = true;
  const setters = {
    case: (value) => (vector.name = value),
    role: (value) => (options.isServer = value !== 'client'),
    max_payload: (value) => (options.maxPayload = Number(value)),
    max_fragments: (value) => (options.maxFragments = Number(value)),
    deflate: (value) => (options.deflate = value),
    utf8: (value) => (options.skipUTF8Validation = value === 'off'),
    in: (value) => vector.input.push(parseBytes(value)),
    out: (value) => vector.expected.push(parseEvent(value))
  };
  for (const line of text.split('\n')) {
    const colon = line.indexOf(': ');
    setters[line.slice(0, colon)](line.slice(colon + 2));
  }
  return vector;
}

function parseFile(name) {
  const lines = fs.readFileSync(path.join(directory, name), 'utf8').split('\n');
  return lines
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n{2,}/)
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(parseCase);
}

// What both sides agreed on, as ws's Receiver takes it.
function extensionsOf({ deflate, isServer, maxPayload }) {
  if (deflate === undefined) return {};

  const extension = new PerMessageDeflate({ isServer, maxPayload });
  const name = `${isServer ? 'client' : 'server'}_no_context_takeover`;
  extension.accept([deflate === 'none' ? { [name]: [true] } : {}]);
  return { [PerMessageDeflate.extensionName]: extension };
}

// Resolves with the events. `pieces` are copied, for ws unmasks in place.
async function run(options, pieces) {
  const extensions = extensionsOf(options);
  const receiver = new Receiver({ ...options, extensions });
  const log = [];
  let isOver = false;
  receiver.on('message', (data, isBinary) => {
    log.push(formatEvent(isBinary ? 'binary' : 'text', data));
  });
  receiver.on('ping', (data) => log.push(formatEvent('ping', data)));
  receiver.on('pong', (data) => log.push(formatEvent('pong', data)));
  receiver.on('conclude', (code, reason) => {
    log.push(formatEvent(`close ${code}`, reason));
    isOver = true;
  });
  receiver.on('error', (err) => {
    const [key] = Object.getOwnPropertySymbols(err).filter(
      (symbol) => symbol.description === 'status-code'
    );
    log.push(`error ${err.code} ${err[key]} ${err.message}`);
    isOver = true;
  });
  for (const piece of pieces) {
    if (isOver) break;
    await new Promise((resolve) => {
      receiver.write(Buffer.from(piece), () => resolve());
    });
  }
  await new Promise((resolve) => setImmediate(resolve));
  return log;
}

function* split(bytes, length) {
  for (let i = 0; i < bytes.length; i += length) {
    yield bytes.subarray(i, i + length);
  }
}

for (const name of fs.readdirSync(directory)) {
  if (!name.endsWith('.txt')) continue;

  describe(`vectors/${name} is what ws does`, () => {
    for (const vector of parseFile(name)) {
      it(vector.name, async () => {
        const input = Buffer.concat(vector.input);
        const byteLength = input.length > 4096 ? 4093 : 1;
        for (const length of [input.length, byteLength]) {
          const log = await run(vector.options, split(input, length));
          assert.deepStrictEqual(log, vector.expected);
        }
      });
    }
  });
}
