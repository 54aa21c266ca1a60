# SPDX-License-Identifier: Apache-2.0
"""Where code blocks run: a cloud, a fresh link, a store and a folder for each block."""
import json
import os
import subprocess

from cloud import BUILD, Cloud
from cloud_api import Application

# What a page says for a reader's machine, and what it is in a test.
ELSEWHERE = {"/srv/app/passkeys": "passkeys-of-the-app", "127.0.0.1:8085": "127.0.0.1:0",
             "allowedDomains: ['example.com']": "allowedDomains: ['localhost']"}
SECONDS = 120


class World:
    """One for all blocks. expired is a second cloud, whose links have expired when made."""

    def __init__(self):
        self.cloud = Cloud("--fault-control")
        self.expired = Cloud("--link-lifetime", "0")
        self.application = Application(self.cloud, "identities:read",
                                       "credential-binding-jobs:create-links")

    def stop(self):
        self.cloud.stop()
        self.expired.stop()

    def prepare(self, folder, block):
        """A folder of its own with a link, and the environment that goes with it."""
        cloud = self.expired if block.marker == "with an expired link" else self.cloud
        job, link = cloud.create_job(cloud.create_identity()["id"])
        _, another_link = cloud.create_job(cloud.create_identity()["id"])
        (folder / "smtp-password").write_text("secret\n")
        (folder / "line.json").write_text(json.dumps(cloud.ready))
        (folder / "link.txt").write_text(another_link + "\n")
        if block.marker != "serves":
            (folder / "cloud-data").symlink_to(cloud.data)
        (folder / "node_modules").mkdir()
        (folder / "node_modules" / "libpasskey").symlink_to(BUILD / "node")
        return {
            "PATH": f"{BUILD / 'bin'}:{os.environ['PATH']}", "HOME": str(folder),
            "LC_ALL": "C.UTF-8", "TSS2_LOG": "all+NONE", "LINK": link, "JOB": job["id"],
            "ID": cloud.identity_id,
            "API": cloud.api_base_url, "API_TOKEN": cloud.api_token,
            "TENANT_ID": cloud.tenant_id, "REALM_ID": cloud.realm_id,
            "IDENTITY_ID": cloud.identity_id,
            "AUTHENTICATOR_CONFIG_ID": cloud.authenticator_config_id,
            "NEW_APPLICATION_ID": self.application.id, "CLIENT_ID": self.application.client_id,
            "CLIENT_SECRET": self.application.client_secret,
            "PASSKEY_HOME": str(folder / "store"), "PASSKEY_TPM": "swtpm",
            "PASSKEY_ALLOWED_DOMAINS": "localhost", "PASSKEY_ALLOW_LOOPBACK_HTTP": "1",
            "PASSKEY_API_BASE_URL": cloud.api_base_url, "PASSKEY_TENANT": cloud.tenant_id,
            "PASSKEY_REALM": cloud.realm_id, "PASSKEY_API_TOKEN": cloud.api_token,
            "PASSKEY_AUTHENTICATOR_CONFIG": cloud.authenticator_config_id,
            "PYTHONPATH": str(BUILD / "python"), "PYTHONDONTWRITEBYTECODE": "1",
            "LD_LIBRARY_PATH": str(BUILD / "lib"),
        }


def at_home(text):
    for theirs, ours in ELSEWHERE.items():
        text = text.replace(theirs, ours)
    return text


def run(command, folder, environment=None):
    """What a command printed; it must succeed."""
    done = subprocess.run([str(word) for word in command], cwd=folder, env=environment, text=True,
                          encoding="utf-8", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}"
    return done.stdout
