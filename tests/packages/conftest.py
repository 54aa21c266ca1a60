# SPDX-License-Identifier: Apache-2.0
"""What the tests of the packages share: the packages, a cloud with links, and an
environment in which only what is installed is found.

The packages are those in $PASSKEY_PACKAGES, or else are built once by
scripts/package. The cloud is $PASSKEY_BUILD/bin/passkey-cloud.
"""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "support"))

from cloud import Cloud  # noqa: E402


def run(*command, **options):
    """A command that must succeed: what it wrote to standard output."""
    done = subprocess.run([str(word) for word in command], text=True, encoding="utf-8", timeout=600,
                          stdin=None if "input" in options else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def pytest_configure(config):
    config.addinivalue_line("markers", "from_source: compiles it all again; scripts/test-packages only")


def without(environment, name):
    return {key: value for key, value in environment.items() if key != name}


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """packages("deb") is the folder that holds these: source, deb, python, node or java."""
    given = os.environ.get("PASSKEY_PACKAGES")
    folder = pathlib.Path(given) if given else tmp_path_factory.mktemp("packages")
    built = set()

    def get(part):
        if not given and part not in built:
            run(REPOSITORY / "scripts" / "package", part,
                env={**without(os.environ, "PYTHONPATH"), "PASSKEY_PACKAGES": str(folder)})
            built.add(part)
        return folder

    return get


@pytest.fixture(scope="session")
def cloud():
    with Cloud() as server:
        yield server


@pytest.fixture
def cloud_link(cloud):
    """cloud_link() is a new link, for a new identity."""
    return lambda: cloud.create_job(cloud.create_identity()["id"])[1]


@pytest.fixture
def registered(cloud):
    """registered(thumbprint): whether the cloud has an active credential of that key."""
    return lambda thumbprint: (thumbprint + "=", "ACTIVE") in [
        (credential["jwk_thumbprint"], credential["state"]) for credential in cloud.credentials()]


def path_without(*programs):
    """PATH with none of the folders that hold one of these."""
    return os.pathsep.join(
        folder for folder in os.environ["PATH"].split(os.pathsep)
        if not any(shutil.which(program, path=folder) for program in programs))


@pytest.fixture
def clean_env(tmp_path):
    """Nothing of this checkout, no SWIG, a home and a store of its own, a software TPM."""
    home = tmp_path / "home"
    home.mkdir()
    path = path_without("swig", "swig4.0")
    assert shutil.which("cc", path=path), path
    return {"PATH": path, "HOME": str(home), "LC_ALL": "C.UTF-8",
            "PASSKEY_HOME": str(tmp_path / "store"), "PASSKEY_TPM": "swtpm",
            "PASSKEY_ALLOWED_DOMAINS": "localhost", "PASSKEY_ALLOW_LOOPBACK_HTTP": "1"}
