// SPDX-License-Identifier: Apache-2.0
// Binds that ended in doubt are gone on with; and whether a bind can work at all.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { before, test } = require('node:test');
const { PACKAGE, link, mockCloud, options } = require('./support');
const libpasskey = require(PACKAGE);

let cloud;
before(async () => { cloud = await mockCloud(); });

// A client whose store has binds that the cloud's first answer left pending.
async function inDoubt(...jobs) {
  const settings = options();
  const client = new libpasskey.Client(settings);
  for (const job of jobs) {
    await assert.rejects(client.bindPasskey(link(cloud, job)), { code: 'rate_limited' });
  }
  return { client, settings };
}

test('nothing to resume is an empty array, and makes nothing', async () => {
  const settings = options();

  const report = await libpasskey.resume(settings);

  assert.deepEqual(report, []);
  assert(Object.isFrozen(report) && !fs.existsSync(settings.home));
});

test('a bind in doubt is finished', async () => {
  const { client } = await inDoubt('binds-429');

  const report = await client.resume();

  const [resumed] = report;
  assert.equal(resumed.outcome, 'finished');
  assert.equal(resumed.identityId, 'identity1');
  assert.match(resumed.jobId, /^binds-429-/);
  assert.equal(resumed.error, null);
  assert.equal(resumed.postBindingRedirectUri, 'https://app.example.com/done?x=1');
  assert.deepEqual([...await client.listPasskeys()], [resumed.passkey]);
  assert([report, resumed, resumed.passkey, resumed.passkey.identity].every(Object.isFrozen));
  assert.deepEqual(await client.resume(), []);
});

test('each pending bind has an answer of its own', async () => {
  const { client } = await inDoubt('binds-429', 'binds-429-409', 'bind-429');

  const report = await client.resume();

  const of = (outcome) => report.find((each) => each.outcome === outcome);
  assert.equal(report.length, 3);
  assert.equal(of('finished').error, null);
  assert.equal(of('pending').error.code, 'rate_limited');
  assert.equal(of('pending').passkey, null);
  assert(of('refused').error instanceof libpasskey.PasskeyError);
  assert.equal(of('refused').error.httpStatus, 409);
  assert.equal(of('refused').passkey, null);
  assert(!JSON.stringify(report).includes('tok-'));
  assert.deepEqual((await client.resume()).map(({ outcome }) => outcome), ['pending']);
});

test('a store that others can use is refused', async () => {
  const { client, settings } = await inDoubt('binds-429');
  fs.chmodSync(settings.home, 0o755);

  await assert.rejects(client.resume(), { code: 'store_unsafe' });

  fs.chmodSync(settings.home, 0o700);
  assert.equal((await client.resume())[0].outcome, 'finished');
});

test('what is canceled stays pending', async () => {
  const { client, settings } = await inDoubt('binds-429-slow');
  const controller = new AbortController();

  await assert.rejects(client.resume({
    signal: controller.signal,
    onProgress: (step) => step === 'register' && controller.abort('enough'),
  }), { code: 'canceled', cause: 'enough' });

  assert.deepEqual(await client.listPasskeys(), []);
  assert.equal(fs.readdirSync(path.join(settings.home, 'pending')).length, 1);
});

test('a closed client resumes and examines nothing', async () => {
  const client = new libpasskey.Client(options());
  client.close();

  await assert.rejects(client.resume(), TypeError);
  await assert.rejects(client.examine(), TypeError);
});

test('a machine that is ready, and its cloud', async () => {
  const settings = options({ apiBaseUrl: cloud, apiToken: 'sesame-123' });
  const steps = [];

  const found = await libpasskey.examine({ ...settings, onProgress: (step) => steps.push(step) });

  const levels = Object.fromEntries(found.map(({ check, level }) => [check, level]));
  assert.deepEqual(steps, ['machine', 'tpm', 'store', 'cloud']);
  for (const check of ['clock', 'swtpm', 'store_folder', 'cloud_url', 'cloud_answer']) {
    assert.equal(levels[check], 'ok', check);
  }
  assert(Object.isFrozen(found) && found.every(Object.isFrozen) && !fs.existsSync(settings.home));
  assert(!JSON.stringify(found).includes('sesame-123'));
});

test('what is wrong is a finding with a remedy', async () => {
  const client = new libpasskey.Client(options({ tpm: 'device:/dev/no-such-tpm' }));

  const found = await client.examine();

  const finding = found.find(({ check }) => check === 'tpm_device');
  assert.equal(finding.level, 'problem');
  assert.match(finding.message, /\/dev\/no-such-tpm/);
  assert.equal(typeof finding.remedy, 'string');
  assert(found.some(({ remedy }) => remedy === null));
});
