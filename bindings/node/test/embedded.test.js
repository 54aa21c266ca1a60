// SPDX-License-Identifier: Apache-2.0
// The surface of the official JavaScript SDK.
'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { PACKAGE, link, mockCloud, options } = require('./support');
const { Embedded, PasskeyError } = require(PACKAGE);

const METHODS = ['authenticate', 'authenticateFido2', 'authenticateOtp', 'bindPasskey',
  'deletePasskey', 'getAuthenticationContext', 'getPasskeys', 'isAuthenticateUrl',
  'isBindPasskeyUrl', 'redeemOtp', 'updatePasskeys'];

let cloud;
before(async () => { cloud = await mockCloud(); });

test('a passkey is bound, found and deleted, in the official shapes', async () => {
  const embedded = await Embedded.initialize(options());

  const result = await embedded.bindPasskey(link(cloud));

  const { id, passkeyId } = result.passkey;
  assert.deepEqual(result, {
    passkey: {
      version: 'v1',
      id,
      passkeyId,
      created: '2022-03-14T03:42:52.905Z',
      state: 'active',
      keyType: 'tpm',
      tenant: { id: 'mocktenant', displayName: 'Mock Tenant' },
      realm: { id: 'mockrealm', displayName: 'Mock Realm' },
      identity: { id: 'identity1', username: 'user1', displayName: 'Mock Identity',
        emailAddress: 'u@example.com' },
      links: {},
      theme: { logoUrlLight: 'https://example.com/light.png',
        logoUrlDark: 'https://example.com/dark.png', supportUrl: 'https://example.com/support' },
    },
    postBindingRedirectUri: 'https://app.example.com/done?x=1',
  });
  assert.deepEqual(Object.keys(result.passkey), ['version', 'id', 'passkeyId', 'created', 'state',
    'keyType', 'tenant', 'realm', 'identity', 'links', 'theme']);
  assert.deepEqual(await embedded.getPasskeys(), [result.passkey]);
  assert.equal(await embedded.deletePasskey(id), undefined);
  assert.equal(await embedded.deletePasskey(id), undefined);
  assert.deepEqual(await embedded.getPasskeys(), []);
});

test('the methods may be passed around, and results are the caller\'s', async () => {
  const { initialize } = Embedded;
  const { bindPasskey, getPasskeys, isBindPasskeyUrl, isAuthenticateUrl } = await initialize(options());

  const result = await bindPasskey(link(cloud));
  result.passkey.tenant.id = 'changed';

  assert.equal((await getPasskeys())[0].tenant.id, 'mocktenant');
  assert.equal(isBindPasskeyUrl(link(cloud)), true);
  assert.equal(isAuthenticateUrl(link(cloud)), false);
  assert.equal(result.id, result.passkey.id);
  assert.match(`${result}`, /^[0-9a-f]{64} of Mock Identity /);
});

test('what is not built yet rejects', async () => {
  const embedded = await Embedded.initialize();

  assert.deepEqual(Object.keys(embedded).sort(), METHODS);
  for (const name of ['authenticate', 'authenticateFido2', 'authenticateOtp',
    'getAuthenticationContext', 'redeemOtp', 'updatePasskeys']) {
    await assert.rejects(embedded[name]('https://example.com', 'x'),
      (error) => error instanceof PasskeyError && error.code === 'unsupported' &&
        error.message.includes(name));
  }
});

test('a logger is written to', async () => {
  const lines = [];
  let told;
  const heard = new Promise((resolve) => { told = resolve; });
  const logger = { write(line) { lines.push(line); told(this); } };
  const embedded = await Embedded.initialize({ ...options(), logger });

  await assert.rejects(embedded.bindPasskey(link(cloud, 'invoke-404')), { code: 'not_found' });

  assert.equal(await heard, logger);
  assert.match(lines[0], /^error: bind: failed /);
});

test('a wrong configuration', async () => {
  await assert.rejects(Embedded.initialize(null), TypeError);
  await assert.rejects(Embedded.initialize({ logger: console.log }), TypeError);
  await assert.rejects(Embedded.initialize({ colour: 'red' }), { code: 'invalid_option' });
  assert.throws(() => new Embedded(), TypeError);
});
