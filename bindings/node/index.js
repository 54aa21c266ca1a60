// SPDX-License-Identifier: Apache-2.0
// The friendly layer over passkey_native.node; index.d.ts describes it.
'use strict';

const { isMainThread } = require('node:worker_threads');
const native = require('./passkey_native.node');

class PasskeyError extends Error {
  constructor(code, message, { hint = '', httpStatus = null, retryable = false, cause = null,
    correlationId = null } = {}) {
    super(message);
    const fields = { code, hint, httpStatus, retryable, cause, correlationId };
    for (const [name, value] of Object.entries(fields)) {
      Object.defineProperty(this, name, { value, enumerable: true });
    }
  }

  get name() {
    return 'PasskeyError';
  }

  toString() {
    return `${this.code}: ${this.message}${this.hint ? ` (${this.hint})` : ''}`;
  }
}

function errorOf(nativeError) {
  return new PasskeyError(nativeError.code(), nativeError.message(), {
    hint: nativeError.hint(),
    httpStatus: nativeError.httpStatus() || null,
    retryable: nativeError.retryable(),
    cause: nativeError.cause(),
    correlationId: nativeError.correlationId(),
  });
}

// The native half throws its own error objects.
function attempt(call) {
  try {
    return call();
  } catch (thrown) {
    throw thrown instanceof native.NativeError ? errorOf(thrown) : thrown;
  }
}

// Never says the value: it may be a secret.
function text(value, name) {
  if (typeof value !== 'string') {
    throw new TypeError(`${name} must be a string, not ${value === null ? 'null' : typeof value}`);
  }
  if (value.includes('\0')) throw new TypeError(`${name} contains a NUL character`);
  return value;
}

function optionText(value, name) {
  if (Array.isArray(value)) return value.map((each) => text(each, name)).join(',');
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return text(value, name);
}

const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

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

function canceled(signal) {
  return new PasskeyError('canceled', 'The caller canceled the operation.', {
    hint: 'Start it again when you are ready.', retryable: true, cause: signal.reason,
  });
}

// How long process.exit() may be delayed by a TPM that hangs.
const DRAIN_MS = 10000;
const underWay = new Set();

// The core's threads must not outlive the library's own end.
process.on('exit', () => {
  for (const operation of underWay) operation.cancel();
  if (isMainThread && underWay.size > 0) native.drain(DRAIN_MS);
});

// Resolves when the operation has ended. It runs on threads of the core, none
// of libuv's pool, and keeps the process alive.
function ended(operation, signal) {
  const cancel = () => operation.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  underWay.add(operation);
  return new Promise((resolve) => {
    attempt(() => operation.whenDone(resolve));
  }).finally(() => {
    underWay.delete(operation);
    signal?.removeEventListener('abort', cancel);
  });
}

function resultOf(operation, signal) {
  try {
    return new BindResult(JSON.parse(attempt(() => operation.takeResult()).json()));
  } catch (error) {
    throw error.code === 'canceled' && signal?.aborted ? canceled(signal) : error;
  }
}

class Client {
  #native;

  constructor(options = {}) {
    if (options === null || typeof options !== 'object') {
      throw new TypeError('options must be an object');
    }
    this.#native = attempt(() => native.newClient());
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined || value === null) continue;
      attempt(() => this.#native.setOption(text(snakeCase(name), 'an option\'s name'),
        optionText(value, name)));
    }
  }

  #open() {
    if (this.#native === null) throw new TypeError('this Client is closed');
    return this.#native;
  }

  async bindPasskey(link, { signal } = {}) {
    text(link, 'link');
    const client = this.#open();
    if (signal?.aborted) throw canceled(signal);
    const operation = attempt(() => client.startBind(link));
    await ended(operation, signal);
    return resultOf(operation, signal);
  }

  async listPasskeys() {
    const list = attempt(() => this.#open().readPasskeys());
    const passkeys = freeze(JSON.parse(list.json()));
    const damaged = Array.from({ length: list.numDamaged() }, (_, index) => list.damaged(index));
    return Object.freeze(Object.defineProperty([...passkeys], 'damaged', { value: damaged }));
  }

  getPasskeys() {
    return this.listPasskeys();
  }

  check(link) {
    const found = attempt(() => this.#open().checkLink(text(link, 'link')));
    return Object.freeze({
      kind: found.kind(),
      origin: found.origin(),
      tenantId: found.tenantId(),
      realmId: found.realmId(),
      identityId: found.identityId(),
      jobId: found.jobId(),
    });
  }

  close() {
    this.#native = null;
  }
}

async function bindPasskey(link, { signal, ...options } = {}) {
  const client = new Client(options);
  return client.bindPasskey(link, { signal });
}

async function listPasskeys(options) {
  return new Client(options).listPasskeys();
}

const isBindPasskeyUrl = (url) => native.isBindPasskeyUrl(text(url, 'url'));
const isAuthenticateUrl = (url) => native.isAuthenticateUrl(text(url, 'url'));

module.exports = {
  BindResult,
  Client,
  PasskeyError,
  bindPasskey,
  getPasskeys: listPasskeys,
  isAuthenticateUrl,
  isBindPasskeyUrl,
  listPasskeys,
  version: native.version(),
};
