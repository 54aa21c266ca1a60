// SPDX-License-Identifier: Apache-2.0
// TLS works beside the OpenSSL that Node.js itself brings.
'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { before, test } = require('node:test');
const { PACKAGE, REPOSITORY, link, options, startPython, temporaryFolder } = require('./support');
const libpasskey = require(PACKAGE);

const CLOUD = `
import json, pathlib, sys
sys.path.insert(0, sys.argv[1])
from authority import Authority
from mock_cloud import MockCloud
folder = pathlib.Path(sys.argv[2])
good, other = Authority(folder / "good"), Authority(folder / "other")
certificate, key = good.issue("localhost")
with MockCloud(tls_cert=certificate, tls_key=key) as cloud:
    print(json.dumps({"base_url": cloud.base_url, "good": str(good.file), "other": str(other.file)}),
          flush=True)
    cloud.thread.join()
`;

let cloud;
before(async () => {
  cloud = await startPython('-c', CLOUD, path.join(REPOSITORY, 'tests/support'), temporaryFolder());
});

const bind = (caFile) => libpasskey.bindPasskey(link(cloud.base_url),
  options({ caFile, allowLoopbackHttp: false }));

test('a certificate of the named authority is accepted', async () => {
  assert.equal((await bind(cloud.good)).passkey.state, 'active');
});

test('a certificate of another authority is refused', async () => {
  await assert.rejects(bind(cloud.other), { code: 'tls_error' });
});

test('without ca_file the system decides', async () => {
  await assert.rejects(bind(null), { code: 'tls_error' });
});
