// SPDX-License-Identifier: Apache-2.0
// What callers pass is looked at here, before C sees it. No message says a
// value: it may be a secret.
'use strict';

const UINT32_MAX = 2 ** 32 - 1;

const kindOf = (value) => (value === null ? 'null' : typeof value);

function string(value, name) {
  if (typeof value !== 'string') {
    throw new TypeError(`${name} must be a string, not ${kindOf(value)}`);
  }
  if (value.includes('\0')) throw new TypeError(`${name} contains a NUL character`);
  return value;
}

// Half of a surrogate pair would silently become another character in UTF-8.
function text(value, name) {
  if (/\p{Surrogate}/u.test(string(value, name))) {
    throw new TypeError(`${name} contains a lone surrogate`);
  }
  return value;
}

function object(value, name) {
  if (value === null || typeof value !== 'object') {
    throw new TypeError(`${name} must be an object, not ${kindOf(value)}`);
  }
  return value;
}

function callback(value, name) {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, not ${kindOf(value)}`);
  }
  return value;
}

function abortSignal(value) {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' || !('aborted' in value) ||
      typeof value.addEventListener !== 'function') {
    throw new TypeError('signal must be an AbortSignal');
  }
  return value;
}

function milliseconds(value, name) {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${kindOf(value)}`);
  if (!(value >= 0 && value <= UINT32_MAX)) {
    throw new RangeError(`${name} must be from 0 to ${UINT32_MAX}`);
  }
  return Math.ceil(value);
}

// An option of the core as the text that it takes.
function optionText(value, name) {
  if (Array.isArray(value)) return value.map((each) => text(each, name)).join(',');
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return text(value, name);
}

const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

module.exports = {
  abortSignal, callback, milliseconds, object, optionText, snakeCase, string, text,
};
