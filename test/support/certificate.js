'use strict';

const { execFileSync } = require('node:child_process');

let pem;

/* A self-signed certificate with its key, made once per process. */
function certificate() {
  pem ??= execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
      ...['-keyout', '-', '-out', '-']
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
  );
  return { key: pem, cert: pem };
}

/* Whether this machine can make one. */
function canMakeCertificate() {
  try {
    return certificate().cert.length > 0;
  } catch {
    return false;
  }
}

module.exports = { canMakeCertificate, certificate };
