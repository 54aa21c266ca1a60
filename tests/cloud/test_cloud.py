# SPDX-License-Identifier: Apache-2.0
"""passkey-cloud as a program: command line, first start, files, restart, TLS,
what its log says and does not say."""
import datetime
import hashlib
import json
import re
import signal
import socket
import ssl
import stat
import urllib.request
import warnings

import pytest
from cloud_link import Link
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from softkey import SoftKey

from cloud import Cloud, http, run


def fails(code, text, *arguments):
    done = run(*arguments)
    assert done.returncode == code and done.stdout == "" and text in done.stderr, done
    assert "Sanitizer" not in done.stderr
    return done.stderr


# -------------------------------------------------------------- command line

@pytest.mark.sqlite
def test_help_and_version():
    assert run("--help").stdout.startswith("Usage: passkey-cloud serve")
    assert re.fullmatch(r"passkey-cloud \d+\.\d+\.\d+\n", run("--version").stdout)


@pytest.mark.parametrize("arguments, text", [
    ([], "a verb is missing"), (["server"], "unknown verb"), (["token"], "token create"),
    (["token", "make"], "token create"), (["token", "create"], "--data"),
    (["serve"], "--listen and --data"), (["serve", "--listen"], "needs a value: --listen"),
    (["serve", "--data", "x"], "--listen and --data"), (["init"], "--data"),
    (["serve", "x"], "unknown argument"), (["init", "--listen", "x"], "unknown argument: --listen"),
    (["serve", "--fault-control=1"], "unknown argument: --fault-control"),
    (["serve", "--fault-control", "--fault-control"], "given twice: --fault-control"),
    (["identity"], "identity create"), (["identity", "create", "--data", "x"], "--username"),
    (["identity", "create", "--username", "x"], "--data and --username"),
    (["token", "create", "--listen", "x"], "unknown argument: --listen"),
    (["serve", "--data", "a", "--data", "b"], "given twice: --data"),
    (["init", "--data", "x", "--database", "mysql://x"], "--database"),
    (["init", "--data", "x", "--public-url", "x"], "public-url"),
    (["serve", "--data", "x", "--listen", "127.0.0.1:0", "--rate-limit", "x"], "--rate-limit"),
    (["serve", "--data", "x", "--listen", "127.0.0.1:0", "--fault", "x"], "--fault: not one of"),
    (["serve", "--data=x", "--listen=x", "--tls-key=x"], "belong together"),
    (["serve", "--data", "x", "--listen", "127.0.0.1:0", "--link-lifetime", "-1"], "seconds"),
    (["serve", "--data", "x", "--listen", "127.0.0.1:0", "--public-url", "ftp://x"], "public-url"),
    (["serve", "--data", "x", "--listen", "127.0.0.1:0", "--public-url", "http://x/?y"], "public-url"),
    (["serve", "--data", "x", "--listen", "0.0.0.0:0"], "--public-url is needed")])
@pytest.mark.sqlite
def test_usage_errors(arguments, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fails(2, text, *arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("listen", [
    "x", "", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
    "::1:80", "[::1]", "[127.0.0.1:80", "example.com:80", "[]:1", "]:1", "192.0.2.1:0"])
@pytest.mark.sqlite
def test_addresses_that_cannot_be_listened_on(listen, tmp_path):
    fails(1, "cannot listen", "serve", "--data", tmp_path / "x", "--listen", listen)
    assert not (tmp_path / "x").exists()


def test_an_address_in_use_wastes_no_first_start(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        fails(1, "Address already in use", "serve", "--data", tmp_path / "x", "--listen", listen)
    with Cloud(data=tmp_path / "x") as cloud:
        assert cloud.ready["api_token"]


# --------------------------------------------------------------- first start

def test_ready_line(tmp_path):
    with Cloud(data=tmp_path / "a" / "b") as cloud:
        assert list(cloud.ready) == [
            "api_base_url", "auth_base_url", "tenant_id", "realm_id", "application_id",
            "authenticator_config_id", "identity_id", "api_token"]
        assert re.fullmatch(r"http://localhost:\d+", cloud.api_base_url)
        assert cloud.ready["auth_base_url"] == cloud.api_base_url
        identity = cloud.call("GET", cloud.path()).json
        assert identity["id"] == cloud.identity_id and identity["status"] == "active"
        assert identity["traits"]["primary_email_address"]
    cloud.assert_clean()
    assert cloud.process.stdout.closed


@pytest.mark.sqlite
def test_modes(tmp_path):
    data = tmp_path / "new"
    with Cloud(data=data) as cloud:
        cloud.create_identity()
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        files = list(data.iterdir())
        assert data / "cloud.db" in files and len(files) > 1
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o770, 0o777, 0o710])
def test_a_folder_of_others_is_refused(mode, tmp_path):
    tmp_path.chmod(mode)
    text = fails(1, "others", "serve", "--listen", "127.0.0.1:0", "--data", tmp_path)
    assert "chmod 700" in text
    fails(1, "others", "token", "create", "--data", tmp_path)


@pytest.mark.sqlite
def test_data_that_is_no_folder_or_no_database(tmp_path):
    (tmp_path / "file").write_text("x")
    fails(1, "Not a directory", "serve", "--listen", "127.0.0.1:0", "--data", tmp_path / "file")
    (tmp_path / "cloud.db").write_text("this is not a database" * 100)
    fails(1, "not a database", "serve", "--listen", "127.0.0.1:0", "--data", tmp_path)
    assert (tmp_path / "cloud.db").read_text().startswith("this is not")


def test_a_database_of_a_newer_version(tmp_path):
    cloud = Cloud(data=tmp_path)
    cloud.stop()
    cloud.execute("INSERT INTO schema_version VALUES (999)")
    fails(1, "newer", "serve", "--listen", "127.0.0.1:0", "--data", tmp_path)


@pytest.mark.parametrize("listen, url", [
    ("127.0.0.1:0", "http://localhost:"), ("localhost:0", "http://localhost:"),
    ("127.0.0.2:0", "http://127.0.0.2:")])
def test_public_url_by_default(listen, url, tmp_path):
    with Cloud(data=tmp_path, listen=listen) as cloud:
        assert cloud.api_base_url.startswith(url)
        assert cloud.call("GET", cloud.path()).status == 200


def test_ipv6(tmp_path):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("there is no IPv6 here")
    with Cloud(data=tmp_path, listen="[::1]:0") as cloud:
        assert cloud.api_base_url.startswith("http://localhost:")
        port = cloud.api_base_url.rsplit(":", 1)[1]
        assert http("GET", f"http://[::1]:{port}/").status == 404


def test_public_url(tmp_path):
    with Cloud("--public-url", "https://Cloud.example.com/base//", data=tmp_path,
               listen="0.0.0.0:0") as cloud:
        assert cloud.api_base_url == "https://Cloud.example.com/base"
    assert "no TLS, and not on loopback" in cloud.log


# ------------------------------------------------------- restart, more tokens

def test_restart_keeps_everything(tmp_path):
    key = SoftKey()
    with Cloud(data=tmp_path) as first:
        bound, open_link = Link(first), Link(first)
        credential = bound.bind(key).json
    with Cloud(data=tmp_path, api_token=first.api_token) as second:
        assert second.ready["api_token"] is None
        for name in "tenant_id", "realm_id", "application_id", "identity_id":
            assert second.ready[name] == first.ready[name]
        assert second.credentials()[0]["id"] == credential["id"]
        for link in bound, open_link:
            link.cloud = second
        assert bound.bind(key).json == credential
        assert open_link.state == "LINK_SENT" and open_link.bind().status == 200


def test_kill_loses_nothing_that_was_acknowledged(tmp_path):
    first = Cloud(data=tmp_path)
    acknowledged = [Link(first).bind().json["id"] for _ in range(10)]
    first.process.kill()
    first.process.wait()
    first.stop()
    with Cloud(data=tmp_path, api_token=first.api_token) as second:
        assert [each["id"] for each in second.credentials()] == acknowledged


def test_token_create(tmp_path):
    fails(1, "serve", "token", "create", "--data", tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with Cloud(data=tmp_path) as cloud:
        done = run("token", "create", "--data", tmp_path)
        assert done.returncode == 0 and done.stderr == ""
        assert re.fullmatch(r"[A-Za-z0-9_-]{64}\n", done.stdout)
        token = done.stdout.strip()
        assert cloud.call("GET", cloud.path(), token=token).status == 200
        assert cloud.call("GET", cloud.path(), token=cloud.api_token).status == 200


def test_token_create_before_the_first_start(tmp_path):
    fails(1, "no tenant", "token", "create", "--data", tmp_path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it(tmp_path, number):
    cloud = Cloud(data=tmp_path)
    with socket.create_connection(("127.0.0.1", int(cloud.api_base_url.rsplit(":", 1)[1]))):
        cloud.process.send_signal(number)
        assert cloud.process.wait(10) == 0
    cloud.stop()
    assert [json.loads(line)["event"] for line in cloud.log.splitlines()] == ["ready", "stopping"]


def test_a_request_under_way_is_finished(tmp_path):
    body = json.dumps({"identity": {"display_name": "Last", "traits": {
        "type": "traits_v0", "username": "last"}}}).encode()
    cloud = Cloud(data=tmp_path)
    with socket.create_connection(("127.0.0.1", int(cloud.api_base_url.rsplit(":", 1)[1]))) as wire:
        wire.settimeout(20)
        wire.sendall(f"POST {cloud.realm_path}/identities HTTP/1.1\r\nHost: x\r\n"
                     f"Authorization: Bearer {cloud.api_token}\r\nExpect: 100-continue\r\n"
                     f"Content-Length: {len(body)}\r\n\r\n".encode())
        assert b" 100 " in wire.recv(1000)
        cloud.process.send_signal(signal.SIGTERM)
        while "stopping" not in cloud.log:
            assert cloud.process.poll() is None
        wire.sendall(body)
        assert b" 200 " in wire.recv(1000)
    cloud.stop()
    cloud.assert_clean()


# ------------------------------------------------------------------------ TLS

@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost that vouches for itself: (folder, cert, key)."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    built = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
             .public_key(key.public_key()).serial_number(1).not_valid_before(now)
             .not_valid_after(now + datetime.timedelta(days=1))
             .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
             .sign(key, hashes.SHA256()))
    (folder / "cert.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    (folder / "link.pem").symlink_to("cert.pem")
    return folder


def test_tls(certificate, tmp_path):
    with Cloud("--tls-cert", str(certificate / "link.pem"), "--tls-key",
               str(certificate / "key.pem"), data=tmp_path) as cloud:
        assert cloud.api_base_url.startswith("https://localhost:")
        trusting = ssl.create_default_context(cafile=certificate / "cert.pem")
        request = urllib.request.Request(cloud.api_base_url + cloud.path(), headers={
            "Authorization": f"Bearer {cloud.api_token}"})
        with urllib.request.urlopen(request, context=trusting) as answer:
            assert answer.status == 200
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            trusting.minimum_version = ssl.TLSVersion.TLSv1
            trusting.maximum_version = ssl.TLSVersion.TLSv1_1
        trusting.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(OSError):
            urllib.request.urlopen(request, context=trusting)
    cloud.assert_clean()


def test_tls_files_that_are_none(certificate, tmp_path, monkeypatch):
    arguments = ["serve", "--listen", "127.0.0.1:0", "--data", tmp_path / "x", "--tls-key",
                 certificate / "key.pem", "--tls-cert"]
    fails(1, "No such file", *arguments, tmp_path / "none")
    assert not (tmp_path / "x").exists()
    fails(1, "/dev/null", *arguments, "/dev/null")
    (tmp_path / "bad").write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    # what GnuTLS allocated for a certificate that it cannot read stays
    monkeypatch.setenv("ASAN_OPTIONS", "detect_leaks=0")
    fails(1, "certificate", *arguments, tmp_path / "bad")


# -------------------------------------------------------------------- secrets

def token_hashes(cloud):
    return [row["hash"] for row in cloud.rows("SELECT hash FROM api_token")]


def test_no_secret_in_log_or_database(tmp_path):
    with Cloud(data=tmp_path) as cloud:
        link, refused = Link(cloud), Link(cloud)
        key = SoftKey()
        link.invoke(), link.invoke("text/html"), link.get_info(), link.bind(key)
        refused.bind(raw="a.b.c"), refused.get_info(token="wrong-token-of-someone")
        cloud.call("GET", "/unknown?token=" + link.token)
        cloud.call("DELETE", link.url), cloud.call("GET", "/" + link.token)
        http(link.token, cloud.api_base_url + "/" + link.token)
        cloud.call("GET", cloud.path(link.token))
        files = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
        files += cloud.dump().encode()
    secrets = [link.token, refused.token, cloud.api_token, "wrong-token-of-someone"]
    for secret in secrets:
        assert secret not in cloud.log
        assert secret.encode() not in files
    assert len(cloud.log.splitlines()) > 10
    for line in cloud.log.splitlines():
        assert json.loads(line)["event"] in ("ready", "call", "stopping")


def test_no_secret_in_the_environment_or_arguments(tmp_path):
    with Cloud(data=tmp_path) as cloud:
        for name in "cmdline", "environ":
            with open(f"/proc/{cloud.process.pid}/{name}", "rb") as file:
                assert cloud.api_token.encode() not in file.read()
    assert token_hashes(cloud) == [hashlib.sha256(cloud.api_token.encode()).hexdigest()]
