// SPDX-License-Identifier: Apache-2.0
// The pages, as HTML. What is put into html`…` is escaped, unless it is html itself.
'use strict';

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

class Html extends String {}

function escape(value) {
  if (value instanceof Html) return String(value);
  if (Array.isArray(value)) return value.map(escape).join('');
  return String(value ?? '').replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

const html = (parts, ...values) => new Html(String.raw({ raw: parts }, ...values.map(escape)));
const none = html``;

const page = (title, body) => String(html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`);

const nameOf = ({ displayName, id }) => displayName || id;

const start = (identityId, passkeys) => page('Passkeys of this computer', html`
<p>A passkey is a private key that stays in this computer's TPM. The cloud knows its public half.</p>
<p class="beside">Identity: <code>${identityId}</code></p>
<h2>Create it now</h2>
<p>The application asks the cloud for a link and uses it at once.</p>
<form method="post" action="/link"><button>Create a passkey</button></form>
<h2>Get a message first</h2>
<p>The cloud sends a link to your address. It works when it is opened on this computer.</p>
<form method="post" action="/email"><button>Send me the link</button></form>
<h2>What is here</h2>
${passkeys.length ? html`<ul>${passkeys.map(({ id, identity, realm }) => html`
<li><a href="/passkeys/${id}">${nameOf(identity)}</a> <small>${nameOf(realm)}</small></li>`)}
</ul>` : html`<p>No passkey yet.</p>`}
${passkeys.damaged.map((record) => html`<p>This record cannot be read: ${record}</p>`)}`);

const PROTECTION = {
  hardware: 'In this computer\'s TPM, a security chip. It cannot leave it.',
  swtpm: 'In a software TPM, for development only. Whoever can read your files can take it.',
};

const passkey = ({ identity, realm, tenant, protection, thumbprint }) => page('Your passkey is ready', html`
<p>It was created on this computer, for this account:</p>
<dl>
<dt>Identity</dt><dd>${nameOf(identity)} <small>${identity.emailAddress || identity.username}</small></dd>
<dt>Realm</dt><dd>${nameOf(realm)}</dd>
<dt>Tenant</dt><dd>${nameOf(tenant)}</dd>
<dt>Private key</dt><dd>${PROTECTION[protection] || 'In a TPM that does not say what it is.'}</dd>
<dt>Thumbprint</dt><dd><code>${thumbprint}</code></dd>
</dl>
<p><a href="/">All passkeys of this computer</a></p>`);

const OPENED = ['The link was opened', 'If no passkey came of it, open the link once more.'];
const STATES = {
  LINK_SENT: ['A message is on its way', 'Open the link in it on this computer, in this browser.'],
  LINK_OPENED: OPENED,
  REQUEST_DELIVERED: OPENED,
  COMPLETE: ['The link has made its passkey', 'There is nothing left to do with the message.'],
  EXPIRED: ['The link has expired', 'Ask for another one.'],
  REVOKED: ['The link was withdrawn', 'Ask for another one.'],
  FAILED_TO_SEND: ['The message could not be sent',
    'The address of this identity may be wrong. Tell whoever manages it.'],
};

function job({ id, state, expireTime }) {
  const [title, text] = STATES[state] || [`The link is ${state}`, ''];
  return page(title, html`
<p>${text}</p>
${expireTime ? html`<p>The link works until <time datetime="${expireTime}">${expireTime}</time>.</p>` : none}
<p><a href="/jobs/${id}">Look again</a> · <a href="/">Back to the start</a></p>`);
}

const FOREIGN_LINK = ['This link is for somebody else', 'It would create a passkey for another identity than yours.',
  'Nothing was done with it. Open the link of the message that was sent to you.'];

// error is the library's, if it was one.
const error = ({ title, text, hint, error: reason }) => page(title, html`
${text ? html`<p>${text}</p>` : none}
<h2>What to do</h2>
<p>${hint}</p>
${reason && reason.retryable ? html`<p>Nothing is lost: the same may be tried again.</p>` : none}
<p><a href="/">Back to the start</a></p>
${reason ? html`<p class="reference">Error: <code>${reason.code}</code>
${reason.cause ? html`<br>Cause: ${reason.cause.message ?? reason.cause}` : none}
${reason.correlationId ? html`<br>Reference: ${reason.correlationId}` : none}</p>` : none}`);

module.exports = { FOREIGN_LINK, error, job, passkey, start };
