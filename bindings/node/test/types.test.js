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
import libpasskey, * as all from 'libpasskey';
import {
  bindPasskey, check, Client, createJob, deletePasskey, Embedded, examine, getJob, getPasskey,
  info, listJobs, listPasskeys, PasskeyError, resume, revokeJob, waitJob,
  type BindPasskeyResponse, type Finding, type Info, type Job, type Passkey, type Resumed,
  type Step,
} from 'libpasskey';

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

export async function jobs(identity: string, signal: AbortSignal): Promise<string | null> {
  const settings = { apiBaseUrl: 'https://x', tenant: 't', realm: 'r', apiToken: 's' } as const;
  const steps: Step[] = [];
  const job: Job = await createJob(identity, {
    ...settings, deliveryMethod: 'RETURN', signal, onProgress: (step) => steps.push(step) });
  const same: Job[] = [await getJob('-', job.id, settings), ...await listJobs()];
  await revokeJob('-', job.id);
  if (same[0]?.state === 'COMPLETE') return null;
  return (await waitJob('-', job.id, { waitMs: 5, ...settings })).link;
}

export async function verbs(link: string, id: string): Promise<void> {
  const said: Info = await info(link, { log: 'debug', onLog: (level, text) => level === 'error' && text });
  const name: string | null = said.identity.displayName;
  const passkey: Passkey = await getPasskey(id);
  const damaged: readonly string[] = (await listPasskeys({ home: '/x' })).damaged;
  await deletePasskey(passkey.id, { signal: null });
  using client = new Client();
  check(link, { allowLoopbackHttp: true }).origin.concat(name ?? '', ...damaged, libpasskey.version);
  all.isBindPasskeyUrl(client.check(link).origin);
}

export async function troubles(client: Client): Promise<string[]> {
  const report: readonly Resumed[] = [...await client.resume({ signal: null }), ...await resume()];
  const found: readonly Finding[] = await examine({ home: '/x', onProgress: (step) => step === 'tpm' });
  const bad = (await client.examine()).concat(found).filter(({ level }) => level === 'problem');
  return [...bad.map(({ message, remedy }) => remedy ?? message),
    ...report.map(({ outcome, error, passkey }) => error?.hint ?? passkey?.id ?? outcome)];
}

export async function official(url: string): Promise<string | undefined> {
  const { initialize } = Embedded;
  const embedded = await initialize({ allowedDomains: ['x'], logger: { write(line) { line.trim(); } } });
  const response: BindPasskeyResponse = await embedded.bindPasskey(url);
  response.passkey.tenant.displayName = 'mine';
  await embedded.deletePasskey((await embedded.getPasskeys())[0]!.id);
  await embedded.authenticate(url, response.id);
  return response.postBindingRedirectUri ?? response.passkey.identity.emailAddress;
}
// @ts-expect-error: such a step does not exist
void bindPasskey('', { onProgress: (step) => step === 'dance' });
// @ts-expect-error: not a way of delivery
void createJob('', { deliveryMethod: 'PIGEON' });
// @ts-expect-error: made by initialize
new Embedded();
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
