'use strict';

const assert = require('assert');
const decoding = require('lib0/decoding');
const encoding = require('lib0/encoding');
const sync = require('y-protocols/sync');
const { WebsocketProvider } = require('y-websocket');
const Y = require('yjs');

const { TEST_TIMEOUT_MS, until } = require('../support/wait');
const { CLIENTS, listen, onRelease, releaseAll, serve } = require('./support');

const SYNC = 0;

/* A server of documents, as that of y-websocket: `write` sends bytes. */
function serveDocument(wss, doc) {
  const message = (write) => {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, SYNC);
    write(encoder);
    return encoding.toUint8Array(encoder);
  };

  doc.on('update', (update) => {
    const bytes = message((encoder) => sync.writeUpdate(encoder, update));
    wss.clients.forEach((client) => client.send(bytes));
  });
  wss.on('connection', (ws) => {
    ws.binaryType = 'arraybuffer';
    ws.on('message', (data) => {
      assert.ok(data instanceof ArrayBuffer);
      const decoder = decoding.createDecoder(new Uint8Array(data));
      if (decoding.readVarUint(decoder) !== SYNC) return;
      const reply = message((encoder) => {
        sync.readSyncMessage(decoder, encoder, doc, ws);
      });
      if (reply.length > 1) ws.send(reply);
    });
    ws.send(message((encoder) => sync.writeSyncStep1(encoder, doc)));
  });
}

describe('y-websocket', function () {
  this.timeout(TEST_TIMEOUT_MS);

  afterEach(releaseAll);

  for (const [name, Client] of Object.entries(CLIENTS)) {
    it(`keeps documents in step with ${name}, also after a break`, async () => {
      const { server, wss } = serve();
      const shared = new Y.Doc();
      serveDocument(wss, shared);
      const url = `ws://127.0.0.1:${await listen(server)}`;
      const [ada, bob] = [new Y.Doc(), new Y.Doc()];
      const providers = [ada, bob].map((doc) => {
        const provider = new WebsocketProvider(url, 'room', doc, {
          disableBc: true,
          maxBackoffTime: 20,
          WebSocketPolyfill: Client
        });
        onRelease(() => {
          provider.destroy();
          doc.destroy();
        });
        return provider;
      });
      await until(() => providers.every(({ synced }) => synced), 'the sync');

      ada.getText('t').insert(0, 'grüße 🌍');
      await until(() => bob.getText('t').toString() === 'grüße 🌍', 'the text');
      for (const client of wss.clients) client.terminate();
      bob.getText('t').insert(0, 'x'.repeat(100000));
      await until(() => ada.getText('t').length > 100000, 'the long text');
      assert.strictEqual(
        ada.getText('t').toString(),
        shared.getText('t').toString()
      );
    });
  }
});
