// SPDX-License-Identifier: Apache-2.0
// Each call of Client as a function, with a client of its own.
'use strict';

const { object } = require('./arguments.js');
const { Client } = require('./client.js');

// Which of the options are the call's, not the client's.
const CALL_OPTIONS = ['signal', 'onProgress', 'deliveryMethod', 'postBindingRedirectUri', 'waitMs'];

function separate(options) {
  const client = { ...object(options, 'options') };
  const call = {};
  for (const name of CALL_OPTIONS.filter((each) => each in client)) {
    call[name] = client[name];
    delete client[name];
  }
  return { client, call };
}

// num_arguments stand before the options.
function once(name, numArguments) {
  return async (...args) => {
    const { [numArguments]: given = {} } = args;
    const options = separate(given);
    const own = Array.from({ length: numArguments }, (_, index) => args[index]);
    const client = new Client(options.client);
    try {
      return await client[name](...own, options.call);
    } finally {
      client.close();
    }
  };
}

function check(link, options = {}) {
  const client = new Client(options);
  try {
    return client.check(link);
  } finally {
    client.close();
  }
}

const listPasskeys = once('listPasskeys', 0);

module.exports = {
  bindPasskey: once('bindPasskey', 1),
  check,
  createJob: once('createJob', 1),
  deletePasskey: once('deletePasskey', 1),
  examine: once('examine', 0),
  getJob: once('getJob', 2),
  getPasskey: once('getPasskey', 1),
  getPasskeys: listPasskeys,
  info: once('info', 1),
  listJobs: once('listJobs', 1),
  listPasskeys,
  resume: once('resume', 0),
  revokeJob: once('revokeJob', 2),
  waitJob: once('waitJob', 2),
};
