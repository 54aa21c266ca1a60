// SPDX-License-Identifier: Apache-2.0
// What the tests share: the built package, the mock cloud, options.
'use strict';

const { spawn } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const { after } = require('node:test');

const REPOSITORY = path.resolve(__dirname, '../../..');
const BUILD = path.resolve(process.env.PASSKEY_BUILD || path.join(REPOSITORY, 'build'));
const PACKAGE = path.join(BUILD, 'node');

// What a test file leaves behind. Hooks are for the file as a whole only when
// they are set while it is loaded.
const leftovers = [];
after(() => leftovers.forEach((remove) => remove()));

// Starts a Python program that ends with the tests, be it by a crash: the JSON
// line that it prints.
async function startPython(...args) {
  const inVenv = path.join(BUILD, 'venv/bin/python');
  const python = process.env.PASSKEY_PYTHON || (fs.existsSync(inVenv) ? inVenv : 'python3');
  const program = spawn('setpriv', ['--pdeathsig', 'TERM', python, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  leftovers.push(() => program.kill());
  const [line] = await once(readline.createInterface({ input: program.stdout }), 'line');
  return JSON.parse(line);
}

// The base URL of $PASSKEY_MOCK_URL, or of a mock cloud that ends with the tests.
async function mockCloud() {
  if (process.env.PASSKEY_MOCK_URL) return process.env.PASSKEY_MOCK_URL;
  const mock = path.join(REPOSITORY, 'tests/support/mock_cloud.py');
  return (await startPython(mock, '--port', '0')).base_url;
}

// A passkey-cloud that ends with the tests: what it says when it is ready.
async function passkeyCloud() {
  const program = spawn('setpriv', ['--pdeathsig', 'TERM', path.join(BUILD, 'bin/passkey-cloud'),
    'serve', '--listen', '127.0.0.1:0', '--data', path.join(temporaryFolder(), 'data')],
  { stdio: ['ignore', 'pipe', 'ignore'] });
  leftovers.push(() => program.kill());
  const [line] = await once(readline.createInterface({ input: program.stdout }), 'line');
  return JSON.parse(line);
}

// The options that calls about jobs of this cloud need.
const jobOptions = (cloud, more) => options({
  apiBaseUrl: cloud.api_base_url,
  tenant: cloud.tenant_id,
  realm: cloud.realm_id,
  authenticatorConfig: cloud.authenticator_config_id,
  apiToken: cloud.api_token,
  ...more,
});

function temporaryFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'passkey-node-'));
  leftovers.push(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

// link(cloud, 'slow-500'): a new link; mock_plan.py says what the job's name does.
function link(cloud, job = 'ok') {
  const id = randomUUID().replaceAll('-', '');
  return `${cloud}/v1/tenants/mocktenant/realms/mockrealm/identities/identity1` +
    `/credential-binding-jobs/${job}-${id}:invokeAuthenticator?token=tok-${id}`;
}

function options(more = {}) {
  return {
    home: path.join(temporaryFolder(), 'home'),
    tpm: 'swtpm',
    allowedDomains: ['localhost'],
    allowLoopbackHttp: true,
    timeoutMs: 20000,
    ...more,
  };
}

// Runs code in a process of its own, with `input` as a global: its end and output,
// to which the TSS adds nothing of what a cancel makes of a TPM command.
function runNode(code, input, flags = []) {
  const preamble = `const libpasskey = require(${JSON.stringify(PACKAGE)});\n` +
    `const input = ${JSON.stringify(input)};\n`;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...flags, '-e', preamble + code],
      { env: { ...process.env, TSS2_LOG: 'all+NONE' }, timeout: 120000 });
    let output = '';
    child.stdout.on('data', (data) => { output += data; });
    child.stderr.on('data', (data) => { output += data; });
    child.on('close', (status, signal) => resolve({ status, signal, output }));
  });
}

module.exports = {
  BUILD, PACKAGE, REPOSITORY, jobOptions, link, mockCloud, options, passkeyCloud, runNode,
  startPython, temporaryFolder,
};
