# SPDX-License-Identifier: Apache-2.0
"""passkey listen: a click binds, once; whom for; how it ends."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
from handler import NAVIGATION, Handler, target_of
from listen_case import handler, link, one_click, shared_passkey, steps, untouched  # noqa: F401
from mock_cloud import MockCloud

from conftest import PASSKEY, Passkey, files_of


@pytest.fixture(scope="module", autouse=True)
def left_alone(mock, tmp_path_factory):
    """One with --once whose page nobody fetches; it waits while other tests run."""
    scratch = tmp_path_factory.mktemp("left-alone")
    with Handler(Passkey(scratch / "store", scratch), "--once") as handler:
        assert handler.navigate(target_of(mock.bind_link("ok-left-alone"))).status == 303
        yield handler


# -------------------------------------------------------------- a click binds

def test_a_click_binds_and_the_page_tells_what(mock, handler, shared_passkey, link):
    page = handler.click(link)
    result = handler.result()
    passkey = result["passkey"]
    assert page.status == 200 and page.h1 == page.title == "Your passkey is ready"
    for shown in ("Mock Identity", "u@example.com", "Mock Realm", "mockrealm", "Mock Tenant", "mocktenant",
                  passkey["thumbprint"], "software TPM", "https://app.example.com/done?x=1"):
        assert shown in page.text
    assert result["postBindingRedirectUri"] == "https://app.example.com/done?x=1"
    assert passkey in shared_passkey.list()
    assert "link-token" not in page.text


@pytest.mark.parametrize("path", ["/bind", "/app/bind", "/a/b/c/bind", "//bind"])
def test_the_invoke_url_may_have_a_path(handler, mock, job, path):
    link = mock.bind_link(job("ok-listen"), prefix=f"http://127.0.0.1:1{path}")
    assert handler.click(link).status == 200
    assert handler.result()["passkey"]["identity"]["id"] == "identity1"


def test_the_address_bar_gets_a_page_without_the_link(handler, link):
    first = handler.navigate(target_of(link))
    handler.result()
    assert first.status == 303 and re.fullmatch(r"/result/[A-Za-z0-9_-]{22}", first.headers["Location"])
    assert first.headers["Cache-Control"] == "no-store" and first.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_its_own_names(handler, link, name):
    answer = handler.ask("GET", target_of(link), NAVIGATION, host=f"{name}:{handler.port}")
    assert answer.status == 303
    handler.result()


def test_ipv6(handler, link):
    try:
        answer = handler.ask("GET", target_of(link), NAVIGATION, host=f"[::1]:{handler.port}", address="::1")
    except OSError as error:
        pytest.skip(f"no ::1 on this machine: {error}")
    assert answer.status == 303
    handler.result()


def test_it_is_on_no_other_address(handler):
    """Neither on another one of 127.0.0.0/8 nor on the machine's own."""
    for address in {"127.0.0.2", socket.gethostbyname(socket.gethostname())} - {"127.0.0.1"}:
        with pytest.raises(OSError):
            socket.create_connection((address, handler.port), timeout=10).close()


def test_a_program_of_the_user_is_taken(handler, link):
    answer = handler.ask("GET", target_of(link), {"User-Agent": "curl/7.88.1", "Accept": "*/*"})
    assert answer.status == 303
    handler.result()


# -------------------------------------------------------------- again, at once

def test_a_reload_shows_the_same_and_binds_once(handler, mock, link):
    first, again = handler.click(link), handler.click(link)
    result = handler.result()
    assert first.h1 == again.h1 == "Your passkey is ready"
    assert result["passkey"]["thumbprint"] in first.text and result["passkey"]["thumbprint"] in again.text
    assert steps(mock, link) == ["info", "bind"]


def test_two_tabs_at_once_bind_once(handler, mock, job):
    link = mock.bind_link(job("slow-300"))
    pages = []
    tabs = [threading.Thread(target=lambda: pages.append(handler.click(link))) for _ in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert [page.h1 for page in pages] == ["Your passkey is ready"] * 4
    assert steps(mock, link) == ["info", "bind"]
    handler.result()


def test_a_failure_may_be_tried_again(handler, mock, job):
    """The first time nobody listens there; then somebody does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    link = re.sub(r"http://localhost:\d+", f"http://localhost:{port}", mock.bind_link(job("ok-later")))
    page = handler.click(link)
    assert (page.status, page.h1) == (502, "The cloud could not be reached")
    assert handler.error()["code"] == "network_error"
    with MockCloud(port=port):
        assert handler.click(link).h1 == "Your passkey is ready"
    handler.result()


# ---------------------------------------------------------------- whom it is for

@pytest.fixture
def expecting(passkey):
    with Handler(passkey, "--expect-identity", "identity1") as handler:
        yield handler


def test_the_expected_identity(expecting, mock, link):
    assert expecting.click(link).h1 == "Your passkey is ready"
    assert expecting.result()["passkey"]["identity"]["id"] == "identity1"


def test_another_identity_is_refused_before_anything_is_asked(expecting, mock, job, home):
    link = mock.bind_link(job("ok-foreign"), identity="identity2")
    page = expecting.click(link)
    assert (page.status, page.h1) == (403, "This link is for somebody else")
    assert expecting.error()["code"] == "unsupported_link"
    assert untouched(mock, link) and files_of(home) == {}


def test_a_bad_link_with_an_expected_identity(expecting, mock, link):
    page = expecting.click(link.replace("localhost", "evil.test", 1))
    assert page.h1 == "This link leads to a cloud that is not trusted here"
    assert expecting.error()["code"] == "domain_not_allowed"
    page = expecting.click(mock.bind_link("info-410-expired-x"))
    assert page.h1 == "This link has expired" and expecting.error()["code"] == "link_expired"


# --------------------------------------------------------------------- its end

def test_once(passkey, mock, job):
    with Handler(passkey, "--once") as handler:
        handler.click(mock.bind_link(job("info-404")))
        assert handler.error()["code"] == "not_found"
        assert handler.click(mock.bind_link(job("ok-once"))).h1 == "Your passkey is ready"
        assert handler.end() == 0
        assert len(handler.out.all) == 1 and len(passkey.list()) == 1


def full_pipe():
    """(reading end, writing end) of a pipe in which there is no room."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    return reading, writing


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_once_begins_no_second_bind_while_it_ends(passkey, monkeypatch, job):
    """The first passkey is being printed when the other link's identity is found right."""
    first, second, go_on = job("ok-first"), job("ok-second"), threading.Event()
    reading, writing = full_pipe()
    words = [PASSKEY, "listen", "--once", "--json", "--port", "0", "--expect-identity", "identity1"]
    with MockCloud() as mock:
        answer = mock.cloud.step

        def hold_second(step, names, request):
            given = answer(step, names, request)
            assert (names["job"], step) != (second, "info") or go_on.wait(60)
            return given

        monkeypatch.setattr(mock.cloud, "step", hold_second)
        with subprocess.Popen(words, env=passkey.environment(), stdin=subprocess.DEVNULL, stdout=writing,
                              stderr=subprocess.PIPE, text=True) as process:
            os.close(writing)
            port = json.loads(process.stderr.readline())["port"]
            one_click(port, target_of(mock.bind_link(second)))
            mock.wait_for(second, "info")
            one_click(port, target_of(mock.bind_link(first)))
            wchan = pathlib.Path(f"/proc/{process.pid}/wchan")
            mock.wait_for(first, "bind")
            wait_until(lambda: "pipe" in wchan.read_text())
            go_on.set()
            wait_until(lambda: any(each.get("step") == "info" for each in mock.log(second)))
            with open(reading, "rb") as pipe:
                printed = pipe.read().lstrip(b"\0")
            assert process.wait(60) == 0 and len(printed.splitlines()) == 1
            assert '"code":"canceled"' in process.stderr.read()
        assert {entry["step"] for entry in mock.log(second)} == {"info"}
    assert len(passkey.list()) == 1


def test_once_ends_though_nobody_fetches_the_page(left_alone):
    assert left_alone.end() == 0 and json.loads(left_alone.out.all[0])["passkey"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it(passkey, number):
    with Handler(passkey) as handler:
        handler.process.send_signal(number)
        assert handler.end() == 0


def test_a_signal_before_the_passkey_of_once(passkey):
    with Handler(passkey, "--once") as handler:
        handler.process.send_signal(signal.SIGINT)
        assert handler.end() == 130


def test_a_signal_cancels_what_is_under_way(passkey, mock, job, home):
    name = job("slow-60000-info")
    with Handler(passkey) as handler:
        pages = []
        tab = threading.Thread(target=lambda: pages.append(handler.click(mock.bind_link(name))))
        tab.start()
        mock.wait_for(name, "info")
        handler.process.send_signal(signal.SIGTERM)
        assert handler.error()["code"] == "canceled"
        tab.join(60)
        assert (pages[0].status, pages[0].h1) == (503, "The handler was stopped")
        assert handler.end() == 0
    assert files_of(home) == {}


def test_the_port_is_in_use(passkey, handler):
    done = passkey("listen", "--port", str(handler.port))
    assert done.code == 2 and f"port {handler.port} of this machine is in use" in done.err
    assert "--port" in done.err and done.out == ""


def test_the_port_is_in_use_on_ipv6_alone(passkey):
    """Who has it there would be handed links that were meant for us."""
    try:
        other = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError as error:
        pytest.skip(f"no ::1 on this machine: {error}")
    with other:
        port = other.getsockname()[1]
        done = passkey("listen", "--json", "--port", str(port))
        assert done.code == 2 and "in use" in done.error["message"]


@pytest.mark.parametrize("words, says", [
    (["--port", "65536"], "0 to 65535"), (["--port", "-1"], "0 to 65535"), (["--port", "x"], "0 to 65535"),
    (["--port", ""], "0 to 65535"), (["--expect-identity", ""], "names no identity"),
    (["--once=yes"], "unknown or ambiguous"), (["link"], "more words")])
def test_usage(passkey, words, says):
    done = passkey("listen", *words)
    assert done.code == 2 and says in done.err and done.out == ""


def test_the_log_holds_no_link(passkey, mock, job):
    with Handler(passkey, "--log", "debug") as handler:
        handler.click(mock.bind_link(job("ok-log"), token="VERYSECRET"))
        handler.result()
    assert len(handler.err.all) > 3 and "VERYSECRET" not in "".join(handler.err.all)


def test_for_people_it_prints_what_bind_prints(passkey, link):
    process = passkey.start("listen", "--port", "0", "--once")
    ready = process.stderr.readline()
    port = int(re.search(r"waiting for a link at http://127\.0\.0\.1:(\d+)/bind", ready).group(1))
    sent_on = re.search("Location: (\\S+)", one_click(port, target_of(link))).group(1)
    assert "Your passkey is ready" in one_click(port, sent_on)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0 and err == ""
    assert out.startswith("Passkey created.\n") and "thumbprint" in out


def test_nobody_reads_its_results(passkey, link):
    """The passkey is there all the same, and the end is told."""
    process = passkey.start("listen", "--port", "0", "--json")
    port = json.loads(process.stderr.readline())["port"]
    process.stdout.close()
    sent_on = re.search("Location: (\\S+)", one_click(port, target_of(link))).group(1)
    assert "Your passkey is ready" in one_click(port, sent_on)
    error = json.loads(process.stderr.read())
    assert process.wait(60) == 1 and "output" in error["message"]
    process.stderr.close()
    assert len(passkey.list()) == 1
