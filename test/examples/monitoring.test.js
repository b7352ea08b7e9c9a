'use strict';

const assert = require('assert');
const fs = require('fs');
const path = require('path');
const request = require('./request');
const { Peer, closeAll } = require('./peer');
const { Program, implementation, stopAll } = require('./program');

const root = path.join(__dirname, '..', '..');

describe('examples/monitoring', function () {
  this.timeout(20000);

  before(function () {
    if (implementation !== 'uvws') this.skip();
  });

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  it('is the program of doc/monitoring.md', () => {
    const page = fs.readFileSync(path.join(root, 'doc/monitoring.md'), 'utf8');
    const program = fs.readFileSync(
      path.join(root, 'examples/monitoring/server.js'),
      'utf8'
    );
    assert.ok(page.includes(`\`\`\`js\n${program}\`\`\`\n`));
  });

  it('tells Prometheus what happened', async () => {
    const port = await new Program('examples/monitoring/server.js').listening();
    const [one, other] = [await Peer.connect(port), await Peer.connect(port)];

    one.ws.send('12345');
    await new Promise((resolve) => one.ws.once('message', resolve));
    other.ws.close(4000);
    await other.closed;
    let answer = await request(port, '/metrics');
    // The server may notice the end of a connection later than its client.
    for (let i = 0; i < 500 && answer.body.includes('_connections 2'); i++) {
      answer = await request(port, '/metrics');
    }
    const { status, headers, body } = answer;

    assert.strictEqual(status, 200);
    assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
    for (const line of [
      'websocket_connections 1',
      'websocket_queued_bytes 0',
      'websocket_handshakes_accepted_total 2',
      'websocket_messages_total{direction="received"} 1',
      'websocket_messages_total{direction="sent"} 1',
      'websocket_closes_total{code="4000"} 1'
    ]) {
      assert.ok(body.includes(`\n${line}\n`), `${line}\nis not in\n${body}`);
    }
    assert.match(body, /\nprocess_cpu_seconds_total /);
  });
});
