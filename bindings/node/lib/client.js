// SPDX-License-Identifier: Apache-2.0
// The options and the store that calls work with, and the calls.
'use strict';

const { callback, milliseconds, object, optionText, snakeCase, text } = require('./arguments.js');
const { attempt } = require('./error.js');
const native = require('./native.js');
const { notify, run } = require('./operation.js');
const { link: describe, take } = require('./results.js');

const LEVELS = ['off', 'error', 'warning', 'info', 'debug'];

// The core holds its log function for good; the user's, which may well know its
// client, is held by the client alone, so that both can be collected. What is
// made in here knows nothing else.
function heardBy(listener) {
  return (level, message) => {
    const onLog = listener.deref();
    if (onLog) notify(onLog, LEVELS[level], message);
  };
}

class Client {
  #native;
  #onLog;

  constructor(options = {}) {
    const { onLog, ...rest } = object(options, 'options');
    this.#onLog = callback(onLog, 'onLog');
    this.#native = attempt(() => native.newClient());
    if (this.#onLog) this.#listen();
    for (const [name, value] of Object.entries(rest)) {
      if (value === undefined || value === null) continue;
      attempt(() => this.#native.setOption(text(snakeCase(name), 'an option\'s name'),
        optionText(value, name)));
    }
  }

  #listen() {
    const hear = heardBy(new WeakRef(this.#onLog));
    if (process.env.PASSKEY_LOG === undefined) {
      attempt(() => this.#native.setOption('log', 'info'));
    }
    attempt(() => this.#native.setLog(hear));
  }

  #open() {
    if (this.#native === null) throw new TypeError('this Client is closed');
    return this.#native;
  }

  async bindPasskey(link, options = {}) {
    const url = text(link, 'link');
    return run(this, () => this.#open().startBind(url), take.bind, options);
  }

  async info(link, options = {}) {
    const url = text(link, 'link');
    return run(this, () => this.#open().startInfo(url), take.info, options);
  }

  async resume(options = {}) {
    return run(this, () => this.#open().startResume(), take.resumption, options);
  }

  async listPasskeys(options = {}) {
    return run(this, () => this.#open().startList(), take.passkeys, options);
  }

  async getPasskeys(options) {
    return this.listPasskeys(options);
  }

  async getPasskey(id, options = {}) {
    const wanted = text(id, 'id');
    return run(this, () => this.#open().startGet(wanted), take.passkey, options);
  }

  async deletePasskey(id, options = {}) {
    const wanted = text(id, 'id');
    return run(this, () => this.#open().startDelete(wanted), take.nothing, options);
  }

  async createJob(identityId, options = {}) {
    const identity = text(identityId, 'identityId');
    const { deliveryMethod, postBindingRedirectUri } = object(options, 'options');
    const method = text(deliveryMethod ?? 'RETURN', 'deliveryMethod');
    const uri = postBindingRedirectUri == null
      ? null : text(postBindingRedirectUri, 'postBindingRedirectUri');
    return run(this, () => this.#open().startCreateJob(identity, method, uri), take.job, options);
  }

  async getJob(identityId, jobId, options = {}) {
    const names = [text(identityId, 'identityId'), text(jobId, 'jobId')];
    return run(this, () => this.#open().startGetJob(...names), take.job, options);
  }

  async listJobs(identityId = '-', options = {}) {
    const identity = text(identityId, 'identityId');
    return run(this, () => this.#open().startListJobs(identity), take.jobs, options);
  }

  async revokeJob(identityId, jobId, options = {}) {
    const names = [text(identityId, 'identityId'), text(jobId, 'jobId')];
    return run(this, () => this.#open().startRevokeJob(...names), take.job, options);
  }

  async waitJob(identityId, jobId, options = {}) {
    const names = [text(identityId, 'identityId'), text(jobId, 'jobId')];
    const waitMs = milliseconds(object(options, 'options').waitMs, 'waitMs');
    return run(this, () => this.#open().startWaitJob(...names, waitMs), take.job, options);
  }

  async examine(options = {}) {
    return run(this, () => this.#open().startExamine(), take.findings, options);
  }

  check(link) {
    const url = text(link, 'link');
    return describe(attempt(() => this.#open().checkLink(url)));
  }

  close() {
    if (this.#native === null) return;
    native.closeClient(this.#native);
    this.#native = null;
  }
}

if (Symbol.dispose) {
  Object.defineProperty(Client.prototype, Symbol.dispose, { value: Client.prototype.close });
}

module.exports = { Client };
