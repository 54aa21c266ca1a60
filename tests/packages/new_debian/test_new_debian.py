# SPDX-License-Identifier: Apache-2.0
"""Every package in a Debian that has never seen libpasskey nor what builds it: made
anew by debootstrap (root, and a Debian mirror). Run by scripts/test-packages alone.

Only the run-time packages that docs/packages.md names are installed beside the
language itself, so that its list is held to be whole.
"""
import json
import os
import pathlib
import re
import shutil

import pytest
from conftest import REPOSITORY, run

CODENAME = re.search(r"VERSION_CODENAME=(\w+)", pathlib.Path("/etc/os-release").read_text())[1]
PAGE = (REPOSITORY / "docs" / "packages.md").read_text()
RUN_TIME = re.search(r"apt-get install (libcurl4 .*)", PAGE)[1].split()
EXAMPLES = REPOSITORY / "examples"


class Debian:
    """A Debian in a folder, and commands in it."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, *command, user=None, **options):
        """As root, or as a user with nothing but a home."""
        who = ["--userspec", user] if user else []
        return run("unshare", "--mount", "--pid", "--fork", f"--mount-proc={self.folder}/proc",
                   "chroot", *who, self.folder, "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                   "LC_ALL=C.UTF-8", "HOME=/home/user", "PASSKEY_TPM=swtpm", "PASSKEY_ALLOWED_DOMAINS=localhost",
                   "PASSKEY_ALLOW_LOOPBACK_HTTP=1", *command, **options)

    def install(self, *packages):
        self.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q",
                 "--no-install-recommends", *packages)

    def take(self, *files):
        """Copies files to /packages in it: their paths there."""
        (self.folder / "packages").mkdir(exist_ok=True)
        for file in files:
            shutil.copy(file, self.folder / "packages")
        return [f"/packages/{pathlib.Path(file).name}" for file in files]


@pytest.fixture(scope="session")
def minimal(tmp_path_factory):
    folder = pathlib.Path(os.environ.get("PASSKEY_DEBIAN") or tmp_path_factory.mktemp("debian"))
    if not (folder / "etc").exists():
        run("debootstrap", "--variant=minbase", CODENAME, folder)
    return folder


@pytest.fixture
def debian(minimal, tmp_path):
    """A copy for each test, so that none has what another installed."""
    folder = tmp_path / "debian"
    run("cp", "-a", "--reflink=auto", minimal, folder)
    new = Debian(folder)
    new.run("useradd", "--create-home", "user")
    new.run("apt-get", "update", "-q")
    yield new
    shutil.rmtree(folder, ignore_errors=True)


def test_the_debian_packages(debian, packages):
    debs = debian.take(*packages("deb").glob("*.deb"), EXAMPLES / "c" / "bind.c")
    debian.install(*(deb for deb in debs if deb.endswith(".deb")), "swtpm", "gcc", "libc6-dev", "pkg-config")
    debian.run("sh", "-c", "cc /packages/bind.c $(pkg-config --cflags --libs passkey) -o /usr/local/bin/bind")
    script = """
        set -e
        cd
        mkfifo ready
        passkey-cloud serve --listen 127.0.0.1:0 --data cloud >ready 2>log &
        read -r line <ready
        field() { printf '%s' "$line" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
        export PASSKEY_API_BASE_URL=$(field api_base_url) PASSKEY_TENANT=$(field tenant_id) \
          PASSKEY_REALM=$(field realm_id) PASSKEY_AUTHENTICATOR_CONFIG=$(field authenticator_config_id) \
          PASSKEY_API_TOKEN=$(field api_token)
        link() { passkey job create --identity "$(field identity_id)" --delivery-method RETURN; }
        link | passkey bind - --quiet >&2
        link | /usr/local/bin/bind >&2
        passkey list --json
        kill %1
    """
    (listed,) = json.loads(debian.run("bash", "-c", script, user="user"))  # the second replaced the first
    assert listed["protection"] == "swtpm" and listed["state"] == "active"
    debian.run("apt-get", "purge", "-y", "-q", "libpasskey0", "passkey-cloud")
    assert not [path for path in debian.folder.glob("usr/**/*passkey*") if "local" not in path.parts]


def test_the_python_wheel(debian, packages, cloud_link, registered):
    wheel, example = debian.take(next(packages("python").glob("*.whl")), EXAMPLES / "python" / "bind.py")
    debian.install("python3-venv", "swtpm", *RUN_TIME)
    debian.run("python3", "-m", "venv", "/venv")
    debian.run("/venv/bin/pip", "install", "--no-index", wheel)
    _, thumbprint = debian.run("/venv/bin/python", example, user="user", input=cloud_link() + "\n").split()
    assert registered(thumbprint)


def test_the_npm_package(debian, packages, cloud_link, registered, tmp_path):
    """npm puts it into a folder out here, and the folder goes there."""
    run("npm", "install", "--no-audit", "--no-fund", "--prefix", tmp_path / "application",
        next(packages("node").glob("*.tgz")))
    (example,) = debian.take(EXAMPLES / "node" / "bind.js")
    shutil.copytree(tmp_path / "application" / "node_modules", debian.folder / "packages" / "node_modules")
    debian.install("nodejs", "swtpm", *RUN_TIME)
    _, thumbprint = debian.run("node", example, user="user", input=cloud_link() + "\n").split()
    assert registered(thumbprint)


def test_the_jar(debian, packages, cloud_link, registered):
    jars = [jar for jar in packages("java").glob("*.jar") if not re.search(r"-(sources|javadoc)\.jar$", jar.name)]
    jar, example = debian.take(*jars, EXAMPLES / "java" / "Bind.java")
    debian.install("default-jdk-headless", "swtpm", *RUN_TIME)
    _, thumbprint = debian.run("java", "-cp", jar, example, user="user", input=cloud_link() + "\n").split()
    assert registered(thumbprint)
