// SPDX-License-Identifier: Apache-2.0
// The calls around bind: info, get, list, delete.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { before, test } = require('node:test');
const { PACKAGE, link, mockCloud, options } = require('./support');
const libpasskey = require(PACKAGE);

const UNKNOWN = '0'.repeat(64);

let cloud;
before(async () => { cloud = await mockCloud(); });

test('a passkey is found by its id, and gone when it is deleted', async () => {
  const client = new libpasskey.Client(options());
  const { passkey } = await client.bindPasskey(link(cloud));

  assert.deepEqual(await client.getPasskey(passkey.id), passkey);
  assert.equal(await client.deletePasskey(passkey.id), undefined);
  await assert.rejects(client.getPasskey(passkey.id), { code: 'no_such_passkey' });
  assert.deepEqual(await client.listPasskeys(), []);
});

test('deleting what is not there succeeds, as in the official SDK', async () => {
  assert.equal(await libpasskey.deletePasskey(UNKNOWN, options()), undefined);
});

test('what is no id is refused', async () => {
  const client = new libpasskey.Client(options());

  for (const id of ['', '../x', 'a b', 'ä']) {
    await assert.rejects(client.getPasskey(id), { code: 'invalid_argument' });
    await assert.rejects(client.deletePasskey(id), { code: 'invalid_argument' });
  }
});

test('a damaged record hides no other and is named', async () => {
  const settings = options();
  const { passkey } = await libpasskey.bindPasskey(link(cloud), settings);
  const [folder] = fs.readdirSync(settings.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === `${passkey.id}.json`)
    .map((entry) => entry.parentPath ?? entry.path);
  fs.writeFileSync(path.join(folder ?? path.join(settings.home, 'passkeys'), `${UNKNOWN}.json`), '{',
    { mode: 0o600 });

  const list = await libpasskey.listPasskeys(settings);

  assert.deepEqual(list.map(({ id }) => id), [passkey.id]);
  assert.equal(list.damaged.length, 1);
  assert(list.damaged[0].includes(UNKNOWN), list.damaged[0]);
  assert(Object.isFrozen(list) && Object.isFrozen(list.damaged));
  await assert.rejects(libpasskey.getPasskey(UNKNOWN, settings), { code: 'store_damaged' });
});

test('info says what would be bound and makes nothing', async () => {
  const client = new libpasskey.Client(options());
  const url = link(cloud);

  const info = await client.info(url);

  assert.deepEqual(info.tenant, { id: 'mocktenant', displayName: 'Mock Tenant' });
  assert.equal(info.identity.emailAddress, 'u@example.com');
  assert.equal(info.postBindingRedirectUri, 'https://app.example.com/done?x=1');
  assert(Object.isFrozen(info) && Object.isFrozen(info.theme));
  assert(!JSON.stringify(info).includes('tok-'));
  assert.deepEqual(await client.listPasskeys(), []);
  assert((await client.bindPasskey(url)).id);
});

test('the functions do as the methods', async () => {
  const settings = options();
  const { passkey } = await libpasskey.bindPasskey(link(cloud), settings);

  assert.deepEqual(await libpasskey.getPasskey(passkey.id, settings), passkey);
  assert.deepEqual([...await libpasskey.getPasskeys(settings)], [passkey]);
  assert.equal((await libpasskey.info(link(cloud), settings)).tenant.id, 'mocktenant');
  assert.equal(libpasskey.check(link(cloud), settings).tenantId, 'mocktenant');
  await libpasskey.deletePasskey(passkey.id, settings);
  assert.deepEqual(await libpasskey.listPasskeys(settings), []);
});

test('each call can be canceled before it begins', async () => {
  const client = new libpasskey.Client(options());
  const aborted = { signal: AbortSignal.abort('why') };

  for (const call of [client.info('x', aborted), client.listPasskeys(aborted),
    client.getPasskey(UNKNOWN, aborted), client.deletePasskey(UNKNOWN, aborted),
    client.waitJob('i', 'j', aborted)]) {
    await assert.rejects(call, { code: 'canceled', cause: 'why' });
  }
});
