// SPDX-License-Identifier: Apache-2.0
// `passkey listen` on a free port, and an SMTP server that really receives.
'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { BUILD, REPOSITORY } = require('./cloud');
const { temporaryFolder } = require('./cleanup');
const { start } = require('./lines');

// {url, port, result(), error(), results}; it must end well
async function startHandler(...args) {
  const home = path.join(temporaryFolder(), 'store');
  const { out, err } = start(path.join(BUILD, 'bin/passkey'), ['listen', '--json', '--port', '0', ...args], {
    env: { PATH: process.env.PATH, PASSKEY_HOME: home, PASSKEY_TPM: 'swtpm', PASSKEY_ALLOWED_DOMAINS: 'localhost',
      PASSKEY_ALLOW_LOOPBACK_HTTP: '1', ASAN_OPTIONS: process.env.ASAN_OPTIONS || '' },
  }, (code, said) => {
    assert.equal(code, 0, said);
    assert.doesNotMatch(said, /Sanitizer|runtime error/);
  });
  const { url, port } = await err.next();
  return { url, port, result: () => out.next(), error: () => err.next(), results: out.all };
}

// {url, next()}: the messages, as {recipients, subject, html, text}.
async function startMailServer() {
  const python = process.env.PASSKEY_PYTHON || path.join(REPOSITORY, 'build/venv/bin/python');
  const { out } = start(python, [path.join(REPOSITORY, 'tests/support/serve_mail.py')]);
  const { url } = await out.next();
  return { url, next: () => out.next() };
}

module.exports = { startHandler, startMailServer };
