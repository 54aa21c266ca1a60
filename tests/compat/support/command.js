// SPDX-License-Identifier: Apache-2.0
// Our side: the command `passkey`, in a store of its own with a software TPM.
'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { BUILD } = require('./cloud');
const { temporaryFolder } = require('./cleanup');

class Command {
  constructor() {
    this.home = path.join(temporaryFolder(), 'store');
  }

  // What it printed, as JSON: the result, or the error with its exit code.
  async run(args, input = '') {
    const program = spawn(path.join(BUILD, 'bin/passkey'), [...args, '--json'], {
      env: { PATH: process.env.PATH, PASSKEY_HOME: this.home, PASSKEY_TPM: 'swtpm',
        PASSKEY_ALLOWED_DOMAINS: 'localhost', PASSKEY_ALLOW_LOOPBACK_HTTP: '1' },
    });
    const ended = once(program, 'close');
    let [out, err] = ['', ''];
    program.stdout.on('data', (data) => { out += data; });
    program.stderr.on('data', (data) => { err += data; });
    program.stdin.end(input);
    const [exit] = await ended;
    return exit === 0 ? JSON.parse(out) : { ...JSON.parse(err), exit };
  }

  bind(link) {
    return this.run(['bind', '-'], `${link}\n`);
  }

  list() {
    return this.run(['list']);
  }
}

module.exports = { Command };
