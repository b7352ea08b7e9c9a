'use strict';

const fs = require('node:fs');

/* The fields of fault_plan_t in shim.c, in their order. */
const FIELDS = [
  'readMax',
  'writeMax',
  'readEvery',
  'readErrno',
  'writeEvery',
  'writeErrno',
  'acceptFails',
  'acceptErrno',
  'watchFails',
  'memoryAfter',
  'onlyFd',
  'reads',
  'writes',
  'accepts',
  'allocations'
];

const LENGTH = FIELDS.length * 4;

/* What is to fail below the addon, in memory shared with the shim. */
class FaultPlan {
  #fd;

  /* The file that UVWS_FAULTS names must be there. */
  constructor(file = process.env.UVWS_FAULTS) {
    this.#fd = fs.openSync(file, 'r+');
  }

  /* Makes the file of a plan without faults. */
  static create(file) {
    fs.writeFileSync(file, Buffer.alloc(LENGTH));
  }

  /* Sets the named fields and no others. */
  set(fields) {
    for (const [name, value] of Object.entries(fields)) {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(value);
      fs.writeSync(this.#fd, bytes, 0, 4, FIELDS.indexOf(name) * 4);
    }
  }

  get(name) {
    const bytes = Buffer.alloc(4);
    fs.readSync(this.#fd, bytes, 0, 4, FIELDS.indexOf(name) * 4);
    return bytes.readInt32LE();
  }

  /* Nothing fails any more; nothing was called yet. */
  reset() {
    fs.writeSync(this.#fd, Buffer.alloc(LENGTH), 0, LENGTH, 0);
  }
}

module.exports = { FaultPlan };
