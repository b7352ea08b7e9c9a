'use strict';

/*
 * Format and lint. Each check runs even if one before it failed; a tool that
 * is not there is said loudly, and under CI=true is a failure.
 *
 *   node tools/lint.js          node tools/lint.js --fix (formats)
 */

const { execFile, spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { promisify } = require('util');

const { bootstrap } = require('./bootstrap');
const { nodeDirectory } = require('./build');
const { root, isCI, loud, run } = require('./run');

const isFix = process.argv.includes('--fix');
const skipped = new Set(['node_modules', 'corpus']);

/** Files below `folder` with one of the extensions, as relative paths. */
function find(folder, extensions) {
  const entries = fs.existsSync(path.join(root, folder))
    ? fs.readdirSync(path.join(root, folder), { withFileTypes: true })
    : [];

  return entries.flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      return skipped.has(entry.name) ? [] : find(name, extensions);
    }
    return extensions.includes(path.extname(name)) ? [name] : [];
  });
}

function bin(name, ...args) {
  const { bin: bins } = require(`${root}/node_modules/${name}/package.json`);
  const script = typeof bins === 'string' ? bins : bins[name];
  return [process.execPath, [`node_modules/${name}/${script}`, ...args]];
}

function has(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Where node_api.h and uv.h are: beside Node, or where node-gyp put them. */
function nodeHeaders() {
  const config = path.join(root, 'build/config.gypi');
  const built =
    fs.existsSync(config) &&
    /"nodedir": "([^"]+)"/.exec(fs.readFileSync(config, 'utf8'))?.[1];

  return path.join(nodeDirectory() ?? (built || '/usr'), 'include/node');
}

function tidyFlags(file) {
  const headers = ['-Isrc', '-isystem', nodeHeaders()];

  if (file.startsWith('src/core/')) return ['-std=c11', '-Isrc'];
  if (file.startsWith('src/net/')) {
    return ['-std=c11', '-D_GNU_SOURCE', ...headers];
  }
  return [
    '-std=c++17',
    '-fno-exceptions',
    '-DNAPI_VERSION=9',
    '-DNAPI_DISABLE_CPP_EXCEPTIONS',
    '-isystem',
    require('node-addon-api').include_dir,
    ...headers
  ];
}

/** clang-tidy on every source file, as many at a time as there are cores. */
async function clangTidy() {
  const files = find('src', ['.c', '.cc']);
  let failed = 0;

  const work = async () => {
    for (let file = files.pop(); file; file = files.pop()) {
      const args = ['--quiet', file, '--', ...tidyFlags(file)];
      try {
        await promisify(execFile)('clang-tidy', args, { cwd: root });
      } catch ({ stdout, message }) {
        console.error(stdout || message);
        failed++;
      }
    }
  };

  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  return failed;
}

async function clangFormat() {
  const files = ['src', 'test', 'fuzz', 'bench'].flatMap((folder) =>
    find(folder, ['.c', '.cc', '.h'])
  );
  const mode = isFix ? ['-i'] : ['--dry-run', '-Werror'];

  return (await run('clang-format', [...mode, ...files])).code;
}

async function prettier() {
  const mode = isFix ? '--write' : '--check';
  return (await run(...bin('prettier', mode, '--log-level=warn', '.'))).code;
}

async function eslint() {
  const fix = isFix ? ['--fix'] : [];
  return (await run(...bin('eslint', '--max-warnings=0', ...fix, '.'))).code;
}

async function layers() {
  return (await run('sh', ['tools/check-layers.sh'])).code;
}

// A check resolves with 0 when all is well.
const checks = [
  { name: 'layers', check: layers },
  { name: 'prettier', check: prettier },
  { name: 'eslint', check: eslint },
  { name: 'clang-format', tool: 'clang-format', check: clangFormat },
  { name: 'clang-tidy', tool: 'clang-tidy', check: clangTidy }
];

async function main() {
  const failed = [];

  await bootstrap();
  for (const { name, tool, check } of checks) {
    if (isFix && !['prettier', 'eslint', 'clang-format'].includes(name)) {
      continue;
    }
    if (tool && !has(tool)) {
      console.error(loud(`${name} is not checked: install ${tool}.`));
      if (isCI) failed.push(name);
    } else if ((await check()) !== 0) {
      failed.push(name);
    } else {
      console.log(`lint: ${name} ok`);
    }
  }

  if (failed.length === 0) return;
  console.error(`lint: failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

main();
