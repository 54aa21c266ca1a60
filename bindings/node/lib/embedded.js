// SPDX-License-Identifier: Apache-2.0
// The surface of the official JavaScript SDK over Client: the same names,
// arguments and result shapes.
'use strict';

const { object } = require('./arguments.js');
const { Client } = require('./client.js');
const { unsupported } = require('./error.js');
const { isAuthenticateUrl, isBindPasskeyUrl } = require('./predicates.js');

const KEY = Symbol('made by Embedded.initialize');
const NOT_YET = ['authenticate', 'authenticateFido2', 'authenticateOtp', 'getAuthenticationContext',
  'redeemOtp', 'updatePasskeys'];

function officialIdentity({ id, username, displayName, emailAddress }) {
  return { id, username, displayName, ...(emailAddress !== null && { emailAddress }) };
}

// Fresh objects, in which an absent field is left out.
function officialPasskey({ id, passkeyId, created, state, keyType, tenant, realm, identity, theme }) {
  return {
    version: 'v1',
    id,
    passkeyId,
    created,
    state,
    keyType,
    tenant: { ...tenant },
    realm: { ...realm },
    identity: officialIdentity(identity),
    links: {},
    theme: { ...theme },
  };
}

// Reads like a passkey too, for code that takes it for one.
function officialResult(result) {
  const { passkey, postBindingRedirectUri } = result;
  return Object.defineProperties({
    passkey: officialPasskey(passkey),
    ...(postBindingRedirectUri !== null && { postBindingRedirectUri }),
  }, { id: { value: passkey.id }, toString: { value: () => String(result) } });
}

function clientOptions(config) {
  const { logger, ...options } = object(config, 'config');
  if (logger === undefined || logger === null) return options;
  if (typeof logger.write !== 'function') throw new TypeError('logger must have a function write');
  return { ...options, onLog: (level, message) => logger.write(`${level}: ${message}`) };
}

// The methods are the object's own, so that they may be passed around.
class Embedded {
  static initialize = async (config = {}) => new Embedded(KEY, new Client(clientOptions(config)));

  constructor(key, client) {
    if (key !== KEY) throw new TypeError('use Embedded.initialize()');
    this.bindPasskey = async (url) => officialResult(await client.bindPasskey(url));
    this.getPasskeys = async () => (await client.listPasskeys()).map(officialPasskey);
    this.deletePasskey = async (id) => client.deletePasskey(id);
    this.isBindPasskeyUrl = isBindPasskeyUrl;
    this.isAuthenticateUrl = isAuthenticateUrl;
    for (const name of NOT_YET) this[name] = async () => { throw unsupported(name); };
  }
}

module.exports = { Embedded };
