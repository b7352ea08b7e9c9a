'use strict';

const fs = require('fs');
const path = require('path');
const { chromium } = require('playwright-core');

const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
];

/** The browser's path: CHROMIUM from the environment, or found on PATH. */
function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;

  const folders = process.env.PATH.split(path.delimiter);
  return folders
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => fs.existsSync(file));
}

/**
 * Starts Chromium, to be called from a before hook with its `this`. Without
 * one the tests are skipped, in CI they fail.
 */
async function launchChromium(context) {
  const executablePath = findChromium();

  if (executablePath) return chromium.launch({ executablePath, args });

  const advice =
    'NO CHROMIUM: browser tests cannot run. ' +
    'Install it (Debian: apt-get install chromium) or set CHROMIUM=path.';
  if (process.env.CI === 'true') throw new Error(advice);
  console.error(`\n*** ${advice} ***\n`);
  return context.skip();
}

module.exports = launchChromium;
