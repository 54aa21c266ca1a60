// SPDX-License-Identifier: Apache-2.0
// The one way in which every call that may wait is run: it is started, its
// steps and its end are heard, its result is taken. It runs on threads of the
// core, none of libuv's pool, and keeps the process alive.
'use strict';

const { AsyncResource } = require('node:async_hooks');
const { isMainThread } = require('node:worker_threads');
const { abortSignal, callback, object } = require('./arguments.js');
const { attempt, canceled } = require('./error.js');
const native = require('./native.js');

// How long process.exit() may be delayed by a TPM that hangs.
const DRAIN_MS = 10000;
// Each operation, and the client whose log it writes.
const underWay = new Map();

// The core's threads must not outlive the library's own end.
process.on('exit', () => {
  for (const operation of underWay.keys()) operation.cancel();
  if (isMainThread && underWay.size > 0) native.drain(DRAIN_MS);
});

// Calls the user's function as an event does: what it throws is an uncaught
// exception of the program, and no concern of the operation.
function notify(listener, ...words) {
  try {
    listener(...words);
  } catch (error) {
    process.nextTick(() => { throw error; });
  }
}

// The operations that each signal cancels: however many, it has one listener,
// as Node.js warns of more than ten.
const canceledBy = new WeakMap();

function follow(signal) {
  const operations = new Set();
  const cancelAll = () => operations.forEach((operation) => operation.cancel());
  signal.addEventListener('abort', cancelAll);
  canceledBy.set(signal, { operations, cancelAll });
}

function cancelBy(signal, operation) {
  if (signal === null) return;
  if (!canceledBy.has(signal)) follow(signal);
  canceledBy.get(signal).operations.add(operation);
}

function cancelNoMore(signal, operation) {
  if (signal === null) return;
  const { operations, cancelAll } = canceledBy.get(signal);
  operations.delete(operation);
  if (operations.size > 0) return;
  signal.removeEventListener('abort', cancelAll);
  canceledBy.delete(signal);
}

function callOptions(options) {
  const { signal, onProgress } = object(options, 'options');
  const listener = callback(onProgress, 'onProgress');
  return { signal: abortSignal(signal), onProgress: listener && AsyncResource.bind(listener) };
}

function ended(operation, onProgress) {
  return new Promise((resolve) => {
    const hear = (step) => (step === undefined ? resolve() : notify(onProgress, step));
    attempt(() => operation.watch(onProgress !== null, hear));
  });
}

function outcome(operation, take, signal) {
  try {
    return attempt(() => take(operation));
  } catch (error) {
    throw error.code === 'canceled' && signal?.aborted ? canceled(signal) : error;
  }
}

// start() gives the native operation, take(operation) its result.
async function run(client, start, take, options) {
  const { signal, onProgress } = callOptions(options);
  if (signal?.aborted) throw canceled(signal);
  const operation = attempt(start);
  cancelBy(signal, operation);
  underWay.set(operation, client);
  try {
    await ended(operation, onProgress);
  } finally {
    underWay.delete(operation);
    cancelNoMore(signal, operation);
  }
  return outcome(operation, take, signal);
}

module.exports = { notify, run };
