'use strict';

const assert = require('assert');
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const { makeFolder, removeFolders, root } = require('./support');

const script = path.join(root, 'tools/check-layers.sh');

/** Runs the check on a tree that holds just these files. */
function check(files) {
  const tree = makeFolder();

  for (const [name, text] of Object.entries(files)) {
    const file = path.join(tree, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `${text}\n`);
  }

  const { status, stdout } = spawnSync('sh', [script, tree], {
    encoding: 'utf8'
  });
  return { status, stdout };
}

const allowed = {
  'src/core/frame.c': '#include "core/frame.h"\n#include <stdint.h>',
  'src/core/status.h': '#include "core/status.def"',
  'src/core/mem.c': '#include <stdlib.h>\nvoid *f(void) { return malloc(1); }',
  'src/core/buffer.c': 'void f(mem_t *mem) { mem->free(mem->user, 0); }',
  'src/core/deflate.c': '#include <zlib.h>',
  'src/net/loop.c':
    '#include <sys/epoll.h>\n#include <uv.h>\n#include "core/x.h"',
  'src/binding/addon.cc':
    '#include <napi.h>\n#include <string>\n#include "net/loop.h"',
  'lib/native.js': "require('node-gyp-build')(__dirname);",
  'lib/index.js': "require('./native');"
};

const forbidden = [
  ['uv in core', 'src/core/frame.c', '#include <uv.h>'],
  ['sockets in core', 'src/core/frame.h', '#  include <sys/socket.h>'],
  ['net in core', 'src/core/session.c', '#include "net/socket.h"'],
  ['a header without its layer', 'src/core/frame.c', '#include "frame.h"'],
  ['zlib elsewhere in core', 'src/core/receiver.c', '#include <zlib.h>'],
  ['the clock in core', 'src/core/session.c', '#include <time.h>'],
  ['malloc in core', 'src/core/utf8.c', 'void *f(void) { return malloc(1); }'],
  ['output in core', 'src/core/utf8.c', 'void f(void) { printf("x"); }'],
  ['Node-API in net', 'src/net/loop.h', '#include <node_api.h>'],
  ['binding in net', 'src/net/loop.c', '#include "binding/emit.h"'],
  ['v8 in binding', 'src/binding/emit.cc', '#include <v8.h>'],
  ['node.h in binding', 'src/binding/emit.cc', '#include <node.h>'],
  ['sockets in binding', 'src/binding/emit.h', '#include <sys/socket.h>'],
  [
    'a second loader in lib',
    'lib/websocket.js',
    "require('node-gyp-build')(__dirname);"
  ],
  ['the binary in lib', 'lib/websocket.js', "require('../build/x.node');"],
  ['ws in lib', 'lib/websocket.js', "const ws = require('ws');"],
  ['tests in lib', 'lib/wrapper.mjs', "import x from '../test/support/x.js';"]
];

describe('tools/check-layers.sh', () => {
  after(removeFolders);

  it('accepts what each layer may use', () => {
    assert.deepStrictEqual(check(allowed), {
      status: 0,
      stdout: 'check-layers: ok\n'
    });
  });

  for (const [what, file, text] of forbidden) {
    it(`refuses ${what}`, () => {
      const { status, stdout } = check({ ...allowed, [file]: text });
      const line = text.split('\n').length;

      assert.strictEqual(status, 1);
      assert(stdout.startsWith(`${file}:${line}: `), stdout);
    });
  }
});
