# SPDX-License-Identifier: Apache-2.0
"""Failures on request: each does what docs/cloud.md says, to the calls that were
named and to no others."""
import http.client
import json
import socket
import time

import pytest
from cloud_link import Link
from postgres import free_port
from softkey import SoftKey

from cloud import Cloud, http as request

pytestmark = pytest.mark.sqlite  # no database has a part in it

BROKEN = (http.client.HTTPException, OSError)


@pytest.fixture(scope="module")
def cloud(database):
    with Cloud("--fault-control") as running:
        yield running
    running.assert_clean()


def post(cloud, spec, token="api"):
    return cloud.call("POST", "/_fault", {"fault": spec}, token=token)


@pytest.fixture
def fault(cloud):
    """fault(SPEC) asks for it; after the test there are none."""
    def ask(spec):
        answer = post(cloud, spec)
        assert answer.status == 204, answer
    yield ask
    assert cloud.call("DELETE", "/_fault").status == 204


# ------------------------------------------------------------------------ actions

def test_an_answer_that_is_lost_is_lost_after_the_work(fault, link):
    fault("route=:bind,times=1,do=lose-answer")
    key = SoftKey()
    with pytest.raises(BROKEN):
        link.bind(key)
    credential, = link.cloud.credentials(link.identity_id)
    assert link.state == "COMPLETE" and link.bind(key).json == credential
    assert link.cloud.credentials(link.identity_id) == [credential]


def test_half_an_answer(fault, link):
    fault("route=:bind,times=1,do=half-answer")
    with pytest.raises(http.client.IncompleteRead) as caught:
        link.bind()
    assert caught.value.partial.startswith(b'{"id":"') and caught.value.expected > 10
    assert link.state == "COMPLETE"


def test_a_connection_that_is_cut_leaves_nothing(fault, link):
    fault("route=:bind,times=1,do=cut")
    with pytest.raises(BROKEN):
        link.bind()
    assert link.state == "LINK_SENT" and link.bind().status == 200


@pytest.mark.parametrize("action, status, code, after", [
    ("do=status:500", 500, "internal_server_error", None),
    ("do=status:429,retry-after=2", 429, "too_many_requests", "2"),
    ("retry-after=0,do=status:503", 503, "service_unavailable", "0"),
    ("do=status:418", 418, "error", None)])
def test_statuses(fault, link, action, status, code, after):
    fault("route=:bind,times=1," + action)
    answer = link.bind(headers={"x-correlation-id": "mine"})
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (status, code, after)
    assert answer.headers["x-correlation-id"] == "mine"
    assert link.state == "LINK_SENT" and link.bind().status == 200


@pytest.mark.parametrize("action", ["do=status:503", "do=garbage"])
@pytest.mark.parametrize("verb, method", [
    (":invokeAuthenticator", "GET"), (":getInfo", "POST"), (":bind", "POST")])
def test_browsers_may_read_what_they_could_read_of_the_real_answer(fault, link, verb, method, action):
    path = link.path + verb + "?token=" + link.token
    for origin, allowed in (("http://localhost:8092", True), ("https://evil.example", False)):
        fault(f"route={verb},times=1," + action)
        answer = link.cloud.call(method, path, token=link.token, headers={"Origin": origin})
        real = link.cloud.call(method, path, token=link.token, headers={"Origin": origin})
        assert answer.headers["x-correlation-id"] and answer.raw != real.raw
        for header in ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Vary"):
            assert answer.headers[header] == real.headers[header]
        assert answer.headers["Access-Control-Allow-Origin"] == (origin if allowed else None)


def test_a_fault_of_a_link_that_is_not_there_tells_nothing(fault, cloud):
    fault("route=:bind,times=2,do=status:503")
    for path in (cloud.path("x", "credential-binding-jobs", "y:bind"), "/v1/x:bind"):
        answer = cloud.call("POST", path, headers={"Origin": "http://localhost:8092"})
        assert answer.status == 503 and answer.headers["Access-Control-Allow-Origin"] is None


def test_garbage(fault, link):
    fault("route=:bind,times=1,do=garbage")
    answer = link.bind()
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.raw)
    assert link.state == "LINK_SENT"


def test_a_delay_holds_up_nobody_else(fault, link):
    fault("route=:getInfo,times=1,do=delay:400")
    cloud = link.cloud
    connection = http.client.HTTPConnection(cloud.api_base_url.split("//")[1], timeout=30)
    started = time.monotonic()
    connection.request("POST", link.path + ":getInfo",
                       headers={"Authorization": f"Bearer {link.token}"})
    assert cloud.call("GET", cloud.path()).status == 200
    others = time.monotonic() - started
    answer = connection.getresponse()
    took = time.monotonic() - started
    assert answer.status == 200 and json.loads(answer.read())
    assert others < 0.4 <= took
    assert link.get_info().status == 200


def test_a_delayed_client_that_goes_away_does_no_harm(fault, cloud, link):
    fault("route=:getInfo,times=1,do=delay:100")
    connection = http.client.HTTPConnection(cloud.api_base_url.split("//")[1], timeout=30)
    connection.request("POST", link.path + ":getInfo",
                       headers={"Authorization": f"Bearer {link.token}"})
    connection.close()
    assert link.get_info().status == 200


def test_a_server_that_ends_waits_for_no_delay(tmp_path):
    with Cloud("--fault", "route=/identities/,do=delay:600000", data=tmp_path) as cloud:
        connection = http.client.HTTPConnection(cloud.api_base_url.split("//")[1], timeout=30)
        connection.request("GET", cloud.path(), headers={
            "Authorization": f"Bearer {cloud.api_token}", "Connection": "close"})
        assert request("GET", cloud.api_base_url + "/healthz").status == 200
        cloud.process.terminate()
        assert connection.getresponse().status == 200
        assert cloud.process.wait(20) == 0
    cloud.assert_clean()


# ----------------------------------------------------------------------- choosing

def test_skip_and_times(fault, cloud):
    fault("route=/identities/,skip=2,times=3,do=status:500")
    statuses = [cloud.call("GET", cloud.path()).status for _ in range(7)]
    assert statuses == [200, 200, 500, 500, 500, 200, 200]


def test_methods(fault, cloud):
    fault("method=POST,do=status:500")
    assert cloud.call("GET", cloud.path()).status == 200
    assert cloud.call("POST", cloud.realm_path + "/identities", {}).status == 500


def test_routes_are_looked_for_in_the_path_only(fault, cloud):
    fault("route=secret,do=status:500")
    assert cloud.call("GET", cloud.path() + "?token=secret").status == 200
    assert cloud.call("GET", "/secret").status == 500


def test_several_faults_one_after_the_other(fault, cloud):
    for status in 500, 502, 503:
        fault(f"times=1,do=status:{status}")
    assert [cloud.call("GET", cloud.path()).status for _ in range(4)] == [500, 502, 503, 200]


def test_deleting_them(fault, cloud):
    fault("do=status:500")
    assert cloud.call("GET", cloud.path()).status == 500
    assert cloud.call("DELETE", "/_fault").status == 204
    assert cloud.call("GET", cloud.path()).status == 200


def logged(cloud, correlation_id):
    """The line of a request; it is written just after the answer was sent."""
    while True:
        lines = [json.loads(line) for line in cloud.log.splitlines(True) if line.endswith("\n")]
        found = [line for line in lines if line.get("correlation_id") == correlation_id]
        if found:
            return found[0]
        assert cloud.process.poll() is None


def test_they_are_in_the_log(fault, cloud):
    fault("times=1,do=status:500")
    cloud.call("GET", cloud.path(), headers={"x-correlation-id": "logged"})
    line = logged(cloud, "logged")
    assert (line["status"], line["fault"]) == (500, "status")


# ------------------------------------------------------------------------ control

@pytest.mark.parametrize("spec, text", [
    ("", "not one of"), ("do", "not one of"), ("x=1,do=cut", "not one of"), ("route=/x", "do="),
    ("do=", "no such action"), ("do=explode", "no such action"), ("do=cut:1", "no such action"),
    ("do=delay", "no such action"), ("do=delay:", "no such action"), ("do=delay:0", "no such"),
    ("do=delay:600001", "no such action"), ("do=status:200", "no such action"),
    ("do=status:600", "no such action"), ("do=status:x", "no such action"),
    ("do=cut,times=-1", "times"), ("do=cut,times=9999999", "times"), ("do=cut,skip=", "skip"),
    ("do=cut,route=", "route"), ("do=cut,retry-after=soon", "retry-after"), ("do=cut,", "not one"),
    ("do=cut,method=PROPPATCH", "no such method"), ("do=cut,route=" + "a" * 128, "route"),
    ("do=cut,route=" + "a" * 500, "too long"), (None, "missing"), (1, "missing")])
def test_specs_that_are_none(cloud, spec, text):
    answer = post(cloud, spec)
    assert answer.status == 400, answer
    violation, = answer.json["details"][0]["field_violations"]
    assert violation["field"] == "fault" and text in violation["description"]
    assert cloud.call("GET", cloud.path()).status == 200


def test_there_is_a_limit(fault, cloud):
    for _ in range(64):
        fault("route=/nobody-asks-this,do=cut")
    assert "too many" in post(cloud, "do=cut").text


def test_control_takes_an_api_token(cloud, link):
    for token in None, "x", link.token:
        assert post(cloud, "do=cut", token=token).status == 401
        assert cloud.call("DELETE", "/_fault", token=token).status == 401


def test_without_a_switch_there_is_no_control(tmp_path):
    with Cloud("--fault", "route=/nobody-asks-this,do=cut", data=tmp_path) as cloud:
        for method in "POST", "DELETE", "GET", "HEAD", "PUT", "OPTIONS":
            body = {"fault": "do=cut"} if method in ("POST", "PUT") else None
            answer, unknown = (cloud.call(method, path, body) for path in ("/_fault", "/_faults"))
            assert answer.status == 404 and answer.raw == unknown.raw
            assert answer.headers["Allow"] is None


def test_with_the_switch_its_methods_are_named(cloud):
    answer = cloud.call("GET", "/_fault")
    assert answer.status == 405 and answer.headers["Allow"] == "POST, DELETE"


def own_address():
    """An address of this computer that is not loopback; None when it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
            address = probe.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address


@pytest.mark.skipif(not own_address(), reason="only loopback addresses here")
def test_control_is_for_loopback_only(tmp_path):
    port = free_port()
    with Cloud("--fault-control", "--public-url", "http://x", data=tmp_path,
               listen=f"0.0.0.0:{port}") as cloud:
        headers = {"Authorization": f"Bearer {cloud.api_token}"}
        body = b'{"fault":"do=cut"}'
        away, near = (f"http://{host}:{port}/_fault" for host in (own_address(), "127.0.0.1"))
        assert request("POST", away, body, headers).status == 403
        assert request("DELETE", away, headers=headers).status == 403
        assert request("DELETE", near, headers=headers).status == 204
