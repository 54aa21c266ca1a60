# SPDX-License-Identifier: Apache-2.0
"""What the integration tests share: the built command, the mock cloud, a store."""
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PASSKEY_BUILD") or REPOSITORY / "build")
PASSKEY = BUILD / "bin" / "passkey"
NOBODY = 65534
sys.path.insert(0, str(REPOSITORY / "tests" / "support"))

from mock_cloud import MockCloud  # noqa: E402

numbers = itertools.count(1)


class Outcome:
    """How a command ended: code, out, err."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        """The error of a run with --json."""
        return json.loads(self.err)

    def __repr__(self):
        return f"<exit {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}>"


class Passkey:
    """The `passkey` command with the options a test needs, in an environment of its own."""

    def __init__(self, home, scratch):
        self.home = home
        self.env = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
                    if name in os.environ}
        self.env.update({"HOME": str(scratch), "LC_ALL": "C.UTF-8", "PASSKEY_HOME": str(home),
                         "PASSKEY_TPM": "swtpm", "PASSKEY_ALLOWED_DOMAINS": "localhost",
                         "PASSKEY_ALLOW_LOOPBACK_HTTP": "1"})

    def environment(self, changes=None):
        """Its own environment; a change to None takes the variable out."""
        env = {**self.env, **(changes or {})}
        return {name: str(value) for name, value in env.items() if value is not None}

    def start(self, *arguments, env=None, **others):
        return subprocess.Popen([PASSKEY, *map(str, arguments)], env=self.environment(env), text=True,
                                encoding="utf-8", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **others)

    def __call__(self, *arguments, stdin="", env=None, stdout=subprocess.PIPE, **others):
        done = subprocess.run([PASSKEY, *map(str, arguments)], input=stdin, env=self.environment(env),
                              text=True, encoding="utf-8", stdout=stdout, stderr=subprocess.PIPE,
                              timeout=120, **others)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def bind(self, link, *arguments, **others):
        """bind --json, which must succeed: the passkey."""
        done = self("bind", "-", "--json", *arguments, stdin=link + "\n", **others)
        assert done.code == 0, done
        return done.json["passkey"]

    def refuse(self, link, *arguments, **others):
        """bind --json, which must fail: the error, with its exit code."""
        done = self("bind", "-", "--json", *arguments, stdin=link + "\n", **others)
        assert done.code != 0 and done.out == "", done
        return {**done.error, "exit": done.code}

    def list(self, **others):
        done = self("list", "--json", **others)
        assert done.code == 0, done
        return done.json


class NobodysPasskey(Passkey):
    """The command, run by a user without rights; only root may do that."""

    def __init__(self, folder):
        super().__init__(folder / "own" / "store", folder / "own")
        self.folder = folder
        self.env["LD_LIBRARY_PATH"] = str(folder)

    def __call__(self, *arguments, **others):
        return super().__call__(*arguments, executable=self.folder / "passkey", cwd="/", user=NOBODY,
                                group=NOBODY, extra_groups=[], **others)


def files_of(store):
    """Path and content of each file that holds passkeys or will: all but the TPM's own."""
    if not store.exists():
        return {}
    return {str(path.relative_to(store)): path.read_bytes() for path in sorted(store.rglob("*"))
            if path.is_file() and path.relative_to(store).parts[0] in ("passkeys", "keys", "pending")}


def pending_of(store):
    """The binds under way."""
    return {path for path in files_of(store) if path.startswith("pending/")}


@pytest.fixture(scope="session", autouse=True)
def built():
    assert PASSKEY.exists(), f"{PASSKEY} is not there: build first, or set PASSKEY_BUILD"


@pytest.fixture(scope="session")
def mock():
    with MockCloud() as cloud:
        yield cloud


@pytest.fixture
def home(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def passkey(home, tmp_path):
    return Passkey(home, tmp_path)


@pytest.fixture
def as_nobody():
    """The command, copied to where anyone may run it, as nobody."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="passkey-nobody-"))
    folder.chmod(0o755)
    shutil.copy(PASSKEY, folder / "passkey")
    for library in (BUILD / "lib").glob("libpasskey.so*"):
        shutil.copy(library, folder / library.name, follow_symlinks=False)
    (folder / "own").mkdir()
    os.chown(folder / "own", NOBODY, NOBODY)
    yield NobodysPasskey(folder)
    shutil.rmtree(folder)


@pytest.fixture
def job():
    """job("bind-500") names a job of that behaviour which no other test uses."""
    return lambda behaviour: f"{behaviour}-{next(numbers)}"
