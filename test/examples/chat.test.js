'use strict';

const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');
const request = require('./request');
const {
  MAX_FRAME_BYTES,
  MAX_NAME,
  MAX_TEXT
} = require('../../examples/chat/protocol');

const hostile = '<img src=x onerror="alert(1)"><script>alert(2)</script>';

describe('examples/chat', function () {
  this.timeout(20000);

  let program;
  let port;

  beforeEach(async () => {
    program = new Program('examples/chat/server.js');
    port = await program.listening();
  });

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  async function enter(name) {
    const peer = await Peer.connect(port);
    const welcome = await peer.join(name);

    assert.strictEqual(welcome.type, 'welcome', welcome.message);
    peer.me = welcome.you;
    peer.welcome = welcome;
    return peer;
  }

  describe('room', () => {
    it('welcomes with the members and the own identity', async () => {
      const ada = await enter('Ada');
      const bob = await enter('Bob');

      assert.deepStrictEqual(ada.welcome.members, [ada.me]);
      assert.deepStrictEqual(bob.welcome.members, [ada.me, bob.me]);
      assert.deepStrictEqual(bob.welcome.history, []);
      assert.strictEqual(bob.me.name, 'Bob');
    });

    it('tells the others who joins, leaves and is renamed', async () => {
      const ada = await enter('Ada');
      const bob = await enter('Bob');

      const joined = await ada.nextFrame();
      assert.strictEqual(joined.type, 'joined');
      assert.deepStrictEqual(joined.member, bob.me);
      assert.strictEqual(typeof joined.at, 'number');

      bob.send({ type: 'rename', name: 'Robert' });
      for (const peer of [ada, bob]) {
        const renamed = await peer.nextFrame();
        assert.strictEqual(renamed.type, 'renamed');
        assert.strictEqual(renamed.before, 'Bob');
        assert.deepStrictEqual(renamed.member, {
          id: bob.me.id,
          name: 'Robert'
        });
      }

      bob.ws.close();
      const left = await ada.nextFrame();
      assert.strictEqual(left.type, 'left');
      assert.strictEqual(left.member.name, 'Robert');
    });

    it('gives a message to everyone, the speaker too', async () => {
      const ada = await enter('Ada');
      const bob = await enter('Bob');

      bob.send({ type: 'say', text: '  Hello\nAda 🌍  ' });
      const atAda = await ada.nextFrame('message');
      const atBob = await bob.nextFrame('message');

      assert.deepStrictEqual(atAda, atBob);
      assert.strictEqual(atAda.text, 'Hello\nAda 🌍');
      assert.deepStrictEqual(atAda.from, bob.me);
    });

    it('passes what looks like markup on as the text it is', async () => {
      const ada = await enter('Ada');

      ada.send({ type: 'say', text: hostile });
      assert.strictEqual((await ada.nextFrame()).text, hostile);
    });

    it('keeps the last 50 messages for who comes later', async () => {
      // Six speakers, since each may only say ten at once.
      for (let i = 0; i < 6; i++) {
        const peer = await enter(`Speaker ${i}`);
        for (let j = 0; j < 9; j++)
          peer.send({ type: 'say', text: `${i}.${j}` });
        for (let j = 0; j < 9; j++) await peer.nextFrame('message');
      }

      const { history } = (await enter('Late')).welcome;
      const texts = history.map(({ text }) => text);
      assert.strictEqual(texts.length, 50);
      assert.strictEqual(texts[0], '0.4');
      assert.strictEqual(texts[49], '5.8');
      assert.strictEqual(new Set(history.map(({ id }) => id)).size, 50);
    });

    it('says nothing to who has not joined', async () => {
      const silent = await Peer.connect(port);
      const ada = await enter('Ada');

      ada.send({ type: 'say', text: 'for members' });
      await ada.nextFrame('message');
      assert.strictEqual((await silent.join('Late')).type, 'welcome');
    });
  });

  describe('names', () => {
    it('are unique, however they are written', async () => {
      await enter('Ada');

      for (const name of ['Ada', ' ada ', 'ADA', '\uff21da']) {
        const refusal = await (await Peer.connect(port)).join(name);
        assert.strictEqual(refusal.type, 'error');
        assert.strictEqual(refusal.code, 'name-taken');
        assert.strictEqual(refusal.about, 'join');
      }
    });

    it('are free again once their owner left or took another', async () => {
      const ada = await enter('Ada');
      const bob = await enter('Bob');

      ada.send({ type: 'rename', name: 'Countess' });
      await bob.nextFrame('renamed');
      await enter('Ada');
      ada.ws.terminate();
      await bob.nextFrame('left');
      await enter('Countess');
    });

    it('may be respelt by their owner but not taken by a rename', async () => {
      const ada = await enter('Ada');
      await enter('Bob');

      ada.send({ type: 'rename', name: 'bob' });
      assert.strictEqual((await ada.nextFrame('error')).code, 'name-taken');
      ada.send({ type: 'rename', name: 'ADA' });
      assert.strictEqual((await ada.nextFrame('renamed')).member.name, 'ADA');
    });

    it('of all scripts are welcome', async () => {
      for (const name of ['Zoë', "D'Arcy-O_1", '小明', 'Мария', 'आशा', '7']) {
        assert.strictEqual((await enter(name)).me.name, name);
      }
    });

    it('that are empty, long, hostile or invisible are refused', async () => {
      const peer = await Peer.connect(port);
      const refused = [
        undefined,
        '',
        '   ',
        'x'.repeat(MAX_NAME + 1),
        hostile,
        '<b>Ada',
        'Ada\u202e',
        '\u3164',
        'A\u0000b'
      ];

      for (const name of refused) {
        const refusal = await peer.join(name);
        assert.strictEqual(refusal.code, 'bad-name', JSON.stringify(name));
      }
    });

    it('come back to the holder of the token while a connection hangs', async () => {
      const watcher = await enter('Watcher');
      const hanging = await enter('Ada');
      await watcher.nextFrame('joined');
      hanging.ws.pause();

      const stranger = await Peer.connect(port);
      const refusal = await stranger.join('Ada', 'a guessed token');
      assert.strictEqual(refusal.code, 'name-taken');

      const back = await Peer.connect(port);
      const welcome = await back.join('Ada', hanging.welcome.token);
      assert.deepStrictEqual(welcome.you, hanging.me);
      assert.strictEqual(welcome.members.length, 2);

      // Nobody is told of it, and the old connection's end changes nothing.
      hanging.ws.resume();
      await hanging.closed;
      back.send({ type: 'say', text: 'back' });
      assert.strictEqual((await watcher.nextFrame()).text, 'back');
    });

    it('do not come with their tokens', async () => {
      const ada = await enter('Ada');
      const bob = await enter('Bob');
      const { token } = ada.welcome;

      ada.send({ type: 'say', text: 'hello' });
      const said = await bob.nextFrame('message');
      assert(!JSON.stringify([bob.welcome, said]).includes(token));
    });
  });

  describe('bad input', () => {
    const badFrames = [
      ['what is not JSON', 'hello', 'bad-json', null],
      ['half a JSON text', '{"type":"say"', 'bad-json', null],
      ['an empty message', '', 'bad-json', null],
      ['a number', '7', 'bad-type', null],
      ['null', 'null', 'bad-type', null],
      ['an array', '["say"]', 'bad-type', null],
      ['an unknown type', { type: 'shout' }, 'bad-type', null],
      ['a type off the prototype', { type: 'toString' }, 'bad-type', null],
      ['a type in an array', { type: ['say'], text: 'x' }, 'bad-type', null],
      ['__proto__', '{"__proto__":{"type":"say"}}', 'bad-type', null],
      [
        'a second join',
        { type: 'join', name: 'Eve' },
        'already-joined',
        'join'
      ],
      ['a text that is none', { type: 'say', text: {} }, 'bad-text', 'say'],
      ['no text', { type: 'say' }, 'bad-text', 'say'],
      ['a blank text', { type: 'say', text: ' \n ' }, 'bad-text', 'say'],
      [
        'a control character',
        { type: 'say', text: '\u001b[2J' },
        'bad-text',
        'say'
      ],
      [
        'half a surrogate pair',
        '{"type":"say","text":"\\ud83d"}',
        'bad-text',
        'say'
      ],
      [
        'a text one too long',
        { type: 'say', text: 'x'.repeat(MAX_TEXT + 1) },
        'bad-text',
        'say'
      ]
    ];

    for (const [title, frame, code, about] of badFrames) {
      it(`answers ${title} with an error and goes on`, async () => {
        const ada = await enter('Ada');

        ada.send(frame);
        const error = await ada.nextFrame();
        assert.strictEqual(error.type, 'error');
        assert.strictEqual(error.code, code);
        assert.strictEqual(error.about, about);
        assert(error.message.length > 0);

        ada.send({ type: 'say', text: 'still here' });
        assert.strictEqual((await ada.nextFrame()).text, 'still here');
      });
    }

    it('answers talking before joining with an error', async () => {
      const peer = await Peer.connect(port);

      peer.send({ type: 'say', text: 'hello' });
      assert.strictEqual((await peer.nextFrame()).code, 'not-joined');
      peer.send({ type: 'rename', name: 'Ada' });
      assert.strictEqual((await peer.nextFrame()).code, 'not-joined');
    });

    it('takes the longest text, however it is escaped', async () => {
      const ada = await enter('Ada');
      const escaped = '\\u4e16'.repeat(MAX_TEXT);

      ada.send(`{"type":"say","text":"${escaped}"}`);
      assert.strictEqual((await ada.nextFrame()).text, '世'.repeat(MAX_TEXT));
    });

    it('closes on binary with 1003', async () => {
      const ada = await enter('Ada');

      ada.ws.send(Buffer.from('{"type":"say","text":"x"}'));
      assert.strictEqual((await ada.closed).code, 1003);
    });

    it('closes on a message beyond the limit with 1009', async () => {
      const ada = await enter('Ada');
      const bob = await enter('Bob');

      ada.send('x'.repeat(MAX_FRAME_BYTES + 1));
      assert.strictEqual((await ada.closed).code, 1009);
      assert.strictEqual((await bob.nextFrame('left')).member.name, 'Ada');
    });

    it('refuses a flood, then closes with 1008', async () => {
      const ada = await enter('Ada');
      const bob = await enter('Bob');

      for (let i = 0; i < 100; i++) ada.send({ type: 'say', text: String(i) });
      const { code, about } = await ada.nextFrame('error');
      assert.strictEqual(code, 'too-fast');
      assert.strictEqual(about, 'say');
      assert.strictEqual((await ada.closed).code, 1008);

      bob.send({ type: 'say', text: 'calm' });
      const texts = [];
      while (texts.at(-1) !== 'calm') {
        texts.push((await bob.nextFrame('message')).text);
      }
      assert(texts.length < 30, `${texts.length} messages got through`);
    });
  });

  describe('page', () => {
    const ask = (method, target) => request(port, target, method);

    it('is served with its parts, typed and under a strict policy', async () => {
      const types = {
        '/': 'text/html',
        '/?from=there': 'text/html',
        '/theme.css': 'text/css',
        '/chat.css': 'text/css',
        '/chat.mjs': 'text/javascript',
        '/connection.mjs': 'text/javascript',
        '/view.mjs': 'text/javascript',
        '/icon.svg': 'image/svg+xml'
      };

      for (const [target, type] of Object.entries(types)) {
        const { status, headers, body } = await ask('GET', target);
        const policy = headers['content-security-policy'];

        assert.strictEqual(status, 200, target);
        assert(headers['content-type'].startsWith(type), target);
        assert.strictEqual(headers['x-content-type-options'], 'nosniff');
        assert.match(policy, /default-src 'none'/);
        assert.doesNotMatch(policy, /unsafe|\*|data:/);
        assert(body.length > 0);
      }
    });

    it('answers HEAD without a body', async () => {
      const { status, headers, body } = await ask('HEAD', '/');

      assert.strictEqual(status, 200);
      assert(Number(headers['content-length']) > 0);
      assert.strictEqual(body, '');
    });

    it('refuses other methods with 405', async () => {
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        const { status, headers } = await ask(method, '/');
        assert.strictEqual(status, 405);
        assert.strictEqual(headers.allow, 'GET, HEAD');
      }
    });

    it('has no other file, by whatever path', async () => {
      const targets = [
        '/server.js',
        '/../server.js',
        '/page/../server.js',
        '/%2e%2e/server.js',
        '/..%2fserver.js',
        '/..\\server.js',
        '//etc/passwd',
        '/../../../../../../etc/passwd',
        '/chat.mjs/../../server.js',
        '/chat.css%00.js',
        '/index.html/',
        '/__proto__',
        '/%'
      ];

      for (const target of targets) {
        const { status, body } = await ask('GET', target);
        assert.strictEqual(status, 404, target);
        assert.strictEqual(body, 'Not found\n');
      }
    });

    it('has the limits of the protocol in its fields', () => {
      const folder = path.join(__dirname, '../../examples/chat/public');
      const html = fs.readFileSync(path.join(folder, 'index.html'), 'utf8');

      assert(html.includes(`maxlength="${MAX_NAME}"`));
      assert(html.includes(`maxlength="${MAX_TEXT}"`));
    });
  });

  describe('process', () => {
    for (const signal of ['SIGTERM', 'SIGINT']) {
      it(`closes with 1001 and ends by itself on ${signal}`, async () => {
        const ada = await enter('Ada');
        const bob = await enter('Bob');
        const ended = program.stop(signal);

        assert.strictEqual((await ada.closed).code, 1001);
        assert.strictEqual((await bob.closed).code, 1001);
        assert.deepStrictEqual(await ended, { code: 0, signal: null });
        assert.strictEqual(program.errors, '');
      });
    }

    it('does not wait for a client that never answers', async () => {
      const ada = await enter('Ada');

      ada.ws.pause();
      assert.deepStrictEqual(await program.stop(), { code: 0, signal: null });
    });

    it('says so when the port is taken', async () => {
      const second = new Program('examples/chat/server.js', { port });

      assert.strictEqual((await second.ended()).code, 1);
      assert.match(second.errors, /EADDRINUSE/);
    });
  });
});
