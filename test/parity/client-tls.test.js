'use strict';

const assert = require('node:assert');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');
const ws = require('ws');

const { authority } = require('../support/authority');
const { canMakeCertificate, certificate } = require('../support/certificate');
const { listen } = require('../support/client-transports');
const { WebSocket } = require('../support/implementation');
const { eventsOf } = require('../support/record');
const { HOST, onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

/* Every name is this machine. */
const here = {
  lookup(name, options, cb) {
    if (options.all) cb(null, [{ address: HOST, family: 4 }]);
    else cb(null, HOST, 4);
  }
};

describe('[client] TLS', function () {
  this.timeout(TEST_TIMEOUT_MS);

  before(function () {
    if (!canMakeCertificate()) this.skip();
  });
  afterEach(releaseAll);

  /* An echo server of ws over node:https; gives its port and requests. */
  async function start(options) {
    const server = https.createServer({ ...authority().server, ...options });
    const wss = new ws.WebSocketServer({ server });
    const requests = [];
    wss.on('connection', (socket, req) => {
      requests.push(req);
      socket.on('error', () => {});
      socket.on('message', (data, isBinary) =>
        socket.send(data, { binary: isBinary })
      );
    });
    await listen(server, 0, HOST);
    return { port: server.address().port, requests, server };
  }

  function connect(address, options) {
    const client = new WebSocket(address, { ...here, ...options });
    onRelease(() => {
      client.on('error', () => {});
      client.terminate();
    });
    return client;
  }

  /* Fails unless the client opens and its messages come back. */
  async function assertEcho(client) {
    await nextEvent(client, 'open');
    for (const text of ['ü', 'x'.repeat(100000)]) {
      const answer = nextEvent(client, 'message');
      client.send(text);
      assert.strictEqual(String((await answer)[0]), text);
    }
    const closed = nextEvent(client, 'close');
    client.close(1000, 'done');
    assert.deepStrictEqual(await closed, [1000, Buffer.from('done')]);
  }

  /* The code of the error that the client ends in. */
  async function failureOf(client) {
    const failed = nextEvent(client, 'error');
    const closed = nextEvent(client, 'close');
    const [err] = await failed;

    assert.deepStrictEqual(await closed, [1006, Buffer.alloc(0)]);
    return err.code;
  }

  for (const scheme of ['wss', 'https']) {
    it(`is used with ${scheme}:, the authority being known`, async () => {
      const { port } = await start();
      await assertEcho(
        connect(`${scheme}://server.test:${port}`, { ca: authority().ca })
      );
    });
  }

  it('is refused with an authority that is not known', async () => {
    const { port } = await start();
    const code = await failureOf(connect(`wss://server.test:${port}`));

    assert.strictEqual(code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('is refused with a certificate for nobody but itself', async () => {
    const { port } = await start(certificate());
    const code = await failureOf(connect(`wss://localhost:${port}`));

    assert.strictEqual(code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('is refused with the name of another', async () => {
    const { port } = await start();
    const code = await failureOf(
      connect(`wss://other.test:${port}`, { ca: authority().ca })
    );

    assert.strictEqual(code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('is refused for an address that the certificate does not name', async () => {
    const { port } = await start();
    const code = await failureOf(
      connect(`wss://${HOST}:${port}`, { ca: authority().ca })
    );

    assert.strictEqual(code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('is used anyway with rejectUnauthorized: false', async () => {
    const { port } = await start();
    await assertEcho(
      connect(`wss://${HOST}:${port}`, { rejectUnauthorized: false })
    );
  });

  it('judges the name by checkServerIdentity', async () => {
    const { port } = await start();
    const names = [];
    await assertEcho(
      connect(`wss://other.test:${port}`, {
        ca: authority().ca,
        checkServerIdentity: (name) => void names.push(name)
      })
    );
    assert.deepStrictEqual(names, ['other.test']);
  });

  it('tells the server the name, unless it is an address', async () => {
    const names = [];
    const { port } = await start({
      SNICallback(name, cb) {
        names.push(name);
        cb(null, tls.createSecureContext(authority().server));
      }
    });
    const options = { ca: authority().ca };
    await assertEcho(connect(`wss://server.test:${port}`, options));
    await assertEcho(
      connect(`wss://${HOST}:${port}`, {
        ...options,
        servername: 'server.test'
      })
    );
    await assertEcho(
      connect(`wss://${HOST}:${port}`, { rejectUnauthorized: false })
    );
    await assertEcho(
      connect(`wss://server.test:${port}`, {
        rejectUnauthorized: false,
        servername: ''
      })
    );

    assert.deepStrictEqual(names, ['server.test', 'server.test']);
  });

  it('shows the server a certificate of the client', async () => {
    const { ca, client: own } = authority();
    const { port, requests } = await start({
      ca,
      requestCert: true,
      rejectUnauthorized: true
    });
    await assertEcho(connect(`wss://server.test:${port}`, { ca, ...own }));
    const { socket } = requests[0];

    assert.strictEqual(socket.authorized, true);
  });

  it('fails where the server insists on one', async () => {
    const { ca } = authority();
    const { port } = await start({
      ca,
      maxVersion: 'TLSv1.2',
      requestCert: true,
      rejectUnauthorized: true
    });
    const client = connect(`wss://server.test:${port}`, { ca });
    const events = await eventsOf(client);

    assert.deepStrictEqual(
      events.map(([name, , ...rest]) => [name, ...rest.slice(-1)]),
      [
        ['error', 2],
        ['close', 3]
      ]
    );
  });

  it('is that of an agent where there is one', async () => {
    const { port } = await start();
    const agent = new https.Agent({ ca: authority().ca });
    await assertEcho(connect(`wss://server.test:${port}`, { agent }));
  });

  it('fails with an agent for plain HTTP', async () => {
    assert.throws(
      () => connect('wss://localhost', { agent: new http.Agent() }),
      { code: 'ERR_INVALID_PROTOCOL' }
    );
  });

  it('is what _socket is about', async () => {
    const { port } = await start();
    const client = connect(`wss://server.test:${port}`, {
      ca: authority().ca
    });
    await nextEvent(client, 'open');

    assert.ok(client._socket instanceof tls.TLSSocket);
    assert.strictEqual(client._socket.authorized, true);
    assert.strictEqual(
      client._socket.getPeerCertificate().subject.CN,
      'server'
    );
  });

  it('leaves no bytes in the clear', async () => {
    const { port } = await start();
    const taken = [];
    const relay = net.createServer((near) => {
      const far = net.connect(port, HOST);
      near.on('data', (chunk) => taken.push(chunk));
      near.on('error', () => {}).pipe(far);
      far.on('error', () => {}).pipe(near);
    });
    await listen(relay, 0, HOST);
    const client = connect(`wss://server.test:${relay.address().port}`, {
      ca: authority().ca
    });
    await assertEcho(client);

    assert.ok(!Buffer.concat(taken).includes('Sec-WebSocket-Key'));
    assert.ok(!Buffer.concat(taken).includes('xxxxxxxxxxxxxxxx'));
  });

  it('may end without a closing alert: 1006', async () => {
    const { port, requests } = await start();
    const client = connect(`wss://server.test:${port}`, {
      ca: authority().ca
    });
    await nextEvent(client, 'open');
    const events = eventsOf(client);
    requests[0].socket._parent?.destroy();
    requests[0].socket.destroy();

    assert.deepStrictEqual(await events, [['close', 1006, '', 3]]);
  });
});
