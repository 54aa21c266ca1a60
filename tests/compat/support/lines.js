// SPDX-License-Identifier: Apache-2.0
// A program whose lines are waited for, one after the other.
'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const readline = require('node:readline');
const { atEnd } = require('./cleanup');

// The lines of a stream: next() waits for one; all is what has come.
class Lines {
  constructor(stream) {
    this.all = [];
    this.taken = 0;
    this.reader = readline.createInterface({ input: stream });
    this.ended = once(this.reader, 'close');
    this.reader.on('line', (line) => this.all.push(line));
  }

  async next() {
    while (this.taken === this.all.length) {
      const closed = await Promise.race([once(this.reader, 'line').then(() => false), this.ended.then(() => true)]);
      if (closed && this.taken === this.all.length) throw new Error(`it has ended: ${this.all.join('\n')}`);
    }
    return JSON.parse(this.all[this.taken++]);
  }
}

// Goes with the test file: SIGTERM ends it, or the end of its input. check(code, err)
// looks at how.
function start(program, args, options = {}, check = () => {}) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  const running = { child, out: new Lines(child.stdout), err: new Lines(child.stderr), ended: once(child, 'close') };
  atEnd(async () => {
    child.stdin.end();
    if (child.exitCode === null) child.kill('SIGTERM');
    const [code] = await running.ended;
    check(code, running.err.all.join('\n'));
  });
  return running;
}

module.exports = { start };
