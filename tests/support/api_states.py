# SPDX-License-Identifier: Apache-2.0
"""Lets schemathesis walk through a cloud as its description leads: api_states.py
REQUESTS SEED. Each operation meets the limits of its parameters, then things are made,
used and deleted one after the other. Exits as schemathesis does."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import api_description
from cloud import Cloud

# Not asked: whether all that is valid is taken (much depends on what is there; the tests
# ask where it does not), whether tokens are needed (they ask that too), and whether
# what was made is found (it takes a 404 about another id in the body for a no).
SETTINGS = """
headers = {{ Authorization = "Bearer ${{CLOUD_API_TOKEN}}" }}
[parameters]
"path.tenant" = "{tenant}"
"path.realm" = "{realm}"
[generation]
allow-x00 = false
with-security-parameters = false
[checks]
positive_data_acceptance.enabled = false
ignored_auth.enabled = false
ensure_resource_availability.enabled = false
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 413, 422]
"""


def walk(cloud, folder, requests, seed):
    description = api_description.strict(api_description.read())
    (folder / "openapi.json").write_text(json.dumps(description))
    (folder / "schemathesis.toml").write_text(
        SETTINGS.format(tenant=cloud.tenant_id, realm=cloud.realm_id))
    program = pathlib.Path(sys.executable).with_name("schemathesis")
    return subprocess.run(
        [program, "run", "openapi.json", "--url", cloud.api_base_url, "--no-color",
         "--phases", "coverage,stateful", "--max-examples", requests, "--seed", seed],
        cwd=folder, env={**os.environ, "CLOUD_API_TOKEN": cloud.api_token,
                         "NO_PROXY": "localhost,127.0.0.1",
                         "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis")}).returncode


def main(requests, seed):
    with tempfile.TemporaryDirectory() as folder, Cloud("--fault-control") as cloud:
        code = walk(cloud, pathlib.Path(folder), requests, seed)
    cloud.assert_clean()
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
