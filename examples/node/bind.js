// SPDX-License-Identifier: Apache-2.0
// Reads a passkey creation link from standard input and binds it.
const { readFileSync } = require('node:fs');
const embeddedSdk = require('libpasskey');

const link = readFileSync(0, 'utf8').trim();

embeddedSdk.bindPasskey(link).then((result) => {
  console.log(`${result.id} ${result.passkey.thumbprint}`);
}).catch((reason) => {
  console.error(`failed to create passkey because ${reason}`);
  process.exitCode = 1;
});
