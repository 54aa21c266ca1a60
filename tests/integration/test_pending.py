# SPDX-License-Identifier: Apache-2.0
"""A bind is all or nothing, and can be gone on with: killed before each step, cut off,
refused, without room, and by two at once."""
import json
import re
import signal
import threading

import pytest
from cloud import PROGRAM, Cloud
from conftest import BUILD, files_of

KILLING_CALLS = BUILD / "tests" / "lib" / "killing_calls.so"
FAILING_FILES = BUILD / "tests" / "lib" / "failing_files.so"

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built")


@pytest.fixture(scope="module")
def cloud():
    with Cloud("--fault-control") as server:
        yield server
    server.assert_clean()


@pytest.fixture
def new_link(cloud):
    def make():
        identity = cloud.create_identity()["id"]
        _, link = cloud.create_job(identity)
        return identity, link
    return make


@pytest.fixture
def fault(cloud):
    """fault(SPEC) lets the cloud fail so, fault(None) lets it work again."""
    def set_fault(spec):
        if spec:
            assert cloud.call("POST", "/_fault", {"fault": spec}).status == 204
        else:
            assert cloud.call("DELETE", "/_fault").status == 204
    yield set_fault
    set_fault(None)


def pending(home):
    return sorted((home / "pending").glob("*")) if (home / "pending").exists() else []


def leftovers(home):
    """What is in the store besides passkeys, their keys, and what a sweep removes later."""
    keys = {path.name for path in (home / "keys").glob("*") if not path.name.startswith(".tmp-")}
    named = {json.loads(path.read_text())["key"]["file"] for path in (home / "passkeys").glob("*.json")}
    return [path.name for path in pending(home)] + sorted(keys ^ named)


def agree(cloud, passkey, identity):
    """One credential, one passkey, the same key, nothing else."""
    credential, = cloud.credentials(identity)
    made, = [each for each in passkey.list() if each["identity"]["id"] == identity]
    assert credential["state"] == "ACTIVE"
    assert (made["passkeyId"], made["thumbprint"] + "=") == (credential["id"], credential["jwk_thumbprint"])
    assert leftovers(passkey.home) == []
    return made


def in_doubt(passkey, link):
    """A bind whose answer does not come: what the error says."""
    error = passkey.refuse(link)
    assert error["retryable"] and "passkey resume" in error["hint"], error
    assert passkey.list() == [] and len(pending(passkey.home)) == 1
    return error


# ------------------------------------------------------------------ lost answers

def test_the_same_link_goes_on_with_the_same_key(cloud, passkey, new_link, fault, home):
    identity, link = new_link()
    fault("route=:bind,do=lose-answer")
    in_doubt(passkey, link)
    fault(None)
    registered, = cloud.credentials(identity)
    assert passkey.bind(link)["thumbprint"] + "=" == registered["jwk_thumbprint"]
    agree(cloud, passkey, identity)


@pytest.mark.parametrize("action", ["cut", "lose-answer", "half-answer", "status:500", "garbage",
                                    "status:429,retry-after=1"])
def test_resume_finishes_what_was_in_doubt(cloud, passkey, new_link, fault, action):
    identity, link = new_link()
    fault(f"route=:bind,do={action}")
    error = passkey.refuse(link)
    assert "passkey resume" in error["hint"]
    fault(None)
    done = passkey("resume", "--json")
    assert done.code == 0, done
    report, = done.json
    assert (report["outcome"], report["identityId"], report["error"]) == ("finished", identity, None)
    assert report["passkey"] == agree(cloud, passkey, identity)


def test_resume_of_nothing(passkey, home):
    assert passkey("resume", "--json").json == []
    done = passkey("resume")
    assert (done.code, done.out) == (0, "") and "no bind is pending" in done.err
    assert not home.exists()


def test_what_stays_in_doubt_stays_pending(passkey, new_link, fault, home):
    _, link = new_link()
    fault("route=:bind,do=cut")
    in_doubt(passkey, link)
    before = files_of(home)
    done = passkey("resume", "--json")
    assert done.code == 4 and done.json[0]["outcome"] == "pending"
    assert done.json[0]["error"]["code"] == "network_error" and done.json[0]["passkey"] is None
    assert files_of(home) == before


def test_what_the_cloud_refuses_is_given_up(cloud, passkey, new_link, fault, home):
    identity, link = new_link()
    fault("route=:bind,do=cut")
    in_doubt(passkey, link)
    fault(None)
    job = re.search(r"credential-binding-jobs/(\w+):", link)[1]
    assert cloud.call("POST", cloud.path(identity, "credential-binding-jobs", job + ":revoke")).status == 200
    done = passkey("resume")
    assert done.code == 3 or done.code == 4, done
    assert "given up" in done.err and "link_revoked" in passkey.refuse(link)["code"]
    assert leftovers(home) == [] and passkey.list() == []


def test_several_are_resumed_and_one_that_fails_keeps_no_other(cloud, passkey, new_link, fault):
    made = [new_link() for _ in range(3)]
    fault("route=:bind,do=cut")
    for _, link in made:
        passkey.refuse(link)
    assert len(pending(passkey.home)) == 3
    fault(None)
    job = re.search(r"credential-binding-jobs/(\w+):", made[1][1])[1]
    assert cloud.call("POST", cloud.path(made[1][0], "credential-binding-jobs", job + ":revoke")).status == 200
    done = passkey("resume", "--json")
    outcomes = {each["identityId"]: each["outcome"] for each in done.json}
    assert outcomes == {made[0][0]: "finished", made[1][0]: "refused", made[2][0]: "finished"}
    assert done.code != 0 and leftovers(passkey.home) == []


def test_the_replaced_passkey_stays_until_the_new_one_is_there(cloud, passkey, new_link, fault):
    identity, link = new_link()
    old = passkey.bind(link)
    _, again = cloud.create_job(identity)
    fault("route=:bind,do=lose-answer")
    passkey.refuse(again)
    assert passkey.list() == [old]
    fault(None)
    new = passkey.bind(again)
    assert passkey.list() == [new] and new["id"] != old["id"] and leftovers(passkey.home) == []


# ------------------------------------------------------------------------ the note

def test_a_note_is_private_and_holds_no_private_key(passkey, new_link, fault, home):
    _, link = new_link()
    fault("route=:bind,do=cut")
    in_doubt(passkey, link)
    note, = pending(home)
    assert note.stat().st_mode & 0o777 == 0o600
    assert "-----BEGIN TSS2 PRIVATE KEY-----" in note.read_text()
    assert not re.search("BEGIN (EC |RSA |)PRIVATE KEY", note.read_text())


def test_every_torn_note_is_as_none(cloud, passkey, new_link, fault, home):
    identity, link = new_link()
    fault("route=:bind,do=cut")
    in_doubt(passkey, link)
    note, = pending(home)
    text = note.read_bytes()
    for length in (0, 1, len(text) // 2, len(text) - 1):
        note.write_bytes(text[:length])
        note.chmod(0o600)
        assert passkey("resume", "--json").json == [] and pending(home) == []
    fault(None)
    note.write_bytes(text[:len(text) // 3] + bytes(len(text) - len(text) // 3))
    passkey.bind(link)
    agree(cloud, passkey, identity)


def test_a_note_of_a_newer_version_is_left_alone(passkey, new_link, fault, home):
    _, link = new_link()
    fault("route=:bind,do=cut")
    in_doubt(passkey, link)
    note, = pending(home)
    note.write_text(note.read_text().replace('"version":1', '"version":2', 1))
    before = files_of(home)
    assert passkey.refuse(link)["code"] == "store_damaged"
    done = passkey("resume", "--json")
    assert done.code == 6 and done.json[0]["outcome"] == "pending"
    assert done.json[0]["error"]["code"] == "store_damaged"
    assert files_of(home) == before


def test_where_a_note_points_is_judged_again(passkey, new_link, fault, home):
    _, link = new_link()
    fault("route=:bind,do=cut")
    in_doubt(passkey, link)
    before = files_of(home)
    done = passkey("resume", "--json", env={"PASSKEY_ALLOWED_DOMAINS": "example.com"})
    assert done.json[0]["outcome"] == "pending"
    assert done.json[0]["error"]["code"] == "domain_not_allowed"
    assert files_of(home) == before


# ------------------------------------------------------------------------- a full disk

@pytest.mark.parametrize("rule", ["write:*/keys/*:1:ENOSPC", "fsync:*/passkeys:1:EIO"])
def test_a_registered_key_that_cannot_be_stored_is_not_lost(cloud, passkey, new_link, rule):
    identity, link = new_link()
    error = passkey.refuse(link, env={"LD_PRELOAD": FAILING_FILES, "FAILING_FILES": rule})
    assert error["code"] == "store_unwritable" and "passkey resume" in error["hint"]
    assert passkey.list() == [] and len(cloud.credentials(identity)) == 1
    assert passkey("resume", "--json").code == 0
    agree(cloud, passkey, identity)


@pytest.mark.parametrize("rule", ["fsync:*/pending/*:1:EIO", "fsync:*/pending:1:EIO"])
def test_a_key_that_cannot_be_noted_is_not_registered(cloud, passkey, new_link, home, rule):
    identity, link = new_link()
    error = passkey.refuse(link, env={"LD_PRELOAD": FAILING_FILES, "FAILING_FILES": rule})
    assert (error["code"], error["cause"]) == ("store_unwritable", "errno 5")
    assert cloud.credentials(identity) == [] and files_of(home) == {}


# ------------------------------------------------------------------------- many at once

def test_of_two_that_bind_the_same_link_one_makes_the_passkey(cloud, passkey, new_link):
    identity, link = new_link()
    ended = [None] * 4

    def bind(i):
        ended[i] = passkey("bind", "-", "--json", stdin=link)

    threads = [threading.Thread(target=bind, args=(i,)) for i in range(len(ended))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done.code for done in ended) == [0, 4, 4, 4], ended
    assert {done.error["code"] for done in ended if done.code} == {"conflict"}
    agree(cloud, passkey, identity)


def test_32_processes_share_one_store_and_one_tpm(cloud, passkey, new_link):
    made = [new_link() for _ in range(32)]
    running = [passkey.start("bind", link, "--json") for _, link in made]
    ended = [(process.communicate(), process.returncode) for process in running]
    assert [code for _, code in ended] == [0] * 32, ended
    assert len(passkey.list()) == 32 and leftovers(passkey.home) == []
    for identity, _ in made:
        credential, = cloud.credentials(identity)
        assert credential["state"] == "ACTIVE"


# ------------------------------------------------------------------------------- kill -9

def count(passkey, link, scratch):
    """The steps of a whole bind that leave a trace."""
    file = scratch / "calls"
    done = passkey("bind", "-", "--json", stdin=link,
                   env={"LD_PRELOAD": KILLING_CALLS, "COUNT_CALLS": file})
    assert done.code == 0, done
    return file.read_text().splitlines()


def test_killed_before_each_step_nothing_is_lost_nor_doubled(cloud, passkey, new_link, tmp_path):
    calls = count(passkey, new_link()[1], tmp_path)
    kinds = {call.split()[1] for call in calls}
    assert {"send", "recv", "fsync", "renameat", "pwrite", "unlinkat"} <= kinds, calls
    num_resumed = 0
    for number in range(1, len(calls) + 1):
        identity, link = new_link()
        done = passkey("bind", "-", "--json", stdin=link,
                       env={"LD_PRELOAD": KILLING_CALLS, "KILL_BEFORE": str(number)})
        # The last steps come after the passkey is made, and may be another thread's.
        assert done.code in (-signal.SIGKILL, 0), (calls[number - 1], done)
        before = [each for each in passkey.list() if each["identity"]["id"] == identity]
        resumed = passkey("resume", "--json")
        assert resumed.code == 0, (calls[number - 1], resumed)
        num_resumed += len(resumed.json)
        after = [each for each in passkey.list() if each["identity"]["id"] == identity]
        if not after:
            assert cloud.credentials(identity) == [], calls[number - 1]
            passkey.bind(link)
        assert not before or before[0]["thumbprint"] == after[0]["thumbprint"]
        agree(cloud, passkey, identity)
    assert num_resumed > 5
