// SPDX-License-Identifier: Apache-2.0
// What calls answer: frozen objects, made of the core's JSON.
'use strict';

const { inspect } = require('node:util');
const { errorOf } = require('./error.js');

function freeze(value) {
  for (const each of Object.values(value)) {
    if (each !== null && typeof each === 'object') freeze(each);
  }
  return Object.freeze(value);
}

class BindResult {
  constructor({ passkey, postBindingRedirectUri }) {
    this.passkey = passkey;
    this.postBindingRedirectUri = postBindingRedirectUri ?? null;
    this.id = passkey.id;
    freeze(this);
  }

  toString() {
    const { id, identity, realm, tenant } = this.passkey;
    return `${id} of ${identity.displayName} (realm ${realm.displayName}, ` +
      `tenant ${tenant.displayName})`;
  }
}

// console.log of a job must not put the link, a bearer secret, into a log.
function shown(job, options) {
  return inspect({ ...job, ...(job.link && { link: '(secret)' }) }, options);
}

function job(fields) {
  Object.defineProperty(fields, inspect.custom, { value: (_depth, options) => shown(fields, options) });
  return freeze(fields);
}

const parsed = (native) => JSON.parse(native.json());

// What result() and error() give is part of the report, and read at once.
function resumed(report, index) {
  const result = report.result(index);
  const error = report.error(index);
  const { passkey = null, postBindingRedirectUri = null } = result ? parsed(result) : {};
  return freeze({
    outcome: report.outcome(index),
    identityId: report.identityId(index),
    jobId: report.jobId(index),
    passkey,
    postBindingRedirectUri,
    error: error && errorOf(error),
  });
}

// How each kind of operation gives its result.
const take = {
  bind: (operation) => new BindResult(parsed(operation.takeResult())),
  info: (operation) => freeze(parsed(operation.takeInfo())),
  resumption(operation) {
    const report = operation.takeResumption();
    return freeze(Array.from({ length: report.count() }, (_, index) => resumed(report, index)));
  },
  findings: (operation) => freeze(parsed(operation.takeExamination())),
  passkey: (operation) => freeze(parsed(operation.takePasskey())),
  nothing: (operation) => operation.takeDeleted(),
  job: (operation) => job(parsed(operation.takeJob())),
  jobs: (operation) => freeze(parsed(operation.takeJobList()).map(job)),
  passkeys(operation) {
    const list = operation.takeList();
    const damaged = Array.from({ length: list.numDamaged() }, (_, index) => list.damaged(index));
    return freeze(Object.defineProperty(parsed(list), 'damaged', { value: freeze(damaged) }));
  },
};

const link = (found) => Object.freeze({
  kind: found.kind(),
  origin: found.origin(),
  tenantId: found.tenantId(),
  realmId: found.realmId(),
  identityId: found.identityId(),
  jobId: found.jobId(),
});

module.exports = { BindResult, link, take };
