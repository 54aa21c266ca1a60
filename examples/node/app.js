// SPDX-License-Identifier: Apache-2.0
// A web application that sets up passkeys for the computer it runs on.
//
//     /               two ways to a passkey, and those that are there
//     POST /link      Method 1: the back end gets a link and binds it
//     POST /email     Method 2: the cloud sends the link to the identity's address
//     /bind           Method 2: the cloud leads the browser here with the link
//     /jobs/ID        what has become of the link that was sent
//     /passkeys/ID    a passkey
//
// README.md says how to run it. The library reads its own options (PASSKEY_…) from
// the environment; the API token is among them and stays in this process.
'use strict';

const path = require('node:path');
const express = require('express');
const { PasskeyError } = require('libpasskey');
const { describe } = require('./errors');
const { Refusal, navigationOnly, ownHostOnly, sameOriginOnly } = require('./guard');
const pages = require('./pages');

const POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

function protect(request, response, next) {
  response.set({
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin', // other sites are told nothing; our forms still say Origin
    'Cache-Control': 'no-store',
  });
  next();
}

// identityId is whose passkeys these are. Here it is a setting; where people sign
// in, it is theirs, and never what a form or a link says.
function createApp(client, identityId, origin) {
  const app = express();
  app.disable('x-powered-by');
  app.use(protect, ownHostOnly(origin));
  app.use(express.static(path.join(__dirname, 'public'), { cacheControl: false, index: false }));

  app.get('/', async (request, response) => {
    response.send(pages.start(identityId, await client.listPasskeys()));
  });

  app.post('/link', sameOriginOnly(origin), async (request, response) => {
    const job = await client.createJob(identityId);
    const { id } = await client.bindPasskey(job.link);
    response.redirect(303, `/passkeys/${id}`);
  });

  app.post('/email', sameOriginOnly(origin), async (request, response) => {
    const job = await client.createJob(identityId, { deliveryMethod: 'EMAIL' });
    response.redirect(303, `/jobs/${encodeURIComponent(job.id)}`);
  });

  app.all('/bind', navigationOnly, async (request, response) => {
    const link = origin + request.originalUrl; // as it came, nothing decoded: the library reads it
    if (client.check(link).identityId !== identityId) throw new Refusal(403, ...pages.FOREIGN_LINK);
    const { id } = await client.bindPasskey(link);
    response.redirect(303, `/passkeys/${id}`);
  });

  app.get('/jobs/:id', async (request, response) => {
    response.send(pages.job(await client.getJob(identityId, request.params.id)));
  });

  app.get('/passkeys/:id', async (request, response) => {
    response.send(pages.passkey(await client.getPasskey(request.params.id)));
  });

  app.use(() => { throw new Refusal(404, 'Nothing is here', '', 'Go back to the start.'); });
  app.use((error, request, response, next) => {
    const { status, ...page } = explain(error, request.path);
    response.status(status).send(pages.error(page));
  });
  return app;
}

function explain(error, route) {
  if (error instanceof PasskeyError) return describe(error, route);
  if (error instanceof Refusal) return error;
  if (error.status >= 400 && error.status < 500) return new Refusal(error.status, 'This is not taken', '', 'Go back to the start.');
  console.error(error); // a fault of this program
  return new Refusal(500, 'Something went wrong here', '', 'Tell whoever runs this application.');
}

module.exports = { createApp };
