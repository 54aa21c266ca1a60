// SPDX-License-Identifier: Apache-2.0
// The examples' web applications as a person uses them, in a browser: both methods,
// the links that do not work, and what another site makes of them, which is nothing.
// $EXAMPLES names those to test (default: python).
'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const http = require('node:http');
const { before, describe, test } = require('node:test');
const { startBrowser } = require('../compat/support/browser');
const { atEnd } = require('../compat/support/cleanup');
const { Cloud } = require('../compat/support/cloud');
const { startMailServer } = require('../compat/support/handler');
const { inspect } = require('../compat/support/pages');
const { startApplication } = require('./support/application');

const PATIENCE = { timeout: 120000 };
const EVIL = 'evil.test';
let cloud, mail, browser, elsewhere;

before(async () => {
  mail = await startMailServer();
  cloud = await Cloud.start('--smtp', mail.url, '--mail-from', 'passkey@example.com');
  browser = await startBrowser(`--host-resolver-rules=MAP ${EVIL} 127.0.0.1`);
  elsewhere = `http://${EVIL}:${await serveHostile()}`;
});

async function serveHostile() {
  const server = http.createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end('<!doctype html><title>Elsewhere</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => { server.closeAllConnections(); server.close(); });
  return server.address().port;
}

async function newPage(t) {
  const context = await browser.newContext();
  t.after(() => context.close());
  return context.newPage();
}

const heading = (page) => page.locator('h1').innerText();
const row = (page, name) => page.locator(`dt:has-text("${name}") + dd`).innerText();

// A new message of the application's, as it arrives.
async function askForMessage(page, application) {
  await page.goto(application.origin);
  await page.click('text=Send me the link');
  await page.waitForURL(`${application.origin}/jobs/*`);
  return mail.next();
}

async function click(page, message) {
  await page.goto('about:blank');
  await page.setContent(message.html);
  await page.click('text=Set up the passkey');
  await page.waitForFunction(() => document.querySelector('main h1'));
}

const linkIn = (message) => /http:\S+:invokeAuthenticator\?token=\S+/.exec(message.text)[0];

// Where the cloud leads a browser with this link.
async function whereto(link) {
  const answer = await fetch(link, { headers: { Accept: 'text/html' }, redirect: 'manual' });
  assert.equal(answer.status, 302);
  return answer.headers.get('location');
}

// In a hostile page: the link as a part of the page, the forms by script.
async function loadEverywhere({ link, forms }) {
  const load = (kind, attributes) => new Promise((resolve) => {
    const element = Object.assign(document.createElement(kind), attributes);
    element.onload = element.onerror = resolve;
    document.body.append(element);
  });
  await Promise.all([load('img', { src: link }), load('iframe', { src: link }), load('script', { src: link }),
    load('link', { rel: 'stylesheet', href: link })]);
  await fetch(link, { mode: 'no-cors' });
  for (const url of forms) await fetch(url, { method: 'POST', mode: 'no-cors' });
}

function postForm(action) {
  const form = Object.assign(document.createElement('form'), { method: 'post', action });
  document.body.append(form);
  form.submit();
}

const active = async (application) => (
  (await cloud.credentials(application.identity)).filter(({ state }) => state === 'ACTIVE'));

for (const name of (process.env.EXAMPLES || 'python').split(' ')) {
  describe(name, PATIENCE, () => {
    let application;
    before(async () => { application = await startApplication(name, cloud); });

    test('Method 1: the page asks the back end, which gets a link and binds it', PATIENCE, async (t) => {
      const page = await newPage(t);
      await page.goto(application.origin);
      assert.equal(await heading(page), 'Passkeys of this computer');
      await inspect(page, `example-${name}-start`);

      await page.click('text=Create a passkey');
      await page.waitForURL(`${application.origin}/passkeys/*`);

      assert.equal(await heading(page), 'Your passkey is ready');
      assert.equal(await row(page, 'Identity'), `${application.identity.display_name}\n${
        application.identity.traits.primary_email_address}`);
      assert.equal(await row(page, 'Realm'), 'Local Realm');
      assert.match(await row(page, 'Private key'), /software TPM/);
      const [credential] = await active(application);
      assert.equal(credential.jwk_thumbprint, `${await row(page, 'Thumbprint')}=`);
      await inspect(page, `example-${name}-passkey`);

      await page.click('text=All passkeys');
      await page.locator('li a', { hasText: application.identity.display_name }).click();
      assert.equal(await heading(page), 'Your passkey is ready');
    });

    test('Method 2: the message, the click, the redirect, the passkey', PATIENCE, async (t) => {
      const page = await newPage(t);
      const before = (await active(application)).length;
      const message = await askForMessage(page, application);
      assert.deepEqual(message.recipients, [application.identity.traits.primary_email_address]);
      const jobPage = page.url();
      assert.equal(await heading(page), 'A message is on its way');
      await inspect(page, `example-${name}-message`, [['dark', 320]]);

      const shown = [];
      page.on('framenavigated', (frame) => shown.push(frame.url()));
      await click(page, message);
      assert.match(page.url(), new RegExp(`^${application.origin}/passkeys/[0-9a-f]{64}$`));
      assert.equal(await heading(page), 'Your passkey is ready');
      assert.ok(shown.every((url) => !url.includes('token=')), 'the link was never in the address bar');
      assert.equal((await active(application)).length, before + 1);

      await page.goto(jobPage);
      assert.equal(await heading(page), 'The link has made its passkey');
    });

    test('a link that was used, withdrawn or damaged is explained', PATIENCE, async (t) => {
      const page = await newPage(t);
      const used = await askForMessage(page, application);
      await click(page, used);
      await click(page, used);
      assert.equal(await heading(page), 'This link was used already');

      const withdrawn = await askForMessage(page, application);
      const landing = await whereto(linkIn(withdrawn));
      await cloud.revoke({ id: /job_id=([^&]+)/.exec(landing)[1] });
      await page.goto(landing);
      assert.equal(await heading(page), 'This link was withdrawn');
      assert.match(await page.locator('main').innerText(), /What to do\s+Ask for a new link/);
      assert.match(await page.locator('.reference').innerText(), /Error: link_revoked/);
      await inspect(page, `example-${name}-error`);

      const good = await whereto(linkIn(await askForMessage(page, application)));
      await page.goto(good.replace(/token=./, (begin) => (begin.endsWith('A') ? 'token=B' : 'token=A')));
      assert.equal(await heading(page), 'This link is not complete');
      await page.goto(good.replace(/&token=.*/, ''));
      assert.equal(await heading(page), 'This is not a whole passkey link');
      await page.goto(good.replace(/identity_id=[^&]+/, 'identity_id=0123456789abcdef'));
      assert.equal(await heading(page), 'This link is for somebody else');
      await page.goto(good);
      assert.equal(await heading(page), 'Your passkey is ready', 'none of them has used it up');
    });

    test('a page of another site makes nothing', PATIENCE, async (t) => {
      const page = await newPage(t);
      const link = await whereto(linkIn(await askForMessage(page, application)));
      const before = await active(application);
      const asked = [];
      page.on('request', (request) => {
        if (request.url().startsWith(application.origin)) asked.push(request.resourceType());
      });
      await page.goto(`${elsewhere}/`);
      await page.evaluate(loadEverywhere, { link, forms: [`${application.origin}/link`, `${application.origin}/email`] });
      assert.deepEqual(asked.sort(), ['document', 'fetch', 'fetch', 'fetch', 'image', 'script', 'stylesheet']);

      for (const action of ['/link', '/email', `/bind${new URL(link).search}`]) {
        await page.goto(`${elsewhere}/`);
        const [answer] = await Promise.all([page.waitForNavigation(),
          page.evaluate(postForm, application.origin + action)]);
        assert.equal(answer.status(), action.startsWith('/bind') ? 405 : 403);
      }

      const rebound = await page.goto(link.replace('127.0.0.1', EVIL));
      assert.equal(rebound.status(), 421);
      assert.deepEqual(await active(application), before, 'nothing was bound');
      await page.goto(link);
      assert.equal(await heading(page), 'Your passkey is ready', 'and the link is as good as before');
    });

    test('what it writes holds no secret', () => {
      assert.doesNotMatch(application.said(), /token=/);
      assert.ok(!application.said().includes(cloud.ready.api_token));
    });
  });
}
