# SPDX-License-Identifier: Apache-2.0
"""Mail servers as they should be and as they should not: TLS, logging in; what is kept
of a link meanwhile; messages as files; and the options."""
import email
import email.policy
import stat
import subprocess
import threading

import pytest
from authority import Authority
from mail_server import MailServer, free_port

from cloud import PROGRAM
from mailing import (SENDER, SECONDS, options, serving, until, create, state, link_of, as_link,
                     outbox, events, stored)


# ----------------------------------------------------------- TLS and logging in

@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.sqlite
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_tls(authority, tls):
    with MailServer(tls=tls, certificate=authority.issue("localhost")) as server, \
            serving(*options(server, "--smtp-ca", str(authority.file))) as cloud:
        create(cloud)
        assert server.wait(1)[0].tls


@pytest.mark.sqlite
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("host", ["other.example", "localhost"])
def test_a_server_that_is_not_who_it_should_be_gets_nothing(authority, tmp_path, tls, host):
    """The wrong name; the right one by an authority that is not ours."""
    issuer = Authority(tmp_path / "other") if host == "localhost" else authority
    with MailServer(tls=tls, certificate=issuer.issue(host), login=("ada", "secret")) as server, \
            serving(*options(server, "--smtp-ca", str(authority.file), "--smtp-user", "ada",
                             "--smtp-password-file", password_file(tmp_path))) as cloud:
        job, _ = create(cloud)
        until(lambda: events(cloud, "mail delayed"))
        assert state(cloud, job) == "LINK_SENT"
    assert not server.received and not server.logins


@pytest.mark.sqlite
def test_a_server_without_tls_gets_nothing_when_tls_is_wanted(authority, tmp_path):
    with MailServer(login=("ada", "secret")) as server, \
            serving(*options(server, "--smtp-ca", str(authority.file), "--smtp-user", "ada",
                             "--smtp-password-file", password_file(tmp_path))) as cloud:
        create(cloud)
        until(lambda: events(cloud, "mail delayed"))
    assert not server.received and not server.logins


def password_file(folder, password="secret"):
    file = folder / "password"
    file.write_text(password + "\n")
    return str(file)


@pytest.mark.sqlite
@pytest.mark.parametrize("way", ["file", "environment", "url"])
def test_login(authority, tmp_path, monkeypatch, way):
    password = "s:e/c@r%t"
    with MailServer(tls="starttls", certificate=authority.issue("localhost"),
                    login=("ada@example.com", password)) as server:
        url, more = server.url, ["--smtp-ca", str(authority.file)]
        if way == "file":
            more += ["--smtp-user", "ada@example.com", "--smtp-password-file",
                     password_file(tmp_path, password)]
        elif way == "environment":
            monkeypatch.setenv("PASSKEY_CLOUD_SMTP_PASSWORD", password)
            url = url.replace("://", "://ada%40example.com@")
        else:
            url = url.replace("://", "://ada%40example.com:s%3Ae%2Fc%40r%25t@")
        with serving(*options(url, *more)) as cloud:
            create(cloud)
            assert server.wait(1)[0].user == "ada@example.com"
            with open(f"/proc/{cloud.process.pid}/cmdline", "rb") as file:
                command = file.read()
            assert b"--smtp" in command and b"s%3A" not in command and b"s:e/c" not in command
            assert "s:e/c" not in cloud.log and "s%3A" not in cloud.log


@pytest.mark.sqlite
def test_a_wrong_password_is_the_operators_to_mend(authority, tmp_path):
    with MailServer(tls="implicit", certificate=authority.issue("localhost"),
                    login=("ada", "secret")) as server:
        args = options(server, "--smtp-ca", str(authority.file), "--smtp-user", "ada",
                       "--smtp-password-file")
        data = tmp_path / "data"
        with serving(*args, password_file(tmp_path, "wrong"), data=data) as cloud:
            job, _ = create(cloud)
            until(lambda: len(events(cloud, "mail delayed")) > 1)
            assert state(cloud, job) == "LINK_SENT"
        with serving(*args, password_file(tmp_path), data=data):
            assert link_of(server.wait(1)[0].message)


# --------------------------------------------------------------------- secrets

def test_the_token_is_sealed_until_sent_and_then_gone():
    later = threading.Event()
    with MailServer({"DATA": [later]}) as server, serving(*options(server)) as cloud:
        create(cloud)
        server.wait(1, of="DATA")
        row, = outbox(cloud)
        before = stored(cloud)
        later.set()
        token = link_of(server.wait(1)[0].message).split("=")[1]
        until(lambda: not outbox(cloud))
        assert row["sealed_link"] and token.encode() not in before + stored(cloud)
        assert token not in cloud.log and "invokeAuthenticator?" not in cloud.log
        assert row["sealed_link"] not in cloud.dump()
        key = cloud.data / "mail.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert key.read_text().strip() not in cloud.log


@pytest.mark.parametrize("how", ["another row's", "changed", "cut", "not base64url"])
def test_what_was_sealed_otherwise_is_not_sent(how):
    port = free_port()
    with serving(*options(f"smtp://127.0.0.1:{port}", pace=1500)) as cloud:
        jobs = [create(cloud)[0], create(cloud)[0]]
        until(lambda: len(events(cloud, "mail delayed")) >= 2)
        sealed = [row["sealed_link"] for row in outbox(cloud)]
        new = {"another row's": sealed[1], "changed": sealed[0][:-1] + "AB"[sealed[0][-1] == "A"],
               "cut": sealed[0][:20], "not base64url": "!"}[how]
        cloud.execute("UPDATE outbox SET sealed_link = ? WHERE sealed_link = ?", new, sealed[0])
        with MailServer(port=port) as server:
            received = server.wait(1)
            until(lambda: "FAILED_TO_SEND" in [state(cloud, job) for job in jobs])
            until(lambda: len(outbox(cloud)) == 1)
        assert len(received) == 1


def test_mail_of_another_key_waits_for_that_key(tmp_path):
    port = free_port()
    args = options(f"smtp://127.0.0.1:{port}")
    data = tmp_path / "data"
    with serving(*args, data=data) as first:
        create(first)
        until(lambda: events(first, "mail delayed"))
    (data / "mail.key").rename(tmp_path / "kept")
    with MailServer(port=port) as server:
        with serving(*args, data=data, api_token=first.api_token) as second:
            create(second)
            server.wait(1)
            until(lambda: len(outbox(second)) == 1)
        (tmp_path / "kept").replace(data / "mail.key")
        with serving(*args, data=data):
            server.wait(2)
    assert len({each.message["Message-ID"] for each in server.received}) == 2


# ----------------------------------------------------------------------- files

def test_without_a_mail_server_messages_are_files():
    with serving() as cloud:
        job, _ = create(cloud, display_name="Ada Lovelace")
        event = until(lambda: events(cloud, "mail written"))[0]
        file = cloud.data / "outbox" / f"{job['id']}.eml"
        assert event["job_id"] == job["id"] and event["path"] == str(file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        link = link_of(message)
        assert link.encode() in file.read_bytes() and message["To"].addresses[0].username
        assert link.split("=")[1] not in cloud.log
        until(lambda: not outbox(cloud))
        assert as_link(cloud, job, link).bind().status == 200


# --------------------------------------------------------------------- options

@pytest.mark.sqlite
@pytest.mark.parametrize("args, said", [
    (["--smtp", "smtp://localhost"], "--mail-from"),
    (["--smtp", "http://localhost", "--mail-from", SENDER], "--smtp is not like"),
    (["--smtp", "localhost", "--mail-from", SENDER], "--smtp is not like"),
    (["--smtp", "smtp://", "--mail-from", SENDER], "--smtp is not like"),
    (["--smtp", "smtp://h/?x", "--mail-from", SENDER], "--smtp is not like"),
    (["--smtp", "", "--mail-from", SENDER], "--smtp is not like"),
    (["--smtp", "smtp://h", "--mail-from", "Ada <a@b.example>"], "--mail-from is not"),
    (["--mail-from", "x\r\nBcc: y@z"], "--mail-from is not"),
    (["--mail-pace", "0"], "--mail-pace"), (["--mail-pace", "x"], "--mail-pace"),
    (["--smtp-user", "ada"], "need --smtp"), (["--smtp-ca", "x"], "need --smtp"),
    (["--smtp", "smtp://h", "--mail-from", SENDER, "--smtp-user", "a"], "no password"),
    (["--smtp", "smtp://a:pass-word@h", "--mail-from", SENDER, "--smtp-user", "a"], "a user already"),
    (["--smtp", "smtp://h", "--mail-from", SENDER, "--smtp-password-file", "x"], "needs a user"),
    (["--smtp", "smtp://a:pass-word@h:x", "--mail-from", SENDER], "--smtp is not like")])
def test_wrong_options(tmp_path, args, said):
    data = tmp_path / "data"
    ended = subprocess.run([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data", data, *args],
                           capture_output=True, text=True, timeout=SECONDS)
    assert ended.returncode == 2 and said in ended.stderr and not ended.stdout
    assert "pass-word" not in ended.stderr
    with serving(data=data) as cloud:
        assert cloud.api_token


@pytest.mark.sqlite
@pytest.mark.parametrize("args", [["--smtp-user", "a", "--smtp-password-file"], ["--smtp-ca"]])
def test_a_file_that_is_not_there(tmp_path, args):
    ended = subprocess.run(
        [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data", tmp_path / "data", "--smtp",
         "smtp://h", "--mail-from", SENDER, *args, tmp_path / "none"], capture_output=True,
        text=True, timeout=SECONDS)
    assert ended.returncode == 1 and f"{tmp_path}/none: No such file" in ended.stderr


@pytest.mark.sqlite
@pytest.mark.parametrize("content", ["", "x\n", "A" * 42 + "\n", "A" * 400])
def test_a_broken_key_is_not_replaced(tmp_path, content):
    with serving(data=tmp_path / "data"):
        pass
    (tmp_path / "data" / "mail.key").write_text(content)
    ended = subprocess.run([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data",
                            tmp_path / "data"], capture_output=True, text=True, timeout=SECONDS)
    assert ended.returncode == 1 and "mail.key" in ended.stderr
    assert (tmp_path / "data" / "mail.key").read_text() == content
