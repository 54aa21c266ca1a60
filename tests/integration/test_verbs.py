# SPDX-License-Identifier: Apache-2.0
"""The verbs around bind: show, delete, info, job get|list|revoke|wait."""
import json
import os
import shutil
import signal

import pytest
from conftest import files_of

UNKNOWN = "0" * 64
NO_IDS = ["", "..", ".", "../x", "a/b", "a\\b", "a b", "a\x01b", "ä", "x.json", "a" * 65, "%2e%2e"]


@pytest.fixture
def env(mock):
    return {"PASSKEY_API_BASE_URL": mock.base_url, "PASSKEY_TENANT": "mocktenant", "PASSKEY_REALM": "mockrealm",
            "PASSKEY_API_TOKEN": "mock-api-token"}


@pytest.fixture
def jobs(passkey, env):
    """jobs("get", ID, …): passkey job get ID …, with what it needs."""
    return lambda *words, changes=None, **others: passkey("job", *words, env={**env, **(changes or {})}, **others)


def bind_two(passkey, mock, job):
    return [passkey.bind(mock.link(job("ok"), identity)) for identity in ("one", "two")]


def record(home, made):
    return home / "passkeys" / f"{made['id']}.json"


def key(home, made):
    return home / "keys" / f"{made['keyHandle'].removeprefix('km:')}.pem"


# ----------------------------------------------------------------------- show

def test_show_json_is_the_passkey_of_the_list(passkey, mock, job):
    first, second = bind_two(passkey, mock, job)
    assert passkey("show", second["id"], "--json").json == second
    assert passkey("show", first["id"], "--json").json == first


def test_show_tells_what_there_is(passkey, mock, job):
    made = passkey.bind(mock.link(job("ok")))
    done = passkey("show", made["id"])
    assert (done.code, done.err) == (0, "")
    assert "identity    Mock Identity (user1), identity1\n" in done.out
    assert f"thumbprint  {made['thumbprint']}\n" in done.out and f"key handle  {made['keyHandle']}\n" in done.out
    assert "e-mail      u@example.com\n" in done.out


def test_show_quiet_only_exits(passkey, mock, job):
    made = passkey.bind(mock.link(job("ok")))
    done = passkey("show", made["id"], "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


@pytest.mark.parametrize("id", [UNKNOWN, "fake_id", "0d6bb63a-5aa2-43a2-8c7c-0a3a4b8f5a0e"])
def test_show_of_what_is_not_there(passkey, home, id):
    done = passkey("show", id, "--json")
    assert (done.code, done.out, done.error["code"]) == (6, "", "no_such_passkey")
    assert "passkey list" in done.error["hint"] and not home.exists()


@pytest.mark.parametrize("verb", ["show", "delete"])
@pytest.mark.parametrize("id", NO_IDS)
def test_what_is_no_id(passkey, mock, job, home, verb, id):
    passkey.bind(mock.link(job("ok")))
    before = files_of(home)
    done = passkey(verb, "--json", "--", id)
    assert (done.code, done.error["code"]) == (2, "invalid_argument"), done
    assert files_of(home) == before


@pytest.mark.parametrize("verb", ["show", "delete"])
def test_without_an_id(passkey, verb):
    done = passkey(verb)
    assert done.code == 2 and "the passkey's id is missing" in done.err


def test_show_takes_one_id(passkey):
    assert passkey("show", UNKNOWN, UNKNOWN).code == 2


def newer(text):
    return json.dumps({**json.loads(text), "version": 2, "passkey": {"somethingNew": {}}}).encode()


DAMAGES = {
    "no JSON": (lambda text: b"{", ""),
    "empty": (lambda text: b"", ""),
    "no version": (lambda text: text.replace(b'"version":1', b'"a":1'), "it has no version"),
    "newer": (newer, "it was written by a newer version of the library"),
    "older": (lambda text: text.replace(b'"version":1', b'"version":0'), "its version is not known here"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_named_and_hides_no_other(passkey, mock, job, home, damage):
    change, reason = DAMAGES[damage]
    broken, whole = bind_two(passkey, mock, job)
    path = record(home, broken)
    path.write_bytes(change(path.read_bytes()))
    done = passkey("show", broken["id"], "--json")
    assert (done.code, done.error["code"]) == (6, "store_damaged")
    assert str(path) in done.error["message"] and reason in done.error["message"]
    assert passkey("show", whole["id"], "--json").json == whole and passkey.list() == [whole]


def test_a_record_without_its_key_is_damaged(passkey, mock, job, home):
    made = passkey.bind(mock.link(job("ok")))
    key(home, made).unlink()
    assert passkey("show", made["id"], "--json").error["code"] == "store_damaged"


def test_a_newer_record_is_not_overwritten_by_a_bind(passkey, mock, job, home):
    path = record(home, passkey.bind(mock.link(job("ok"))))
    path.write_bytes(newer(path.read_bytes()))
    text, keys = path.read_bytes(), set(os.listdir(home / "keys"))
    made = passkey.bind(mock.link(job("ok")))  # the same identity, which would be replaced
    assert path.read_bytes() == text and keys < set(os.listdir(home / "keys"))
    assert passkey.list() == [made]


def test_show_and_delete_of_an_unsafe_store(passkey, mock, job, home):
    made = passkey.bind(mock.link(job("ok")))
    home.chmod(0o755)
    for verb in ("show", "delete"):
        done = passkey(verb, made["id"], "--json")
        assert (done.code, done.error["code"]) == (6, "store_unsafe")
    home.chmod(0o700)
    assert passkey.list() == [made]


# --------------------------------------------------------------------- delete

def test_delete_leaves_no_file_and_the_others_alone(passkey, mock, job, home):
    first = passkey.bind(mock.link(job("ok"), "one"))
    before = files_of(home)
    second = passkey.bind(mock.link(job("ok"), "two"))
    done = passkey("delete", second["id"])
    assert (done.code, done.out, done.err) == (0, "", f"passkey: deleted {second['id']}\n")
    assert files_of(home) == before and passkey.list() == [first]


def test_delete_several(passkey, mock, job, home):
    made = bind_two(passkey, mock, job)
    done = passkey("delete", made[0]["id"], UNKNOWN, made[1]["id"], "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == [{"id": made[0]["id"], "deleted": True}, {"id": UNKNOWN, "deleted": False},
                         {"id": made[1]["id"], "deleted": True}]
    assert files_of(home) == {}


def test_delete_of_what_is_not_there_succeeds(passkey, home):
    done = passkey("delete", "fake_id")
    assert (done.code, done.err) == (0, "passkey: there was no passkey fake_id\n")
    assert not home.exists()


def test_delete_goes_on_behind_a_failure(passkey, mock, job):
    made = passkey.bind(mock.link(job("ok")))
    done = passkey("delete", "--", "../x", made["id"])
    assert done.code == 2 and f"deleted {made['id']}" in done.err and passkey.list() == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_delete_of_a_damaged_record(passkey, mock, job, home, damage):
    broken, whole = bind_two(passkey, mock, job)
    path = record(home, broken)
    path.write_bytes(DAMAGES[damage][0](path.read_bytes()))
    assert passkey("delete", broken["id"]).code == 0
    assert not path.exists() and passkey.list() == [whole]
    tells_its_key = damage in ("no version", "older")
    assert key(home, broken).exists() != tells_its_key


@pytest.mark.parametrize("damage", ["symlink", "unreadable"])
def test_delete_of_a_record_that_is_no_readable_file(passkey, mock, job, home, tmp_path, damage):
    made = passkey.bind(mock.link(job("ok")))
    path = record(home, made)
    if damage == "symlink":
        shutil.move(path, tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.write_bytes(b"x" * (1 << 20))
    assert passkey("delete", made["id"]).code == 0
    assert not path.is_symlink() and not path.exists()
    assert (tmp_path / "elsewhere").exists() == (damage == "symlink")


def test_delete_keeps_a_key_that_another_record_names(passkey, mock, job, home):
    first, second = bind_two(passkey, mock, job)
    forged = json.loads(record(home, second).read_bytes())
    forged["passkey"]["keyHandle"] = first["keyHandle"]
    record(home, second).write_text(json.dumps(forged))
    assert passkey("delete", second["id"]).code == 0
    assert passkey.list() == [first] and key(home, first).exists()


def test_a_deleted_passkey_s_key_is_gone_also_when_its_file_was(passkey, mock, job, home):
    made = passkey.bind(mock.link(job("ok")))
    key(home, made).unlink()
    assert passkey("delete", made["id"]).code == 0 and files_of(home) == {}


@pytest.fixture
def without_rights(request):
    """The command, run by a user who may not write everywhere."""
    return request.getfixturevalue("as_nobody" if os.geteuid() == 0 else "passkey")


def test_delete_in_a_store_that_cannot_be_written(without_rights, mock, job):
    made = without_rights.bind(mock.link(job("ok")))
    folder = without_rights.home / "passkeys"
    folder.chmod(0o500)
    done = without_rights("delete", made["id"], "--json")
    folder.chmod(0o700)
    assert (done.code, done.error["code"]) == (6, "store_unwritable") and without_rights.list() == [made]


def test_a_record_that_is_a_folder_cannot_be_deleted(passkey, home):
    (home / "passkeys" / f"{UNKNOWN}.json").mkdir(parents=True)
    for path in [home, home / "passkeys"]:
        path.chmod(0o700)
    done = passkey("delete", UNKNOWN, "--json")
    assert (done.code, done.error["code"]) == (6, "store_unwritable")


def test_many_deletes_at_once(passkey, mock, job, home):
    made = [passkey.bind(mock.link(job("ok"), f"many{i}")) for i in range(6)]
    processes = [passkey.start("delete", made[i % 5]["id"]) for i in range(10)]
    assert [process.wait(60) for process in processes] == [0] * 10
    for process in processes:
        process.communicate()
    assert passkey.list() == [made[5]] and len(files_of(home)) == 2


# ----------------------------------------------------------------------- info

def test_info_tells_whom_the_link_is_for(passkey, mock, job, home):
    name = job("ok")
    done = passkey("info", mock.link(name), "--json")
    assert done.code == 0, done
    assert done.json == {
        "apiBaseUrl": mock.base_url, "jobId": name, "tenant": {"id": "mocktenant", "displayName": "Mock Tenant"},
        "realm": {"id": "mockrealm", "displayName": "Mock Realm"},
        "identity": {"id": "identity1", "displayName": "Mock Identity", "username": "user1",
                     "emailAddress": "u@example.com"},
        "theme": {"logoUrlLight": "https://example.com/light.png", "logoUrlDark": "https://example.com/dark.png",
                  "supportUrl": "https://example.com/support"},
        "postBindingRedirectUri": "https://app.example.com/done?x=1"}
    assert [entry["step"] for entry in mock.log(name)] == ["invoke", "info"]
    assert not home.exists()


def test_info_takes_the_other_form_of_link(passkey, mock, job):
    name = job("ok")
    done = passkey("info", "-", "--json", stdin=mock.bind_link(name) + "\n")
    assert done.code == 0 and done.json["jobId"] == name
    assert [entry["step"] for entry in mock.log(name)] == ["info"]


def test_info_needs_no_tpm_and_no_store(passkey, mock, job):
    done = passkey("info", mock.link(job("ok")), env={"PASSKEY_TPM": "device:/nowhere", "PASSKEY_HOME": "/proc/no"})
    assert done.code == 0 and "identity    Mock Identity (user1), identity1\n" in done.out


def test_info_leaves_the_link_usable(passkey, mock, job):
    link = mock.link(job("ok"))
    assert passkey("info", link).code == 0 and passkey("info", link).code == 0
    assert passkey.bind(link)["identity"]["id"] == "identity1"


@pytest.mark.parametrize("behaviour,code,exit_code", [
    ("invoke-404", "not_found", 4), ("info-410", "link_expired", 4), ("info-410-revoked", "link_revoked", 4),
    ("info-500", "server_error", 4), ("garbage-info", "bad_response", 4), ("evilbase", "domain_not_allowed", 3)])
def test_info_fails_as_bind_does(passkey, mock, job, behaviour, code, exit_code):
    done = passkey("info", mock.link(job(behaviour)), "--json")
    assert (done.code, done.out, done.error["code"]) == (exit_code, "", code)


def test_info_of_no_link(passkey):
    assert passkey("info", "hello", "--json").error["code"] == "invalid_link"


def test_info_without_what_is_optional(passkey, mock, job):
    done = passkey("info", mock.link(job("fieldsnull")), "--json")
    assert done.json["identity"]["emailAddress"] is None and done.json["postBindingRedirectUri"] is None


# ------------------------------------------------------------------ job get

def test_job_get(jobs, mock, job):
    name = job("any")
    done = jobs("get", name, "--json", "--identity", "i1")
    assert done.code == 0, done
    assert done.json == {
        "id": name, "state": "LINK_SENT", "link": None, "identityId": "i1", "credentialId": None,
        "deliveryMethod": "RETURN", "postBindingRedirectUri": None, "expireTime": "2022-03-21T03:42:52.905657Z",
        "createTime": "2022-03-14T03:42:52.905657Z", "updateTime": "2022-03-15T05:55:23.823187Z"}
    assert mock.log(name)[0]["path"].endswith(f"/identities/i1/credential-binding-jobs/{name}")


def test_job_get_of_any_identity(jobs, mock, job):
    name = job("any")
    assert "state       LINK_SENT\n" in jobs("get", name).out
    assert mock.log(name)[0]["path"].endswith(f"/identities/-/credential-binding-jobs/{name}")


def test_job_get_quiet_is_the_state(jobs, job):
    assert jobs("get", job("states-LINK_OPENED"), "--quiet").out == "LINK_OPENED\n"


@pytest.mark.parametrize("verb", ["get", "revoke", "wait"])
@pytest.mark.parametrize("status,code", [
    (400, "bad_request"), (401, "unauthorized"), (403, "forbidden"), (404, "not_found"), (422, "unprocessable")])
def test_what_the_cloud_refuses(jobs, job, verb, status, code):
    done = jobs(verb, job(f"{'get' if verb == 'wait' else verb}-{status}"), "--json")
    assert (done.code, done.out, done.error["code"], done.error["httpStatus"]) == (4, "", code, status)
    assert "link" not in done.error["hint"]


@pytest.mark.parametrize("verb", ["get", "revoke"])
@pytest.mark.parametrize("status,code", [(429, "rate_limited"), (500, "server_error"), (418, "unexpected_status")])
def test_what_may_pass(jobs, job, verb, status, code):
    assert jobs(verb, job(f"{verb}-{status}"), "--json").error["code"] == code


@pytest.mark.parametrize("behaviour", ["garbage", "empty", "html", "dupkeys", "deep", "nul", "badutf8", "big", "redirect"])
def test_a_strange_answer(jobs, job, behaviour):
    error = jobs("get", job(f"{behaviour}-get"), "--json").error
    assert error["code"] == ("unexpected_status" if behaviour == "redirect" else "bad_response")


@pytest.mark.parametrize("words", [("get", "a/b"), ("get", ".."), ("get", ""), ("get", "a b "), ("get", "ä"),
                                   ("get", "j", "--identity", "a/b"), ("get", "j", "--identity", ""),
                                   ("revoke", "a?b"), ("wait", "a#b"), ("list", "--identity", "../x")])
def test_what_is_no_id_of_the_cloud(jobs, mock, words):
    num = len(mock.log())
    done = jobs(*words, "--json")
    assert (done.code, done.error["code"]) == (2, "invalid_argument") and len(mock.log()) == num


@pytest.mark.parametrize("verb", ["get", "revoke", "wait", "list"])
@pytest.mark.parametrize("variable", ["PASSKEY_API_BASE_URL", "PASSKEY_TENANT", "PASSKEY_REALM", "PASSKEY_API_TOKEN"])
def test_a_missing_option(jobs, verb, variable):
    done = jobs(verb, *([] if verb == "list" else ["j1"]), "--json", changes={variable: None})
    assert (done.code, done.error["code"]) == (2, "invalid_option")
    assert "authenticator_config" not in done.error["hint"]


def test_a_foreign_cloud_is_not_asked(jobs):
    done = jobs("get", "j1", "--json", changes={"PASSKEY_API_BASE_URL": "https://evil.test"})
    assert (done.code, done.error["code"]) == (3, "domain_not_allowed")


@pytest.mark.parametrize("verb", ["get", "revoke", "wait", "list"])
def test_a_wrong_token_is_not_shown(jobs, job, verb):
    words = [] if verb == "list" else [job("any")]
    done = jobs(verb, *words, "--json", "--log", "debug", changes={"PASSKEY_API_TOKEN": "SECRET-MARKER"})
    assert done.code == 4 and "SECRET" not in done.err and "api_token" in done.err


def test_a_job_without_its_id(jobs):
    done = jobs("get")
    assert done.code == 2 and "the job's id is missing" in done.err


# ----------------------------------------------------------------- job list

def test_job_list_goes_through_all_pages(jobs, mock, job):
    name = job("pages-4-3")
    done = jobs("list", "--identity", name, "--json")
    assert done.code == 0, done
    assert [each["id"] for each in done.json] == [f"{page}-{i}" for page in range(4) for i in range(3)]
    assert all(each["identityId"] == name for each in done.json)
    assert len(mock.log(name)) == 4 and len({entry["connection"] for entry in mock.log(name)}) == 1


def test_job_list_of_an_empty_page_in_between(jobs, job):
    assert jobs("list", "--identity", job("pages-3-0"), "--json").json == []


def test_job_list_of_the_realm(jobs, mock):
    done = jobs("list", "--quiet")
    assert (done.code, done.out) == (0, "0-0\n0-1\n")


def test_job_list_as_a_table(jobs, job):
    lines = jobs("list", "--identity", job("any")).out.splitlines()
    assert lines[0].split() == ["JOB", "STATE", "IDENTITY", "DELIVERY", "CREATED", "EXPIRES"] and len(lines) == 3


def test_job_list_larger_than_any_other_answer(jobs, job):
    done = jobs("list", "--identity", job("pages-2-900"), "--quiet")
    assert done.code == 0 and done.out.count("\n") == 1800


@pytest.mark.parametrize("num", [1, 2, 3, 5, 8])
def test_pages_that_go_round_in_a_circle(jobs, mock, job, num):
    name = job(f"circle-{num}")
    done = jobs("list", "--identity", name, "--json")
    assert (done.code, done.out, done.error["code"]) == (4, "", "bad_response")
    assert "circle" in done.error["message"] and len(mock.log(name)) < 5 * num + 5


def test_pages_without_end(jobs, mock, job):
    name = job("forever")
    done = jobs("list", "--identity", name, "--json")
    assert (done.code, done.out, done.error["code"]) == (4, "", "bad_response")
    assert "too many pages" in done.error["message"] and len(mock.log(name)) == 1000


def test_pages_have_the_time_of_one_call(jobs, job):
    done = jobs("list", "--identity", job("slow-60000-list"), "--json", "--timeout-ms", "100")
    assert (done.code, done.error["code"]) == (4, "timeout")


@pytest.mark.parametrize("status,code", [(403, "forbidden"), (404, "not_found"), (500, "server_error")])
def test_a_list_that_is_refused(jobs, job, status, code):
    done = jobs("list", "--identity", job(f"list-{status}"), "--json")
    assert (done.code, done.out, done.error["code"]) == (4, "", code)


@pytest.mark.parametrize("behaviour", ["garbage-list", "html-list", "empty-list"])
def test_a_list_that_is_none(jobs, job, behaviour):
    assert jobs("list", "--identity", job(behaviour), "--json").error["code"] == "bad_response"


# --------------------------------------------------------------- job revoke

def test_job_revoke(jobs, mock, job):
    name = job("any")
    done = jobs("revoke", name, "--identity", "i1", "--json")
    assert (done.code, done.json["id"], done.json["state"]) == (0, name, "REVOKED")
    assert jobs("get", name, "--quiet").out == "REVOKED\n"


def test_job_revoke_after_the_bind_is_a_conflict(jobs, passkey, mock, job):
    name = job("ok")
    passkey.bind(mock.link(name))
    done = jobs("revoke", name, "--json")
    assert (done.code, done.error["code"], done.error["httpStatus"]) == (4, "conflict", 409)
    assert jobs("get", name, "--quiet").out == "COMPLETE\n"


# ----------------------------------------------------------------- job wait

@pytest.mark.parametrize("state,exit_code", [("COMPLETE", 0), ("EXPIRED", 7), ("REVOKED", 7), ("FAILED_TO_SEND", 7)])
def test_job_wait_ends_with_the_job(jobs, job, state, exit_code):
    done = jobs("wait", job(f"states-{state}"), "--json")
    assert (done.code, done.json["state"], done.err) == (exit_code, state, "")


def test_job_wait_asks_until_then(jobs, mock, job):
    name = job("states-LINK_SENT-LINK_OPENED-COMPLETE")
    done = jobs("wait", name, "--quiet")
    assert (done.code, done.out) == (0, "COMPLETE\n")
    assert [entry["status"] for entry in mock.log(name)] == [200] * 3
    assert len({entry["connection"] for entry in mock.log(name)}) == 1


def test_job_wait_goes_on_behind_what_it_does_not_know(jobs, job):
    assert jobs("wait", job("states-QUITE_NEW-COMPLETE"), "--quiet").out == "COMPLETE\n"


@pytest.mark.parametrize("lost", ["close", "500", "503", "429"])
def test_job_wait_bears_a_lost_answer(jobs, mock, job, lost):
    name = job(f"states-{lost}-COMPLETE")
    done = jobs("wait", name, "--json", "--log", "warning")
    assert (done.code, done.json["state"]) == (0, "COMPLETE") and "asking again" in done.err
    assert len(mock.log(name)) == 2


def test_job_wait_bears_an_answer_that_is_late(jobs, mock, job):
    done = jobs("wait", job("slow-3000-get"), "--json", "--timeout-ms", "100", "--timeout", "2", "--log", "warning")
    assert "timeout, asking again" in done.err and '"code":"timeout"' in done.err


def test_job_wait_has_a_limit(jobs, mock, job):
    done = jobs("wait", job("states-LINK_SENT"), "--json", "--timeout", "1")
    assert (done.code, done.out, done.error["code"]) == (4, "", "timeout")
    assert "1000 ms" in done.error["message"]


@pytest.mark.parametrize("seconds", ["0", "-1", "1.5", "x", "", "99999999999", " 1"])
def test_job_wait_refuses_a_strange_limit(jobs, seconds):
    done = jobs("wait", "j1", f"--timeout={seconds}", "--json")
    assert (done.code, done.error["code"]) == (2, "invalid_argument")


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_wait(passkey, env, mock, job, signal_number):
    name = job("states-LINK_SENT")
    process = passkey.start("job", "wait", name, "--json", env=env)
    mock.wait_for(name, "get")
    process.send_signal(signal_number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, json.loads(err)["code"]) == (130, "", "canceled")


def test_a_signal_ends_a_question(passkey, env, mock, job):
    name = job("slow-60000-get")
    process = passkey.start("job", "get", name, "--json", env=env)
    mock.wait_for(name, "get")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, json.loads(err)["code"]) == (130, "", "canceled")


def test_job_wait_hears_of_the_bind(passkey, env, mock, job):
    name = job("ok")
    process = passkey.start("job", "wait", name, "--json", env=env)
    mock.wait_for(name, "get")
    made = passkey.bind(mock.link(name))
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["credentialId"]) == (0, made["passkeyId"])


def test_many_wait_at_once(passkey, env, job):
    names = [job("states-LINK_SENT-COMPLETE") for _ in range(8)]
    processes = [passkey.start("job", "wait", name, "--quiet", env=env) for name in names]
    assert [process.communicate(timeout=60)[0] for process in processes] == ["COMPLETE\n"] * 8
