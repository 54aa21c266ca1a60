// SPDX-License-Identifier: Apache-2.0
// The official SDK as it comes from the package registry, in a page of a real
// browser on a real web server: no request is intercepted, so that the
// preflights are the browser's own.
'use strict';

const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const { createRequire } = require('node:module');
const path = require('node:path');
const { atEnd } = require('./cleanup');
const { REPOSITORY } = require('./cloud');

const folder = process.env.PASSKEY_COMPAT || path.join(REPOSITORY, 'build/compat');
const installed = createRequire(path.join(folder, 'package.json'));
const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const PAGE = '<!doctype html><meta charset="utf-8"><title>Application</title><script src="/sdk.js"></script>';

// A web server whose every page is the application: its port.
async function servePages() {
  const sdk = fs.readFileSync(installed.resolve('@beyondidentity/bi-sdk-js'));
  const server = http.createServer((request, response) => {
    const script = request.url === '/sdk.js';
    response.setHeader('Content-Type', script ? 'text/javascript; charset=utf-8' : 'text/html');
    response.end(script ? sdk : PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => { server.closeAllConnections(); server.close(); });
  return server.address().port;
}

// args are further command line arguments.
async function startBrowser(...args) {
  const browser = await installed('playwright-core').chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: [...FLAGS, ...args],
  });
  atEnd(() => browser.close());
  return browser;
}

// The application in a fresh profile, with the SDK's calls.
class Application {
  // A click on url (the application's own or a link) in a new profile.
  static async open(browser, url, allowedDomains) {
    const context = await browser.newContext();
    const application = new Application();
    application.page = await context.newPage();
    application.requests = [];
    application.page.on('request', (request) => application.requests.push(request));
    await application.visit(url, allowedDomains);
    return application;
  }

  async visit(url, allowedDomains) {
    await this.page.goto(url);
    await this.initialize(allowedDomains);
  }

  async initialize(allowedDomains = ['localhost']) {
    await this.page.evaluate(async (domains) => {
      // The SDK logs links with their tokens unless it is given a logger.
      const options = { allowedDomains: domains, logger: { write() {} } };
      window.sdk = await window.embeddedsdk.Embedded.initialize(options);
    }, allowedDomains);
  }

  get url() {
    return this.page.url();
  }

  // The result of a method of the SDK, as JSON has it: without undefined fields.
  async call(method, ...args) {
    return JSON.parse(await this.page.evaluate(async ([name, values]) => (
      JSON.stringify(await window.sdk[name](...values) ?? null)), [method, args]));
  }

  bind(url) {
    return this.call('bindPasskey', url);
  }

  getPasskeys() {
    return this.call('getPasskeys');
  }

  // Why the SDK does not bind it: the error's name, type and message.
  refusal(url) {
    return this.page.evaluate((link) => window.sdk.bindPasskey(link).then(
      () => ({ name: 'none: it was bound' }),
      ({ name, type, message }) => ({ name, type, message })), url);
  }

  // All records of one of the SDK's tables; keys are told by their public half.
  records(database, table) {
    return this.page.evaluate(([name, store]) => new Promise((resolve, reject) => {
      const opening = indexedDB.open(name);
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const table = opening.result.transaction(store).objectStore(store);
        const [keys, values] = [table.getAllKeys(), table.getAll()];
        table.transaction.oncomplete = async () => {
          opening.result.close();
          resolve(await Promise.all(values.result.map(async (value, i) => {
            const pair = value.subtle && value.subtle.signingKey;
            return pair ? { handle: keys.result[i], extractable: pair.privateKey.extractable,
              jwk: await crypto.subtle.exportKey('jwk', pair.publicKey) } : value;
          })));
        };
      };
    }), [database, table]);
  }

  async close() {
    await this.page.context().close();
  }
}

module.exports = { Application, installed, servePages, startBrowser };
