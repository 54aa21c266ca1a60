# SPDX-License-Identifier: Apache-2.0
"""Links in the outbox: each goes out once, whatever comes in between."""
import collections
import signal
import threading
import time

import pytest
from mail_server import MailServer, free_port

from cloud import Cloud
from mailing import (SENDER, SECONDS, options, serving, until, create, state, link_of, as_link,
                     outbox, events)


# --------------------------------------------------------------------- retries

@pytest.mark.parametrize("plan", [
    {"RCPT": ["451 greylisted", "450 later"]}, {"DATA": ["452 full", "421 closing"]},
    {"MAIL": ["451 later"]}, {"MAIL": ["530 log in first"]}])
def test_what_may_go_better_later_is_tried_again(plan):
    with MailServer(plan) as server, serving(*options(server)) as cloud:
        job, _ = create(cloud)
        link = link_of(server.wait(1)[0].message)
        until(lambda: events(cloud, "mail sent") and not outbox(cloud))
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
        until(lambda: sum(len(events(cloud, "mail sent")) for cloud in (one, two)) >= len(jobs))
        assert not outbox(one)
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
