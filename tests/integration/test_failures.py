# SPDX-License-Identifier: Apache-2.0
"""Disks that fail or are full, and a process that may not open more files: each time
the reason is told, and no passkey is lost or half made."""
import os
import resource
import subprocess

import pytest
from conftest import BUILD, PASSKEY, files_of, pending_of

FAILING_FILES = BUILD / "tests" / "lib" / "failing_files.so"


def failing(*rules):
    """The environment in which calls fail as tests/support/failing_files.c says."""
    assert FAILING_FILES.exists()
    return {"LD_PRELOAD": FAILING_FILES, "FAILING_FILES": ";".join(rules)}


def steps(mock, name):
    """What the cloud was asked for."""
    return [entry["target"].partition("?")[0].rpartition(":")[2] for entry in mock.log(name)]


# ---------------------------------------------------------- a disk that fails

@pytest.mark.parametrize("rule", ["fsync:*/passkeys:1:EIO", "fsync:*/passkeys:1+:EIO",
                                  "fsync:*/keys/*:1:EIO", "write:*/keys/*:1+:ENOSPC", "fsync:*/keys:1:EIO",
                                  "read:*/passkeys/*.json:1+:EIO"])
def test_what_is_not_surely_on_the_disk_is_no_passkey_but_pending(passkey, mock, job, home, rule):
    old = passkey.bind(mock.link(job("ok")))
    before = files_of(home)
    name = job("ok")
    error = passkey.refuse(mock.link(name), env=failing(rule))
    assert error["code"] in ("store_unwritable", "store_unreadable") and error["exit"] == 6
    assert error["cause"] == ("errno 28" if "ENOSPC" in rule else "errno 5")
    assert steps(mock, name)[-1] == "bind"
    assert {path: text for path, text in files_of(home).items()
            if not path.startswith(("pending/", "keys/"))} == {
            path: text for path, text in before.items() if not path.startswith("keys/")}
    assert passkey.list() == [old] and len(pending_of(home)) == 1
    new = passkey.bind(mock.link(name))
    assert passkey.list() == [new] and len(files_of(home)) == 2
    assert steps(mock, name).count("bind") == 2


@pytest.mark.parametrize("rule", ["fsync:*/pending/*:1:EIO", "fsync:*/pending:1:EIO"])
def test_a_key_that_is_not_surely_on_the_disk_is_not_registered(passkey, mock, job, home, rule):
    name = job("ok")
    error = passkey.refuse(mock.link(name), env=failing(rule))
    assert (error["code"], error["cause"]) == ("store_unwritable", "errno 5")
    assert "bind" not in steps(mock, name)
    assert passkey.list() == [] and files_of(home) == {}


@pytest.mark.parametrize("file", ["passkeys/*.json", "keys/*"])
def test_a_disk_that_cannot_be_read_now_says_nothing_of_the_passkey(passkey, mock, job, home, file):
    made = [passkey.bind(mock.link(job("ok"), identity=identity)) for identity in ("one", "other")]
    before = files_of(home)
    failed = passkey("list", "--json", env=failing(f"read:*/{file}:1:EIO"))
    assert failed.code == 6 and failed.out == ""
    assert (failed.error["code"], failed.error["cause"]) == ("store_unreadable", "errno 5")
    done = passkey("list", "--json")
    assert done.code == 0 and done.err == "" and files_of(home) == before
    assert sorted(entry["id"] for entry in done.json) == sorted(entry["id"] for entry in made)


# ---------------------------------------------------------- a disk that is full

@pytest.mark.parametrize("failure, number", [("ENOSPC", 28), ("EDQUOT", 122)])
def test_room_for_the_record_is_taken_before_the_cloud_is_asked(passkey, mock, job, home, failure, number):
    name = job("ok")
    error = passkey.refuse(mock.link(name), env=failing(f"posix_fallocate:*/passkeys/*:1:{failure}"))
    assert (error["code"], error["exit"], error["cause"]) == ("store_unwritable", 6, f"errno {number}")
    assert steps(mock, name) == [] and files_of(home) == {}


def test_a_key_there_is_no_room_for_is_not_registered(passkey, mock, job, home):
    name = job("ok")
    error = passkey.refuse(mock.link(name), env=failing("pwrite:*/pending/*:1+:ENOSPC"))
    assert (error["code"], error["cause"]) == ("store_unwritable", "errno 28")
    assert "bind" not in steps(mock, name) and files_of(home) == {}


# Nothing mounted is seen outside. In a root that is no mount point it cannot be made
# private, and is what its surroundings made it.
NAMESPACE = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount", "--propagation",
             "unchanged"]
MOUNT = '{ mount --make-rprivate / 2>/dev/null || true; } && mount -t tmpfs -o mode=700,size=64k none "$1"'


def may_mount(folder):
    return subprocess.run([*NAMESPACE, "sh", "-c", MOUNT + ' && umount "$1"', "sh", folder],
                          capture_output=True).returncode == 0


def test_a_full_file_system(passkey, mock, job, home, tmp_path):
    """A real one: 64 KiB, with less left than a record may need."""
    home.mkdir(mode=0o700)
    if not may_mount(home):
        pytest.skip("no file system can be mounted here")
    name = job("ok")
    script = (MOUNT + ' && mkdir -m 700 "$1/passkeys" "$1/keys" && head -c 56K /dev/zero >"$1/filler"'
              ' && { "$2" bind - --json; ended=$?; umount "$1"; exit $ended; }')
    done = subprocess.run([*NAMESPACE, "sh", "-c", script, "sh", home, PASSKEY], env=passkey.environment(),
                          input=mock.link(name) + "\n", text=True, capture_output=True, timeout=120)
    assert done.returncode == 6, done
    assert '"store_unwritable"' in done.stderr and '"errno 28"' in done.stderr
    assert steps(mock, name) == []


# ------------------------------------------------------ no more files to be open

def with_files(passkey, num_files, *arguments, **others):
    """The command with at most so many files open; None when it did not even start."""
    done = passkey(*arguments, "--json", **others, preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_NOFILE, (num_files, num_files)))
    return None if done.code == 127 and "shared libraries" in done.err else done


def passkeys_of(home):
    """The records."""
    return {path: text for path, text in files_of(home).items()
            if path.startswith("passkeys/") and "/.tmp-" not in path}


def blames_the_limit(error):
    return "files" in error["message"] and "open" in error["message"]


def test_too_few_files_for_a_bind_are_what_the_error_blames(passkey, mock, job, home):
    """From one file more to the next, until there are enough. What was reserved may stay
    until it is swept, when nothing can be opened to remove it; a bind that came as far as the
    cloud is pending."""
    passkey.bind(mock.link(job("ok"), identity="other"))
    before = passkeys_of(home)
    codes = []
    for num_files in range(3, 65):
        done = with_files(passkey, num_files, "bind", "-", stdin=mock.link(job("ok")) + "\n")
        if done and done.code == 0:
            break
        if done:
            codes.append(done.error["code"])
            assert blames_the_limit(done.error), (num_files, done)
            assert done.error["code"] == "internal" or "ulimit" in done.error["hint"] or \
                "passkey resume" in done.error["hint"], (num_files, done)
            assert passkeys_of(home) == before
    assert done.code == 0 and "store_unwritable" in codes, codes
    assert passkey("resume").code == 0 and pending_of(home) == set()


@pytest.mark.parametrize("scheme, otherwise", [("http", "unauthorized"), ("https", "tls_error")])
def test_too_few_files_for_a_connection_are_what_the_error_blames(passkey, mock, scheme, otherwise):
    """Not the network, the name server, or the CA certificates."""
    env = {"PASSKEY_API_BASE_URL": mock.base_url.replace("http:", scheme + ":").replace("127.0.0.1", "localhost"),
           "PASSKEY_TENANT": "t", "PASSKEY_REALM": "r", "PASSKEY_AUTHENTICATOR_CONFIG": "a",
           "PASSKEY_API_TOKEN": "not this"}
    blamed = []
    for num_files in range(3, 17):
        done = with_files(passkey, num_files, "job", "create", "--identity", "i", "--delivery-method",
                          "RETURN", env=env)
        if done and blames_the_limit(done.error):
            assert "ulimit" in done.error["hint"], (num_files, done)
            blamed.append(num_files)
        elif done:
            assert done.error["code"] == otherwise, (num_files, done)
            assert "CA certificates could not be read" not in done.error["message"], (num_files, done)
    assert blamed and max(blamed) < 16
