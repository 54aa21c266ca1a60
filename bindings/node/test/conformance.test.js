// SPDX-License-Identifier: Apache-2.0
// The scenarios that all languages share, tests/conformance/README.md.
'use strict';

const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { before, test } = require('node:test');
const { PACKAGE, REPOSITORY, mockCloud, temporaryFolder } = require('./support');
const libpasskey = require(PACKAGE);

const list = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'tests/conformance/scenarios.json')));
const RUN = randomUUID().replaceAll('-', '');
const KEYS = ['name', 'call', 'link', 'options', 'home', 'needs', 'expect'];
const EXPECTATIONS = ['code', 'http_status', 'value', 'passkey', 'count'];
const NEEDS = { 'no /dev/tpmrm0': () => !fs.existsSync('/dev/tpmrm0') };

let cloud;
let homes;
before(async () => {
  cloud = await mockCloud();
  homes = temporaryFolder();
});

const atPath = (value, names) => names.split('.').reduce((each, name) => each[name], value);

// What came of it, in the words of "expect".
async function call(name, link, options) {
  if (name === 'is_bind_passkey_url') return { value: libpasskey.isBindPasskeyUrl(link) };
  if (name === 'is_authenticate_url') return { value: libpasskey.isAuthenticateUrl(link) };
  const client = new libpasskey.Client(options);
  if (name === 'list') return { code: 'ok', count: (await client.listPasskeys()).length };
  if (name === 'check') return { code: 'ok', link: client.check(link) };
  assert.equal(name, 'bind');
  return { code: 'ok', passkey: (await client.bindPasskey(link)).passkey };
}

function failure(error) {
  if (!(error instanceof libpasskey.PasskeyError)) throw error;
  assert(!`${error}${error.stack}${JSON.stringify(error)}`.includes(`tok-${RUN}`));
  return { code: error.code, http_status: error.httpStatus };
}

list.scenarios.forEach((scenario, index) => {
  const skip = scenario.needs && !NEEDS[scenario.needs]() ? `needs ${scenario.needs}` : false;

  test(scenario.name, { skip }, async () => {
    assert.deepEqual(Object.keys(scenario).filter((key) => !KEYS.includes(key)), []);
    assert.deepEqual(Object.keys(scenario.expect).filter((key) => !EXPECTATIONS.includes(key)), []);
    const home = path.join(homes, scenario.home ?? `scenario-${index}`);
    const fill = (text) => text.replaceAll('{cloud}', cloud).replaceAll('{id}', `${RUN}${index}`)
      .replaceAll('{home}', home);
    const options = Object.fromEntries(Object.entries({ ...list.options, ...scenario.options })
      .filter(([, value]) => value !== null).map(([name, value]) => [name, fill(value)]));

    const came = await call(scenario.call, fill(scenario.link ?? ''), options).catch(failure);

    const { passkey = {}, ...rest } = scenario.expect;
    for (const [name, value] of Object.entries(rest)) assert.equal(came[name], value, name);
    for (const [names, value] of Object.entries(passkey)) {
      assert.equal(atPath(came.passkey, names) ?? null, value, names);
    }
  });
});
