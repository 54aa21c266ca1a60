// SPDX-License-Identifier: Apache-2.0
// A package that is not whole says so.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { PACKAGE, REPOSITORY, temporaryFolder } = require('./support');
const libpasskey = require(PACKAGE);

const NATIVE = 'passkey_native.node';

// What requiring a copy of the package prints, after change(folder).
function requireCopy(change) {
  const copy = path.join(temporaryFolder(), 'libpasskey');
  fs.cpSync(PACKAGE, copy, { recursive: true });
  change(copy);
  const ended = spawnSync(process.execPath, ['-e', `
    try { console.log(require(${JSON.stringify(copy)}).version); } catch (error) {
      console.log(error instanceof Error, error.message);
    }`], { encoding: 'utf8' });
  assert.equal(ended.status, 0, ended.stderr);
  return ended.stdout;
}

const prebuild = (copy) => path.join(copy, 'prebuilds', `${process.platform}-${process.arch}`);

test('a copy works, also with the module as it comes in the package', () => {
  assert.equal(requireCopy(() => {}), `${libpasskey.version}\n`);
  assert.equal(requireCopy((copy) => {
    fs.mkdirSync(prebuild(copy), { recursive: true });
    fs.renameSync(path.join(copy, NATIVE), path.join(prebuild(copy), NATIVE));
  }), `${libpasskey.version}\n`);
});

test('a native module that is missing', () => {
  const said = requireCopy((copy) => fs.rmSync(path.join(copy, NATIVE)));

  assert.match(said, /^true libpasskey: its native module cannot be used by Node\.js v\d+/);
  assert.match(said, /there is no passkey_native\.node for linux-/);
  assert.match(said, /README\.md .* install libpasskey anew, .*: node \/.*\/install\.js\n$/);
});

test('a native module that is none', () => {
  assert.match(requireCopy((copy) => fs.writeFileSync(path.join(copy, NATIVE), 'text')),
    /^true libpasskey: its native module cannot be used.*\n.*passkey_native\.node: /);
});

test('a native module of another version', () => {
  assert.match(requireCopy((copy) => {
    const file = path.join(copy, 'package.json');
    const description = JSON.parse(fs.readFileSync(file));
    fs.writeFileSync(file, JSON.stringify({ ...description, version: '9.9.9' }));
  }), new RegExp(`is of version ${libpasskey.version}, the package of version 9\\.9\\.9`));
});

test('the package has the version of the library', () => {
  const header = fs.readFileSync(path.join(REPOSITORY, 'core/include/passkey/passkey.h'), 'utf8');

  assert.equal(/#define PASSKEY_VERSION "(.*)"/.exec(header)[1], libpasskey.version);
});
