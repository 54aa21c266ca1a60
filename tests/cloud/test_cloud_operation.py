# SPDX-License-Identifier: Apache-2.0
"""As an operator meets the server: first start without serving, identities from
the shell, health, limits, a certificate that is renewed."""
import json
import re
import signal
import ssl
import threading

import pytest
from authority import Authority
from cloud_link import Link
from postgres import free_port
from test_cloud_faults import own_address

from cloud import Cloud, http, run

LIMITED = {"code": "too_many_requests", "message": "too many requests from this address"}


def events(cloud):
    return [json.loads(line)["event"] for line in cloud.log.splitlines()]


# ---------------------------------------------------------------------------- init

def test_init_is_the_first_start(tmp_path):
    done = run("init", "--data", tmp_path, "--public-url", "https://cloud.example.com/x/")
    assert done.returncode == 0 and done.stderr == "", done
    ready = json.loads(done.stdout)
    assert ready["api_base_url"] == ready["auth_base_url"] == "https://cloud.example.com/x"
    with Cloud(data=tmp_path, api_token=ready["api_token"]) as cloud:
        assert list(cloud.ready) == list(ready)
        for name in list(ready)[2:-1]:
            assert cloud.ready[name] == ready[name]
        assert cloud.ready["api_token"] is None
        assert Link(cloud).bind().status == 200


def test_init_again_changes_nothing(tmp_path):
    first, second = (json.loads(run("init", "--data", tmp_path).stdout) for _ in range(2))
    assert first.pop("api_token") and second.pop("api_token") is None
    assert first == second and first["api_base_url"] is None


@pytest.mark.sqlite
def test_output_that_cannot_be_written_is_a_failure(tmp_path):
    with open("/dev/full", "w") as full:
        for arguments in ["init"], ["token", "create"], ["identity", "create", "--username", "x"]:
            done = run(*arguments, "--data", tmp_path, stdout=full)
            assert done.returncode == 1, arguments


# ----------------------------------------------------------------- identity create

def identity_create(data, *arguments):
    return run("identity", "create", "--data", data, *arguments)


def test_identity_create(tmp_path):
    with Cloud(data=tmp_path) as cloud:
        done = identity_create(tmp_path, "--username", "zoë", "--display-name", "Zoë 👩‍🚀",
                               "--email", "zoe@example.com")
        assert done.returncode == 0 and done.stderr == "", done
        assert re.fullmatch(r"[0-9a-f]{16}\n", done.stdout)
        identity = cloud.call("GET", cloud.path(done.stdout.strip())).json
        assert identity["display_name"] == "Zoë 👩‍🚀" and identity["status"] == "active"
        assert identity["traits"]["username"] == "zoë"
        assert identity["traits"]["primary_email_address"] == "zoe@example.com"
        assert Link(cloud, identity["id"]).bind().status == 200
        plain = identity_create(tmp_path, "--username", "plain").stdout.strip()
        assert cloud.call("GET", cloud.path(plain)).json["display_name"] == "plain"


@pytest.mark.parametrize("arguments, text", [
    (["--username", ""], "identity.traits.username"),
    (["--username", "a<b"], "identity.traits.username: character not allowed"),
    (["--username", "x", "--email", "no"], "primary_email_address: not an email address"),
    (["--username", "x", "--display-name", "a\nb"], "identity.display_name: control character"),
    (["--username", "x" * 65], "identity.traits.username: too long"),
    (["--username", "first.user"], "username already exists"),
    (["--username", "FIRST.user"], "username already exists"),
    (["--username", b"\xff"], "invalid request")])
def test_identity_create_by_the_rules_of_the_api(tmp_path, arguments, text):
    run("init", "--data", tmp_path)
    arguments = [each.decode("utf-8", "surrogateescape") if isinstance(each, bytes) else each
                 for each in arguments]
    done = identity_create(tmp_path, *arguments)
    assert done.returncode == 1 and done.stdout == "" and text in done.stderr, done


def test_identity_create_before_the_first_start(tmp_path):
    done = identity_create(tmp_path, "--username", "x")
    assert done.returncode == 1 and "passkey-cloud init" in done.stderr


# -------------------------------------------------------------------------- health

def test_healthz(cloud):
    answer = http("GET", cloud.api_base_url + "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Content-Type"] == "application/json"
    assert http("HEAD", cloud.api_base_url + "/healthz").status == 200
    assert http("POST", cloud.api_base_url + "/healthz").headers["Allow"] == "GET"


# -------------------------------------------------------------------------- limits

@pytest.mark.sqlite
def test_an_address_that_asks_too_often(tmp_path):
    with Cloud("--rate-limit", "5", "--rate-limit-loopback", data=tmp_path) as cloud:
        link = None
        answers = [cloud.call("GET", cloud.path()) for _ in range(40)]
        refused = [answer for answer in answers if answer.status == 429]
        assert {answer.status for answer in answers[:10]} == {200} and len(refused) > 15
        for answer in refused:
            assert answer.json == LIMITED and answer.headers["Retry-After"] == "1"
            assert answer.headers["x-correlation-id"] and answer.headers["Content-Type"]
        while link is None:  # those that are refused do not count
            answer = cloud.call("POST", cloud.realm_path + "/identities", {"identity": {
                "display_name": "X", "traits": {"type": "traits_v0", "username": "later"}}})
            assert answer.status in (200, 429)
            link = answer.status == 200 or None
        assert len(cloud.rows("SELECT id FROM identity")) == 2
    cloud.assert_clean()


@pytest.mark.sqlite
def test_loopback_may_ask_as_often_as_it_likes(tmp_path):
    with Cloud("--rate-limit", "1", data=tmp_path) as cloud:
        assert {cloud.call("GET", cloud.path()).status for _ in range(50)} == {200}


@pytest.mark.sqlite
@pytest.mark.skipif(not own_address(), reason="only loopback addresses here")
@pytest.mark.parametrize("limit, statuses", [("1", {200, 429}), ("0", {200})])
def test_other_addresses_are_counted(tmp_path, limit, statuses):
    port = free_port()
    with Cloud("--rate-limit", limit, "--public-url", "http://x", data=tmp_path,
               listen=f"0.0.0.0:{port}"):
        url = f"http://{own_address()}:{port}/healthz"
        assert {http("GET", url).status for _ in range(20)} == statuses
        assert {http("GET", f"http://127.0.0.1:{port}/healthz").status for _ in range(20)} == {200}


# ------------------------------------------------------------- a renewed certificate

def until(condition):
    """Waits for what the server is about to do."""
    ticks = threading.Event()
    for _ in range(3000):
        if condition():
            return
        ticks.wait(0.01)
    raise AssertionError("it did not happen")


@pytest.fixture
def pair(tmp_path):
    """(folder, install(certificate, key)): what the server is told to use."""
    authority, folder = Authority(tmp_path / "ca"), tmp_path / "tls"
    folder.mkdir()

    def install(certificate=None, key=None):
        new = authority.issue("localhost")
        for name, text in ("cert", certificate), ("key", key):
            source = new[0] if name == "cert" else new[1]
            with open(source, "rb") as file:
                (folder / f"{name}.pem").write_bytes(file.read() if text is None else text)
    install()
    return folder, install


@pytest.fixture
def tls_cloud(pair, tmp_path):
    folder, _ = pair
    with Cloud("--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem"),
               data=tmp_path / "data") as cloud:
        yield cloud


def shown(cloud):
    """The certificate that a client is shown."""
    port = int(cloud.api_base_url.rsplit(":", 1)[1])
    return ssl.get_server_certificate(("127.0.0.1", port))


@pytest.mark.sqlite
def test_sighup_reads_the_certificate_again(tls_cloud, pair):
    before = shown(tls_cloud)
    for n in range(1, 4):
        pair[1]()
        assert shown(tls_cloud) == before
        tls_cloud.process.send_signal(signal.SIGHUP)
        until(lambda: events(tls_cloud).count("reloaded") == n)
        assert shown(tls_cloud) != before
        before = shown(tls_cloud)
    assert tls_cloud.stop() == 0 and "Sanitizer" not in tls_cloud.log


@pytest.mark.sqlite
@pytest.mark.parametrize("key, text", [(b"", "cannot be read"), (b"no key", "are no pair")])
def test_a_certificate_that_does_not_work_changes_nothing(tls_cloud, pair, key, text, monkeypatch):
    folder, install = pair
    before = shown(tls_cloud)
    if key:
        install(key=key)
    else:
        (folder / "key.pem").unlink()
    tls_cloud.process.send_signal(signal.SIGHUP)
    until(lambda: text in tls_cloud.log)
    assert shown(tls_cloud) == before
    assert tls_cloud.stop() == 0


@pytest.mark.sqlite
def test_sighup_without_tls_and_under_load(cloud):
    done = threading.Event()
    statuses = []

    def ask():
        while not done.is_set():
            statuses.append(http("GET", cloud.api_base_url + "/healthz").status)

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    try:
        for n in range(1, 6):
            so_far = len(statuses)
            until(lambda: len(statuses) > so_far + 10)
            cloud.process.send_signal(signal.SIGHUP)
            until(lambda: cloud.log.count('"reloaded"') == n)
    finally:
        done.set()
        for client in clients:
            client.join()
    assert set(statuses) == {200}
