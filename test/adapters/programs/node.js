'use strict';

// One node of several: a server whose clients tell it what to do. It prints what
// the adapter tells.

const { WebSocketServer } = require('../../..');
const { redisAdapter } = require('../../../lib/adapters/redis');
const { serveActions } = require('./actions');
const { createClient } = require('./redis-clients');

const { options, ...redis } = JSON.parse(process.argv[2]);

const adapter = redisAdapter(createClient(redis), options);
const wss = new WebSocketServer(
  { adapter, host: '127.0.0.1', port: 0, perMessageDeflate: true },
  () => console.log(`localhost:${wss.address().port}`)
);

wss.on('adapterReady', () => console.log('ready'));
wss.on('adapterError', (err) => console.log(`trouble ${err.code}`));

serveActions(wss, adapter);
