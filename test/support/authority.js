'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

let made;

/* Runs openssl in a folder; what it says is of no interest. */
function openssl(cwd, line) {
  execFileSync('openssl', line.split(' '), { cwd, stdio: 'ignore' });
}

const NEW_KEY =
  '-nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1';

/* A certificate of the authority in the folder. */
function issue(folder, name, extensions) {
  fs.writeFileSync(path.join(folder, `${name}.ext`), extensions);
  openssl(
    folder,
    `req ${NEW_KEY} -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`
  );
  openssl(
    folder,
    `x509 -req -days 2 -in ${name}.csr -CA ca.crt -CAkey ca.key ` +
      `-CAcreateserial -extfile ${name}.ext -out ${name}.crt`
  );
  return {
    key: fs.readFileSync(path.join(folder, `${name}.key`), 'utf8'),
    cert: fs.readFileSync(path.join(folder, `${name}.crt`), 'utf8')
  };
}

/*
 * A certificate authority, made once per process: `ca`, and what it has issued
 * to a `server` (for the name "server.test") and to a `client`.
 */
function authority() {
  if (made !== undefined) return made;

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-ca-'));

  try {
    openssl(
      folder,
      `req -x509 ${NEW_KEY} -subj /CN=authority -keyout ca.key -out ca.crt`
    );
    made = {
      ca: fs.readFileSync(path.join(folder, 'ca.crt'), 'utf8'),
      server: issue(folder, 'server', 'subjectAltName=DNS:server.test\n'),
      client: issue(folder, 'client', 'extendedKeyUsage=clientAuth\n')
    };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  return made;
}

module.exports = { authority };
