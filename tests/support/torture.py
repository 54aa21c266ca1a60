# SPDX-License-Identifier: Apache-2.0
"""Kills `passkey bind` with SIGKILL at random moments; afterwards each bind is finished by
`passkey resume` or by the same link, and must be one credential and one passkey.

    torture.py KILLS [SEED]
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cloud import Cloud  # noqa: E402

PASSKEY = pathlib.Path(os.environ["PASSKEY_BUILD"]) / "bin" / "passkey"


class Torture:
    def __init__(self, folder, cloud, chance):
        self.cloud, self.chance, self.home = cloud, chance, pathlib.Path(folder) / "store"
        self.env = {"PATH": os.environ["PATH"], "HOME": folder, "PASSKEY_HOME": str(self.home),
                    "PASSKEY_TPM": "swtpm", "PASSKEY_ALLOWED_DOMAINS": "localhost",
                    "PASSKEY_ALLOW_LOOPBACK_HTTP": "1"}
        self.num_killed = self.num_resumed = self.num_again = 0

    def run(self, *arguments):
        done = subprocess.run([PASSKEY, *arguments, "--json"], env=self.env, text=True, capture_output=True)
        assert done.returncode == 0, done
        return json.loads(done.stdout)

    def usual_time(self):
        started = time.monotonic()
        self.run("bind", self.new()[1])
        return time.monotonic() - started

    def new(self):
        identity = self.cloud.create_identity()["id"]
        return identity, self.cloud.create_job(identity)[1]

    def passkeys(self, identity):
        return [each for each in self.run("list") if each["identity"]["id"] == identity]

    def kill_one(self, limit):
        identity, link = self.new()
        process = subprocess.Popen([PASSKEY, "bind", link], env=self.env, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(self.chance.uniform(0, limit))
        process.kill()
        self.num_killed += process.wait() < 0
        if self.chance.random() < 0.5:
            self.num_resumed += len(self.run("resume"))
        if not self.passkeys(identity):
            self.run("bind", link)
            self.num_again += 1
        self.run("resume")
        self.check(identity)

    def check(self, identity):
        credential, = self.cloud.credentials(identity)
        made, = self.passkeys(identity)
        assert credential["state"] == "ACTIVE" and credential["id"] == made["passkeyId"]
        assert credential["jwk_thumbprint"] == made["thumbprint"] + "="
        self.run("delete", made["id"])
        left = [path for folder in ("passkeys", "keys", "pending") for path in (self.home / folder).glob("*")
                if not path.name.startswith(".tmp-")]
        assert left == [], left


def main(num_kills, seed):
    print(f"seed {seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder, Cloud() as cloud:
        torture = Torture(folder, cloud, random.Random(seed))
        limit = 1.1 * min(torture.usual_time() for _ in range(5))
        for passkey in torture.run("list"):
            torture.run("delete", passkey["id"])
        while torture.num_killed < num_kills:
            torture.kill_one(limit)
    print(f"{torture.num_killed} binds killed within {1000 * limit:.0f} ms: {torture.num_resumed} resumed, "
          f"{torture.num_again} bound again, none lost, none doubled")


main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time()))
