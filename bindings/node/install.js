// SPDX-License-Identifier: Apache-2.0
// What npm runs after unpacking the package: when the native module that came
// with it does not load here, it is built from the sources that came with it.
'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const SOURCE = path.join(__dirname, 'source');
const FILE = 'passkey_native.node';
const TOOLS = 'cmake g++ make pkg-config';
const LIBRARIES = 'libcurl4-openssl-dev libcjson-dev libssl-dev libtss2-dev';

const LOAD = `try {
  require(process.argv[1]);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}`;

// Why the native module is of no use here; null when it is. Asked of another
// process, as one that fits badly may crash.
function reasonAgainst() {
  const tried = spawnSync(process.execPath, ['-e', LOAD, path.join(__dirname, 'lib/native.js')],
    { encoding: 'utf8' });
  return tried.status === 0 ? null : tried.stderr.trim() || `it ended by ${tried.signal}`;
}

// The folder of a dependency's headers, wherever npm has put it.
function headers(name, folder) {
  return path.join(path.dirname(require.resolve(`${name}/package.json`)), folder);
}

function run(command, ...args) {
  const { error, status } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (error) throw new Error(`${command}: ${error.message}`);
  if (status !== 0) throw new Error(`${command} failed`);
}

function build(folder) {
  run('cmake', '-S', SOURCE, '-B', folder, '-DCMAKE_BUILD_TYPE=Release',
    '-DPASSKEY_BUILD_CLI=OFF', '-DPASSKEY_BUILD_CLOUD=OFF', '-DPASSKEY_BUILD_TESTS=OFF',
    '-DPASSKEY_BINDING_PYTHON=OFF', '-DPASSKEY_BINDING_JAVA=OFF', '-DPASSKEY_BINDING_NODE=ON',
    `-DPASSKEY_NODE_API_HEADERS=${headers('node-api-headers', 'include')}`,
    `-DPASSKEY_NODE_ADDON_API=${headers('node-addon-api', '.')}`);
  run('cmake', '--build', folder, '--target', 'passkey_node', '--parallel', String(os.cpus().length));
  fs.copyFileSync(path.join(folder, 'node', FILE), path.join(__dirname, FILE));
}

function explain(error) {
  console.error(`libpasskey: the native module could not be built: ${error.message}\n` +
    'Building it takes these packages of Debian or Ubuntu, or what they hold elsewhere:\n' +
    `  ${TOOLS} ${LIBRARIES}`);
  process.exitCode = 1;
}

function main() {
  const reason = reasonAgainst();
  if (reason === null) return;
  console.error(`${reason}\nlibpasskey: building the native module from its sources`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'libpasskey-build-'));
  try {
    build(folder);
  } catch (error) {
    explain(error);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main();
