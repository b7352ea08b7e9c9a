'use strict';

// Only clients with a valid JSON Web Token stay; the others are closed with
// 1008, "policy violation".
//
//   SECRET=... PORT=8080 node examples/jwt-auth/server.js
//
// POST /login with a name as its body gives a token, here to anybody. A browser
// cannot set headers on a WebSocket: it goes into the URL, as ?token=...

const crypto = require('crypto');
const http = require('http');
const jwt = require('jsonwebtoken');
const WebSocket = require('uvws');

const SECRET = process.env.SECRET || crypto.randomBytes(32).toString('hex');
const LIFETIME_S = Number(process.env.LIFETIME_S || 3600);

async function logIn(req, res) {
  const name = Buffer.concat(await req.toArray()).toString();

  res.end(jwt.sign({ name }, SECRET, { expiresIn: LIFETIME_S }));
}

const server = http.createServer((req, res) => {
  if (req.method === 'POST' && req.url === '/login') {
    logIn(req, res).catch(() => res.destroy());
  } else {
    res.writeHead(404).end();
  }
});
const wss = new WebSocket.Server({ server, maxPayload: 4096 });

/** Gives what the token of a request says, or throws. */
function authenticate(req) {
  const { searchParams } = new URL(req.url, 'http://localhost');

  // Naming the algorithm keeps out tokens that name a weaker one.
  return jwt.verify(searchParams.get('token'), SECRET, {
    algorithms: ['HS256']
  });
}

wss.on('connection', (ws, req) => {
  ws.on('error', console.error);

  let user;
  try {
    user = authenticate(req);
  } catch (err) {
    ws.close(1008, err.message);
    return;
  }

  const expiry = setTimeout(
    () => ws.close(1008, 'jwt expired'),
    user.exp * 1000 - Date.now()
  );
  ws.on('close', () => clearTimeout(expiry));
  ws.on('message', (data) => ws.send(`${user.name}: ${data}`));
  ws.send(`Welcome, ${user.name}!`);
});

server.listen(Number(process.env.PORT || 8080), process.env.HOST, () => {
  console.log(`Tokens at http://localhost:${server.address().port}/login`);
});
