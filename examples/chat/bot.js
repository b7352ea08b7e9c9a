'use strict';

// A bot that keeps the room company and answers commands.
//
//   node examples/chat/bot.js [url] [name]

const WebSocket = require('uvws');

const url = process.argv[2] ?? 'ws://localhost:8080';
const wantedName = process.argv[3] ?? 'Bot';
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 15000;

const commands = {
  '!help': () => `I know ${Object.keys(commands).join(', ')}`,
  '!time': () => `It is ${new Date().toLocaleTimeString('en-GB')} where I run`,
  '!who': () => `Here: ${[...members.values()].join(', ')}`,
  '!roll': () => `You rolled a ${1 + Math.floor(Math.random() * 6)}`
};

const members = new Map(); // id -> name
let ws;
let me = { id: null, name: wantedName };
let token = null;
let attempt = 0;
let namesTried = 1;
let hasGreeted = false;
let isLeaving = false;

const reactions = {
  welcome(frame) {
    attempt = 0;
    me = frame.you;
    token = frame.token;
    members.clear();
    for (const { id, name } of frame.members) members.set(id, name);
    print(`* in the room as ${me.name}, ${members.size} here`);
    if (!hasGreeted) say(`Hello, I am ${me.name}. Try !help`);
    hasGreeted = true;
  },
  joined({ member }) {
    members.set(member.id, member.name);
    print(`* ${member.name} joined`);
    say(`Welcome, ${member.name}!`);
  },
  left({ member }) {
    members.delete(member.id);
    print(`* ${member.name} left`);
  },
  renamed({ member, before }) {
    members.set(member.id, member.name);
    print(`* ${before} is now ${member.name}`);
  },
  message({ from, text }) {
    print(`<${from.name}> ${text}`);
    if (from.id !== me.id) reply(text);
  },
  error({ code, message }) {
    print(`! ${message}`);
    if (code === 'name-taken') join(`${wantedName} ${++namesTried}`);
  }
};

// No answer is itself a command or addressed to anyone: two bots would then
// talk to each other for ever.
function reply(text) {
  const command = text.trim().toLowerCase();
  const name = me.name.toLowerCase();
  const isForMe = [`@${name}`, `${name},`, `${name}:`].some((address) =>
    command.startsWith(address)
  );

  if (Object.hasOwn(commands, command)) say(commands[command]());
  else if (isForMe || command.startsWith('!')) say('Ask me with !help');
}

function connect() {
  ws = new WebSocket(url);
  ws.on('open', () => join(me.name));
  ws.on('message', (data) => {
    const frame = JSON.parse(data);
    if (Object.hasOwn(reactions, frame.type)) reactions[frame.type](frame);
  });
  ws.on('error', (err) => print(`! ${err.message || err.code}`));
  ws.on('close', reconnect);
}

function reconnect() {
  if (isLeaving) return;

  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt++);
  // Half of it at random: not all bots of a restarted server come at once.
  const delay = (ceiling / 2) * (1 + Math.random());
  print(`* trying again in ${(delay / 1000).toFixed(1)} s`);
  setTimeout(connect, delay);
}

function join(name) {
  ws.send(JSON.stringify({ type: 'join', name, token }));
}

function say(text) {
  ws.send(JSON.stringify({ type: 'say', text }));
}

// Control characters of a stranger must not drive this terminal.
function print(line) {
  console.log(line.replace(/\p{Cc}+/gu, ' '));
}

function leave() {
  isLeaving = true;
  ws.close(1000, 'Goodbye');
  setTimeout(() => process.exit(), 1000).unref();
}

process.once('SIGINT', leave);
process.once('SIGTERM', leave);
connect();
