// SPDX-License-Identifier: Apache-2.0
// Progress and log: what is called, when, and what becomes of a callback that
// throws.
'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { before, test } = require('node:test');
const { PACKAGE, link, mockCloud, options, runNode } = require('./support');
const libpasskey = require(PACKAGE);

const STEPS = ['link', 'instruction', 'info', 'key', 'register', 'store'];

let cloud;
before(async () => { cloud = await mockCloud(); });

test('the steps of a bind are told in order, before it ends', async () => {
  const steps = [];

  await libpasskey.bindPasskey(link(cloud), { ...options(), onProgress: (step) => steps.push(step) });

  assert.deepEqual(steps, STEPS);
});

test('the last step told is the one that failed', async () => {
  const steps = [];

  await assert.rejects(libpasskey.bindPasskey(link(cloud, 'invoke-404'),
    { ...options(), onProgress: (step) => steps.push(step) }), { code: 'not_found' });

  assert.deepEqual(steps, ['link', 'instruction']);
});

test('many operations at once each tell their own steps', async () => {
  const client = new libpasskey.Client(options());
  const told = Array.from({ length: 8 }, () => []);

  await Promise.all(told.map((steps) =>
    client.bindPasskey(link(cloud), { onProgress: (step) => steps.push(step) })));

  for (const steps of told) assert.deepEqual(steps, STEPS);
});

test('progress runs in the caller\'s asynchronous context', async () => {
  const storage = new AsyncLocalStorage();
  const seen = new Set();

  await storage.run('mine', () => libpasskey.listPasskeys(
    { ...options(), onProgress: () => seen.add(storage.getStore()) }));

  assert.deepEqual([...seen], ['mine']);
});

test('a signal aborted by progress cancels', async () => {
  const controller = new AbortController();
  const steps = [];

  await assert.rejects(libpasskey.bindPasskey(link(cloud, 'slow-15000-bind'), {
    ...options(),
    signal: controller.signal,
    onProgress(step) {
      steps.push(step);
      if (step === 'register') controller.abort();
    },
  }), { code: 'canceled' });

  assert.equal(steps.at(-1), 'register');
});

test('one signal may stop any number of calls, without a warning', async () => {
  const end = await runNode(`
    const controller = new AbortController();
    const client = new libpasskey.Client(input.options);
    const calls = input.links.map((url) => client.bindPasskey(url, { signal: controller.signal }));
    controller.abort();
    Promise.allSettled(calls).then((all) => console.log(new Set(all.map((each) => each.reason.code))));
  `, { options: options(), links: Array.from({ length: 20 }, () => link(cloud, 'slow-15000')) });

  assert.deepEqual(end, { status: 0, signal: null, output: 'Set(1) { \'canceled\' }\n' });
});

test('the log tells what happens, and no secret', async () => {
  const lines = [];
  const url = link(cloud);
  const heard = new Promise((resolve) => {
    const onLog = (level, message) => {
      lines.push(`${level} ${message}`);
      if (level === 'info') resolve();
    };
    libpasskey.bindPasskey(url, { ...options(), log: 'debug', onLog });
  });

  await heard;

  assert(lines.some((line) => line.startsWith('debug bind: key')), lines.join('\n'));
  assert.match(lines.at(-1), /^info bind: done after \d+ ms$/);
  assert(!lines.join('').includes('tok-'));
});

test('the log is "info" with a listener, and what is asked for else', async () => {
  const bind = async (more) => {
    const lines = [];
    let told;
    const heard = new Promise((resolve) => { told = resolve; });
    const client = new libpasskey.Client({ ...options(), ...more,
      onLog: (level) => { lines.push(level); told(); } });
    await client.bindPasskey(link(cloud, 'invoke-404')).catch(() => {});
    await heard;
    return new Set(lines);
  };

  assert.deepEqual(await bind({}), new Set(['error']));
  assert.deepEqual(await bind({ log: 'debug' }), new Set(['debug', 'error']));
});

test('a listener does not keep the process alive', async () => {
  const end = await runNode(`
    globalThis.client = new libpasskey.Client({ ...input, log: 'debug', onLog: () => {} });
    client.listPasskeys().then(() => console.log('end'));`, options());

  assert.deepEqual(end, { status: 0, signal: null, output: 'end\n' });
});

test('a client and a listener that know each other are collected', async () => {
  const end = await runNode(`
    const registry = new FinalizationRegistry((name) => { console.log(name); clearInterval(timer); });
    (() => {
      const client = new libpasskey.Client({ ...input, onLog: () => client });
      registry.register(client, 'collected');
    })();
    const timer = setInterval(() => gc(), 20);`, options(), ['--expose-gc']);

  assert.deepEqual(end, { status: 0, signal: null, output: 'collected\n' });
});

test('listeners and clients that go in the middle of a bind', async () => {
  const end = await runNode(`
    const bind = (url) => {
      const client = new libpasskey.Client({ ...input.options, log: 'debug', onLog: () => gc() });
      const bind = client.bindPasskey(url, { onProgress: () => gc() });
      client.close();
      return bind;
    };
    Promise.all(input.links.map(bind)).then((all) => console.log(all.length));`,
  { options: options(), links: Array.from({ length: 5 }, () => link(cloud)) }, ['--expose-gc']);

  assert.deepEqual(end, { status: 0, signal: null, output: '5\n' });
});

for (const [name, settings] of [
  ['onProgress', 'onProgress() { throw new Error("mine"); }'],
  ['onLog', 'log: "debug", onLog() { throw new Error("mine"); }'],
]) {
  test(`what ${name} throws is an uncaught exception`, async () => {
    const code = `libpasskey.bindPasskey(input.url, { ...input.options, ${settings} });`;
    const input = { options: options(), url: link(cloud) };

    const end = await runNode(code, input);
    const caught = await runNode(`
      const caught = new Set();
      process.on('uncaughtException', (error) => caught.add(error.message));
      ${code.replace(/;$/, '')}.then(() => process.nextTick(() => console.log('bound', caught)));`,
    { ...input, url: link(cloud) });

    assert.deepEqual([end.status, end.signal], [1, null], end.output);
    assert.match(end.output, /Error: mine/);
    assert(!end.output.includes('tok-'));
    assert.deepEqual(caught, { status: 0, signal: null, output: 'bound Set(1) { \'mine\' }\n' });
  });
}
