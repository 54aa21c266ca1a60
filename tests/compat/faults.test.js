// SPDX-License-Identifier: Apache-2.0
// A cloud that fails: what becomes of the link when the SDK meets it.
'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { Application, servePages, startBrowser } = require('./support/browser');
const { Cloud } = require('./support/cloud');

const PATIENCE = { timeout: 60000 };
const FAILURE = /The server responded with a 503 error|Failed to (send a request|decode a response)\b/;
let application, localhost;

before(async () => {
  localhost = `http://localhost:${await servePages()}`;
  application = await Application.open(await startBrowser(), localhost);
});

// A cloud with this fault, an identity and its link.
async function failing(fault) {
  const cloud = await Cloud.start('--fault', fault);
  await cloud.trust(localhost);
  const identity = await cloud.createIdentity();
  return { cloud, identity, ...await cloud.createJob(identity) };
}

for (const [verb, method] of [['invokeAuthenticator', 'GET'], ['getInfo', 'POST'], ['bind', 'POST']]) {
  test(`a failure of ${verb} ends the SDK's bind, and the link still works`, PATIENCE, async () => {
    const { cloud, identity, link } = await failing(
      `method=${method},route=:${verb},times=1,do=status:503`);

    const { message } = await application.refusal(link);
    assert.match(message, FAILURE);
    assert.deepEqual(await cloud.credentials(identity), []);

    const { passkey } = await application.bind(link);
    assert.deepEqual((await cloud.credentials(identity)).map(({ id }) => id), [passkey.passkeyId]);
  });
}

// The browser repeats a request whose connection was closed before an answer,
// and the cloud takes the same token and key as the same bind.
test('a bind whose answer was lost is one bind', PATIENCE, async () => {
  const { cloud, identity, id, link } = await failing('method=POST,route=:bind,times=1,do=lose-answer');

  const { passkey } = await application.bind(link);

  const lost = await cloud.event((event) => event.fault === 'lose-answer');
  assert.deepEqual([lost.method, lost.status], ['POST', 200]);
  assert.deepEqual((await cloud.credentials(identity)).map(({ id: bound }) => bound), [passkey.passkeyId]);
  assert.equal((await cloud.job({ id })).credential_id, passkey.passkeyId);
});

test('an answer that is no JSON binds nothing here, and the link still works', PATIENCE, async () => {
  const { cloud, identity, link } = await failing('method=POST,route=:bind,times=1,do=garbage');
  const known = await application.getPasskeys();

  const { message } = await application.refusal(link);
  assert.match(message, FAILURE);
  assert.deepEqual(await application.getPasskeys(), known);

  const { passkey } = await application.bind(link);
  assert.deepEqual((await cloud.credentials(identity)).map(({ id }) => id), [passkey.passkeyId]);
});
