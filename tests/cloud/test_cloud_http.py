# SPDX-License-Identifier: Apache-2.0
"""The server as a stranger on the network meets it: odd requests, half
requests, too much of everything."""
import json
import socket
import uuid

import pytest

from cloud import http
from wire import Wire, exchange


@pytest.fixture
def head(cloud):
    return f"Host: x\r\nAuthorization: Bearer {cloud.api_token}\r\n"


def alive(cloud):
    return cloud.call("GET", cloud.path()).status == 200


# ---------------------------------------------------------- paths and methods

@pytest.mark.parametrize("path", [
    "/", "/v1", "/v1/", "/v2/tenants/t/realms/r/identities", "/v1/tenants/t/realm/r", "/favicon.ico",
    "/v1/tenants//realms/r/identities", "/v1/tenants/t/realms/r/identities/",
    "/v1/tenants/t/realms/r/identities/i/credentials/c:bind", "/../etc/passwd", "/%2e%2e/x",
    "/v1/tenants/t/realms/r/identities/i/credential-binding-jobs/j:Bind",
    "/v1/tenants/t/realms/r/identities/i/credential-binding-jobs/j:bind:bind",
    "/v1/tenants/t/realms/r/identities/i/credential-binding-jobs/:bind",
    "/v1/tenants/t/realms/r/identities/i/credential-binding-jobs/j:bind/"])
def test_unknown_paths(cloud, path):
    for method in "GET", "POST", "OPTIONS":
        answer = cloud.call(method, path)
        assert answer.status == 404
        assert answer.json == {"code": "not_found",
                               "message": "The requested resource was not found."}


@pytest.mark.parametrize("path, allow", [
    ("identities", "POST, GET"), ("identities/i/credentials", "GET"),
    ("identities/i/credential-binding-jobs/j:bind", "POST"),
    ("identities/i/credential-binding-jobs/j:invokeAuthenticator", "GET, POST"),
    ("identities/i/credentials/c:revoke", "POST")])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "BREW", "get"])
def test_wrong_methods(cloud, path, allow, method):
    answer = cloud.call(method, f"{cloud.realm_path}/{path}")
    assert answer.status == 405 and answer.headers["Allow"] == allow
    assert answer.json == {"code": "method_not_allowed", "message": "method not allowed"}


@pytest.mark.parametrize("escaped", ["%2e%2e%2f", "%00", "a%00b", "%ff", "%", "%zz", "a%2Fb"])
def test_escapes_in_paths(cloud, escaped):
    assert cloud.call("GET", cloud.path(escaped)).status == 404
    assert alive(cloud)


def test_encoded_ids_are_ids(cloud):
    id = cloud.identity_id
    assert cloud.call("GET", cloud.path(f"%{ord(id[0]):02x}{id[1:]}")).status == 200


def test_targets(cloud, head):
    path = cloud.path()
    for target, status in [(path, 200), (f"http://x{path}", 200), ("/" + path, 200), ("*", 400),
                           ("x", 400), ("http://x", 400), (path + "?", 200), (path + "?a=%", 200),
                           (path + "#x", 404)]:
        assert exchange(cloud, f"GET {target} HTTP/1.1\r\n{head}\r\n")[0] == status, target


def test_head(cloud):
    answer = http("HEAD", cloud.api_base_url + cloud.path(),
                  headers={"Authorization": f"Bearer {cloud.api_token}"})
    assert answer.status == 200 and answer.raw == b"" and int(answer.headers["Content-Length"]) > 0


# ------------------------------------------------------------- correlation id

def test_correlation_id_comes_back(cloud):
    for path in cloud.path(), "/", cloud.path("x"):
        for id in "x", str(uuid.uuid4()), "a" * 128:
            answer = cloud.call("GET", path, headers={"X-Correlation-Id": id})
            assert answer.headers["x-correlation-id"] == id


@pytest.mark.parametrize("id", ["", "a" * 129, "a b", "\u00fc", "a\tb"])
def test_correlation_id_is_made(cloud, id):
    made = cloud.call("GET", cloud.path(), headers={"X-Correlation-Id": id}).headers[
        "x-correlation-id"]
    assert str(uuid.UUID(made)) == made
    assert cloud.call("GET", cloud.path()).headers["x-correlation-id"] != made


# --------------------------------------------------------------------- limits

def body_of(size):
    return b'{"x":"' + b"a" * (size - 8) + b'"}'


def test_body_of_64_kib_is_read_and_more_is_not(cloud):
    path = cloud.realm_path + "/identities"
    assert cloud.call("POST", path, body_of(65536)).code == "bad_request"
    answer = cloud.call("POST", path, body_of(65537))
    assert answer.status == 413 and answer.code == "payload_too_large"


def test_a_large_body_is_refused_before_it_is_sent(cloud, head):
    status, _, body = exchange(cloud, f"POST {cloud.realm_path}/identities HTTP/1.1\r\n{head}"
                                      "Content-Length: 99999999999\r\n\r\n")
    assert status == 413 and json.loads(body)["code"] == "payload_too_large"


def test_a_large_body_in_chunks(cloud, head):
    with Wire(cloud) as wire:
        wire.send(f"POST {cloud.realm_path}/identities HTTP/1.1\r\n{head}"
                  "Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(5):
            wire.send(b"4000\r\n" + b"a" * 0x4000 + b"\r\n")
        wire.send("0\r\n\r\n")
        status, _, body = wire.answer()
    assert status == 413 and json.loads(body)["code"] == "payload_too_large"


def test_chunks_without_end_are_cut(cloud, head):
    with Wire(cloud) as wire:
        wire.send(f"POST {cloud.realm_path}/identities HTTP/1.1\r\n{head}"
                  "Transfer-Encoding: chunked\r\n\r\n")
        with pytest.raises(OSError):
            for _ in range(4000):
                wire.send(b"4000\r\n" + b"a" * 0x4000 + b"\r\n")
    assert alive(cloud)


def test_a_body_in_chunks_is_a_body(cloud, head):
    body = json.dumps({"identity": {"display_name": "Chunks", "traits": {
        "type": "traits_v0", "username": uuid.uuid4().hex}}})
    chunks = "".join(f"1\r\n{each}\r\n" for each in body)
    status, _, _ = exchange(cloud, f"POST {cloud.realm_path}/identities HTTP/1.1\r\n{head}"
                                   f"Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
    assert status == 200


@pytest.mark.parametrize("text", [
    "GET /{a} HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nX: {a}\r\n\r\n",
    "GET / HTTP/1.1\r\n{headers}\r\n", "{a} / HTTP/1.1\r\n\r\n"])
def test_large_heads(cloud, text):
    text = text.replace("{a}", "a" * 100000).replace(
        "{headers}", "".join(f"X-{i}: {i}\r\n" for i in range(10000)))
    with Wire(cloud) as wire:
        try:
            wire.send(text)
            status, _, _ = wire.answer()
        except OSError:
            status = None
    assert status in (None, 400, 413, 414, 431)
    assert alive(cloud)


# -------------------------------------------------------- malformed and partial

@pytest.mark.parametrize("text", [
    b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"GET /\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n", b"\r\n\r\n\r\n"])
def test_malformed_requests_end_with_an_error_or_nothing(cloud, text):
    with Wire(cloud) as wire:
        wire.send(text)
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.answer()[0] in (None, 400, 404, 501, 505)
    assert alive(cloud)


def test_half_requests_leave_nothing_behind(cloud, head):
    body = '{"identity":{"display_name":"Half","traits":{"type":"traits_v0","username":"half"}}}'
    whole = (f"POST {cloud.realm_path}/identities HTTP/1.1\r\n{head}"
             f"Content-Length: {len(body)}\r\n\r\n{body}")
    for length in range(0, len(whole) - 1, 13):
        with Wire(cloud) as wire:
            wire.send(whole[:length])
    listed = cloud.call("GET", cloud.realm_path + "/identities?page_size=200").json["identities"]
    assert "half" not in [each["traits"]["username"] for each in listed]


def test_many_idle_connections_do_not_stop_others(cloud):
    wires = [Wire(cloud) for _ in range(200)]
    for wire in wires:
        wire.send("GET / HT")
    assert alive(cloud)
    for wire in wires:
        wire.__exit__()


def test_pipelined_requests_are_answered_in_order(cloud, head):
    paths = [cloud.path(), "/unknown", cloud.path("-", "credentials"), cloud.path()]
    with Wire(cloud) as wire:
        wire.send("".join(f"GET {path} HTTP/1.1\r\n{head}X-Correlation-Id: {i}\r\n\r\n"
                          for i, path in enumerate(paths)))
        answers = [wire.answer() for _ in paths]
    assert [status for status, _, _ in answers] == [200, 404, 200, 200]
    assert [headers["x-correlation-id"] for _, headers, _ in answers] == list("0123")


def test_connections_are_kept(cloud, head):
    with Wire(cloud) as wire:
        for _ in range(50):
            wire.send(f"GET {cloud.path()} HTTP/1.1\r\n{head}\r\n")
            assert wire.answer()[0] == 200


def test_expect_100_continue(cloud, head):
    with Wire(cloud) as wire:
        wire.send(f"POST {cloud.realm_path}/identities HTTP/1.1\r\n{head}Content-Length: 2\r\n"
                  "Expect: 100-continue\r\n\r\n")
        assert wire.answer()[0] == 100
        wire.send("{}")
        assert wire.answer()[0] == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"identity":1,"identity":2}',
                                  b'{"identity":{"display_name":"\xff"}}', b"[" * 60000,
                                  b'{"identity":' * 40 + b"1" + b"}" * 40, b"{} {}"])
def test_bodies_that_are_no_json_object(cloud, body):
    answer = cloud.call("POST", cloud.realm_path + "/identities", body)
    assert answer.status == 400
    assert answer.json == {"code": "bad_request", "message": "invalid request"}
