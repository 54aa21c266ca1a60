// SPDX-License-Identifier: Apache-2.0
// libpasskey; index.d.ts describes it.
'use strict';

const native = require('./lib/native.js');
const { Client } = require('./lib/client.js');
const { Embedded } = require('./lib/embedded.js');
const { PasskeyError } = require('./lib/error.js');
const functions = require('./lib/functions.js');
const predicates = require('./lib/predicates.js');
const { BindResult } = require('./lib/results.js');

module.exports = {
  BindResult,
  Client,
  Embedded,
  PasskeyError,
  ...functions,
  ...predicates,
  version: native.version(),
};
