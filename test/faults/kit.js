'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { runChild } = require('../support/child');
const { onRelease } = require('../support/transports');
const { FaultPlan } = require('./plan');

const SHIM = path.join(__dirname, 'build/shim.so');

/* Builds the shim, once per run of the suite. */
function buildShim() {
  execFileSync('make', ['-C', __dirname], { stdio: 'ignore' });
}

/* Runs the function in a child with the shim below the addon; gives all that
 * it reported. It gets the kit of ../support/child-kit.js. */
async function runFaulty(body, ...args) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-faults-'));
  const file = path.join(folder, 'plan');
  const before = { ...process.env };

  onRelease(() => fs.rmSync(folder, { recursive: true, force: true }));
  FaultPlan.create(file);
  Object.assign(process.env, { LD_PRELOAD: SHIM, UVWS_FAULTS: file });
  const child = runChild(body, ...args);
  delete process.env.UVWS_FAULTS;
  delete process.env.LD_PRELOAD;
  Object.assign(process.env, before);

  const { code, signal, reports, stderr } = await child;
  if (code !== 0) throw new Error(`${code ?? signal}: ${stderr}`);
  return reports;
}

module.exports = { buildShim, runFaulty };
