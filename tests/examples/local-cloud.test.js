// SPDX-License-Identifier: Apache-2.0
// examples/local-cloud, which the READMEs begin with: sourced by each shell there is.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { atEnd } = require('../compat/support/cleanup');
const { BUILD, REPOSITORY } = require('../compat/support/cloud');
const { freePort } = require('./support/application');

const EXAMPLES = path.join(REPOSITORY, 'examples');
const SHELLS = ['sh', 'bash', 'zsh'].filter((shell) => fs.existsSync(`/bin/${shell}`));

// The environment of a shell that has sourced it. At the end its server is told to end,
// which nobody can wait for: it is not our child.
function source(shell, home, port) {
  const text = execFileSync(shell, ['-c', '. ../local-cloud; export LOCAL_CLOUD_PID; env -0'], {
    cwd: path.join(EXAMPLES, 'python'), encoding: 'utf8',
    env: { PATH: `${BUILD}/bin:${process.env.PATH}`, HOME: home, CLOUD_PORT: String(port) },
  });
  const settings = Object.fromEntries(text.split('\0').map((line) => line.split(/=([^]*)/, 2)));
  atEnd(() => fs.rmSync(home, { recursive: true, maxRetries: 50 }));
  atEnd(() => process.kill(Number(settings.LOCAL_CLOUD_PID), 'SIGTERM'));
  return settings;
}

for (const shell of SHELLS) {
  test(`${shell}: the cloud runs, and its settings make a job of each kind`, async () => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'passkey-examples-'));
    const settings = source(shell, home, await freePort());
    assert.equal(settings.PASSKEY_HOME, path.join(home, '.local/state/passkey-example/passkeys'));

    for (const method of ['RETURN', 'EMAIL']) {
      const answer = await fetch(`${settings.PASSKEY_API_BASE_URL}/v1/tenants/${settings.PASSKEY_TENANT}/realms/${
        settings.PASSKEY_REALM}/identities/${settings.IDENTITY_ID}/credential-binding-jobs`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${settings.PASSKEY_API_TOKEN}` },
        body: JSON.stringify({ job: { delivery_method: method,
          authenticator_config_id: settings.PASSKEY_AUTHENTICATOR_CONFIG } }),
      });
      assert.equal(answer.status, 200, await answer.text());
    }
  });
}

test('the four examples look alike: one style sheet', () => {
  const files = ['python/static/style.css', 'node/public/style.css', 'java/src/main/resources/style.css', 'c/style.css'];
  const texts = files.map((file) => fs.readFileSync(path.join(EXAMPLES, file), 'utf8'));

  assert.deepEqual(new Set(texts).size, 1);
});

test('the tests run the Python example on the versions that it names', () => {
  const pins = fs.readFileSync(path.join(EXAMPLES, 'python/requirements.txt'), 'utf8').match(/^\w.*$/gm);
  const ours = fs.readFileSync(path.join(REPOSITORY, 'tests/requirements.txt'), 'utf8').match(/^\w.*$/gm);

  assert.ok(pins.length > 0);
  for (const pin of pins) assert.ok(ours.includes(pin), pin);
});
