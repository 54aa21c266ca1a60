// SPDX-License-Identifier: Apache-2.0
// Wrong use is an exception of JavaScript's own kind, never a crash.
'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { PACKAGE, options } = require('./support');
const libpasskey = require(PACKAGE);
const native = require(path.join(PACKAGE, 'passkey_native.node'));

for (const value of [undefined, null, 1, Symbol('s'), {}, ['x']]) {
  test(`a link that is ${typeof value} ${value === null}`, async () => {
    await assert.rejects(libpasskey.bindPasskey(value, options()), TypeError);
    assert.throws(() => libpasskey.isBindPasskeyUrl(value), TypeError);
  });
}

test('a text that C would cut short', async () => {
  await assert.rejects(libpasskey.bindPasskey('https://h/\0', options()), /NUL/);
});

test('half of a surrogate pair is no text, but may be in a URL that is asked about', async () => {
  for (const text of ['https://h/\ud800', 'https://h/\udc00\ud800x']) {
    await assert.rejects(libpasskey.bindPasskey(text, options()), /^TypeError: .* surrogate/);
    await assert.rejects(libpasskey.deletePasskey(text, options()), TypeError);
    assert.equal(libpasskey.isBindPasskeyUrl(text), false);
  }
  assert.throws(() => new libpasskey.Client({ proxy: '\ud800' }), TypeError);
});

test('a huge text is no link', async () => {
  const error = await libpasskey.bindPasskey(`https://localhost/${'x'.repeat(1e7)}`, options())
    .catch((reason) => reason);

  assert.equal(error.code, 'invalid_link');
  assert(String(error).length < 1000);
});

test('an unknown option', () => {
  assert.throws(() => new libpasskey.Client({ colour: 'red' }), { code: 'invalid_option' });
});

test('options that are no object', async () => {
  assert.throws(() => new libpasskey.Client(null), TypeError);
  await assert.rejects(libpasskey.bindPasskey('x', null), TypeError);
});

test('a secret option is in no exception', () => {
  assert.throws(() => new libpasskey.Client({ apiToken: 'secret\0' }),
    (error) => error instanceof TypeError && !error.message.includes('secret'));
});

test('a closed client', async () => {
  const client = new libpasskey.Client(options());
  client.close();
  client.close();

  await assert.rejects(client.bindPasskey('x'), /closed/);
  await assert.rejects(client.listPasskeys(), /closed/);
  assert.throws(() => client.check('x'), /closed/);
});

const CALLS = {
  bindPasskey: ['x'], info: ['x'], listPasskeys: [], getPasskeys: [], getPasskey: ['x'],
  deletePasskey: ['x'], createJob: ['x'], getJob: ['x', 'y'], listJobs: ['x'],
  revokeJob: ['x', 'y'], waitJob: ['x', 'y'],
};

test('every call of a closed client', async () => {
  const client = new libpasskey.Client(options());
  client.close();

  for (const [name, args] of Object.entries(CALLS)) {
    await assert.rejects(client[name](...args), /^TypeError: .*closed/, name);
  }
});

test('wrong types in every call', async () => {
  const client = new libpasskey.Client(options());

  for (const [name, args] of Object.entries(CALLS)) {
    for (const call of [client[name].bind(client), libpasskey[name]]) {
      for (const wrong of [null, 7, {}, Symbol('s'), 'a\0b']) {
        if (args.length > 0) await assert.rejects(call(wrong, ...args.slice(1)), TypeError, name);
      }
      for (const wrong of [null, 7, 'text']) {
        await assert.rejects(call(...args, wrong), TypeError, name);
      }
      for (const wrong of [{ signal: 'no' }, { signal: {} }, { onProgress: 'no' }, { onProgress: 1 }]) {
        await assert.rejects(call(...args, wrong), TypeError, name);
      }
    }
  }
});

test('wrong types in the options of a few calls', async () => {
  const client = new libpasskey.Client(options());

  await assert.rejects(client.waitJob('i', 'j', { waitMs: '5' }), TypeError);
  for (const waitMs of [-1, NaN, Infinity, 2 ** 32]) {
    await assert.rejects(client.waitJob('i', 'j', { waitMs }), RangeError);
  }
  await assert.rejects(client.createJob('i', { deliveryMethod: 1 }), TypeError);
  await assert.rejects(client.createJob('i', { postBindingRedirectUri: 1 }), TypeError);
  assert.throws(() => new libpasskey.Client({ onLog: 'console' }), TypeError);
  assert.throws(() => new libpasskey.Client({ log: 'loud' }), { code: 'invalid_option' });
});

test('a huge id', async () => {
  await assert.rejects(libpasskey.getPasskey('a'.repeat(1e7), options()),
    { code: 'invalid_argument' });
});

test('methods on another object reach no C function', () => {
  const operation = native.newClient().startBind('no link');

  for (const self of [null, undefined, {}, native.newClient()]) {
    assert.throws(() => operation.wait.call(self, 0));
    assert.throws(() => operation.cancel.call(self));
    assert.throws(() => operation.takeResult.call(self));
    assert.throws(() => operation.watch.call(self, true, () => {}));
  }
});

test('an object that no call made reaches no C function', () => {
  for (const name of Object.keys(native).filter((each) => each.startsWith('Native'))) {
    assert.throws(() => new native[name](), name);
  }
});

test('a client that was closed reaches no C function', () => {
  const client = native.newClient();
  native.closeClient(client);

  assert.throws(() => client.startBind('no link'));
  assert.throws(() => native.closeClient(client));
  for (const wrong of [null, undefined, {}, client.constructor]) {
    assert.throws(() => native.closeClient(wrong));
  }
});

test('a callback that is no function', () => {
  const client = native.newClient();
  const operation = client.startBind('no link');

  for (const wrong of [null, undefined, 'text', {}]) {
    assert.throws(() => operation.watch(true, wrong));
    assert.throws(() => client.setLog(wrong));
  }
});

for (const withSteps of [false, true]) {
  test(`a second callback is refused, a result taken once, steps: ${withSteps}`, async () => {
    const operation = native.newClient().startBind('no link');
    const invalid = (error) => error.code() === 'invalid_argument';
    await new Promise((resolve) => {
      operation.watch(withSteps, (step) => { if (step === undefined) resolve(); });
    });

    assert.throws(() => operation.watch(withSteps, () => {}), invalid);
    assert.throws(() => operation.watch(!withSteps, () => {}), invalid);
    assert.throws(() => operation.takeInfo(), invalid);
    assert.throws(() => operation.takeResult(), (error) => error.code() === 'invalid_link');
    assert.throws(() => operation.takeResult(), invalid);
  });
}
