// SPDX-License-Identifier: Apache-2.0
// What both sides must compute alike, computed a third time here.
'use strict';

const { createHash } = require('node:crypto');

const sha256 = (text, encoding) => createHash('sha256').update(text).digest(encoding);

// RFC 7638, as the cloud prints it: base64url with padding.
function thumbprint({ crv, kty, x, y }) {
  return `${sha256(JSON.stringify({ crv, kty, x, y }), 'base64url')}=`;
}

function localId(tenant, realm, identity, localCreated) {
  return sha256([tenant, realm, identity, localCreated].join('-'), 'hex');
}

function decodeJws(compact) {
  const [header, claims, signature] = compact.split('.');
  const json = (part) => JSON.parse(Buffer.from(part, 'base64url'));
  return { header: json(header), claims: json(claims), signature: Buffer.from(signature, 'base64url') };
}

module.exports = { decodeJws, localId, thumbprint };
