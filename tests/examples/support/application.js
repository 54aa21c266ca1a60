// SPDX-License-Identifier: Apache-2.0
// An example as its README starts it: a process on a free port, with a store and
// an identity of its own.
//
// $PASSKEY_EXAMPLES/NAME is a program that starts the installed example NAME
// (scripts/test-examples makes them); without it, Python's runs from the checkout.
'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { atEnd, temporaryFolder } = require('../../compat/support/cleanup');
const { BUILD, REPOSITORY } = require('../../compat/support/cloud');

const PYTHON = process.env.PASSKEY_PYTHON || path.join(REPOSITORY, 'build/venv/bin/python');

function commandOf(name) {
  if (process.env.PASSKEY_EXAMPLES) return [path.join(process.env.PASSKEY_EXAMPLES, name)];
  assert.equal(name, 'python', `PASSKEY_EXAMPLES must name a folder with ${name}`);
  return [PYTHON, path.join(REPOSITORY, 'examples/python/app.py')];
}

// The cloud must know it before the application runs.
async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

// {origin, identity, said()}: said is all that it wrote, to stdout and stderr.
async function startApplication(name, cloud) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const config = await cloud.call('POST', '/authenticator-configs', { authenticator_config: {
    display_name: `Example ${name}`,
    config: { type: 'embedded', invoke_url: origin, invocation_type: 'automatic', trusted_origins: [origin],
      authentication_methods: [{ type: 'software_passkey' }] },
  } });
  const identity = await cloud.createIdentity('Zoë "&lt" 👩‍🚀');
  const [program, ...args] = commandOf(name);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: {
    PATH: process.env.PATH, HOME: temporaryFolder(), LC_ALL: 'C.UTF-8',
    PYTHONPATH: process.env.PASSKEY_EXAMPLES ? '' : path.join(BUILD, 'python'),
    PORT: String(port), IDENTITY_ID: identity.id,
    PASSKEY_HOME: path.join(temporaryFolder(), 'store'), PASSKEY_TPM: 'swtpm',
    PASSKEY_ALLOWED_DOMAINS: 'localhost', PASSKEY_ALLOW_LOOPBACK_HTTP: '1',
    PASSKEY_API_BASE_URL: cloud.ready.api_base_url, PASSKEY_TENANT: cloud.ready.tenant_id,
    PASSKEY_REALM: cloud.ready.realm_id, PASSKEY_AUTHENTICATOR_CONFIG: config.id,
    PASSKEY_API_TOKEN: cloud.ready.api_token,
  } });
  const ended = once(child, 'close');
  atEnd(() => { child.kill('SIGTERM'); return ended; });
  let said = '';
  const ready = new Promise((resolve, reject) => {
    const read = (data) => { said += data; if (said.includes(`ready: ${origin}`)) resolve(); };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    ended.then(() => reject(new Error(`${name} has ended: ${said}`)));
  });
  await ready;
  return { origin, identity, said: () => said };
}

module.exports = { freePort, startApplication };
