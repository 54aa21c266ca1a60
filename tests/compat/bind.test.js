// SPDX-License-Identifier: Apache-2.0
// The official SDK binds, lists and deletes against our cloud.
'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { Application, servePages, startBrowser } = require('./support/browser');
const { Cloud } = require('./support/cloud');
const { decodeJws, localId, thumbprint } = require('./support/keys');

const PATIENCE = { timeout: 60000 };
let cloud, browser, shared, localhost, loopback;

before(async () => {
  const port = await servePages();
  [localhost, loopback] = [`http://localhost:${port}`, `http://127.0.0.1:${port}`];
  cloud = await Cloud.start();
  await cloud.trust(loopback, localhost);
  browser = await startBrowser();
  shared = await Application.open(browser, localhost);
});

// The application without a passkey, and an identity that has a link. Loading
// the SDK takes long: the page is shared.
async function begin(job = {}) {
  for (const { id } of await shared.getPasskeys()) await shared.call('deletePasskey', id);
  const identity = await cloud.createIdentity();
  return { application: shared, identity, ...await cloud.createJob(identity, job) };
}

async function open(t, url) {
  const application = await Application.open(browser, url);
  t.after(() => application.close());
  return application;
}

test('a link becomes a passkey', PATIENCE, async () => {
  const { application, identity, link } = await begin(
    { post_binding_redirect_uri: 'https://app.example.com/done?x=1' });

  const { passkey, postBindingRedirectUri } = await application.bind(link);

  assert.equal(postBindingRedirectUri, 'https://app.example.com/done?x=1');
  assert.deepEqual(passkey.tenant, { id: cloud.ready.tenant_id, displayName: 'Local Tenant' });
  assert.deepEqual(passkey.realm, { id: cloud.ready.realm_id, displayName: 'Local Realm' });
  assert.deepEqual(passkey.identity, {
    id: identity.id, displayName: 'Zoë 👩‍🚀', username: identity.traits.username,
    emailAddress: identity.traits.primary_email_address,
  });
  assert.deepEqual([passkey.state, passkey.keyType], ['active', 'subtle']);
  assert.deepEqual(await application.getPasskeys(), [passkey]);
});

test('the cloud has the key that the SDK made', PATIENCE, async () => {
  const { application, identity, id, link } = await begin();

  const { passkey } = await application.bind(link);

  const [key] = await application.records('keymaker', 'keys');
  const [credential, ...others] = await cloud.credentials(identity);
  assert.deepEqual(others, []);
  assert.equal(credential.state, 'ACTIVE');
  assert.equal(credential.csr_type, 'JWT');
  assert.equal(credential.jwk_thumbprint, thumbprint(key.jwk));
  assert.equal(thumbprint(JSON.parse(credential.jwk_json)), thumbprint(key.jwk));
  assert.equal(key.extractable, false);
  assert.deepEqual([credential.id, credential.create_time], [passkey.passkeyId, passkey.created]);
  const job = await cloud.job({ id });
  assert.deepEqual([job.state, job.credential_id], ['COMPLETE', passkey.passkeyId]);
});

// The SDK reads the clock for the id and again for the record: the clock stands still.
test('the id is the hash of what was bound and when', PATIENCE, async (t) => {
  const application = await open(t, localhost);
  for (const now of ['2023-11-14T22:13:20.120Z', '2023-11-14T22:13:20Z']) {
    const { identity, link } = await begin();
    await application.page.clock.setFixedTime(new Date(now));

    const { passkey } = await application.bind(link);

    const records = await application.records('credentials', 'credentials');
    const record = records.find(({ id }) => id === passkey.id);
    assert.equal(record.local_created, now);
    assert.equal(passkey.id, localId(cloud.ready.tenant_id, cloud.ready.realm_id, identity.id, now));
    assert.equal(record.api_base_url, `${cloud.ready.api_base_url}/`);
  }
});

test('the requests are those of the protocol', PATIENCE, async () => {
  const { application, identity, id, link } = await begin();
  const token = new URL(link).searchParams.get('token');
  const before = application.requests.length;

  await application.bind(link);

  const [invoke, info, bind, ...others] = application.requests.slice(before);
  assert.deepEqual(others, []);
  assert.deepEqual([invoke.method(), invoke.url()], ['GET', link]);
  assert.equal((await invoke.allHeaders()).accept, 'application/json');
  const job = `${cloud.ready.api_base_url}${cloud.realm}/identities/${identity.id}` +
    `/credential-binding-jobs/${id}`;
  for (const [request, verb] of [[info, 'getInfo'], [bind, 'bind']]) {
    assert.deepEqual([request.method(), request.url()], ['POST', `${job}:${verb}`]);
    assert.equal((await request.allHeaders()).authorization, `Bearer ${token}`);
  }
  assert.equal(info.postData(), null);
  assert.equal((await bind.allHeaders())['content-type'], 'application/json');
  const body = bind.postDataJSON();
  assert.deepEqual(Object.keys(body), ['type', 'raw']);
  const { header, claims, signature } = decodeJws(body.raw);
  const [{ jwk: { x, y } }] = await application.records('keymaker', 'keys');
  assert.deepEqual(header, { alg: 'ES256', jwk: { crv: 'P-256', kty: 'EC', x, y } });
  assert.deepEqual(claims, { token,
    sub: `CN=${identity.id}, OU=${cloud.ready.realm_id}, O=${cloud.ready.tenant_id}` });
  assert.equal(signature.length, 64);
});

test('a click on the link opens the application, which binds its own address', PATIENCE, async (t) => {
  const identity = await cloud.createIdentity();
  const job = await cloud.createJob(identity);

  const application = await open(t, job.link);

  assert.ok(application.url.startsWith(`${loopback}/app/bind?api_base_url=`), application.url);
  assert.equal((await cloud.job(job)).state, 'LINK_OPENED');
  assert.equal(await application.call('isBindPasskeyUrl', application.url), true);
  const { passkey } = await application.bind(application.url);
  assert.deepEqual(await application.getPasskeys(), [passkey]);
  const [credential] = await cloud.credentials(identity);
  assert.deepEqual([credential.id, credential.state], [passkey.passkeyId, 'ACTIVE']);
  assert.equal((await cloud.job(job)).state, 'COMPLETE');
});

test('a click does not use the link up', PATIENCE, async (t) => {
  const { link } = await begin();
  const application = await open(t, link);

  await application.visit(link);
  const { passkey } = await application.bind(link);

  assert.deepEqual(await application.getPasskeys(), [passkey]);
});

test('the address is bound without another look at the link', PATIENCE, async (t) => {
  const { link } = await begin();
  const application = await open(t, link);
  const before = application.requests.length;

  await application.bind(application.url);

  const paths = application.requests.slice(before).map((request) => new URL(request.url()).pathname);
  assert.deepEqual(paths.map((name) => name.split(':')[1]), ['getInfo', 'bind']);
});

test('a passkey stays when the page is loaded again', PATIENCE, async () => {
  const { application, link } = await begin();
  const { passkey } = await application.bind(link);

  await application.visit(localhost);

  assert.deepEqual(await application.getPasskeys(), [passkey]);
});

test('a deleted passkey is gone here, and the cloud is not asked', PATIENCE, async () => {
  const { application, identity, link } = await begin();
  const { passkey } = await application.bind(link);
  const before = application.requests.length;

  await application.call('deletePasskey', passkey.id);

  assert.deepEqual(await application.getPasskeys(), []);
  assert.deepEqual(await application.records('keymaker', 'keys'), []);
  assert.equal(application.requests.length, before);
  const [credential] = await cloud.credentials(identity);
  assert.deepEqual([credential.id, credential.state], [passkey.passkeyId, 'ACTIVE']);
});

test('a second bind of the identity replaces the passkey', PATIENCE, async () => {
  const { application, identity, link } = await begin();
  const { passkey: first } = await application.bind(link);

  const { passkey: second } = await application.bind((await cloud.createJob(identity)).link);

  assert.notEqual(second.id, first.id);
  assert.deepEqual(await application.getPasskeys(), [second]);
  const ids = (await cloud.credentials(identity)).map((credential) => credential.id);
  assert.deepEqual(ids.sort(), [first.passkeyId, second.passkeyId].sort());
});

test('two identities have a passkey each', PATIENCE, async () => {
  const { application, link } = await begin();
  const { passkey: first } = await application.bind(link);

  const { link: another } = await cloud.createJob(await cloud.createIdentity());
  const { passkey: second } = await application.bind(another);

  const ids = (await application.getPasskeys()).map((passkey) => passkey.id);
  assert.deepEqual(ids.sort(), [first.id, second.id].sort());
});

test('names of any script', PATIENCE, async () => {
  for (const name of ['José García', '日本語の名前', 'Ελληνικά', '👩‍🚀👩‍🚀']) {
    const { application } = await begin();
    const identity = await cloud.createIdentity(name);

    const { passkey } = await application.bind((await cloud.createJob(identity)).link);

    assert.equal(passkey.identity.displayName, name);
    assert.deepEqual(await application.getPasskeys(), [passkey]);
  }
});

// The SDK's own fault, which docs/compatibility.md tells of: it misjudges the
// size of a text that goes on in ASCII after a letter beyond it.
test('a long name stops the SDK, and the cloud keeps the credential', PATIENCE, async (t) => {
  const application = await open(t, localhost);
  const identity = await cloud.createIdentity('Übermäßig lange Namen gibt es auch');
  const { link } = await cloud.createJob(identity);
  const trap = application.page.waitForEvent('pageerror');

  await application.page.evaluate((url) => { window.sdk.bindPasskey(url); }, link);

  assert.equal((await trap).message, 'unreachable');
  assert.equal((await cloud.credentials(identity)).length, 1);
});

test('an identity without an email address', PATIENCE, async () => {
  const { application } = await begin();
  const identity = await cloud.call('POST', '/identities', { identity: {
    display_name: 'No mail', traits: { type: 'traits_v0', username: `nomail-${Date.now()}` } } });

  const { passkey } = await application.bind((await cloud.createJob(identity)).link);

  assert.equal(passkey.identity.displayName, 'No mail');
  assert.equal('emailAddress' in passkey.identity, false);
});

test('many binds in one page (their time, for information)', PATIENCE, async (t) => {
  const { application, identity } = await begin();
  const times = [];

  for (let i = 0; i < 20; i++) {
    const { link } = await cloud.createJob(identity);
    times.push(await application.page.evaluate(async (url) => {
      const started = performance.now();
      await window.sdk.bindPasskey(url);
      return performance.now() - started;
    }, link));
  }

  assert.equal((await cloud.credentials(identity)).length, 20);
  times.sort((one, other) => one - other);
  t.diagnostic(`warm bind: median ${times[10].toFixed(1)} ms, slowest ${times[19].toFixed(1)} ms`);
});
