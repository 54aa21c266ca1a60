// SPDX-License-Identifier: Apache-2.0
// Who may ask for what: no page of another site can make this application act.
//
// Browsers say in Sec-Fetch-… and Origin where a request comes from, and no page can
// change that. It needs neither cookies nor hidden fields.
'use strict';

const AHEAD = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz']; // a fetch nobody has asked for yet

class Refusal extends Error {
  constructor(status, title, message, hint) {
    super(title);
    Object.assign(this, { status, title, text: message, hint });
  }
}

const refuse = (status, hint) => { throw new Refusal(status, 'This is not taken', '', hint); };

// Another name for this machine was made by somebody else (DNS rebinding).
function ownHostOnly(origin) {
  const { host } = new URL(origin);
  return (request, response, next) => {
    if (request.headers.host !== host) refuse(421, `This application is at ${origin}/ only.`);
    next();
  };
}

// For forms: only those of our own pages.
function sameOriginOnly(origin) {
  return ({ headers }, response, next) => {
    const site = headers['sec-fetch-site'];
    const own = site ? site === 'same-origin' : headers.origin === origin;
    if (!own) refuse(403, 'Only a form of this application may ask for this.');
    next();
  };
}

// For the cloud's redirect: only what a browser sends when it takes a person to a
// page. No frame, image, script or form, and nothing fetched ahead.
function navigationOnly({ method, headers }, response, next) {
  if (method !== 'GET') {
    response.set('Allow', 'GET');
    refuse(405, 'Open the link itself.');
  }
  if (headers['sec-fetch-mode'] !== 'navigate' || headers['sec-fetch-dest'] !== 'document' ||
      headers.origin !== undefined || AHEAD.some((name) => name in headers)) {
    refuse(403, 'Open the link itself, in a current browser: it is not to be used by another page. ' +
      'Nothing was done with it.');
  }
  next();
}

module.exports = { Refusal, navigationOnly, ownHostOnly, sameOriginOnly };
