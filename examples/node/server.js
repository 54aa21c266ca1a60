// SPDX-License-Identifier: Apache-2.0
// Starts the application on this computer; README.md names the settings.
'use strict';

const { Client } = require('libpasskey');
const { createApp } = require('./app');

const { IDENTITY_ID: identityId, PORT: port = '8092' } = process.env;
const origin = process.env.ORIGIN || `http://127.0.0.1:${port}`;

if (!identityId) {
  console.error('set IDENTITY_ID: whose passkeys to set up');
  process.exit(1);
}
createApp(new Client(), identityId, origin).listen(Number(port), '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`ready: ${origin}`);
});
