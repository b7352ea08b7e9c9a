'use strict';

/* global document -- functions given to evaluate run in the page */

const assert = require('assert');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { isDeepStrictEqual } = require('util');
const launchChromium = require('./chromium');
const request = require('./request');
const { Peer, closeAll } = require('./peer');
const { Program, implementation, stopAll } = require('./program');

const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

describe('examples/dashboard', function () {
  this.timeout(60000);

  let program;
  let port;

  before(function () {
    if (implementation !== 'uvws') this.skip();
  });

  beforeEach(async () => {
    program = new Program('examples/dashboard/server.js', {
      env: { INTERVAL_MS: '100' }
    });
    port = await program.listening();
  });

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  it('serves the files of the page and nothing else', async () => {
    for (const [target, type] of [
      ['/', 'text/html'],
      ['/theme.css', 'text/css'],
      ['/dashboard.css', 'text/css'],
      ['/dashboard.mjs', 'text/javascript'],
      ['/uplot.mjs', 'text/javascript'],
      ['/uplot.css', 'text/css'],
      ['/icon.svg', 'image/svg+xml']
    ]) {
      const { status, headers } = await request(port, target);
      assert.strictEqual(status, 200, target);
      assert.ok(headers['content-type'].startsWith(type), target);
      assert.match(headers['content-security-policy'], /script-src 'self'/);
    }
    for (const target of ['/server.js', '/../server.js', '/public/', '/x']) {
      assert.strictEqual((await request(port, target)).status, 404, target);
    }
    assert.strictEqual((await request(port, '/', 'POST')).status, 405);
  });

  it('tells what the server does', async () => {
    const echo = await Peer.connect(`ws://127.0.0.1:${port}/echo`);
    const live = await Peer.connect(`ws://127.0.0.1:${port}/live`);
    const last = { received: 0, connections: 0, median: null };

    for (let i = 0; last.received === 0 || last.median === null; i++) {
      assert.ok(i < 300, 'nothing is told of the messages');
      echo.ws.send('hello');
      await echo.next();
      const samples = JSON.parse(await live.nextText());
      Object.assign(last, samples.at(-1));
    }
    assert.strictEqual(last.connections, 1);
    assert.ok(last.sent > 0 && last.median >= 0 && last.high >= last.median);
    assert.strictEqual(last.queued, 0);
  });

  it('knows no other path', async () => {
    const peer = new Peer(`ws://127.0.0.1:${port}/other`);
    assert.strictEqual((await peer.closed).code, 1006);
  });

  it('says goodbye when it is told to end', async () => {
    const echo = await Peer.connect(`ws://127.0.0.1:${port}/echo`);
    const live = await Peer.connect(`ws://127.0.0.1:${port}/live`);
    const ended = program.stop();

    assert.strictEqual((await echo.closed).code, 1001);
    assert.strictEqual((await live.closed).code, 1001);
    assert.deepStrictEqual(await ended, { code: 0, signal: null });
  });

  describe('in a real browser', () => {
    let browser;
    let folder;

    before(async function () {
      browser = await launchChromium(this);
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-dashboard-'));
      console.log(`    screenshots: ${folder}`);
    });

    after(() => browser?.close());

    for (const [name, viewport, colorScheme] of [
      ['desktop-light', desktop, 'light'],
      ['desktop-dark', desktop, 'dark'],
      ['phone-light', phone, 'light'],
      ['phone-dark', phone, 'dark']
    ]) {
      it(`draws charts that move: ${name}`, async () => {
        const load = new Program('examples/dashboard/load.js', {
          env: { CLIENTS: '30', URL: `ws://127.0.0.1:${port}/echo` }
        });
        await load.prints(/30 clients/);
        const context = await browser.newContext({ viewport, colorScheme });
        const page = await context.newPage();
        const complaints = [];
        page.on('pageerror', (err) => complaints.push(String(err)));
        page.on('console', (line) => {
          if (line.type() === 'error') complaints.push(line.text());
        });
        await page.goto(`http://127.0.0.1:${port}/`);

        await page.waitForFunction(() => {
          const number = (id) =>
            Number(document.getElementById(id).textContent);
          return number('connections') >= 20 && number('received') > 0;
        });
        await page.waitForFunction(() =>
          document.getElementById('median').textContent.endsWith(' ms')
        );
        const before = await ink(page);
        while (isDeepStrictEqual(await ink(page), before)) {
          await page.waitForTimeout(50);
        }
        const { charts, width } = await page.evaluate(() => ({
          charts: document.querySelectorAll('.uplot canvas').length,
          width: document.documentElement.scrollWidth
        }));

        assert.strictEqual(charts, 4);
        assert.ok(width <= viewport.width, 'it scrolls sideways');
        await page.screenshot({
          path: path.join(folder, `${name}.png`),
          fullPage: true
        });
        await context.close();
        assert.deepStrictEqual(complaints, []);
      });
    }

    it('says when the server is away, and comes back', async () => {
      const context = await browser.newContext({ viewport: desktop });
      const page = await context.newPage();
      const state = (value) =>
        page.waitForSelector(`#state[data-state='${value}']`);

      await page.goto(`http://127.0.0.1:${port}/`);
      await state('online');
      await program.stop();
      await state('waiting');
      program = new Program('examples/dashboard/server.js', { port });
      await state('online');
      await context.close();
    });
  });
});

/* What the charts look like, to tell whether they have changed. */
function ink(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('.uplot canvas')].map((canvas) =>
      canvas.toDataURL()
    )
  );
}
