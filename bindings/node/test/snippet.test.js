// SPDX-License-Identifier: Apache-2.0
// The snippet of the documentation, run as it is written there.
'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { PACKAGE, link, mockCloud, options } = require('./support');

const SNIPPET = 'embeddedSdk.bindPasskey(link).then((passkey) => { this.log(`Successfully created' +
  ' passkey ${passkey}`); this.user.passkeyID = passkey.id }).catch((reason) => { this.log(`failed' +
  ' to create passkey because ${reason}`) })';

let cloud;
before(async () => { cloud = await mockCloud(); });

// The page that the snippet is a part of.
async function runSnippet(link) {
  const { home } = options();
  Object.assign(process.env, { PASSKEY_HOME: home, PASSKEY_TPM: 'swtpm',
    PASSKEY_ALLOWED_DOMAINS: 'localhost', PASSKEY_ALLOW_LOOPBACK_HTTP: '1' });
  const page = { user: {}, lines: [], log(line) { this.lines.push(line); } };
  const run = new Function('embeddedSdk', 'link', `return ${SNIPPET}`);
  await run.call(page, require(PACKAGE), link);
  return page;
}

test('the documented snippet creates a passkey', async () => {
  const page = await runSnippet(link(cloud));

  assert.match(page.user.passkeyID, /^[0-9a-f]{64}$/);
  assert.deepEqual(page.lines, [`Successfully created passkey ${page.user.passkeyID}` +
    ' of Mock Identity (realm Mock Realm, tenant Mock Tenant)']);
});

test('the documented snippet says why it failed', async () => {
  const page = await runSnippet(link(cloud, 'bind-410-expired'));

  assert.equal(page.user.passkeyID, undefined);
  assert.match(page.lines[0], /^failed to create passkey because link_expired: .+\(.+\)$/);
  assert(!page.lines[0].includes('tok-'));
});
