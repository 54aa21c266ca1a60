// SPDX-License-Identifier: Apache-2.0
import libpasskey from './index.js';

export const {
  BindResult,
  Client,
  Embedded,
  PasskeyError,
  bindPasskey,
  check,
  createJob,
  deletePasskey,
  examine,
  getJob,
  getPasskey,
  getPasskeys,
  info,
  isAuthenticateUrl,
  isBindPasskeyUrl,
  listJobs,
  listPasskeys,
  resume,
  revokeJob,
  version,
  waitJob,
} = libpasskey;
export default libpasskey;
