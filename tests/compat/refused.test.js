// SPDX-License-Identifier: Apache-2.0
// Links that must not be bound: the SDK rejects, and nothing changes.
'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { Application, servePages, startBrowser } = require('./support/browser');
const { Cloud } = require('./support/cloud');

const PATIENCE = { timeout: 60000 };
let cloud, browser, shared, localhost, stranger;

before(async () => {
  localhost = `http://localhost:${await servePages()}`;
  stranger = `http://localhost:${await servePages()}`;
  cloud = await Cloud.start();
  await cloud.trust(localhost);
  browser = await startBrowser();
  shared = await Application.open(browser, localhost);
});

// The application without a passkey.
async function empty() {
  for (const { id } of await shared.getPasskeys()) await shared.call('deletePasskey', id);
  return shared;
}

async function open(t, url = localhost, allowedDomains = ['localhost']) {
  const application = await Application.open(browser, url, allowedDomains);
  t.after(() => application.close());
  return application;
}

// What the SDK says of an answer that is not a success: `code` is the cloud's.
async function assertRefused(application, url, status, code) {
  const { name, message } = await application.refusal(url);
  assert.equal(name, 'Error', message);
  assert.match(message, new RegExp(`^HandleUrl\\(BindCredential\\(UaBind\\([^]*` +
    `The server responded with a ${status} error: \\{"code":"${code}",`));
}

test('a used link', PATIENCE, async () => {
  const application = await empty();
  const identity = await cloud.createIdentity();
  const { link } = await cloud.createJob(identity);
  const { passkey } = await application.bind(link);

  await assertRefused(application, link, 409, 'conflict');

  assert.deepEqual(await application.getPasskeys(), [passkey]);
  assert.equal((await cloud.credentials(identity)).length, 1);
});

test('a link that was used after the application was opened with it', PATIENCE, async (t) => {
  const [one, other] = [await open(t), await open(t)];
  const identity = await cloud.createIdentity();
  const { link } = await cloud.createJob(identity);
  await one.visit(link);
  await other.visit(link);
  await one.bind(one.url);

  await assertRefused(other, other.url, 409, 'conflict');

  assert.deepEqual(await other.getPasskeys(), []);
  assert.equal((await cloud.credentials(identity)).length, 1);
});

test('a revoked link', PATIENCE, async () => {
  const application = await empty();
  const identity = await cloud.createIdentity();
  const job = await cloud.createJob(identity);
  await cloud.revoke(job);

  await assertRefused(application, job.link, 410, 'link_revoked');

  assert.deepEqual(await application.getPasskeys(), []);
  assert.deepEqual(await cloud.credentials(identity), []);
  assert.equal((await cloud.job(job)).state, 'REVOKED');
});

test('an expired link', PATIENCE, async () => {
  const late = await Cloud.start('--link-lifetime', '0');
  await late.trust(localhost);
  const application = await empty();
  const identity = await late.createIdentity();
  const job = await late.createJob(identity);

  await assertRefused(application, job.link, 410, 'link_expired');

  assert.deepEqual(await application.getPasskeys(), []);
  assert.deepEqual(await late.credentials(identity), []);
  assert.equal((await late.job(job)).state, 'EXPIRED');
});

test('a link with another token', PATIENCE, async () => {
  const application = await empty();
  const job = await cloud.createJob(await cloud.createIdentity());

  await assertRefused(application, `${job.link.slice(0, -4)}AAAA`, 401, 'unauthorized');

  assert.equal((await cloud.job(job)).state, 'LINK_SENT');
  assert.ok((await application.bind(job.link)).passkey.id);
});

test('the link of a suspended identity', PATIENCE, async () => {
  const application = await empty();
  const identity = await cloud.createIdentity();
  const { link } = await cloud.createJob(identity);
  await cloud.call('PATCH', `/identities/${identity.id}`,
    { identity: { status: 'suspended', traits: { type: 'traits_v0' } } });

  await assertRefused(application, link, 403, 'forbidden');

  assert.deepEqual(await cloud.credentials(identity), []);
});

// Without CORS the browser lets nobody read the answers: the SDK hears of no status.
test('an application that is not trusted', PATIENCE, async (t) => {
  const application = await open(t, stranger);
  const identity = await cloud.createIdentity();
  const { link } = await cloud.createJob(identity);

  const { message } = await application.refusal(link);

  assert.match(message, /Failed to send a request\./);
  assert.deepEqual(await application.getPasskeys(), []);
  assert.deepEqual(await cloud.credentials(identity), []);
});

test('the address of a cloud that is not allowed', PATIENCE, async (t) => {
  const application = await open(t, localhost, ['example.com']);
  const { link } = await cloud.createJob(await cloud.createIdentity());
  await application.visit(link, ['example.com']);
  const before = application.requests.length;

  const { message } = await application.refusal(application.url);

  assert.equal(message, 'HandleUrl(Verify(Domain(DisallowedDomain)))');
  assert.equal(application.requests.length, before);
});

test('four profiles race for one link: one has it', PATIENCE, async (t) => {
  const applications = await Promise.all([open(t), open(t), open(t), open(t)]);
  const identity = await cloud.createIdentity();
  const { link } = await cloud.createJob(identity);

  const outcomes = await Promise.all(applications.map((application) => application.bind(link).then(
    ({ passkey }) => passkey.passkeyId, ({ message }) => message)));

  const [credential, ...others] = await cloud.credentials(identity);
  assert.deepEqual(others, []);
  const refused = outcomes.filter((outcome) => outcome !== credential.id);
  assert.equal(refused.length, 3);
  for (const message of refused) assert.match(message, /The server responded with a 409 error/);
});
