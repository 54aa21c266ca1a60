// SPDX-License-Identifier: Apache-2.0
// The application without a cloud: who may ask, and what is said when it fails. The
// library is the real one; its store is empty and nobody answers for the cloud.
'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { Client } = require('libpasskey');
const { createApp } = require('./app');

const ORIGIN = 'http://127.0.0.1:8092';
const HOST = { Host: '127.0.0.1:8092' };
const OURS = { 'Sec-Fetch-Site': 'same-origin' };
const NAVIGATION = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Site': 'cross-site' };
let folder, server, nobody;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'passkey-example-'));
  nobody = `http://localhost:${await closedPort()}`;
  const client = new Client({ home: path.join(folder, 'store'), tpm: 'swtpm', allowedDomains: ['localhost'],
    allowLoopbackHttp: true, apiBaseUrl: nobody, tenant: 't', realm: 'r', authenticatorConfig: 'a',
    apiToken: 'secret-of-the-api' });
  server = createApp(client, 'me', ORIGIN).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

after(() => {
  server.close();
  fs.rmSync(folder, { recursive: true });
});

// Where nobody listens.
async function closedPort() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

const link = ({ api = nobody, identity = 'me' } = {}) => `/bind?api_base_url=${api}&tenant_id=t&realm_id=r&` +
  `identity_id=${identity}&job_id=j&token=secret-of-the-link`;

// fetch() sets headers of its own; this sends these and no others.
async function ask(method, target, headers = {}) {
  const request = http.request({ host: '127.0.0.1', port: server.address().port, method, path: target,
    headers: { ...HOST, ...headers } });
  request.end();
  const [response] = await once(request, 'response');
  let text = '';
  for await (const part of response) text += part;
  return { status: response.statusCode, headers: response.headers, text };
}

test('the start offers both ways', async () => {
  const { status, text, headers } = await ask('GET', '/');

  assert.equal(status, 200);
  assert.match(text, /action="\/link"[^]*action="\/email"[^]*No passkey yet/);
  assert.match(headers['content-security-policy'], /default-src 'none'/);
  assert.equal((await ask('GET', '/style.css')).status, 200);
});

for (const target of ['/link', '/email']) {
  test(`${target}: a cloud that cannot be reached is explained`, async () => {
    const { status, text } = await ask('POST', target, OURS);

    assert.equal(status, 502);
    assert.match(text, /The cloud gave no link[^]*What to do[^]*may be tried again[^]*network_error/);
    assert.doesNotMatch(text, /secret-of/);
  });

  const foreign = [{}, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'none' }, { Origin: 'http://127.0.0.1:8093' }, { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: ORIGIN }];
  for (const headers of foreign) {
    test(`${target}: a form of another site is refused: ${JSON.stringify(headers)}`, async () => {
      assert.equal((await ask('POST', target, headers)).status, 403);
      assert.equal((await ask('POST', `${target.toUpperCase()}/`, headers)).status, 403);
    });
  }
}

test('an old browser says by Origin whose form it is', async () => {
  assert.equal((await ask('POST', '/link', { Origin: ORIGIN })).status, 502);
});

test('a navigation binds', async () => {
  const { status, text } = await ask('GET', link(), NAVIGATION);

  assert.equal(status, 502, 'it has tried');
  assert.match(text, /network_error/);
  assert.doesNotMatch(text, /secret-of/);
});

const others = [{ 'Sec-Fetch-Dest': 'iframe' }, { 'Sec-Fetch-Dest': 'image', 'Sec-Fetch-Mode': 'no-cors' },
  { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }, { Origin: 'http://evil.test' },
  { 'Sec-Purpose': 'prefetch' }, { 'Sec-Fetch-Mode': '', 'Sec-Fetch-Dest': '' }];
for (const headers of others) {
  test(`nothing but a navigation binds: ${JSON.stringify(headers)}`, async () => {
    const { status, text } = await ask('GET', link(), { ...NAVIGATION, ...headers });

    assert.equal(status, 403);
    assert.match(text, /Nothing was done with it/);
  });
}

for (const method of ['POST', 'HEAD', 'PUT']) {
  test(`${method} does not bind`, async () => {
    assert.equal((await ask(method, link(), NAVIGATION)).status, 405);
  });
}

test('another name for this machine is refused', async () => {
  for (const [method, target] of [['GET', '/'], ['GET', '/bind'], ['POST', '/link'], ['GET', '/style.css']]) {
    assert.equal((await ask(method, target, { ...NAVIGATION, ...OURS, Host: 'rebound.test:8092' })).status, 421);
  }
});

test('a link for somebody else is refused', async () => {
  const { status, text } = await ask('GET', link({ identity: 'you' }), NAVIGATION);

  assert.equal(status, 403);
  assert.match(text, /for somebody else/);
});

const broken = [['/bind', 'invalid_link'], ['/bind?token=x', 'invalid_link'],
  [link({ api: 'https://evil.test' }), 'domain_not_allowed'], [link({ api: 'http://127.0.0.1:1' }), 'domain_not_allowed']];
for (const [target, code] of broken) {
  test(`a link that is none is explained: ${code}`, async () => {
    const { status, text } = await ask('GET', target, NAVIGATION);

    assert.ok([400, 403].includes(status), status);
    assert.match(text, new RegExp(`What to do[^]*${code}`));
  });
}

test('a passkey that is not there', async () => {
  const { status, text } = await ask('GET', '/passkeys/abc');

  assert.equal(status, 404);
  assert.match(text, /There is no such passkey/);
});

test('what is asked for is never HTML', async () => {
  for (const target of ['/passkeys/%3Cb%3Ex', '/%3Cb%3E', '/passkeys/%ff']) {
    const { status, text } = await ask('GET', target);
    assert.ok(status >= 400 && status < 500, status);
    assert.doesNotMatch(text, /<b>/);
  }
});
