// SPDX-License-Identifier: Apache-2.0
// The event loop, cancelation, workers, and the end of the process.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs/promises');
const { before, test } = require('node:test');
const { inspect } = require('node:util');
const { PACKAGE, link, mockCloud, options, runNode } = require('./support');
const libpasskey = require(PACKAGE);

const TERMINATIONS = 20;

let cloud;
before(async () => { cloud = await mockCloud(); });

test('the event loop is free during a bind', async () => {
  let ticks = 0;
  const ticker = setInterval(() => { ticks += 1; }, 10);

  await libpasskey.bindPasskey(link(cloud, 'slow-500'), options());
  clearInterval(ticker);

  assert(ticks > 25, `${ticks} ticks`);
});

test('many binds take no thread of libuv', async () => {
  const client = new libpasskey.Client(options());
  const binds = Array.from({ length: 20 }, () => client.bindPasskey(link(cloud, 'slow-700-invoke')));

  const before = performance.now();
  await fs.readFile(__filename);
  const elapsed = performance.now() - before;

  assert(elapsed < 300, `fs.readFile took ${elapsed} ms`);
  const results = await Promise.all(binds);
  assert.equal(new Set(results.map((result) => result.passkey.passkeyId)).size, 20);
});

test('an AbortSignal cancels a bind', async () => {
  const client = new libpasskey.Client(options());
  const signal = AbortSignal.timeout(200);
  const before = performance.now();

  const error = await client.bindPasskey(link(cloud, 'slow-15000'), { signal })
    .catch((reason) => reason);

  assert(performance.now() - before < 2000);
  assert.equal(error.code, 'canceled');
  assert.equal(error.cause, signal.reason);
  assert.deepEqual(await client.listPasskeys(), []);
});

test('an aborted signal starts nothing', async () => {
  await assert.rejects(
    libpasskey.bindPasskey('not even a link', { ...options(), signal: AbortSignal.abort('why') }),
    { code: 'canceled', cause: 'why' });
});

test('a client closed during a bind lets it end', async () => {
  const client = new libpasskey.Client(options());
  const bind = client.bindPasskey(link(cloud, 'slow-200'));

  client.close();

  assert((await bind).id);
  await assert.rejects(client.listPasskeys(), /closed/);
});

const WORKERS = `
const { Worker, isMainThread } = require('node:worker_threads');
const code = \`
  const { workerData } = require('node:worker_threads');
  const libpasskey = require(workerData.package);
  const onLog = () => {};
  const client = new libpasskey.Client({ ...workerData.options, log: 'debug', onLog });
  const onProgress = () => {};
  for (const link of workerData.links) {
    client.bindPasskey(link, { onProgress }).catch(() => {});
    client.info(link, { onProgress }).catch(() => {});
  }
  require('node:worker_threads').parentPort.postMessage('started');
  (async () => {
    for (;;) {
      await client.bindPasskey('no link', { onProgress }).catch(() => {});
      await client.listPasskeys();
    }
  })();
\`;
const worker = new Worker(code, { eval: true, workerData: input });
worker.once('message', () => setTimeout(() => worker.terminate().then(() => {
  if (input.stay) setTimeout(() => console.log('quiet'), input.stay);
  else console.log('quiet');
}), input.delay));
`;

// The delays differ so that some binds end before, some during, and some after
// the end of the worker's environment; the loop is there to be met in a call.
test('worker.terminate() with binds pending is survived', { timeout: 120000 }, async () => {
  const shared = options();
  for (let number = 0; number < TERMINATIONS; number += 1) {
    const delays = [5, 10, 20, 30, 40, 60, 80, 100, 150, 200].map((delay) => delay + number * 3);
    const end = await runNode(WORKERS, {
      package: PACKAGE, options: shared, delay: number * 5, stay: number % 2 ? 400 : 0,
      links: delays.map((delay) => link(cloud, `slow-${delay}-invoke`)) });
    assert.deepEqual({ ...end, number }, { status: 0, signal: null, output: 'quiet\n', number });
  }
});

test('binds and callbacks in several workers do not meet', async () => {
  const end = await runNode(`
    const { Worker } = require('node:worker_threads');
    const code = \`
      const { workerData } = require('node:worker_threads');
      const client = new (require(workerData.package).Client)(workerData.options);
      (async () => {
        for (let number = 0; number < 50; number += 1) {
          await client.bindPasskey('no link').catch(() => {});
        }
      })();
    \`;
    let ended = 0;
    for (let number = 0; number < 4; number += 1) {
      new Worker(code, { eval: true, workerData: input }).on('exit', (status) => {
        if ((ended += 1) === 4) console.log('all', status);
      });
    }`, { package: PACKAGE, options: options() });

  assert.deepEqual(end, { status: 0, signal: null, output: 'all 0\n' });
});

const PENDING = `
const client = new libpasskey.Client({ ...input.options, log: 'debug', onLog: () => {} });
for (const link of input.links) client.bindPasskey(link, { onProgress: () => {} }).catch(() => {});
`;

for (const [way, code, status] of [
  ['process.exit()', 'setTimeout(() => process.exit(3), 60);', 3],
  ['an uncaught exception', 'setTimeout(() => { throw new Error("mine"); }, 60);', 1],
  ['a quiet end', '', 0],
]) {
  test(`the process ends by ${way} with binds pending`, { timeout: 120000 }, async () => {
    for (let number = 0; number < 8; number += 1) {
      const links = [0, 20, 40, 60, 80, 400].map((delay) =>
        link(cloud, `slow-${delay + number}-invoke`));
      const end = await runNode(PENDING + code, { options: options(), links });
      assert.deepEqual({ status: end.status, signal: end.signal }, { status, signal: null },
        end.output);
      assert(!end.output.includes('tok-'));
    }
  });
}

test('a rejection nobody catches says no secret', async () => {
  const url = link(cloud, 'bind-403');

  const end = await runNode('libpasskey.bindPasskey(input.url, input.options);',
    { options: options(), url });

  assert.equal(end.status, 1);
  assert.match(end.output, /PasskeyError: /);
  assert.match(end.output, /code: 'forbidden'/);
  assert(!end.output.includes('tok-'), inspect(end.output));
});
