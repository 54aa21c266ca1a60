// SPDX-License-Identifier: Apache-2.0
// Delivery by email: the person clicks, the application opens, the SDK binds.
'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { Application, servePages, startBrowser } = require('./support/browser');
const { Cloud } = require('./support/cloud');
const { htmlMessage } = require('./support/mail');

const PATIENCE = { timeout: 60000 };
let cloud, application, loopback;

before(async () => {
  loopback = `http://127.0.0.1:${await servePages()}`;
  cloud = await Cloud.start();
  await cloud.trust(loopback);
  application = await Application.open(await startBrowser(), loopback);
});

test('a click on the button of the message opens the application, which binds', PATIENCE, async () => {
  const identity = await cloud.createIdentity();
  const job = await cloud.createJob(identity, { delivery_method: 'EMAIL',
    post_binding_redirect_uri: 'https://app.example.com/welcome' });
  assert.equal(job.link, undefined);

  await application.page.setContent(await htmlMessage(cloud, job));
  await application.page.click('text=Set up the passkey');
  await application.page.waitForURL(`${loopback}/app/bind?**`);
  await application.initialize();
  const { passkey, postBindingRedirectUri } = await application.bind(application.url);

  assert.equal(postBindingRedirectUri, 'https://app.example.com/welcome');
  assert.deepEqual(await application.getPasskeys(), [passkey]);
  const [credential] = await cloud.credentials(identity);
  assert.deepEqual([credential.id, credential.state], [passkey.passkeyId, 'ACTIVE']);
  assert.equal((await cloud.job(job)).state, 'COMPLETE');
});
