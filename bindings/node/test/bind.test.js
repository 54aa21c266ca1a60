// SPDX-License-Identifier: Apache-2.0
// The calls and what they answer.
'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { inspect } = require('node:util');
const { PACKAGE, link, mockCloud, options } = require('./support');
const libpasskey = require(PACKAGE);

let cloud;
before(async () => { cloud = await mockCloud(); });

test('a link becomes a passkey', async () => {
  const client = new libpasskey.Client(options());

  const result = await client.bindPasskey(link(cloud));

  assert.equal(result.id, result.passkey.id);
  assert.match(result.id, /^[0-9a-f]{64}$/);
  assert.equal(result.postBindingRedirectUri, 'https://app.example.com/done?x=1');
  assert.deepEqual(result.passkey.tenant, { id: 'mocktenant', displayName: 'Mock Tenant' });
  assert.deepEqual(await client.listPasskeys(), [result.passkey]);
  assert.deepEqual((await client.getPasskeys()).damaged, []);
});

test('the result reads well as a string', async () => {
  const result = await libpasskey.bindPasskey(link(cloud), options());

  assert.equal(`${result}`, `${result.id} of Mock Identity (realm Mock Realm, tenant Mock Tenant)`);
});

test('results do not change', async () => {
  const result = await libpasskey.bindPasskey(link(cloud), options());

  assert.throws(() => { result.passkey.tenant.id = 'another'; }, TypeError);
});

test('names beyond the basic plane arrive whole', async () => {
  const { passkey } = await libpasskey.bindPasskey(link(cloud, 'emoji'), options());

  assert.equal(passkey.identity.displayName, 'Zoë 👩‍🚀');
  assert.equal(passkey.identity.username, 'zoë🚀');
});

test('a failure says why and what to do', async () => {
  const url = link(cloud, 'invoke-404');

  const error = await libpasskey.bindPasskey(url, options()).catch((reason) => reason);

  assert(error instanceof libpasskey.PasskeyError && error instanceof Error);
  assert.equal(error.name, 'PasskeyError');
  assert.equal(error.code, 'not_found');
  assert.equal(error.httpStatus, 404);
  assert.equal(error.retryable, false);
  assert.equal(`${error}`, `not_found: ${error.message} (${error.hint})`);
  assert(!inspect(error).includes('tok-'));
});

test('a failure may be worth a retry', async () => {
  await assert.rejects(libpasskey.bindPasskey(link(cloud, 'invoke-503'), options()),
    { code: 'server_error', httpStatus: 503, retryable: true });
});

test('options come from the environment', async () => {
  const settings = { PASSKEY_HOME: options().home, PASSKEY_TPM: 'swtpm',
    PASSKEY_ALLOWED_DOMAINS: 'localhost', PASSKEY_ALLOW_LOOPBACK_HTTP: '1' };
  Object.assign(process.env, settings);
  try {
    const { passkey } = await libpasskey.bindPasskey(link(cloud));
    assert.deepEqual(await libpasskey.getPasskeys(), [passkey]);
  } finally {
    for (const name of Object.keys(settings)) delete process.env[name];
  }
});

test('options may have their snake_case names', async () => {
  assert.deepEqual(await libpasskey.listPasskeys({ ...options(), timeout_ms: '1000' }), []);
});

test('check describes a link without its token', () => {
  const description = new libpasskey.Client(options()).check(link(cloud));

  assert.equal(description.kind, 'invokeAuthenticator');
  assert.equal(description.tenantId, 'mocktenant');
  assert(!inspect(description).includes('tok-'));
});

test('the predicates', () => {
  assert.equal(libpasskey.isBindPasskeyUrl(link(cloud)), true);
  assert.equal(libpasskey.isAuthenticateUrl(link(cloud)), false);
  assert.equal(libpasskey.isAuthenticateUrl('https://h/bi-authenticate?request=x'), true);
});

test('an ES module has the same names', async () => {
  const module = await import(`${PACKAGE}/index.mjs`);

  assert.deepEqual(Object.keys(module).filter((name) => name !== 'default').sort(),
    Object.keys(libpasskey).sort());
  assert.equal(module.bindPasskey, libpasskey.bindPasskey);
});
