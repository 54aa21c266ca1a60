// SPDX-License-Identifier: Apache-2.0
import libpasskey from './index.js';

export const {
  BindResult,
  Client,
  PasskeyError,
  bindPasskey,
  getPasskeys,
  isAuthenticateUrl,
  isBindPasskeyUrl,
  listPasskeys,
  version,
} = libpasskey;
export default libpasskey;
