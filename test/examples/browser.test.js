'use strict';

/* global document, window -- functions given to evaluate run in the page */

const assert = require('assert');
const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const { once } = require('events');
const launchChromium = require('./chromium');
const { Program, stopAll } = require('./program');

const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const hostile =
  '<img src=x onerror="window.wasRun=1"><script>window.wasRun=2</script>';

describe('in a real browser', function () {
  this.timeout(60000);

  let browser;
  let folder;
  let contexts;
  let complaints;

  before(async function () {
    browser = await launchChromium(this);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-screenshots-'));
    console.log(`    screenshots: ${folder}`);
  });

  beforeEach(() => {
    contexts = [];
    complaints = [];
  });

  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await stopAll();
  });

  after(() => browser?.close());

  // A tab that notes every script error, refused resource and dialog.
  async function openTab(url, options) {
    const context = await browser.newContext({
      reducedMotion: 'reduce',
      ...options
    });
    const page = await context.newPage();

    contexts.push(context);
    page.on('pageerror', (err) => complaints.push(String(err)));
    page.on('dialog', (dialog) => {
      complaints.push(dialog.message());
      dialog.dismiss();
    });
    page.on('console', (line) => {
      if (line.type() === 'error') complaints.push(line.text());
    });
    await page.goto(url);
    return page;
  }

  function screenshot(page, name) {
    return page.screenshot({ path: path.join(folder, `${name}.png`) });
  }

  describe('the chat page', () => {
    let program;
    let port;

    beforeEach(async () => {
      program = new Program('examples/chat/server.js');
      port = await program.listening();
    });

    const openChat = (options) =>
      openTab(`http://localhost:${port}/`, { viewport: desktop, ...options });

    async function enter(name, options) {
      const page = await openChat(options);

      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByRole('button', { name: 'Join the chat' }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await online(page);
      return page;
    }

    const online = (page) => page.locator('[data-state=online]').waitFor();

    async function say(page, text) {
      await page.getByLabel('Your message').fill(text);
      await page.keyboard.press('Enter');
    }

    const message = (page, text) =>
      page.locator('.bubble').getByText(text, { exact: true });

    // Nothing to scroll sideways to, and nothing cut off at the side either.
    const fitsTheWidth = (page) =>
      page.evaluate(() => {
        const width = window.innerWidth;
        const parts = document.querySelectorAll(
          '.bar > *, .bubble, .field > *'
        );

        return (
          document.documentElement.scrollWidth <= width &&
          [...parts].every(
            (part) => part.getBoundingClientRect().right <= width
          )
        );
      });

    it('carries messages between two tabs', async () => {
      const ada = await enter('Ada');
      const bob = await enter('Bob');

      await ada.getByText('Bob joined').waitFor();
      await say(ada, 'Hello Bob, are you there?');
      await message(bob, 'Hello Bob, are you there?').waitFor();
      await say(bob, 'I am, and every byte came through C.');
      await message(ada, 'I am, and every byte came through C.').waitFor();
      await say(bob, 'Two lines\nin one message');
      await bob.getByLabel('Your message').fill('More to come');
      await ada.locator('.bubble', { hasText: 'Two lines' }).waitFor();

      assert.deepStrictEqual(
        await ada.locator('.member-name').allTextContents(),
        ['Ada', 'Bob']
      );
      assert.strictEqual(await ada.locator('.mine').count(), 1);
      await screenshot(ada, 'two-tabs-ada');
      await screenshot(bob, 'two-tabs-bob');
      await bob.context().close();
      await ada.getByText('Bob left').waitFor();
      assert.deepStrictEqual(complaints, []);
    });

    it('shows the history to who comes later', async () => {
      const ada = await enter('Ada');

      await say(ada, 'first');
      await message(ada, 'first').waitFor();
      const bob = await enter('Bob');
      await message(bob, 'first').waitFor();
      assert.deepStrictEqual(complaints, []);
    });

    it('never takes for HTML what somebody typed', async () => {
      const ada = await enter('Ada');
      const bob = await enter('Bob');

      await say(ada, hostile);
      await message(bob, hostile).waitFor();
      for (const page of [ada, bob]) {
        assert.strictEqual(
          await page.locator('.log img, .log script').count(),
          0
        );
        assert.strictEqual(await page.evaluate(() => window.wasRun), undefined);
      }
      await screenshot(bob, 'hostile');
      assert.deepStrictEqual(complaints, []);
    });

    it('has a policy under which even a mistake of ours runs nothing', async () => {
      const page = await openChat();
      const outcome = await page.evaluate((html) => {
        try {
          document.getElementById('log').innerHTML = html;
          return 'taken as HTML';
        } catch (err) {
          return err.name;
        }
      }, hostile);

      assert.strictEqual(outcome, 'TypeError');
      assert.strictEqual(await page.evaluate(() => window.wasRun), undefined);
    });

    it('asks again for a name that is bad or taken', async () => {
      await enter('Ada');
      const page = await openChat();
      const join = async (name) => {
        await page.getByLabel('Name', { exact: true }).fill(name);
        await page.keyboard.press('Enter');
      };

      await join('<b>Ada');
      await page.getByText('A name has letters').waitFor();
      await join('ada');
      await page.getByText('Someone here is called ada').waitFor();
      await screenshot(page, 'name-taken');
      await join('Bob');
      await online(page);
      assert.deepStrictEqual(complaints, []);
    });

    it('changes a name, and keeps it over a reload', async () => {
      const ada = await enter('Ada');
      const bob = await enter('Bob');

      await bob.getByRole('button', { name: 'Change my name' }).click();
      await bob.getByLabel('Name', { exact: true }).fill('Robert');
      await bob.getByRole('button', { name: 'Save' }).click();
      await ada.getByText('Bob is now Robert').waitFor();
      await bob.getByText('Bob is now Robert').waitFor();

      await bob.reload();
      await online(bob);
      await ada.getByText('Robert joined').waitFor();
      assert.deepStrictEqual(complaints, []);
    });

    it('comes back, and keeps what was typed, when the server restarts', async () => {
      const ada = await enter('Ada');
      const bob = await enter('Bob');

      await say(ada, 'before');
      await message(bob, 'before').waitFor();
      await ada.getByLabel('Your message').fill('a draft');
      await program.stop();
      await ada.locator('[data-state=waiting]').waitFor();
      assert(await ada.getByRole('button', { name: 'Send' }).isDisabled());
      await screenshot(ada, 'offline');

      program = new Program('examples/chat/server.js', { port });
      await program.listening();
      await online(ada);
      await online(bob);
      assert.strictEqual(
        await ada.getByLabel('Your message').inputValue(),
        'a draft'
      );
      await say(ada, 'after');
      await message(bob, 'after').waitFor();
      assert.strictEqual(await message(bob, 'before').count(), 1);
    });

    it('gives a refused text back', async () => {
      const ada = await enter('Ada');

      // All at once: more than a burst may have, less than ends the connection.
      await ada.evaluate(() => {
        for (let i = 1; i <= 15; i++) {
          document.getElementById('text').value = `text ${i}`;
          document.getElementById('composer').requestSubmit();
        }
      });
      await ada.getByText('Slow down a little').waitFor();
      assert.match(
        await ada.getByLabel('Your message').inputValue(),
        /text 11\ntext 12\ntext 13\ntext 14\ntext 15$/
      );
      await screenshot(ada, 'too-fast');
      assert.deepStrictEqual(complaints, []);
    });

    it('does not believe in a connection on which nothing is answered', async () => {
      const ada = await enter('Ada');

      await ada.clock.install();
      program.signal('SIGSTOP');
      await say(ada, 'into the void');
      await ada.clock.fastForward(11000);
      await ada.getByText('Not sent').waitFor();
      assert.strictEqual(
        await ada.getByLabel('Your message').inputValue(),
        'into the void'
      );
      program.signal('SIGCONT');
      await online(ada);
      assert.deepStrictEqual(complaints, []);
    });

    it('counts what is new while one reads further up', async () => {
      const ada = await enter('Ada', { viewport: { width: 600, height: 500 } });
      const bob = await enter('Bob');

      await say(ada, 'line\n'.repeat(60));
      await bob.locator('.bubble').waitFor();
      await ada.locator('.bubble').waitFor();
      await ada.locator('#log').evaluate((log) => (log.scrollTop = 0));
      await say(bob, 'one more');
      await ada.getByRole('button', { name: '1 new message' }).waitFor();
      assert.match(await ada.title(), /^\(1\)/);
      await screenshot(ada, 'unread');
      await ada.getByRole('button', { name: '1 new message' }).click();
      await ada
        .getByRole('button', { name: '1 new message' })
        .waitFor({ state: 'hidden' });
      assert.doesNotMatch(await ada.title(), /\(/);
      assert.deepStrictEqual(complaints, []);
    });

    for (const colorScheme of ['light', 'dark']) {
      it(`is usable on a phone, ${colorScheme}`, async () => {
        const options = { viewport: phone, isMobile: true, hasTouch: true };
        const bob = await enter('Bob', { colorScheme });
        const ada = await openChat({ ...options, colorScheme });

        assert(await fitsTheWidth(ada));
        await screenshot(ada, `phone-${colorScheme}-name`);
        await ada.getByLabel('Name', { exact: true }).fill('Ada');
        await ada.getByRole('button', { name: 'Join the chat' }).tap();
        await online(ada);

        await say(bob, 'Have a look at this from your phone');
        await say(bob, `unbreakable${'-or-not'.repeat(30)}${'x'.repeat(120)}`);
        await say(bob, 'مرحبا بالعالم');
        await message(ada, 'مرحبا بالعالم').waitFor();
        await ada.getByLabel('Your message').fill('I can read it all');
        await ada.getByRole('button', { name: 'Send' }).tap();
        await message(bob, 'I can read it all').waitFor();
        assert(await fitsTheWidth(ada));
        assert(await fitsTheWidth(bob));

        const box = await ada
          .getByRole('button', { name: 'Send' })
          .boundingBox();
        assert(box.x + box.width <= phone.width);
        assert(box.y + box.height <= phone.height);
        assert(Math.min(box.width, box.height) >= 44, 'too small for a finger');
        await screenshot(ada, `phone-${colorScheme}`);
        await screenshot(bob, `desktop-${colorScheme}`);

        await ada.getByRole('button', { name: '2 here' }).tap();
        await ada.locator('.people.open').waitFor();
        assert(await ada.getByText('Bob', { exact: true }).last().isVisible());
        assert(await fitsTheWidth(ada));
        await screenshot(ada, `phone-${colorScheme}-people`);
        await ada.keyboard.press('Escape');
        await ada.locator('.people.open').waitFor({ state: 'detached' });
        assert.deepStrictEqual(complaints, []);

        await program.stop();
        await ada.getByRole('button', { name: 'Try now' }).waitFor();
        assert(await fitsTheWidth(ada));
        await screenshot(ada, `phone-${colorScheme}-offline`);
      });
    }
  });

  describe("a plain page with the browser's WebSocket", () => {
    let pages;

    beforeEach(async () => {
      const file = path.join(__dirname, 'lessons', 'page.html');

      pages = http.createServer((req, res) => {
        res.setHeader('Content-Type', 'text/html; charset=utf-8');
        res.end(fs.readFileSync(file));
      });
      pages.listen(0, '127.0.0.1');
      await once(pages, 'listening');
    });

    afterEach(() => {
      pages.closeAllConnections();
      pages.close();
    });

    const openPage = (port) =>
      openTab(`http://127.0.0.1:${pages.address().port}/?port=${port}`);
    const line = (page, text) =>
      page.locator('li').getByText(text, { exact: true }).waitFor();

    it('sees open, messages and a clean close', async () => {
      const program = new Program('examples/echo/server.js');
      const page = await openPage(await program.listening());

      await line(page, 'Connected');
      await page.getByLabel('Message').fill('hello from a page 🌍');
      await page.getByRole('button', { name: 'Send' }).click();
      await line(page, 'Server: hello from a page 🌍');
      await page.getByRole('button', { name: 'Close' }).click();
      await line(page, 'Closed 1000 true');
    });

    it('sees the server go as error and close 1006', async () => {
      const program = new Program('examples/echo/server.js');
      const port = await program.listening();

      await program.stop();
      const page = await openPage(port);
      await line(page, 'Error');
      await line(page, 'Closed 1006 false');
    });
  });
});
