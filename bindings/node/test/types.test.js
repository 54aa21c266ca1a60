// SPDX-License-Identifier: Apache-2.0
// TypeScript sees what it should.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { BUILD, PACKAGE, temporaryFolder } = require('./support');

const USE = `
import { bindPasskey, Client, PasskeyError, type Passkey } from 'libpasskey';

export async function create(link: string): Promise<string> {
  const client = new Client({ tpm: 'swtpm', allowedDomains: ['localhost'], timeoutMs: 1000 });
  try {
    const { passkey } = await client.bindPasskey(link, { signal: AbortSignal.timeout(100) });
    const email: string | null = passkey.identity.emailAddress;
    const all: readonly Passkey[] = await client.getPasskeys();
    return email ?? all.length.toString();
  } catch (error) {
    return error instanceof PasskeyError ? error.hint : (await bindPasskey(link)).id;
  }
}
// @ts-expect-error: a link is a string
void bindPasskey(1);
// @ts-expect-error: results do not change
create('').then(async () => { (await bindPasskey('')).passkey.id = ''; });
`;

test('tsc --strict accepts the package and its use', () => {
  const folder = temporaryFolder();
  const types = path.join(BUILD, 'npm/node_modules/@types');
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(PACKAGE, path.join(folder, 'node_modules/libpasskey'));
  fs.writeFileSync(path.join(folder, 'use.mts'), USE);
  fs.writeFileSync(path.join(folder, 'use.cts'), USE);

  const checked = spawnSync(process.execPath, [
    path.join(BUILD, 'npm/node_modules/typescript/bin/tsc'), '--strict', '--noEmit',
    '--module', 'nodenext', '--target', 'es2022', '--typeRoots', types, '--types', 'node',
    'use.mts', 'use.cts'], { cwd: folder, encoding: 'utf8' });

  assert.equal(checked.status, 0, checked.stdout);
});
