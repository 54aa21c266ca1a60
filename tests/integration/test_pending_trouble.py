# SPDX-License-Identifier: Apache-2.0
"""Pending binds in bad company: gateways that answer for the cloud, foreign files beside
them, passkeys that came later, advice that has to be true."""
import json
import os
import subprocess
import sys

import pytest
from cloud import PROGRAM, Cloud
from conftest import BUILD, files_of, pending_of


def steps(mock, link):
    job = link.split("credential-binding-jobs/")[1].split(":")[0]
    return [entry["step"] for entry in mock.log(job) if "step" in entry]


def keep_pending(passkey, link):
    error = passkey.refuse(link)
    assert "passkey resume" in error["hint"] and len(pending_of(passkey.home)) == 1, error
    return error


# -------------------------------------------------------------- who refuses, and when

@pytest.mark.parametrize("second", ["400html", "401html", "403html", "404html", "409html", "422html", "403"])
def test_a_key_that_may_be_registered_is_not_given_up_on_a_gateway_s_word(mock, passkey, job, second):
    link = mock.link(job(f"binds-500-{second}"))
    error = keep_pending(passkey, link)
    assert error["httpStatus"] == int(second[:3])
    note, = [json.loads(text) for path, text in files_of(passkey.home).items() if path.startswith("pending/")]
    report, = passkey("resume", "--json").json
    assert report["outcome"] == "finished"
    assert report["passkey"]["thumbprint"] == note["passkey"]["thumbprint"]
    assert passkey.list() == [report["passkey"]] and not pending_of(passkey.home)


@pytest.mark.parametrize("behaviour", ["binds-500-404", "binds-500-409", "binds-500-410"])
def test_a_key_that_the_cloud_itself_refuses_is_given_up(mock, passkey, job, behaviour):
    error = passkey.refuse(mock.link(job(behaviour)))
    assert "kept" not in error["hint"] and files_of(passkey.home) == {}


@pytest.mark.parametrize("behaviour", ["binds-404html", "binds-403"])
def test_what_was_never_registered_leaves_nothing(mock, passkey, job, behaviour):
    link = mock.link(job(behaviour))
    assert "kept" not in passkey.refuse(link)["hint"] and files_of(passkey.home) == {}
    assert passkey.bind(link)["state"] == "active"


# ---------------------------------------------------------------------- foreign files

def make_newer(path):
    path.write_text('{"version":99}')


def make_huge(path):
    with path.open("wb") as file:
        file.truncate(1 << 30)


FOREIGN = {"newer": make_newer, "huge": make_huge, "FIFO": os.mkfifo, "folder": os.mkdir,
           "link": lambda path: path.symlink_to("/etc/passwd")}


@pytest.mark.parametrize("kind", FOREIGN)
def test_one_that_cannot_be_used_keeps_no_other(mock, passkey, job, home, kind):
    link = mock.link(job("binds-500-500"))
    keep_pending(passkey, link)
    for name in ("0" * 64, "f" * 64):
        FOREIGN[kind](home / "pending" / name)
    done = passkey("resume", "--json")
    assert done.code == 6 and sorted(each["outcome"] for each in done.json) == ["finished", "pending", "pending"]
    for each in done.json:
        if each["outcome"] == "pending":
            assert each["error"]["code"] == "store_damaged" and "/pending/" in each["error"]["message"]
    assert len(passkey.list()) == 1 and sorted(os.listdir(home / "pending")) == ["0" * 64, "f" * 64]
    people = passkey("resume")
    assert people.code == 6 and "0" * 64 in people.err and "f" * 64 in people.err
    assert "identity  (" not in people.err


def test_a_foreign_file_where_the_note_would_be(mock, passkey, job, home):
    link = mock.link(job("binds-500-500"))
    keep_pending(passkey, link)
    note, = (home / "pending").iterdir()
    note.unlink()
    os.mkfifo(note)
    error = passkey.refuse(link)
    assert error["code"] == "store_damaged" and str(note) in error["message"] and str(note) in error["hint"]


# ------------------------------------------------------------------------ forked hosts

FORKING = f"""
import ctypes, os, sys
library = ctypes.CDLL({str(BUILD / "lib" / "libpasskey.so")!r})
client, operation = ctypes.c_void_p(), ctypes.c_void_p()
library.passkey_client_new(ctypes.byref(client), None)
library.passkey_client_bind_start(client, sys.stdin.readline().strip().encode(), ctypes.byref(operation), None)
sys.stdin.readline()
if os.fork() == 0:
    sys.stdin.readline()
    os._exit(0)
print("forked", flush=True)
sys.stdin.readline()
"""


@pytest.mark.skipif(b"__asan_init" in (BUILD / "lib" / "libpasskey.so").read_bytes(),
                    reason="a sanitizer wants to be loaded first")
def test_a_child_of_the_host_holds_no_link_after_its_parent_s_death(mock, passkey, job):
    link = mock.link(name := job("binds-slow"))
    with subprocess.Popen([sys.executable, "-c", FORKING], env=passkey.environment(), text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1) as parent:
        parent.stdin.write(link + "\n")
        mock.wait_for(name, "bind")
        parent.stdin.write("fork\n")
        assert parent.stdout.readline() == "forked\n"
        parent.kill()
        parent.wait()
        report, = passkey("resume", "--json").json  # the child waits for its input still
    assert report["outcome"] == "finished" and passkey.list() == [report["passkey"]]


# ------------------------------------------------------------------------- its advice

def test_the_advice_says_what_to_mend_as_well(passkey, job):
    from mock_cloud import MockCloud
    with MockCloud() as gone:
        link = gone.link(job("binds-500-500"))
        keep_pending(passkey, link)
    error = passkey("resume", "--json").json[0]["error"]
    assert error["code"] == "network_error" and error["retryable"]
    assert "Check the network" in error["hint"] and "passkey resume" in error["hint"]


# ------------------------------------------------------------ what has come meanwhile

@pytest.fixture(scope="module")
def cloud():
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} is not built")
    with Cloud("--fault-control") as server:
        yield server
    server.assert_clean()


def lose_answer(cloud, passkey, link):
    assert cloud.call("POST", "/_fault", {"fault": "route=:bind,do=lose-answer"}).status == 204
    keep_pending(passkey, link)
    assert cloud.call("DELETE", "/_fault").status == 204


def test_a_later_passkey_is_not_replaced_by_an_earlier_one(cloud, passkey):
    identity = cloud.create_identity()["id"]
    lose_answer(cloud, passkey, cloud.create_job(identity)[1])
    later = passkey.bind(cloud.create_job(identity)[1])
    report, = passkey("resume", "--json").json
    assert report["outcome"] == "finished"
    assert sorted(each["id"] for each in passkey.list()) == sorted([later["id"], report["passkey"]["id"]])
    last = passkey.bind(cloud.create_job(identity)[1])
    assert passkey.list() == [last] and len(list((passkey.home / "keys").glob("*.pem"))) == 1


def test_a_revoked_one_replaces_none_that_is_of_use(cloud, passkey):
    identity = cloud.create_identity()["id"]
    good = passkey.bind(cloud.create_job(identity)[1])
    lose_answer(cloud, passkey, cloud.create_job(identity)[1])
    lost, = [each["id"] for each in cloud.credentials(identity) if each["id"] != good["passkeyId"]]
    assert cloud.call("POST", cloud.path(identity, "credentials", lost + ":revoke")).status == 200
    report, = passkey("resume", "--json").json
    assert (report["outcome"], report["passkey"]["state"]) == ("finished", "revoked")
    assert good in passkey.list()
