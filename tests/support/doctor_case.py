# SPDX-License-Identifier: Apache-2.0
"""`passkey doctor` beside what is broken: what its tests share."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from software_tpm import SoftwareTpm

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can break this")


class Examined:
    def __init__(self, done):
        self.code, self.findings = done.code, done.json
        self.bad = [found for found in self.findings if found["level"] != "ok"]

    def of(self, check):
        return [found for found in self.findings if found["check"] == check]


def examine(passkey, *arguments, **others):
    done = passkey("doctor", "--json", *arguments, **others)
    assert done.err == "" and done.code in (0, 1), done
    examined = Examined(done)
    assert (examined.code == 1) == any(found["level"] == "problem" for found in examined.findings)
    for found in examined.findings:
        assert sorted(found) == ["check", "level", "message", "remedy"] and found["message"]
        assert found["level"] == "ok" or found["remedy"], f"no remedy: {found}"
    return examined


def names(passkey, check, *arguments, level="problem", times=1, **others):
    """The doctor finds this and nothing else: the first of the findings."""
    examined = examine(passkey, *arguments, **others)
    assert [(found["check"], found["level"]) for found in examined.bad] == [(check, level)] * times, examined.bad
    return examined.bad[0]


def is_healthy(passkey, *arguments, **others):
    examined = examine(passkey, *arguments, **others)
    assert examined.bad == [] and examined.code == 0, examined.bad
    return examined


@pytest.fixture
def bound(passkey, mock, job):
    """The command, with a passkey in its store."""
    passkey.bound = passkey.bind(mock.link(job("ok")))
    return passkey


@pytest.fixture
def public_folder():
    """A folder that every user can reach."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="passkey-doctor-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def disk(tmp_path):
    """A small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def record_of(passkey):
    return passkey.home / "passkeys" / f"{passkey.bound['id']}.json"


def key_of(passkey):
    return passkey.home / "keys" / f"{passkey.bound['keyHandle'][3:]}.pem"


def rewrite(path, change):
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


class Tools:
    """tpm2-tools on a software TPM."""

    def __init__(self, tpm, folder):
        self.tcti, self.folder = f"swtpm:path={tpm.path}", folder

    def __call__(self, command, *arguments, works=True):
        done = subprocess.run([f"tpm2_{command}", *arguments], cwd=self.folder, capture_output=True, text=True,
                              env={**os.environ, "TPM2TOOLS_TCTI": self.tcti}, timeout=60)
        assert (done.returncode == 0) == works, done
        return done


@pytest.fixture
def tools(tmp_path):
    """A software TPM of its own and tpm2-tools on it; tools.tcti leads to it."""
    state = tmp_path / "own"
    state.mkdir()
    with SoftwareTpm(state, tmp_path) as tpm:
        yield Tools(tpm, tmp_path)


def in_its_tpm(passkey, folder, work):
    """Has work(tools) done in the private software TPM of a store."""
    state = passkey.home / "swtpm"
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    passkey.home.chmod(0o700)
    with SoftwareTpm(state, folder) as tpm:
        work(Tools(tpm, folder))
