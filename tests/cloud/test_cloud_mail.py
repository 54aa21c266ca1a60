# SPDX-License-Identifier: Apache-2.0
"""Links that go out by email, to a real SMTP server, and how they come back."""
import collections
import contextlib
import email
import email.header
import email.policy
import email.utils
import json
import os
import re
import signal
import stat
import subprocess
import threading
import time

import pytest
from authority import Authority
from cloud_link import Link
from mail_server import MailServer, free_port

from cloud import PROGRAM, Cloud, http

SENDER = "no-reply@mail.example"
SECONDS = 60


def options(server, *more, pace=100):
    return ["--smtp", server if isinstance(server, str) else server.url, "--mail-from", SENDER,
            "--mail-pace", str(pace), *more]


@contextlib.contextmanager
def serving(*args, **more):
    with Cloud(*args, **more) as cloud:
        yield cloud
    cloud.assert_clean()


def until(condition, what="it"):
    deadline = time.monotonic() + SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)
    return value


def create(cloud, **identity):
    """An EMAIL job for a new identity: (job, identity)."""
    identity = cloud.create_identity(**identity)
    job, link = cloud.create_job(identity["id"], delivery_method="EMAIL")
    assert link is None and job["delivery_method"] == "EMAIL" and job["state"] == "LINK_SENT"
    return job, identity


def refuse(cloud, identity_id):
    return cloud.call("POST", cloud.path(identity_id, "credential-binding-jobs"), {
        "job": {"delivery_method": "EMAIL",
                "authenticator_config_id": cloud.authenticator_config_id}})


def state(cloud, job):
    return cloud.job(job["id"])["state"]


def part(message, subtype):
    return message.get_body((subtype,)).get_content().replace("\r\n", "\n")


def link_of(message):
    return re.search(r"^http\S+:invokeAuthenticator\?token=\S+$", part(message, "plain"), re.M)[0]


def as_link(cloud, job, url):
    """The same as a client's Link."""
    link = Link.__new__(Link)
    link.cloud, link.identity_id, link.job, link.url, link.id = (
        cloud, job["identity_id"], job, url, job["id"])
    link.token = url.split("?token=")[1]
    link.path = cloud.path(job["identity_id"], "credential-binding-jobs", job["id"])
    link.instruction = link.invoke().json
    return link


def outbox(cloud):
    return cloud.rows("SELECT * FROM outbox ORDER BY job_id")


def events(cloud, name):
    lines = [json.loads(line) for line in cloud.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == name]


def stored(cloud):
    """All that is in the database and beside it."""
    return cloud.dump().encode() + b"".join(file.read_bytes() for file in cloud.data.rglob("*")
                    if file.is_file() and file.suffix != ".eml")


# ------------------------------------------------------------------- message

@pytest.fixture(scope="module")
def server():
    with MailServer() as running:
        yield running


@pytest.fixture(scope="module")
def mailing(database, server):
    with serving(*options(server)) as cloud:
        yield cloud


def send(mailing, server, **identity):
    job, identity = create(mailing, **identity)
    number = len(server.received) + 1
    return job, identity, server.wait(number)[-1]


def test_message(mailing, server):
    before = time.time()
    job, identity, received = send(mailing, server, display_name="Ada Lovelace")
    message = received.message
    address = identity["traits"]["primary_email_address"]
    assert received.sender == SENDER and received.recipients == [address]
    assert message["From"].addresses[0].addr_spec == SENDER
    assert [a.addr_spec for a in message["To"].addresses] == [address]
    assert message["To"].addresses[0].display_name == "Ada Lovelace"
    assert message["Subject"] == "Set up your passkey for Local Realm"
    assert message["Message-ID"] == f"<passkey.{job['id']}@mail.example>"
    assert message["Auto-Submitted"] == "auto-generated" and message["MIME-Version"] == "1.0"
    date = email.utils.parsedate_to_datetime(message["Date"])
    assert date.utcoffset() is not None and abs(date.timestamp() - before) < 30
    assert message.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects and not [p.defects for p in message.walk() if p.defects]


def test_every_line_is_of_a_message(mailing, server):
    raw = send(mailing, server, display_name="Çelik " * 10)[2].raw
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    head, body = raw.split(b"\r\n\r\n", 1)
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))
    assert all(len(line) <= 998 for line in body.split(b"\r\n")) and raw.isascii()


def test_both_parts_say_the_same(mailing, server):
    _, _, received = send(mailing, server, display_name="Ada Lovelace")
    text, html = part(received.message, "plain"), part(received.message, "html")
    link = link_of(received.message)
    for said in text, html:
        assert "Ada Lovelace" in said and "Local Realm" in said and " UTC" in said
    assert html.count(f'href="{link}"') == 2 and f">{link}</a>" in html
    assert "<script" not in html and html.startswith("<!DOCTYPE html>")


def test_the_link_works(mailing, server):
    job, _, received = send(mailing, server)
    link = as_link(mailing, job, link_of(received.message))
    clicked = link.invoke("text/html")
    assert clicked.status == 302
    assert clicked.headers["Location"].startswith("http://127.0.0.1:8092/bind?api_base_url=")
    assert link.state == "LINK_OPENED"
    assert link.get_info().status == 200 and link.state == "REQUEST_DELIVERED"
    assert link.bind().status == 200 and link.state == "COMPLETE"


def display_name(raw, field):
    """Python's newer parser leaves spaces between encoded words (RFC 2047, 6.2); the older
    one does not."""
    words = email.utils.parseaddr(email.message_from_bytes(raw)[field])[0]
    return str(email.header.make_header(email.header.decode_header(words)))


@pytest.mark.sqlite
@pytest.mark.parametrize("name", [
    "Zoë Ünsal", "山田 太郎", "a, b", "Dr. Who", "-'_", "Ada (home) @ example.com", '"', "é" * 64,
    "👩‍💻" * 16, "  two  spaces ", "Ada\u2028Bcc", "Tom & Jerry", "A" * 64, "0"])
def test_display_names(mailing, server, name):
    _, identity, received = send(mailing, server, display_name=name)
    message = received.message
    assert [a.addr_spec for a in message["To"].addresses] == [
        identity["traits"]["primary_email_address"]]
    assert display_name(received.raw, "To") == name
    assert set(message.keys()) == {"Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted",
                                   "MIME-Version", "Content-Type"}
    assert f"Hello {name}," in part(message, "plain")
    assert name.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#39;") in part(
        message, "html")


@pytest.mark.sqlite
@pytest.mark.parametrize("address", [
    "x@localhost", "first.last+tag@sub.example.com", "o'neil@example.com",
    "!#$%&'*+-/=?^_`{|}~@example.com", "a" * 64 + "@example.com"])
def test_addresses(mailing, server, address):
    assert send(mailing, server, email=address)[2].recipients == [address]


# ---------------------------------------------------------------- no message

@pytest.mark.sqlite
@pytest.mark.parametrize("address", [
    "jürgen@example.com", "x@exämple.com", ".x@example.com", "x.@example.com", "x..y@example.com",
    "x@example..com", "x@.example.com", "x@[127.0.0.1]", "x@example_1.com", "x\\y@example.com",
    "a" * 65 + "@example.com"])
def test_an_address_that_mail_cannot_reach(mailing, address):
    identity = mailing.create_identity(email=address)
    answer = refuse(mailing, identity["id"])
    assert answer.status == 422 and answer.code == "unprocessable_entity"
    assert answer.json["details"][0]["resource_type"] == "Identity"
    assert address not in answer.text
    assert mailing.call("GET", mailing.path(identity["id"], "credential-binding-jobs")).json[
        "total_size"] == 0


@pytest.mark.parametrize("traits", [{}, {"primary_email_address": None}])
def test_no_address(mailing, traits):
    name = f"nobody-{os.urandom(4).hex()}"
    identity = mailing.call("POST", mailing.realm_path + "/identities", {
        "identity": {"display_name": name,
                     "traits": {"type": "traits_v0", "username": name, **traits}}}).json
    answer = refuse(mailing, identity["id"])
    text = "Identity missing email address"
    assert answer.status == 422
    assert answer.json == {"code": "unprocessable_entity", "message": text, "details": [
        {"type": "ResourceInfo", "resource_type": "Identity", "id": identity["id"],
         "description": text}]}


# ----------------------------------------------------------------------- theme

def test_theme(mailing, server):
    """A hostile theme at that: what can be in it is written as text."""
    theme = {"email_realm_name": "Åcme & <Söhne>", "button_color": "#0a0B0c",
             "button_text_color": "#fed", "support_url": "https://help.example/?a=1&b=2",
             "logo_url_light": "https://img.example/light.png",
             "logo_url_dark": "https://img.example/dark.png"}
    path = mailing.realm_path + "/themes/active"
    before = mailing.call("GET", path).json
    answer = mailing.call("PATCH", path, {"theme": theme})
    assert answer.status == 200, answer
    try:
        message = send(mailing, server)[2].message
    finally:
        mailing.call("PATCH", path, {"theme": {name: before.get(name, "") for name in theme}})
    text, html = part(message, "plain"), part(message, "html")
    assert message["Subject"] == "Set up your passkey for Åcme & <Söhne>"
    assert message["From"].addresses[0].display_name == "Åcme & <Söhne>"
    assert "Åcme & <Söhne>" in text and "Help: https://help.example/?a=1&b=2\n" in text
    assert "Åcme &amp; &lt;Söhne&gt;" in html and "<Söhne>" not in html
    for expected in ("background: #0a0B0c", "color: #fed", 'href="https://help.example/?a=1&amp;b=2"',
                     'src="https://img.example/light.png"', 'srcset="https://img.example/dark.png"'):
        assert expected in html


# --------------------------------------------------------------------- retries

@pytest.mark.parametrize("plan", [
    {"RCPT": ["451 greylisted", "450 later"]}, {"DATA": ["452 full", "421 closing"]},
    {"MAIL": ["451 later"]}, {"MAIL": ["530 log in first"]}])
def test_what_may_go_better_later_is_tried_again(plan):
    with MailServer(plan) as server, serving(*options(server)) as cloud:
        job, _ = create(cloud)
        link = link_of(server.wait(1)[0].message)
        until(lambda: not outbox(cloud))
        delayed = sum(map(len, plan.values()))
        assert len(events(cloud, "mail delayed")) == delayed
        assert events(cloud, "mail sent")[0]["attempt"] == delayed + 1
        assert as_link(cloud, job, link).bind().status == 200
    assert len(server.received) == 1


@pytest.mark.parametrize("plan", [{"RCPT": ["550 no such user"]}, {"DATA": ["554 spam"]},
                                  {"MAIL": ["553 sender refused"]}])
def test_what_the_server_will_never_take_has_failed(plan):
    with MailServer(plan) as server, serving(*options(server)) as cloud:
        job, _ = create(cloud)
        until(lambda: state(cloud, job) == "FAILED_TO_SEND")
        row, = outbox(cloud)
        code = next(iter(plan.values()))[0].split()[0]
        assert row["state"] == "FAILED" and row["sealed_link"] is None and row["attempts"] == 1
        assert row["last_error"] == f"the mail server answered {code}"
        create(cloud)
        assert len(server.wait(1)) == 1
    assert len(events(cloud, "mail failed")) == 1
    assert server.received[0].recipients and state


def test_after_the_last_try_it_has_failed():
    with MailServer({"RCPT": ["451 later"] * 16}) as server, \
            serving(*options(server, pace=20)) as cloud:
        job, _ = create(cloud)
        until(lambda: state(cloud, job) == "FAILED_TO_SEND")
        assert server.commands.count("RCPT") == 16 and not server.plan["RCPT"]
        assert outbox(cloud)[0]["attempts"] == 16
        assert cloud.call("POST", cloud.path("-", "credential-binding-jobs", job["id"]) +
                          ":revoke").json["state"] == "REVOKED"
    assert not server.received


def test_a_message_that_arrived_all_the_same_still_works():
    """The server took the message and then said no: the click proves that it came."""
    with MailServer() as server, serving(*options(server)) as cloud:
        job, _ = create(cloud)
        link = as_link(cloud, job, link_of(server.wait(1)[0].message))
        cloud.execute("UPDATE job SET state = 'FAILED_TO_SEND'")
        assert link.invoke("text/html").status == 302 and link.state == "LINK_OPENED"


def test_pauses_grow_up_to_an_hour():
    with serving("--smtp", f"smtp://127.0.0.1:{free_port()}", "--mail-from", SENDER) as cloud:
        create(cloud)
        for tries, longest in (1, 10), (2, 20), (5, 160), (12, 3600), (15, 3600):
            cloud.execute("UPDATE outbox SET attempts = ?, next_ms = 0", tries - 1)
            row = until(lambda: [row for row in outbox(cloud) if row["attempts"] == tries and
                                 row["state"] == "QUEUED" and row["next_ms"] > 0])[0]
            pause = row["next_ms"] / 1000 - time.time()
            assert longest / 2 - 5 < pause <= longest, (tries, pause)


def test_a_server_that_comes_back():
    port = free_port()
    with serving(*options(f"smtp://127.0.0.1:{port}", pace=400)) as cloud:
        job, _ = create(cloud)
        until(lambda: events(cloud, "mail delayed"))
        assert state(cloud, job) == "LINK_SENT"
        with MailServer(port=port) as server:
            assert link_of(server.wait(1)[0].message)


def test_restart_in_between(tmp_path):
    port = free_port()
    args = options(f"smtp://127.0.0.1:{port}", pace=400)
    with serving(*args, data=tmp_path / "data") as first:
        job, _ = create(first)
        until(lambda: events(first, "mail delayed"))
    with MailServer(port=port) as server, \
            serving(*args, data=tmp_path / "data", api_token=first.api_token,
                    listen=first.api_base_url.replace("http://localhost", "127.0.0.1")) as second:
        link = link_of(server.wait(1)[0].message)
        assert as_link(second, job, link).bind().status == 200
    assert len(server.received) == 1


def test_kill_in_between(tmp_path):
    """Killed after the message was sent and before the answer came: sent again."""
    never = threading.Event()
    args = {"data": tmp_path / "data"}
    with MailServer({"DATA": [never]}) as server:
        with Cloud(*options(server, pace=50), **args) as first:
            create(first)
            server.wait(1, of="DATA")
            first.process.send_signal(signal.SIGKILL)
            first.process.wait(SECONDS)
        assert outbox(first)[0]["state"] == "SENDING"
        with serving(*options(server, pace=50), **args, api_token=first.api_token) as second:
            server.wait(2, of="DATA")
            until(lambda: not outbox(second))
        never.set()
        ids = {each.message["Message-ID"] for each in server.wait(1)}
        assert len(ids) == 1


@pytest.mark.sqlite
def test_stopping_does_not_wait_for_a_server_that_hangs():
    never = threading.Event()
    with MailServer({"DATA": [never]}) as server:
        with serving(*options(server, pace=2000)) as cloud:
            create(cloud)
            server.wait(1, of="DATA")
            started = time.monotonic()
            assert cloud.process.poll() is None
        assert time.monotonic() - started < 20
        never.set()


def test_two_servers_send_each_once(tmp_path):
    with MailServer() as server, serving(*options(server), data=tmp_path / "data") as one, \
            serving(*options(server), data=tmp_path / "data", api_token=one.api_token) as two:
        jobs = [create(cloud)[0]["id"] for _ in range(15) for cloud in (one, two)]
        server.wait(len(jobs))
        until(lambda: not outbox(one))
        sent = [line["job_id"] for cloud in (one, two) for line in events(cloud, "mail sent")]
        ids = [each.message["Message-ID"] for each in server.received]
    assert sorted(sent) == sorted(jobs)
    assert collections.Counter(ids) == collections.Counter(
        f"<passkey.{id}@mail.example>" for id in jobs)


@pytest.mark.postgresql
def test_a_database_that_comes_back(postgres):
    """It goes away while the message is being sent, so that this cannot be noted at first."""
    later = threading.Event()
    with MailServer({"DATA": [later]}) as server, serving(*options(server, pace=1000)) as cloud:
        create(cloud)
        server.wait(1, of="DATA")
        postgres.stop()
        later.set()
        server.wait(1)
        until(lambda: events(cloud, "failure"))
        postgres.start()
        until(lambda: not outbox(cloud))
        create(cloud)
        server.wait(2)
    assert len({each.message["Message-ID"] for each in server.received}) == 2
    assert len(server.received) == 2


# -------------------------------------------------------- what is not sent at all

@pytest.mark.parametrize("how", ["revoked", "deleted", "suspended", "expired"])
def test_a_link_that_is_of_no_use_is_not_sent(how):
    port = free_port()
    life = ["--link-lifetime", "3"] if how == "expired" else []
    with serving(*options(f"smtp://127.0.0.1:{port}", *life, pace=1500)) as cloud:
        job, identity = create(cloud)
        until(lambda: events(cloud, "mail delayed"))
        if how == "revoked":
            cloud.call("POST", cloud.path("-", "credential-binding-jobs", job["id"]) + ":revoke")
        elif how == "deleted":
            assert cloud.call("DELETE", cloud.path(identity["id"])).status == 200
        elif how == "suspended":
            assert cloud.call("PATCH", cloud.path(identity["id"]), {
                "identity": {"status": "suspended", "traits": {"type": "traits_v0"}}}).status == 200
        else:
            until(lambda: state(cloud, job) == "EXPIRED")
        with MailServer(port=port) as server:
            until(lambda: not [row for row in outbox(cloud) if row["state"] != "FAILED"])
            if how == "suspended":
                assert state(cloud, job) == "FAILED_TO_SEND"
            assert not server.commands


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
