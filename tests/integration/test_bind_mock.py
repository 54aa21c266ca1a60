# SPDX-License-Identifier: Apache-2.0
"""The core against a cloud that we did not write for it: bytes, connections, failures."""
import base64
import hashlib
import json
import subprocess

import pytest
from conftest import PASSKEY, files_of, pending_of
from mock_cloud import MockCloud

STEPS = ("invoke", "info", "bind")


def requests_of(mock, job):
    log = mock.log(job)
    assert [entry["violation"] for entry in log] == [None] * len(log), log
    return log


# ------------------------------------------------------------------ the wire

def test_three_requests_over_one_connection(passkey, mock, job):
    name = job("ok")
    passkey.bind(mock.link(name))
    log = requests_of(mock, name)
    assert [(entry["method"], entry["step"]) for entry in log] == [
        ("GET", "invoke"), ("POST", "info"), ("POST", "bind")]
    assert len({entry["connection"] for entry in log}) == 1


def test_a_bind_url_skips_invoke_and_never_contacts_its_own_host(passkey, mock, job):
    name = job("ok")
    passkey.bind(mock.bind_link(name, prefix="https://evil.test/bind"))
    assert [entry["step"] for entry in requests_of(mock, name)] == ["info", "bind"]


def test_a_custom_scheme(passkey, mock, job):
    passkey.bind(mock.bind_link(job("ok"), prefix="acme://bind"))


def test_the_headers_are_the_protocol_s_and_no_more(passkey, mock, job):
    name = job("ok")
    passkey.bind(mock.link(name))
    invoke, info, bind = (set(entry["headers"]) for entry in requests_of(mock, name))
    assert invoke == {"host", "user-agent", "accept"}
    assert info - {"accept"} == {"host", "user-agent", "authorization", "content-length"}
    assert bind - {"accept"} == {"host", "user-agent", "authorization", "content-type", "content-length"}


def test_the_link_s_token_is_sent_once_then_the_instruction_s(passkey, mock, job):
    name = job("ok")
    passkey.bind(mock.link(name, token="link-secret"))
    invoke, info, bind = requests_of(mock, name)
    assert invoke["query"] == "token=link-secret"
    assert "link-secret" not in json.dumps([info, bind])
    assert info["headers"]["authorization"] == bind["headers"]["authorization"]


def test_the_jws_is_as_the_protocol_says(passkey, mock, job):
    name = job("ok")
    made = passkey.bind(mock.link(name))
    body = json.loads(requests_of(mock, name)[2]["body"])
    header, payload, _ = (base64.urlsafe_b64decode(part + "==") for part in body["raw"].split("."))
    assert header.startswith(b'{"alg":"ES256","jwk":{"crv":"P-256","kty":"EC","x":"')
    assert payload.startswith(b'{"sub":"CN=identity1, OU=mockrealm, O=mocktenant","token":"')
    (registered,) = [entry for entry in mock.credentials() if entry["job_id"] == name]
    assert made["thumbprint"] == registered["thumbprint"] and made["passkeyId"] == registered["id"]


def test_ids_and_tokens_are_encoded(passkey, mock, job):
    name = job("ok")
    link = mock.bind_link(name, identity="a%2Fb+c%26", token="x%2By%3D+z")
    made = passkey.bind(link)
    info = requests_of(mock, name)[0]
    assert made["identity"]["id"] == "a/b c&"
    assert "/identities/a%2Fb%20c%26/" in info["target"]
    assert info["headers"]["authorization"] == "Bearer x+y= z"


def test_the_local_id(passkey, mock, job):
    made = passkey.bind(mock.link(job("ok")))
    text = f"mocktenant-mockrealm-identity1-{made['localCreated']}"
    assert made["id"] == hashlib.sha256(text.encode()).hexdigest()


def test_the_answer_s_ids_are_the_ones_used(passkey, mock, job):
    name = job("otherids")
    made = passkey.bind(mock.link(name))
    assert made["identity"]["id"] == "87fabad6956c6d4b"
    assert all("/identities/87fabad6956c6d4b/" in entry["target"] for entry in requests_of(mock, name)[1:])


@pytest.mark.parametrize("behaviour", ["extra", "fieldsnull", "noredirect"])
def test_optional_and_unknown_fields_are_no_obstacle(passkey, mock, job, behaviour):
    passkey.bind(mock.link(job(behaviour)))


def test_no_cookie_and_no_redirect(passkey, mock, job):
    passkey.bind(mock.link(job("ok")))
    for step in STEPS:
        name = job(f"redirect-{step}")
        error = passkey.refuse(mock.link(name))
        assert (error["code"], error["httpStatus"]) == ("unexpected_status", 302)
    assert all("cookie" not in entry["headers"] for entry in mock.log())
    assert all(entry["path"] != "/_redirected" for entry in mock.log())


def test_the_environment_s_proxy_is_not_used(passkey, mock, job):
    proxy = "http://localhost:1"
    passkey.bind(mock.link(job("ok")), env={"http_proxy": proxy, "HTTP_PROXY": proxy, "all_proxy": proxy})


def test_an_error_carries_the_correlation_id(passkey, mock, job):
    assert passkey.refuse(mock.link(job("invoke-404")))["correlationId"] == "mock-correlation"


def test_only_errors_that_may_pass_are_retryable(passkey, mock, job):
    for behaviour, retryable in (("info-429", True), ("bind-503", True), ("invoke-503", True), ("invoke-404", False), ("bind-409", False)):
        assert passkey.refuse(mock.link(job(behaviour)))["retryable"] is retryable, behaviour


# ----------------------------------------------------------------- lost answer

def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(passkey, mock, job):
    name = job("close-bind")
    passkey.bind(mock.link(name))
    binds = [entry for entry in requests_of(mock, name) if entry["step"] == "bind"]
    assert len(binds) == 2 and binds[0]["body"] == binds[1]["body"]
    assert len([entry for entry in mock.credentials() if entry["job_id"] == name]) == 1


@pytest.mark.parametrize("behaviour, times", [("invoke-500", 1), ("info-503", 1), ("bind-409", 1), ("bind-401", 1),
                                              ("bind-500", 2), ("bind-503", 2)])
def test_only_a_bind_that_may_have_arrived_is_repeated_once(passkey, mock, job, behaviour, times):
    name = job(behaviour)
    passkey.refuse(mock.link(name))
    last = [entry for entry in mock.log(name) if entry["step"] == mock.log(name)[-1]["step"]]
    assert len(last) == times and len({entry["body"] for entry in last}) == 1


def test_an_answer_that_never_comes_ends_in_an_error(passkey, mock, job):
    name = job("closealways-bind")
    assert passkey.refuse(mock.link(name))["code"] == "network_error"
    bodies = [entry["body"] for entry in mock.log(name) if entry["step"] == "bind"]
    assert 2 <= len(bodies) <= 4 and len(set(bodies)) == 1


# -------------------------------------------------------------------- failures

FAILURES = (
    [f"{step}-{status}" for step in STEPS for status in (400, 401, 403, 404, 409, 422, 429, 500, 502, 503)]
    + [f"{step}-410-{word}" for step in STEPS for word in ("expired", "revoked")]
    + [f"{how}-{step}" for step in STEPS
       for how in ("garbage", "html", "empty", "trailing", "dupkeys", "deep", "nul", "badutf8", "big",
                   "gzip", "endless", "headers", "short", "closealways", "redirect")]
    + [f"{step}-204" for step in STEPS]
    + [f"{how}-{field}" for how in ("missing", "null", "wrongtype")
       for field in ("api_base_url", "tenant_id", "realm_id", "identity_id", "job_id", "token",
                     "tenant", "tenant.display_name", "realm.display_name", "identity.display_name",
                     "identity.traits", "identity.traits.username", "theme", "theme.logo_url_light",
                     "theme.logo_url_dark", "theme.support_url", "authenticator_config",
                     "authenticator_config.tenant_id", "authenticator_config.config.type",
                     "id", "state", "create_time", "update_time")]
    + ["wrongtype-post_binding_redirect_uri", "wrongtype-identity.traits.primary_email_address",
       "blank-tenant_id", "blank-token", "blank-api_base_url", "evilbase", "httpbase", "userinfobase",
       "relativebase", "traits-traits_v9", "slow-5000", "slow-5000-bind", "dribble-info"])


# The cloud has looked at the request and will not take it.
REFUSALS = ("bad_request", "unauthorized", "forbidden", "not_found", "conflict", "link_expired", "link_revoked",
            "unprocessable")


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """A store with one passkey, which every failure below must leave as it is."""
    from conftest import Passkey
    folder = tmp_path_factory.mktemp("settled")
    return Passkey(folder / "store", folder)


@pytest.mark.parametrize("behaviour", FAILURES)
def test_a_failure_leaves_the_store_as_it_was(settled, mock, job, behaviour):
    if not settled.home.exists():
        settled.bind(mock.link(job("ok")))
    before = files_of(settled.home)
    name = job(behaviour)
    timeout = "1000" if behaviour.startswith(("slow", "dribble")) else "20000"
    error = settled.refuse(mock.link(name, token="link-secret"), "--timeout-ms", timeout)
    assert error["exit"] in (3, 4) and error["message"] and error["hint"]
    assert "link-secret" not in json.dumps(error) and "instr-" not in json.dumps(error)
    log = mock.log(name)
    assert all(entry["violation"] is None for entry in log)
    after = files_of(settled.home)
    new = pending_of(settled.home) - set(before)
    assert {path: text for path, text in after.items() if path not in new} == before
    asked = behaviour == "slow-5000-bind" or any(entry["step"] == "bind" for entry in log)
    in_doubt = asked and error["code"] not in REFUSALS
    assert len(new) == (1 if in_doubt else 0)
    assert ("passkey resume" in error["hint"]) == in_doubt


def test_a_failed_first_bind_lists_nothing(passkey, mock, job, home):
    passkey.refuse(mock.link(job("bind-409")))
    assert passkey.list() == [] and files_of(home) == {}
    passkey.refuse(mock.link(job("bind-500")))
    assert passkey.list() == [] and set(files_of(home)) == pending_of(home)


# ------------------------------------------------------------ one per identity

def test_a_new_bind_replaces_the_old(passkey, mock, job, home):
    old, new = (passkey.bind(mock.link(job("ok"))) for _ in range(2))
    assert old["id"] != new["id"] and old["thumbprint"] != new["thumbprint"]
    assert passkey.list() == [new]
    assert len(list((home / "keys").iterdir())) == 1


def test_a_used_link_is_a_conflict(passkey, mock, job):
    link = mock.link(job("ok"))
    made = passkey.bind(link)
    error = passkey.refuse(link)
    assert (error["code"], error["httpStatus"]) == ("conflict", 409)
    assert passkey.list() == [made]


def test_eight_at_once(passkey, mock, job):
    runs = [subprocess.Popen([PASSKEY, "bind", "--quiet", mock.link(job("ok"), identity=f"i{n}")],
                             env=passkey.environment(), stdout=subprocess.PIPE, text=True) for n in range(8)]
    ids = {run.communicate(timeout=120)[0].strip() for run in runs}
    assert [run.returncode for run in runs] == [0] * 8
    assert {entry["id"] for entry in passkey.list()} == ids and len(ids) == 8


def test_eight_at_once_for_one_identity(passkey, mock, job, home):
    runs = [subprocess.Popen([PASSKEY, "bind", "--quiet", mock.link(job("ok"))], env=passkey.environment(),
                             stdout=subprocess.PIPE, text=True) for _ in range(8)]
    ids = {run.communicate(timeout=120)[0].strip() for run in runs}
    assert [run.returncode for run in runs] == [0] * 8
    (listed,) = passkey.list()
    assert listed["id"] in ids and len(list((home / "keys").iterdir())) == 1


def test_nobody_listens(passkey):
    with MockCloud() as gone:
        link = gone.link("ok-gone")
    error = passkey.refuse(link)
    assert error["code"] == "network_error" and error["exit"] == 4
