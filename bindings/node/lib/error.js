// SPDX-License-Identifier: Apache-2.0
// Why a call failed, as JavaScript throws it.
'use strict';

const native = require('./native.js');

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

function canceled(signal) {
  return new PasskeyError('canceled', 'The caller canceled the operation.', {
    hint: 'Start it again when you are ready.', retryable: true, cause: signal.reason,
  });
}

function unsupported(name) {
  return new PasskeyError('unsupported', `${name} is not supported by libpasskey.`, {
    hint: 'libpasskey creates passkeys; it does not authenticate with them yet.',
  });
}

module.exports = { PasskeyError, attempt, canceled, errorOf, unsupported };
