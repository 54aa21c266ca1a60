// SPDX-License-Identifier: Apache-2.0
// Method 2 as a person lives it: the message, the click, the page of `passkey
// listen`; and what a hostile page makes of that handler, which is nothing.
'use strict';

const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const http = require('node:http');
const { before, test } = require('node:test');
const { startBrowser } = require('./support/browser');
const { atEnd } = require('./support/cleanup');
const { Cloud } = require('./support/cloud');
const { startHandler, startMailServer } = require('./support/handler');
const { ALL_LOOKS, inspect } = require('./support/pages');

const PATIENCE = { timeout: 60000 };
const EVIL = 'evil.test';
const LOGO = (color) => `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="48"><rect width="160" height="48"
  rx="8" fill="${color}"/><circle cx="26" cy="24" r="12" fill="#fff"/></svg>`;
let cloud, handler, mail, browser, site, seen;

before(async () => {
  mail = await startMailServer();
  cloud = await Cloud.start('--smtp', mail.url, '--mail-from', 'passkey@example.com');
  handler = await startHandler();
  await cloud.trust(handler.url);
  browser = await startBrowser(`--host-resolver-rules=MAP ${EVIL} 127.0.0.1`);
  site = await serve();
});

// A web server for logos, the application's own page, and hostile pages: its port.
async function serve() {
  seen = [];
  const server = http.createServer((request, response) => {
    seen.push({ path: request.url, referer: request.headers.referer });
    const logo = /^\/logo-(\w+)/.exec(request.url);
    response.setHeader('Content-Type', logo ? 'image/svg+xml' : 'text/html; charset=utf-8');
    response.end(logo ? LOGO(logo[1] === 'dark' ? '#8ab4f8' : '#1f5fbf')
      : hostile[request.url] || '<!doctype html><html lang="en"><title>Welcome</title><h1>Welcome</h1>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => { server.closeAllConnections(); server.close(); });
  return server.address().port;
}
const hostile = {};

async function newPage(t) {
  const context = await browser.newContext();
  t.after(() => context.close());
  return context.newPage();
}

// The link, as the cloud sends a browser on with it.
async function bindLink(link) {
  const answer = await fetch(link, { headers: { Accept: 'text/html' }, redirect: 'manual' });
  assert.equal(answer.status, 302);
  return answer.headers.get('location');
}

const row = (page, name) => page.locator(`dt:has-text("${name}") + dd`).innerText();

// --------------------------------------------------------------- the story

test('from the API call through the message and the click to the ACTIVE credential', PATIENCE, async (t) => {
  const welcome = `http://127.0.0.1:${site}/welcome?from=passkey`;
  await cloud.call('PATCH', '/themes/active', { theme: { email_realm_name: 'Åcme & Söhne',
    logo_url_light: `http://127.0.0.1:${site}/logo-light.svg`, logo_url_dark: `http://127.0.0.1:${site}/logo-dark.svg`,
    support_url: 'https://help.example.com/' } });
  const identity = await cloud.createIdentity();
  const job = await cloud.createJob(identity, { delivery_method: 'EMAIL', post_binding_redirect_uri: welcome });
  const message = await mail.next();
  assert.deepEqual(message.recipients, [identity.traits.primary_email_address]);

  const page = await newPage(t);
  const tokens = [];
  page.on('framenavigated', (frame) => tokens.push(...frame.url().match(/token=[^&]+/g) || []));
  await page.setContent(message.html);
  await page.click('text=Set up the passkey');
  await page.waitForURL(`${handler.url}/result/*`);

  const { passkey, postBindingRedirectUri } = await handler.result();
  assert.equal(await page.title(), 'Your passkey is ready');
  assert.match(await row(page, 'Identity'), new RegExp(`^Zoë 👩‍🚀\\n${identity.traits.primary_email_address}\\n${identity.id}$`));
  assert.equal(await row(page, 'Realm'), `Local Realm\n${cloud.ready.realm_id}`);
  assert.equal(await row(page, 'Tenant'), `Local Tenant\n${cloud.ready.tenant_id}`);
  assert.match(await row(page, 'Private key'), /software TPM/);
  assert.match(await row(page, 'Thumbprint'), new RegExp(`^${passkey.thumbprint}\n`));
  assert.deepEqual(tokens, [], 'the token was in no address bar');
  assert.equal(postBindingRedirectUri, welcome);

  const [credential] = await cloud.credentials(identity);
  assert.deepEqual([credential.id, credential.state], [passkey.passkeyId, 'ACTIVE']);
  assert.equal(credential.jwk_thumbprint, `${passkey.thumbprint}=`);
  assert.equal((await cloud.job(job)).state, 'COMPLETE');

  const logo = page.locator('img');
  assert.ok(await logo.evaluate((img) => img.complete && img.naturalWidth > 0), 'the logo is shown');
  await inspect(page, 'handler-passkey', ALL_LOOKS);
  assert.ok(seen.some(({ path }) => path === '/logo-dark.svg'), 'the dark logo in the dark');
  assert.ok(seen.every(({ referer }) => referer === undefined), 'nobody was told where that was');

  await page.reload();
  assert.equal(await page.title(), 'Your passkey is ready');
  assert.equal(handler.results.length, 1, 'a reload binds nothing');

  assert.ok(!seen.some(({ path }) => path.startsWith('/welcome')), 'nothing is followed by itself');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL(welcome);
  assert.equal(seen.find(({ path }) => path.startsWith('/welcome')).referer, undefined);
});

test('a second click on the same link shows that it was used', PATIENCE, async (t) => {
  const identity = await cloud.createIdentity();
  const { link } = await cloud.createJob(identity);
  const page = await newPage(t);
  await page.goto(link);
  await handler.result();

  await page.goto(link);

  assert.equal(await page.title(), 'This link was used already');
  assert.equal((await cloud.credentials(identity)).length, 1);
  await inspect(page, 'cloud-used');
});

test('links that lead no further have a page at the cloud', PATIENCE, async (t) => {
  const page = await newPage(t);
  const job = await cloud.createJob(await cloud.createIdentity());
  const past = await Cloud.start('--link-lifetime', '0');
  past.config = past.ready.authenticator_config_id;
  const old = await past.createJob({ id: past.ready.identity_id });
  await page.goto(job.link.slice(0, -2));
  assert.equal(await page.title(), 'This link is not complete');
  await inspect(page, 'cloud-tampered');
  await cloud.revoke(job);
  await page.goto(job.link);
  assert.equal(await page.title(), 'This link was withdrawn');
  await inspect(page, 'cloud-revoked');
  await page.goto(old.link);
  assert.equal(await page.title(), 'This link has expired');
  await inspect(page, 'cloud-expired');
});

test('what fails after the click has a page of the handler', PATIENCE, async (t) => {
  const page = await newPage(t);
  const job = await cloud.createJob(await cloud.createIdentity());
  const bind = await bindLink(job.link);
  await cloud.revoke(job);
  for (const [link, title, name] of [
    [bind, 'This link was withdrawn', 'handler-revoked'],
    [bind.slice(0, -2), 'This link is not complete', 'handler-tampered'],
    [bind.replace(/job_id=\w+/, 'job_id=0'), 'This link is not known', 'handler-unknown'],
    [bind.replace('localhost', 'cloud.example'), 'This link leads to a cloud that is not trusted here',
      'handler-foreign-cloud'],
  ]) {
    await page.goto(link);
    assert.equal(await page.title(), title);
    await inspect(page, name);
    await handler.error();
  }
});

test('the other pages of the handler', PATIENCE, async (t) => {
  const page = await newPage(t);
  for (const [path, title, name] of [
    ['/', 'Ready for your passkey link', 'handler-waiting'],
    ['/nothing', 'Nothing is here', 'handler-nothing'],
    ['/result/x', 'This page is gone', 'handler-gone']]) {
    await page.goto(handler.url + path);
    assert.equal(await page.title(), title);
    await inspect(page, name);
  }
});

test('for somebody else', PATIENCE, async (t) => {
  const identity = await cloud.createIdentity();
  const other = await startHandler('--expect-identity', 'ffffffffffffffff');
  const bind = new URL(await bindLink((await cloud.createJob(identity)).link));
  const page = await newPage(t);
  await page.goto(other.url + bind.pathname + bind.search);
  assert.equal(await page.title(), 'This link is for somebody else');
  await inspect(page, 'handler-somebody-else');
  assert.deepEqual(await cloud.credentials(identity), []);
});

// --------------------------------------------------------- the hostile page

// Each asks for /NAME/bind?…; NAMES are those whose answer the browser lets us see.
function attack(target) {
  const at = (name) => `${target.origin}/${name}${target.pathname}${target.search}`;
  const html = (name) => at(name).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const script = `
    const url = ${JSON.stringify(at('NAME'))};
    const at = (name) => url.replace('NAME', name);
    const quiet = () => {};
    fetch(at('fetch'), { mode: 'no-cors', credentials: 'include' }).catch(quiet);
    fetch(at('cors')).catch(quiet);
    fetch(at('preflight'), { headers: { 'X-Mine': '1' } }).catch(quiet);
    fetch(at('fetch-post'), { method: 'POST', mode: 'no-cors', body: 'x' }).catch(quiet);
    const xhr = new XMLHttpRequest();
    xhr.open('GET', at('xhr'));
    xhr.send();
    navigator.sendBeacon(at('beacon'), 'x');
    new EventSource(at('events'));
    new WebSocket(at('socket').replace('http:', 'ws:'));
    new Worker(URL.createObjectURL(new Blob(['importScripts("' + at('worker') + '")'])));
    new Audio(at('audio')).load();
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: at('form-in-frame'), target: 'empty' });
    document.body.append(form);
    form.submit();`;
  return `<!doctype html><title>Kittens</title>
    <link rel="stylesheet" href="${html('style')}">
    <link rel="prefetch" href="${html('prefetch')}"><link rel="preload" as="image" href="${html('preload')}">
    <link rel="prerender" href="${html('prerender')}"><link rel="icon" href="${html('icon')}">
    <script type="speculationrules">${JSON.stringify({
    prefetch: [{ urls: [at('speculation-prefetch')], eagerness: 'immediate' }],
    prerender: [{ urls: [at('speculation-prerender')], eagerness: 'immediate' }] })}</script>
    <body style="background: url('${html('background')}')">
    <img src="${html('image')}"><script src="${html('script')}"></script>
    <script type="module" src="${html('module')}"></script>
    <iframe src="${html('frame')}"></iframe><iframe name="empty"></iframe>
    <iframe sandbox="allow-scripts allow-forms" src="${html('sandbox')}"></iframe>
    <iframe srcdoc="&lt;meta http-equiv=refresh content='0;url=${html('refresh-in-frame')}'&gt;"></iframe>
    <object data="${html('object')}"></object><embed src="${html('embed')}">
    <video src="${html('video')}"></video><script>${script}</script>`;
}
const SEEN = ['style', 'preload', 'background', 'image', 'script', 'module', 'frame', 'sandbox',
  'refresh-in-frame', 'object', 'embed', 'video', 'fetch', 'cors', 'fetch-post', 'xhr', 'beacon', 'events',
  'audio', 'form-in-frame'];

// What was answered to the requests for /NAME/…bind?…, also where the browser keeps
// it from the page; all(names) waits for those.
async function watchAnswers(page) {
  const [statuses, names, codes, arrivals] = [new Map(), new Map(), new Map(), new EventEmitter()];
  const nameOf = (url) => (/^http:\/\/127\.0\.0\.1:\d+\/([\w-]+)\/.*bind\?/.exec(url) || [])[1];
  const note = (name, status) => {
    if (name && status) statuses.set(name, status);
    arrivals.emit('more');
  };
  page.context().on('response', (response) => note(nameOf(response.url()), response.status()));
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  // These two come in any order.
  network.on('Network.requestWillBeSent', ({ requestId, request }) => {
    names.set(requestId, nameOf(request.url));
    note(names.get(requestId), codes.get(requestId));
  });
  network.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => {
    codes.set(requestId, statusCode);
    note(names.get(requestId), statusCode);
  });
  return async (wanted) => {
    while (wanted.some((name) => !statuses.has(name))) await once(arrivals, 'more');
    return statuses;
  };
}

test('a page of another origin cannot make it bind', PATIENCE, async (t) => {
  const identity = await cloud.createIdentity();
  const job = await cloud.createJob(identity);
  const target = new URL(await bindLink(job.link));
  hostile['/kittens'] = attack(target);
  const page = await newPage(t);
  const num = handler.results.length;
  const answers = await watchAnswers(page);

  await page.goto(`http://${EVIL}:${site}/kittens`);
  await page.waitForLoadState('networkidle');

  for (const [name, status] of await answers(SEEN))
    assert.ok([403, 405].includes(status), `${name} was answered ${status}`);
  assert.equal((await cloud.job(job)).state, 'LINK_OPENED');
  assert.deepEqual(await cloud.credentials(identity), []);
  assert.equal(handler.results.length, num);

  await page.goto(target.href); // it was a good link all the time
  assert.equal(await page.title(), 'Your passkey is ready');
  await handler.result();
});

test('a form that takes the whole window is refused', PATIENCE, async (t) => {
  const identity = await cloud.createIdentity();
  const { link } = await cloud.createJob(identity);
  hostile['/form'] = `<!doctype html><form method="POST" action="${(await bindLink(link)).replaceAll('&', '&amp;')}">
    <button>Kittens</button></form>`;
  const page = await newPage(t);
  await page.goto(`http://${EVIL}:${site}/form`);
  await page.click('button');
  await page.waitForURL(`${handler.url}/**`);
  assert.equal(await page.title(), 'Only links are taken');
  await inspect(page, 'handler-refused');
  assert.deepEqual(await cloud.credentials(identity), []);
});

test('a host name that was made to point here is refused', PATIENCE, async (t) => {
  const identity = await cloud.createIdentity();
  const target = new URL(await bindLink((await cloud.createJob(identity)).link));
  const page = await newPage(t);
  const rebound = `http://${EVIL}:${handler.port}`;
  const answer = await page.goto(rebound + target.pathname + target.search);
  assert.equal(answer.status(), 421);
  assert.equal(await page.title(), 'Not by this name');
  await inspect(page, 'handler-foreign-name');
  const status = await page.evaluate((path) => fetch(path).then((reply) => reply.status, () => 'blocked'),
    target.pathname + target.search);
  assert.ok([421, 'blocked'].includes(status), `${status}`);
  assert.deepEqual(await cloud.credentials(identity), []);
});

test('a browser that does not say who asks is asked to confirm', PATIENCE, async (t) => {
  const identity = await cloud.createIdentity();
  const target = await bindLink((await cloud.createJob(identity)).link);
  const page = await newPage(t);
  const old = { 'User-Agent': 'Mozilla/5.0 (Macintosh) Safari/605', Accept: 'text/html' };
  const [answer] = await once(http.get(target, { headers: old }), 'response');
  answer.resume();
  assert.equal(answer.statusCode, 303);
  await page.goto(handler.url + answer.headers.location);
  assert.equal(await page.title(), 'Create a passkey on this computer?');
  assert.equal(await row(page, 'Identity'), identity.id);
  await inspect(page, 'handler-question');
  assert.deepEqual(await cloud.credentials(identity), []);
  await page.click('text=Create the passkey');
  assert.equal(await page.title(), 'Your passkey is ready');
  await handler.result();
});
