// SPDX-License-Identifier: Apache-2.0
// A passkey-cloud on a free port, from $PASSKEY_BUILD/bin (default: build/).
'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const { EventEmitter, once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');
const { atEnd, temporaryFolder } = require('./cleanup');

const REPOSITORY = path.resolve(__dirname, '../../..');
const BUILD = path.resolve(process.env.PASSKEY_BUILD || path.join(REPOSITORY, 'build'));

class Cloud {
  // args are further arguments of `passkey-cloud serve`.
  static async start(...args) {
    const cloud = new Cloud();
    cloud.data = temporaryFolder();
    const program = spawn(path.join(BUILD, 'bin/passkey-cloud'),
      ['serve', '--listen', '127.0.0.1:0', '--data', path.join(cloud.data, 'data'), ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    cloud.log = '';
    cloud.onLog = new EventEmitter();
    program.stderr.on('data', (data) => { cloud.log += data; cloud.onLog.emit('more'); });
    const ended = once(program, 'close');
    atEnd(() => stop(program, ended, cloud));
    const ready = once(readline.createInterface({ input: program.stdout }), 'line');
    const [line] = await Promise.race([ready, ended.then(([code]) => {
      throw new Error(`passkey-cloud ended with ${code}: ${cloud.log}`);
    })]);
    cloud.ready = JSON.parse(line);
    cloud.realm = `/v1/tenants/${cloud.ready.tenant_id}/realms/${cloud.ready.realm_id}`;
    return cloud;
  }

  // The JSON that the API answers, which must be a success.
  async call(method, route, body) {
    const answer = await fetch(this.ready.api_base_url + this.realm + route, {
      method,
      headers: { Authorization: `Bearer ${this.ready.api_token}`, 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, `${method} ${route}: ${text}`);
    return text ? JSON.parse(text) : null;
  }

  // The first event of its log that matches; waits for it.
  async event(matches) {
    for (;;) {
      const lines = this.log.split('\n').slice(0, -1);
      const found = lines.map((line) => JSON.parse(line)).find(matches);
      if (found) return found;
      await once(this.onLog, 'more');
    }
  }

  // An authenticator config of the pages of this origin.
  async trust(...origins) {
    const { id } = await this.call('POST', '/authenticator-configs', { authenticator_config: {
      display_name: 'Pages under test',
      config: {
        type: 'embedded', invoke_url: `${origins[0]}/app`, invocation_type: 'automatic',
        trusted_origins: origins, authentication_methods: [{ type: 'software_passkey' }],
      },
    } });
    this.config = id;
  }

  createIdentity(displayName = 'Zoë 👩‍🚀') {
    const username = `user-${randomUUID()}`;
    return this.call('POST', '/identities', { identity: {
      display_name: displayName,
      traits: { type: 'traits_v0', username, primary_email_address: `${username}@example.com` },
    } });
  }

  // A new job of the identity and its link: {id, link}.
  async createJob(identity, job = {}) {
    const answer = await this.call('POST', `/identities/${identity.id}/credential-binding-jobs`, {
      job: { delivery_method: 'RETURN', authenticator_config_id: this.config, ...job },
    });
    return { id: answer.credential_binding_job.id, link: answer.credential_binding_link };
  }

  revoke(job) {
    return this.call('POST', `/identities/-/credential-binding-jobs/${job.id}:revoke`);
  }

  job(job) {
    return this.call('GET', `/identities/-/credential-binding-jobs/${job.id}`);
  }

  async credentials(identity) {
    return (await this.call('GET', `/identities/${identity.id}/credentials`)).credentials;
  }
}

// It must end by itself, without a word from a sanitizer.
async function stop(program, ended, cloud) {
  program.kill('SIGTERM');
  const [code] = await ended;
  assert.equal(code, 0, cloud.log);
  assert.doesNotMatch(cloud.log, /Sanitizer|runtime error/);
}

module.exports = { BUILD, Cloud, REPOSITORY };
