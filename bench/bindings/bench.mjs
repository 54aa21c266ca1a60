// SPDX-License-Identifier: Apache-2.0
// What the Node.js binding costs, beside C in the same run, and whether it stays
// flat.
//
//     node bench/bindings/bench.mjs [BINDS]
//
// BINDS (default 300) is how many binds the memory is watched over. Programs and
// the package are those of $PASSKEY_BUILD, or of build/; swtpm is the TPM.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import vm from 'node:vm';

const TRIVIAL_CALLS = 1_000_000;
const ROUNDS = 3;
const CLIENTS = 100_000;
const LISTS = 2000;
const BINDS_TIMED = 20;
const CONCURRENT = 50;
const DELAY_MS = 500;
const TICK_MS = 10;
const LOADS = 9;
const URL = 'https://example.com/bi-authenticate?request=x';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(process.env.PASSKEY_BUILD || path.join(root, 'build'));
const packageFolder = path.join(build, 'node');
const { Client, isAuthenticateUrl } = createRequire(import.meta.url)(packageFolder);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'passkey-bench-'));
v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');

const say = (text) => console.log(text);
const now = () => performance.now();
const programs = [];
process.on('exit', () => {
  programs.forEach((program) => program.kill());
  fs.rmSync(work, { recursive: true, force: true });
});

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const settings = (home) => ({ home: path.join(work, home), tpm: 'swtpm',
  allowedDomains: ['localhost'], allowLoopbackHttp: true, timeoutMs: 60000 });

// A passkey-cloud: links(n) makes new links, each of an identity of its own.
async function startCloud(name, ...flags) {
  const program = spawn(path.join(build, 'bin/passkey-cloud'), ['serve', '--listen', '127.0.0.1:0',
    '--data', path.join(work, name), ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
  programs.push(program);
  const [line] = await once(readline.createInterface({ input: program.stdout }), 'line');
  const ready = JSON.parse(line);
  const administrator = new Client({ ...settings('none'), apiBaseUrl: ready.api_base_url,
    tenant: ready.tenant_id, realm: ready.realm_id, apiToken: ready.api_token,
    authenticatorConfig: ready.authenticator_config_id });
  const identities = `${ready.api_base_url}/v1/tenants/${ready.tenant_id}/realms/${ready.realm_id}/identities`;
  let number = 0;
  const identity = async () => {
    const username = `${name}-${(number += 1)}`;
    const traits = { type: 'traits_v0', username, primary_email_address: `${username}@example.com` };
    const answer = await fetch(identities, { method: 'POST',
      headers: { Authorization: `Bearer ${ready.api_token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ identity: { display_name: username, traits } }) });
    return (await answer.json()).id;
  };
  return {
    async links(count) {
      const links = [];
      while (links.length < count) links.push((await administrator.createJob(await identity())).link);
      return links;
    },
    stop: () => { program.kill(); return once(program, 'exit'); },
  };
}

// ------------------------------------------------------------------- load time

function loadTimes() {
  const code = `const start = performance.now(); require(${JSON.stringify(packageFolder)});
    console.log(performance.now() - start)`;
  const times = Array.from({ length: LOADS }, () =>
    Number(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' })));
  say(`load: ${median(times).toFixed(1)} ms (median of ${LOADS}, require of the package)`);
}

// -------------------------------------------------------------------- overhead

function trivialNs() {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = now();
    for (let call = 0; call < TRIVIAL_CALLS; call += 1) if (!isAuthenticateUrl(URL)) throw new Error();
    return now() - start;
  });
  return (Math.min(...times) * 1e6) / TRIVIAL_CALLS;
}

function openCloseNs(count) {
  const start = now();
  for (let number = 0; number < count; number += 1) new Client().close();
  return ((now() - start) * 1e6) / count;
}

async function listNs(client) {
  const start = now();
  for (let number = 0; number < LISTS; number += 1) await client.listPasskeys();
  return ((now() - start) * 1e6) / LISTS;
}

async function bindMs(client, [first, ...links]) {
  await client.bindPasskey(first); // makes the software TPM
  const start = now();
  for (const link of links) await client.bindPasskey(link);
  return (now() - start) / links.length;
}

function figuresOfC(links) {
  const environment = { PASSKEY_HOME: path.join(work, 'c'), PASSKEY_TPM: 'swtpm',
    PASSKEY_ALLOWED_DOMAINS: 'localhost', PASSKEY_ALLOW_LOOPBACK_HTTP: '1' };
  const ran = spawnSync(path.join(build, 'bench/bin/bench_bindings'), { encoding: 'utf8',
    env: { ...process.env, ...environment }, input: `${links.join('\n')}\n` });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return JSON.parse(ran.stdout);
}

async function overhead() {
  const cloud = await startCloud('plain');
  const c = figuresOfC(await cloud.links(BINDS_TIMED + 1));
  const client = new Client(settings('node'));
  await listNs(client);
  const rows = [
    ['isAuthenticateUrl, ns', c.trivial_ns, trivialNs()],
    ['open and close, ns', c.open_close_ns, openCloseNs(20000)],
    ['listPasskeys (empty), ns', c.list_ns, await listNs(client)],
    ['bindPasskey, ms', c.bind_ms, await bindMs(client, await cloud.links(BINDS_TIMED + 1))],
  ];
  for (const [name, ofC, ofNode] of rows) {
    say(`${name.padEnd(26)} C ${ofC.toFixed(1).padStart(10)}   Node.js ${ofNode.toFixed(1).padStart(10)}`);
  }
  await cloud.stop();
}

// ------------------------------------------------------------------ concurrent

async function timed(work) {
  const start = now();
  await work();
  return now() - start;
}

async function tpmMs(client, link) {
  const at = {};
  await client.bindPasskey(link, { onProgress: (step) => { at[step] = now(); } });
  return at.register - at.key;
}

async function each(links, measure) {
  const figures = [];
  for (const link of links) figures.push(await measure(link));
  return median(figures);
}

// Calls work() while a timer ticks: how often, and the longest gap.
async function withTicks(work) {
  let [ticks, longest, last] = [0, 0, now()];
  const timer = setInterval(() => {
    ticks += 1;
    longest = Math.max(longest, now() - last);
    last = now();
  }, TICK_MS);
  const passed = await timed(work);
  clearInterval(timer);
  return { passed, ticks, longest };
}

async function concurrent() {
  const cloud = await startCloud('slow', '--fault', `route=:getInfo,do=delay:${DELAY_MS}`);
  const client = new Client(settings('concurrent'));
  const one = await each(await cloud.links(5), (link) => timed(() => client.bindPasskey(link)));
  const tpm = await each(await cloud.links(10), (link) => tpmMs(client, link));
  const links = await cloud.links(CONCURRENT);
  const { passed, ticks, longest } = await withTicks(
    () => Promise.all(links.map((link) => client.bindPasskey(link))));
  const allowed = 1.2 * (one + (CONCURRENT - 1) * tpm);
  say(`concurrent: one bind ${one.toFixed(0)} ms, its TPM time ${tpm.toFixed(1)} ms; ${CONCURRENT} at` +
    ` once ${passed.toFixed(0)} ms, allowed ${allowed.toFixed(0)} ms: ${passed <= allowed ? 'kept' : 'MISSED'}`);
  say(`concurrent: ${ticks} ticks of ${TICK_MS} ms meanwhile, the longest gap ${longest.toFixed(1)} ms`);
  await cloud.stop();
}

// ---------------------------------------------------------------------- memory

async function rssMiB() {
  for (let round = 0; round < 3; round += 1) {
    gc();
    await turn();
  }
  return process.memoryUsage.rss() / 2 ** 20;
}

async function watched(name, count, work) {
  await work(Math.ceil(count / 10));
  const before = await rssMiB();
  await work(count);
  const after = await rssMiB();
  say(`memory: RSS ${before.toFixed(1)} MiB before ${count} ${name}, ${after.toFixed(1)} MiB after`);
}

async function memory(numBinds) {
  await watched('clients opened and closed', CLIENTS, async (count) => {
    for (let done = 0; done < count; done += 1000) {
      openCloseNs(Math.min(1000, count - done));
      await turn();
    }
  });
  const cloud = await startCloud('many');
  const client = new Client(settings('many'));
  await watched('binds', numBinds, async (count) => {
    for (let done = 0; done < count; done += 1) await client.bindPasskey((await cloud.links(1))[0]);
  });
  await cloud.stop();
}

loadTimes();
await overhead();
await concurrent();
await memory(Number(process.argv[2] ?? 300));
