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

test('a lone surrogate is no crash', async () => {
  await assert.rejects(libpasskey.bindPasskey('https://h/\ud800', options()),
    { code: 'invalid_link' });
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

test('methods on another object reach no C function', () => {
  const operation = native.newClient().startBind('no link');

  for (const self of [null, undefined, {}, native.newClient()]) {
    assert.throws(() => operation.wait.call(self, 0));
    assert.throws(() => operation.cancel.call(self));
    assert.throws(() => operation.takeResult.call(self));
    assert.throws(() => operation.whenDone.call(self, () => {}));
  }
});

test('an object that no call made reaches no C function', () => {
  for (const Class of [native.NativeClient, native.NativeOperation, native.NativeResult]) {
    assert.throws(() => new Class());
  }
});

test('a callback that is no function', () => {
  const operation = native.newClient().startBind('no link');

  assert.throws(() => operation.whenDone(null));
  assert.throws(() => operation.whenDone('text'));
});

test('a second callback is refused, a result taken once', async () => {
  const operation = native.newClient().startBind('no link');
  await new Promise((resolve) => { operation.whenDone(resolve); });

  assert.throws(() => operation.whenDone(() => {}), (error) => error.code() === 'invalid_argument');
  assert.throws(() => operation.takeResult(), (error) => error.code() === 'invalid_link');
  assert.throws(() => operation.takeResult(), (error) => error.code() === 'invalid_argument');
});
