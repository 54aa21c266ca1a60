// SPDX-License-Identifier: Apache-2.0
// Finds and loads the native half, and holds it to this package's version.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { version } = require('../package.json');

const FILE = 'passkey_native.node';
const PLATFORM = `${process.platform}-${process.arch}`;
// Built on this machine, by install.js or in the repository; else as it came.
const PLACES = [
  path.join(__dirname, '..', FILE),
  path.join(__dirname, '..', 'prebuilds', PLATFORM, FILE),
];

function failure(reasons) {
  const said = reasons.length > 0 ? reasons.join('\n  ') : `there is no ${FILE} for ${PLATFORM}`;
  return new Error(`libpasskey: its native module cannot be used by Node.js ${process.version} ` +
    `on ${PLATFORM}:\n  ${said}\n` +
    'Install what its README.md says it needs of the system, then install libpasskey anew, or ' +
    `build its module here: node ${path.join(__dirname, '..', 'install.js')}`);
}

function loaded(place) {
  const native = require(place);
  const found = typeof native.version === 'function' ? native.version() : 'unknown';
  if (found !== version) {
    throw new Error(`${place} is of version ${found}, the package of version ${version}`);
  }
  return native;
}

function load() {
  const reasons = [];
  for (const place of PLACES.filter((each) => fs.existsSync(each))) {
    try {
      return loaded(place);
    } catch (error) {
      reasons.push(error.message);
    }
  }
  throw failure(reasons);
}

module.exports = load();
