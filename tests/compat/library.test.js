// SPDX-License-Identifier: Apache-2.0
// Our library and the official SDK side by side: one cloud, the same results.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { before, test } = require('node:test');
const { Application, servePages, startBrowser } = require('./support/browser');
const { Cloud, REPOSITORY } = require('./support/cloud');
const { Command } = require('./support/command');
const { localId, thumbprint } = require('./support/keys');

const PATIENCE = { timeout: 60000 };
let cloud, application;

before(async () => {
  const localhost = `http://localhost:${await servePages()}`;
  cloud = await Cloud.start();
  await cloud.trust(localhost);
  await cloud.call('PATCH', '/themes/active', { theme: {
    logo_url_light: 'https://example.com/light.png', logo_url_dark: 'https://example.com/dark.png',
    support_url: 'https://example.com/hilfe?für=alle' } });
  application = await Application.open(await startBrowser(), localhost);
});

// One identity, bound by both: [identity, ours, the SDK's].
async function bindBoth() {
  const identity = await cloud.createIdentity();
  const job = { post_binding_redirect_uri: 'https://app.example.com/done?x=1' };
  const ours = await new Command().bind((await cloud.createJob(identity, job)).link);
  const theirs = await application.bind((await cloud.createJob(identity, job)).link);
  return [identity, ours, theirs];
}

// The names and types of all fields, at any depth: {'identity.id': 'string', …}
function shape(value, name = '') {
  if (value === null || typeof value !== 'object') return { [name]: typeof value };
  return Object.assign({}, ...Object.entries(value).map(
    ([key, field]) => shape(field, name ? `${name}.${key}` : key)));
}

test('our passkey has every documented field of the SDK\'s, of the same type', PATIENCE, async () => {
  const [, ours, theirs] = await bindBoth();

  assert.equal(ours.postBindingRedirectUri, theirs.postBindingRedirectUri);
  // Two that the SDK answers and does not document.
  const { version, links, ...documented } = theirs.passkey;
  assert.deepEqual([version, links], ['v1', {}]);
  const [wanted, present] = [shape(documented), shape(ours.passkey)];
  assert.equal(Object.keys(wanted).length, 16);
  for (const [name, type] of Object.entries(wanted)) assert.equal(present[name], type, name);
});

test('what both say of one identity is the same', PATIENCE, async () => {
  const [, { passkey: ours }, { passkey: theirs }] = await bindBoth();

  for (const name of ['tenant', 'realm', 'identity', 'theme', 'state']) {
    assert.deepEqual(ours[name], theirs[name], name);
  }
  assert.equal(theirs.theme.logoUrlDark, 'https://example.com/dark.png');
  assert.deepEqual([ours.keyType, theirs.keyType], ['tpm', 'subtle']);
  for (const name of ['id', 'passkeyId']) assert.notEqual(ours[name], theirs[name], name);
});

// That the SDK's id is made so too is in bind.test.js, where its clock stands still.
test('both records are of one form', PATIENCE, async () => {
  const [identity, { passkey: ours }, { passkey: theirs }] = await bindBoth();
  const records = await application.records('credentials', 'credentials');
  const record = records.find(({ id }) => id === theirs.id);

  assert.equal(ours.id, localId(cloud.ready.tenant_id, cloud.ready.realm_id, identity.id, ours.localCreated));
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/;
  assert.match(ours.localCreated, time);
  assert.match(record.local_created, time);
  assert.match(ours.keyHandle, /^km:[0-9a-f]{16}$/);
  assert.match(record.key_handle, /^km:[0-9a-f]{16}$/);
  assert.deepEqual([ours.created, ours.updated].map((at) => typeof at), ['string', 'string']);
});

test('the cloud sees two credentials of one kind', PATIENCE, async () => {
  const [identity, { passkey: ours }, { passkey: theirs }] = await bindBoth();

  const credentials = await cloud.credentials(identity);

  const byId = Object.fromEntries(credentials.map((credential) => [credential.id, credential]));
  assert.deepEqual(Object.keys(byId).sort(), [ours.passkeyId, theirs.passkeyId].sort());
  assert.equal(byId[ours.passkeyId].jwk_thumbprint, `${ours.thumbprint}=`);
  for (const credential of credentials) {
    assert.deepEqual([credential.state, credential.csr_type], ['ACTIVE', 'JWT']);
    assert.equal(credential.jwk_thumbprint, thumbprint(JSON.parse(credential.jwk_json)));
    assert.deepEqual(Object.keys(JSON.parse(credential.jwk_json)), ['crv', 'kty', 'x', 'y']);
  }
  assert.deepEqual(shape(byId[ours.passkeyId]), shape(byId[theirs.passkeyId]));
});

test('the SDK cannot bind a link that our library used', PATIENCE, async () => {
  const identity = await cloud.createIdentity();
  const { link } = await cloud.createJob(identity);
  const { passkey } = await new Command().bind(link);

  const { message } = await application.refusal(link);

  assert.match(message, /The server responded with a 409 error/);
  assert.deepEqual((await cloud.credentials(identity)).map(({ id }) => id), [passkey.passkeyId]);
});

test('our library cannot bind a link that the SDK used', PATIENCE, async () => {
  const identity = await cloud.createIdentity();
  const { link } = await cloud.createJob(identity);
  const { passkey } = await application.bind(link);
  const command = new Command();

  const error = await command.bind(link);

  assert.deepEqual([error.code, error.httpStatus, error.exit], ['conflict', 409, 4]);
  assert.deepEqual(await command.list(), []);
  assert.deepEqual((await cloud.credentials(identity)).map(({ id }) => id), [passkey.passkeyId]);
});

test('our library binds the address that a click in the browser led to', PATIENCE, async () => {
  const identity = await cloud.createIdentity();
  const { link } = await cloud.createJob(identity);
  const tab = await application.page.context().newPage();
  await tab.goto(link);

  const { passkey } = await new Command().bind(tab.url());

  assert.deepEqual((await cloud.credentials(identity)).map(({ id }) => id), [passkey.passkeyId]);
  await tab.close();
});

// Our own predicates are held to the same list by the tests of each language.
test('the SDK still classifies URLs as our list says', PATIENCE, async () => {
  const list = path.join(REPOSITORY, 'tests/data/urls.json');
  const { cases } = JSON.parse(fs.readFileSync(list, 'utf8'));
  assert.ok(cases.length > 100);

  const answers = await application.page.evaluate((urls) => urls.map((url) => ({
    isBindPasskeyUrl: window.sdk.isBindPasskeyUrl(url),
    isAuthenticateUrl: window.sdk.isAuthenticateUrl(url),
  })), cases.map(({ url }) => url));

  const differ = cases.filter((known, i) => known.isBindPasskeyUrl !== answers[i].isBindPasskeyUrl ||
    known.isAuthenticateUrl !== answers[i].isAuthenticateUrl);
  assert.deepEqual(differ, []);
});
