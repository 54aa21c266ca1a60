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
const ARGUMENTS = ['link', 'id', 'identity', 'job', 'delivery_method', 'post_binding_redirect_uri',
  'wait_ms'];
const KEYS = ['name', 'call', ...ARGUMENTS, 'options', 'home', 'needs', 'cancel_at', 'at_once',
  'expect'];
const OBJECTS = ['passkey', 'info', 'job', 'resumed', 'findings'];
const LEVELS = ['ok', 'warning', 'problem'];
const EXPECTATIONS = ['code', 'http_status', 'value', 'count', ...OBJECTS];
const NEEDS = { 'no /dev/tpmrm0': () => !fs.existsSync('/dev/tpmrm0') };

let cloud;
let homes;
before(async () => {
  cloud = await mockCloud();
  homes = temporaryFolder();
});

const atPath = (value, names) => names.split('.').reduce((each, name) => each[name], value);

const ok = (rest) => ({ code: 'ok', ...rest });

// The worst level of each check.
const worst = (findings) => Object.fromEntries(LEVELS.flatMap((level) =>
  findings.filter((each) => each.level === level).map(({ check }) => [check, level])));

// What comes of each call, in the words of "expect".
const CALLS = {
  bind: async (client, { link }, options) => ok({ passkey: (await client.bindPasskey(link, options)).passkey }),
  check: async (client, { link }) => ok({ link: client.check(link) }),
  create_job: async (client, { identity, delivery_method, post_binding_redirect_uri }, options) =>
    ok({ job: await client.createJob(identity, { ...options, deliveryMethod: delivery_method,
      postBindingRedirectUri: post_binding_redirect_uri }) }),
  delete: async (client, { id }, options) => ok({ gone: await client.deletePasskey(id, options) }),
  examine: async (client, _, options) => ok({ findings: worst(await client.examine(options)) }),
  get: async (client, { id }, options) => ok({ passkey: await client.getPasskey(id, options) }),
  get_job: async (client, { identity, job }, options) => ok({ job: await client.getJob(identity, job, options) }),
  info: async (client, { link }, options) => ok({ info: await client.info(link, options) }),
  is_authenticate_url: async (_, { link }) => ({ value: libpasskey.isAuthenticateUrl(link) }),
  is_bind_passkey_url: async (_, { link }) => ({ value: libpasskey.isBindPasskeyUrl(link) }),
  list: async (client, _, options) => ok({ count: (await client.listPasskeys(options)).length }),
  list_jobs: async (client, { identity }, options) =>
    ok({ count: (await client.listJobs(identity, options)).length }),
  resume: async (client, _, options) => {
    const report = await client.resume(options);
    return ok({ count: report.length, resumed: report[0] });
  },
  revoke_job: async (client, { identity, job }, options) =>
    ok({ job: await client.revokeJob(identity, job, options) }),
  wait_job: async (client, { identity, job, wait_ms }, options) =>
    ok({ job: await client.waitJob(identity, job, { ...options, waitMs: wait_ms }) }),
};

// "cancel_at": the options that cancel when the step is told.
function canceling(step) {
  const controller = new AbortController();
  const onProgress = (told) => { if (told === step) controller.abort(); };
  return step ? { signal: controller.signal, onProgress } : {};
}

function failure(error) {
  if (!(error instanceof libpasskey.PasskeyError)) throw error;
  assert(!`${error}${error.stack}${JSON.stringify(error)}`.includes(`tok-${RUN}`));
  return { code: error.code, http_status: error.httpStatus };
}

function compare(came, { ...expected }) {
  for (const kind of OBJECTS) {
    for (const [names, value] of Object.entries(expected[kind] ?? {})) {
      assert.equal(atPath(came[kind], names) ?? null, value, `${kind} ${names}`);
    }
    delete expected[kind];
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(came[name], value, name);
}

let lastPasskey;

list.scenarios.forEach((scenario, index) => {
  const skip = scenario.needs && !NEEDS[scenario.needs]() ? `needs ${scenario.needs}` : false;

  test(scenario.name, { skip }, async () => {
    assert.deepEqual(Object.keys(scenario).filter((key) => !KEYS.includes(key)), []);
    assert.deepEqual(Object.keys(scenario.expect).filter((key) => !EXPECTATIONS.includes(key)), []);
    const home = path.join(homes, scenario.home ?? `scenario-${index}`);
    const fill = (number) => (text) => (typeof text !== 'string' ? text
      : text.replaceAll('{cloud}', cloud).replaceAll('{id}', `${RUN}${index}`)
        .replaceAll('{home}', home).replaceAll('{passkey}', lastPasskey)
        .replaceAll('{n}', String(number)));
    const filled = (names, values, number) => Object.fromEntries(names
      .filter((name) => values[name] !== undefined && values[name] !== null)
      .map((name) => [name, fill(number)(values[name])]));
    const options = { ...list.options, ...scenario.options };
    const run = (client, number) => CALLS[scenario.call](client,
      filled(ARGUMENTS, scenario, number), canceling(scenario.cancel_at));

    const together = async () => {
      const client = new libpasskey.Client(filled(Object.keys(options), options, 0));
      return Promise.all(Array.from({ length: scenario.at_once ?? 1 }, (_, number) =>
        run(client, number).catch(failure)));
    };
    const all = await together().catch((error) => [failure(error)]);

    for (const came of all) {
      if (scenario.call === 'bind' && came.passkey) lastPasskey = came.passkey.id;
      compare(came, scenario.expect);
    }
  });
});
