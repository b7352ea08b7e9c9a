'use strict';

const { Peer } = require('../examples/peer');
const { Program } = require('../examples/program');

/** A node as a process of its own, and one client of it to drive it. */
class Node {
  static async start(program, options) {
    const node = new Node(program, options);

    node.port = await node.program.listening();
    node.driver = await Member.connect(node);
    return node;
  }

  constructor(program, options) {
    this.program = new Program(program, { args: [JSON.stringify(options)] });
  }

  /** Resolves when the adapter was connected so many times. */
  ready(times = 1) {
    return this.#prints(/^ready$/, times);
  }

  /** Resolves when the adapter has reported so much of that kind. */
  trouble(code, times = 1) {
    return this.#prints(
      new RegExp(`^trouble UVWS_ERR_ADAPTER_${code}$`),
      times
    );
  }

  /** How often it has printed a line. */
  count(line) {
    return this.program.output.split('\n').filter((text) => text === line)
      .length;
  }

  #prints({ source }, times) {
    const line = source.slice(1, -1);

    return this.program.prints(new RegExp(`(^${line}$[^]*){${times}}`, 'm'));
  }

  do(...action) {
    return this.driver.do(...action);
  }

  /** Ends it at once. */
  async kill() {
    await this.program.stop('SIGKILL');
  }
}

/** A client that keeps apart what it is told and what it asked for. */
class Member {
  static async connect(node) {
    return new Member(await Peer.connect(node.port));
  }

  constructor(peer) {
    this.heard = [];
    this.peer = peer;
  }

  /** Has the node act; resolves with the result. What comes before is heard. */
  async do(name, ...args) {
    this.peer.send(JSON.stringify([name, ...args]));
    for (;;) {
      const { data, isBinary } = await this.peer.next();
      const [start, done, result] = String(data).split(/ (\S+) (.*)/, 3);

      if (start === 'did' && done === name && !isBinary) {
        return result === 'undefined' ? undefined : JSON.parse(result);
      }
      this.heard.push(isBinary ? data.toString('hex') : String(data));
    }
  }

  /** Resolves with the next message that is no answer. */
  async hears() {
    if (this.heard.length > 0) return this.heard.shift();
    const { data, isBinary } = await this.peer.next();
    return isBinary ? data.toString('hex') : String(data);
  }
}

/**
 * Resolves with all that the members have heard, sorted, up to the end that each
 * of the drivers announces to all of them.
 */
async function heardByAll(drivers, members = drivers) {
  for (const [i, driver] of drivers.entries()) {
    await driver.do('broadcast', `end of ${i}`);
  }
  return Promise.all(
    members.map(async (member) => {
      const heard = [];
      for (let ends = 0; ends < drivers.length;) {
        const text = await member.hears();
        if (text.startsWith('end of')) ends++;
        else heard.push(text);
      }
      return heard.sort();
    })
  );
}

module.exports = { Member, Node, heardByAll };
