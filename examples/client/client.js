'use strict';

// Talks to any server from the terminal, and comes back when it was away.
//
//   node examples/client/client.js [url]
//
// Each line that you type is sent; Ctrl-D leaves.

const readline = require('readline');

const Connection = require('./connection');

const url = process.argv[2] ?? 'ws://localhost:8080';
const terminal = readline.createInterface({
  input: process.stdin,
  output: process.stdout,
  prompt: process.stdin.isTTY ? '> ' : ''
});
const connection = new Connection(url, {
  firstDelayMs: Number(process.env.FIRST_DELAY_MS || 500),
  heartbeatMs: Number(process.env.HEARTBEAT_MS || 15000)
});

connection.on('open', () => print(`* connected to ${url}`));
connection.on('message', (text) => print(`< ${text}`));
connection.on('away', (reason, wait) => {
  print(`* away (${reason}), trying again in ${(wait / 1000).toFixed(1)} s`);
});

terminal.on('line', (line) => {
  connection.send(line);
  terminal.prompt();
});
terminal.on('close', () => connection.close());

/** Prints a line above the one that is being typed. */
function print(line) {
  if (process.stdin.isTTY) readline.clearLine(process.stdout, 0);
  console.log(process.stdin.isTTY ? `\r${line}` : line);
  terminal.prompt();
}
