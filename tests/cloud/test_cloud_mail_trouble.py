# SPDX-License-Identifier: Apache-2.0
"""Mail servers that refuse at each step, strip TLS, talk too much, or too slowly: the
link is sent later or has failed, nothing secret gets out, and nothing else suffers."""
import contextlib
import time

import pytest
from authority import Authority
from cloud_link import Link
from raw_mail_server import RawMailServer

from cloud import Cloud
from mailing import as_link, create, link_of_text, options, outbox, serving, state, until

pytestmark = pytest.mark.sqlite
SECRET = "a password of the operator"


@pytest.fixture(scope="module")
def server():
    with RawMailServer() as running:
        yield running


@pytest.fixture(scope="module")
def cloud(database, server):
    with serving(*options(server, pace=30)) as running:
        yield running


@pytest.fixture(autouse=True)
def welcoming(request):
    """Each test begins with a server that takes everything."""
    if "server" in request.fixturenames:
        request.getfixturevalue("server").begin_again()


def tried(cloud, job):
    """The message's row after the first try."""
    row, = until(lambda: [row for row in outbox(cloud) if row["job_id"] == job["id"]
                          and row["last_error"]], "a try")
    return row


STEPS = ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "END"]
CONNECTION = ["GREETING", "EHLO"]  # what is refused is not the message


def refuse(server, step, answer):
    server.says[step] = answer
    if step == "EHLO":  # else libcurl says HELO and goes on
        server.says["HELO"] = answer


@pytest.mark.parametrize("answer", ["421 go away", "450 busy", "451 trouble", "452 full"])
@pytest.mark.parametrize("step", STEPS)
def test_what_is_refused_for_now_is_sent_later(cloud, server, step, answer):
    refuse(server, step, answer)
    job, _ = create(cloud)
    row = tried(cloud, job)
    assert row["state"] in ("QUEUED", "SENDING") and state(cloud, job) == "LINK_SENT"
    server.says.clear()
    server.wait(lambda: server.messages)
    until(lambda: not outbox(cloud), "an empty outbox")
    assert len(server.messages) == 1
    assert as_link(cloud, job, link_of_text(server.messages[0])).bind().status == 200


@pytest.mark.parametrize("answer", ["500 what", "550 no", "552 too large", "554 never", "571 policy"])
@pytest.mark.parametrize("step", STEPS)
def test_what_is_refused_for_good_has_failed(cloud, server, step, answer):
    refuse(server, step, answer)
    job, _ = create(cloud)
    row = tried(cloud, job)
    if step in CONNECTION:
        assert state(cloud, job) == "LINK_SENT" and row["sealed_link"]
        server.says.clear()
        server.wait(lambda: server.messages)
        until(lambda: not outbox(cloud), "an empty outbox")
        return
    assert state(cloud, job) == "FAILED_TO_SEND" and row["sealed_link"] is None
    assert row["last_error"] == f"the mail server answered {answer[:3]}"
    cloud.execute("DELETE FROM outbox")
    assert not server.messages


def drip(connection):
    with contextlib.suppress(OSError):
        for byte in b"220-" + b"a" * 100000:
            connection.sendall(bytes([byte]))
            time.sleep(0.01)


def flood(connection):
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(b"220-more and more\r\n" * 1000)


STRANGE = {
    "no line": b"220 " + b"a" * 4000000, "a line that never ends": drip, "no end of lines": flood,
    "nothing": lambda connection: connection.recv(1), "a close": None, "HTTP": "HTTP/1.1 400 Bad",
    "nonsense": b"\x00\xff" * 1000 + b"\r\n", "an end of line": b"\r\n", "a number": "220",
    "another number": "354 go on", "a number too long": "2200 hello", "negative": "-20 hello"}


@pytest.mark.parametrize("step", ["GREETING", "MAIL"])
@pytest.mark.parametrize("what", STRANGE)
def test_strange_answers_hold_up_nothing_else(cloud, server, step, what):
    server.says[step] = STRANGE[what]
    job, _ = create(cloud)
    assert Link(cloud).bind().status == 200
    until(lambda: server.messages or [
        row for row in outbox(cloud) if row["job_id"] == job["id"] and
        (row["last_error"] or row["state"] == "FAILED")], "a try")
    server.says.clear()
    until(lambda: state(cloud, job) == "FAILED_TO_SEND" or not outbox(cloud), "an end")
    assert (state(cloud, job) == "FAILED_TO_SEND") != bool(server.messages)
    cloud.execute("DELETE FROM outbox")


# ---------------------------------------------------------------------------- TLS

@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@contextlib.contextmanager
def with_tls(authority, tmp_path, host="localhost"):
    """A server that offers STARTTLS and AUTH, and a cloud that wants both."""
    password = tmp_path / "password"
    password.write_text(SECRET)
    with RawMailServer(authority.issue(host)) as server:
        server.says.update({"EHLO": "250-raw.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN",
                            "STARTTLS": "220 go on", "AUTH": "334 ",
                            "LOGIN": "235 welcome"})
        with serving(*options(server, "--smtp-ca", str(authority.file), "--smtp-user", "operator",
                              "--smtp-password-file", str(password), pace=30)) as cloud:
            yield server, cloud


def check_nothing_got_out(server, cloud, job):
    row = tried(cloud, job)
    assert state(cloud, job) == "LINK_SENT" and row["sealed_link"]
    for verb in "AUTH", "MAIL", "RCPT", "DATA":
        assert not server.saw(verb), server.lines
    assert SECRET not in cloud.log and not server.messages


def test_a_server_like_this_is_taken(authority, tmp_path):
    with with_tls(authority, tmp_path) as (server, cloud):
        job, _ = create(cloud)
        server.wait(lambda: server.messages)
        assert server.saw("AUTH") and not any(SECRET.encode() in line for line in server.lines)


STRIPPED = {
    "not offered": {"EHLO": "250-raw.test\r\n250 AUTH PLAIN LOGIN"},
    "offered in other words": {"EHLO": "250-raw.test\r\n250-XXXXXXXA\r\n250 AUTH PLAIN"},
    "refused": {"STARTTLS": "454 not now"}, "refused for good": {"STARTTLS": "502 not here"},
    "taken for another": {"STARTTLS": "250 what?"},
    "not TLS": {"STARTTLS": b"220 go on\r\nthis is no TLS at all, only text\r\n"},
    "closed": {"STARTTLS": None}, "no EHLO": {"EHLO": "502 not here"}}


@pytest.mark.parametrize("how", STRIPPED)
def test_a_server_whose_tls_was_stripped_gets_nothing(authority, tmp_path, how):
    with with_tls(authority, tmp_path) as (server, cloud):
        server.says.update(STRIPPED[how])
        check_nothing_got_out(server, cloud, create(cloud)[0])


def test_what_is_said_before_tls_does_not_count_after_it(authority, tmp_path):
    """Answers that somebody put behind the 220: the transfer must not believe them."""
    with with_tls(authority, tmp_path) as (server, cloud):
        server.says["STARTTLS"] = (b"220 go on\r\n250-evil.test\r\n250 AUTH PLAIN\r\n235 welcome\r\n"
                                   b"250 ok\r\n250 ok\r\n354 go on\r\n250 taken\r\n")
        check_nothing_got_out(server, cloud, create(cloud)[0])


def test_a_certificate_of_another_gets_nothing(authority, tmp_path):
    with with_tls(authority, tmp_path, host="other.example") as (server, cloud):
        check_nothing_got_out(server, cloud, create(cloud)[0])


@pytest.mark.parametrize("step", ["AUTH", "LOGIN"])
@pytest.mark.parametrize("answer", ["535 wrong", "454 not now", "534 weak", "530 more", "421 away",
                                    "500 what", None])
def test_a_login_that_fails_is_no_fault_of_the_message(authority, tmp_path, step, answer):
    with with_tls(authority, tmp_path) as (server, cloud):
        right = dict(server.says)
        server.says[step] = answer
        job, _ = create(cloud)
        row = tried(cloud, job)
        assert state(cloud, job) == "LINK_SENT" and row["sealed_link"]
        assert not server.saw("MAIL") and SECRET not in cloud.log
        server.says.update(right)
        server.wait(lambda: server.messages)


def test_a_server_that_asks_for_no_login_gets_the_message_and_no_password(authority, tmp_path):
    """Over TLS, and it is who it should be; one that wants a login says 530 to MAIL."""
    with with_tls(authority, tmp_path) as (server, cloud):
        server.says.update({"EHLO": "250-raw.test\r\n250 STARTTLS", "MAIL": "530 log in"})
        job, _ = create(cloud)
        assert tried(cloud, job)["state"] in ("QUEUED", "SENDING")
        server.says["MAIL"] = "250 ok"
        server.wait(lambda: server.messages)
        assert not server.saw("AUTH") and not server.saw("(a login)")


# ------------------------------------------------------------- links, before and while

def held_back(server):
    """The server stops at the end of the data until the answer is given."""
    import threading
    reached, release = threading.Event(), threading.Event()

    def wait(connection):
        reached.set()
        release.wait(60)
        connection.sendall(b"250 ok\r\n")
    server.says["END"] = wait
    return reached, release


def test_a_link_that_is_revoked_while_it_is_sent_does_not_work(cloud, server):
    reached, release = held_back(server)
    job, _ = create(cloud)
    assert reached.wait(60)
    answer = cloud.call("POST", cloud.path(job["identity_id"], "credential-binding-jobs",
                                           job["id"]) + ":revoke")
    assert answer.status == 200 and answer.json["state"] == "REVOKED"
    server.says.clear()
    release.set()
    until(lambda: not outbox(cloud), "an empty outbox")
    assert state(cloud, job) == "REVOKED"


def test_an_identity_that_is_deleted_while_its_link_is_sent(cloud, server):
    reached, release = held_back(server)
    job, identity = create(cloud)
    assert reached.wait(60)
    assert cloud.call("DELETE", cloud.path(identity["id"])).status == 200
    server.says.clear()
    release.set()
    other, _ = create(cloud)
    server.wait(lambda: server.messages)
    until(lambda: not outbox(cloud), "an empty outbox")
    assert cloud.call("GET", cloud.path("-", "credential-binding-jobs", job["id"])).status == 404
    assert state(cloud, other) == "LINK_SENT"


def test_a_link_that_is_used_before_its_mail_was_taken(cloud, server):
    """The server has the message, and its answer comes late: the link works at once."""
    texts = []
    reached, release = held_back(server)
    take = server._take

    def remember(connection, file):
        message = b""
        for line in iter(file.readline, b".\r\n"):
            message += line
        texts.append(message)
        server._answer(connection, "END")
    server._take = remember
    try:
        job, _ = create(cloud)
        assert reached.wait(60)
        assert as_link(cloud, job, link_of_text(texts[0])).bind().status == 200
        release.set()
        until(lambda: not outbox(cloud), "an empty outbox")
        assert state(cloud, job) == "COMPLETE"
    finally:
        server._take = take
        release.set()


def test_stopping_while_a_server_drips(database, server):
    server.says["GREETING"] = drip
    with Cloud(*options(server, pace=1000)) as cloud:
        create(cloud)
        until(lambda: [row for row in outbox(cloud) if row["attempts"]], "a try")
        started = time.monotonic()
        assert cloud.stop() == 0
        assert time.monotonic() - started < 20  # the drip would go on for a quarter of an hour
    cloud.assert_clean()
