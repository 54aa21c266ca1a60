// SPDX-License-Identifier: Apache-2.0
// Credential binding jobs, against passkey-cloud.
'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { inspect } = require('node:util');
const { PACKAGE, jobOptions, passkeyCloud } = require('./support');
const libpasskey = require(PACKAGE);

let cloud;
let client;
before(async () => {
  cloud = await passkeyCloud();
  client = new libpasskey.Client(jobOptions(cloud));
});

test('a job is created, its link bound, its end waited for', async () => {
  const job = await client.createJob(cloud.identity_id,
    { postBindingRedirectUri: 'https://app.example.com/done' });
  const waiting = client.waitJob(cloud.identity_id, job.id, { waitMs: 60000 });

  const result = await client.bindPasskey(job.link);

  assert.equal(result.postBindingRedirectUri, 'https://app.example.com/done');
  const ended = await waiting;
  assert.equal(ended.state, 'COMPLETE');
  assert.equal(ended.id, job.id);
  assert.equal(ended.link, null);
});

test('a job is read and listed, and says its link to nobody', async () => {
  const job = await client.createJob(cloud.identity_id);

  assert.equal(job.state, 'LINK_SENT');
  assert.equal(job.deliveryMethod, 'RETURN');
  const { link, ...known } = job;
  const { link: unknown, ...read } = await client.getJob('-', job.id);
  assert.deepEqual(read, known);
  assert.equal(unknown, null);
  const all = await client.listJobs();
  assert(all.some(({ id }) => id === job.id));
  assert.deepEqual((await client.listJobs(cloud.identity_id)).map(({ identityId }) => identityId),
    Array(all.length).fill(cloud.identity_id));
  assert(Object.isFrozen(all) && Object.isFrozen(job));
  assert(!inspect(job).includes(link) && !inspect([job]).includes('token='));
  assert(JSON.stringify(job).includes(link));
});

test('a revoked job makes no passkey', async () => {
  const { id, link } = await client.createJob(cloud.identity_id);

  assert.equal((await client.revokeJob(cloud.identity_id, id)).state, 'REVOKED');

  assert.equal((await client.waitJob(cloud.identity_id, id)).state, 'REVOKED');
  await assert.rejects(client.bindPasskey(link), { code: 'link_revoked' });
});

test('waiting has an end, by time or by a signal', async () => {
  const { id } = await client.createJob(cloud.identity_id);

  await assert.rejects(client.waitJob(cloud.identity_id, id, { waitMs: 50 }), { code: 'timeout' });
  const controller = new AbortController();
  await assert.rejects(client.waitJob(cloud.identity_id, id,
    { signal: controller.signal, onProgress: () => controller.abort('enough') }),
  { code: 'canceled', cause: 'enough' });
});

test('the functions do as the methods', async () => {
  const settings = jobOptions(cloud);
  const { id } = await libpasskey.createJob(cloud.identity_id, { ...settings, deliveryMethod: 'RETURN' });

  assert.equal((await libpasskey.getJob('-', id, settings)).id, id);
  assert((await libpasskey.listJobs(undefined, settings)).length > 0);
  assert.equal((await libpasskey.revokeJob('-', id, settings)).state, 'REVOKED');
  assert.equal((await libpasskey.waitJob('-', id, { ...settings, waitMs: 5000 })).state, 'REVOKED');
});

test('what cannot be', async () => {
  await assert.rejects(client.getJob('-', 'ffffffffffffffff'), { code: 'not_found' });
  await assert.rejects(client.createJob('-'), { code: 'invalid_argument' });
  await assert.rejects(client.createJob(cloud.identity_id, { deliveryMethod: 'PIGEON' }),
    { name: 'PasskeyError' });
  await assert.rejects(libpasskey.listJobs('-', jobOptions(cloud, { realm: null })),
    { code: 'invalid_option' });
  await assert.rejects(libpasskey.listJobs('-', jobOptions(cloud, { apiToken: 'secret-token' })),
    (error) => error.code === 'unauthorized' && !inspect(error).includes('secret-token'));
});
