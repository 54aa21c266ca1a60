// SPDX-License-Identifier: Apache-2.0
// What a test file leaves behind goes when the file ends, the newest first.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after } = require('node:test');

const leftovers = [];
after(async () => {
  const failures = [];
  for (const remove of leftovers.reverse()) {
    try { await remove(); } catch (error) { failures.push(error); }
  }
  if (failures.length > 0) throw failures[0];
});

function temporaryFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'passkey-compat-'));
  leftovers.push(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

module.exports = { atEnd: (remove) => leftovers.push(remove), temporaryFolder };
