# SPDX-License-Identifier: Apache-2.0
"""passkey listen: what does not make it bind, and what is too much for it."""
import re
import socket
import threading

import pytest
from handler import NAVIGATION, Handler, read_all, target_of
from listen_case import handler, lines, link, navigation_lines, shared_passkey, steps, untouched  # noqa: F401


# --------------------------------------------------------- all else does not

OTHER_REQUESTS = {
    **{f"dest {dest}": {"Sec-Fetch-Dest": dest} for dest in (
        "iframe", "frame", "embed", "object", "image", "script", "style", "font", "empty", "worker", "fencedframe",
        "audio", "video", "manifest", "report", "")},
    **{f"mode {mode}": {"Sec-Fetch-Mode": mode} for mode in ("no-cors", "cors", "same-origin", "websocket", "")},
    "dest twice": {"Sec-Fetch-Dest": ["document", "iframe"]},
    "mode twice": {"Sec-Fetch-Mode": ["navigate", "navigate"]},
    "dest missing": {"Sec-Fetch-Dest": None},
    "mode missing": {"Sec-Fetch-Mode": None},
    "a page's origin": {"Origin": "https://evil.test"},
    "no origin to tell": {"Origin": "null"},
    "our own origin": {"Origin": "http://127.0.0.1:8092"},
    "Sec-Purpose": {"Sec-Purpose": "prefetch"},
    "prerender": {"Sec-Purpose": "prefetch;prerender"},
    "Purpose": {"Purpose": "prefetch"},
    "X-Purpose": {"X-Purpose": "preview"},
    "X-Moz": {"X-Moz": "prefetch"},
}


@pytest.mark.parametrize("change", OTHER_REQUESTS.values(), ids=OTHER_REQUESTS)
def test_what_is_no_click(handler, mock, link, change):
    headers = {name: value for name, value in {**NAVIGATION, **change}.items() if value is not None}
    answer = handler.ask("GET", target_of(link), headers)
    assert answer.status == 403 and "Location" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert untouched(mock, link)


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PATCH", "TRACE", "BREW"])
def test_only_get(handler, mock, link, method):
    answer = handler.ask(method, target_of(link), NAVIGATION)
    assert answer.status == 405 and answer.headers["Allow"] == "GET"
    assert untouched(mock, link)


def test_a_form(handler, mock, link):
    body = target_of(link).split("?")[1].encode()
    for target in "/bind", target_of(link):
        answer = handler.ask("POST", target, {
            **NAVIGATION, "Origin": "https://evil.test", "Content-Length": str(len(body)),
            "Content-Type": "application/x-www-form-urlencoded"}, body=body)
        assert answer.status == 405
    assert untouched(mock, link)


def test_a_preflight_permits_nothing(handler, link):
    answer = handler.ask("OPTIONS", target_of(link), {
        "Origin": "https://evil.test", "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Private-Network": "true"})
    assert answer.status == 405
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("host", ["evil.test", "evil.test:{}", "127.0.0.1", "localhost", "127.0.0.1:1",
                                  "127.0.0.1.evil.test:{}", "localhost.:{}", "a.localhost:{}", "127.0.0.2:{}",
                                  "0.0.0.0:{}", "127.1:{}", "[::ffff:127.0.0.1]:{}", "x@127.0.0.1:{}", ""])
def test_a_name_that_was_made_to_point_here(handler, mock, link, host):
    answer = handler.ask("GET", target_of(link), NAVIGATION, host=host.format(handler.port))
    assert answer.status in (400, 421) and untouched(mock, link)
    assert handler.ask("GET", "/", NAVIGATION, host=host.format(handler.port)).status in (400, 421)


@pytest.mark.parametrize("make", [
    lambda target, host: lines(f"GET {target} HTTP/1.1", f"Host: {host}", "Host: evil.test", *navigation_lines()),
    lambda target, host: lines(f"GET {target} HTTP/1.1", f"Host: {host}", f"Host: {host}", *navigation_lines()),
    lambda target, host: lines(f"GET {target} HTTP/1.1", *navigation_lines()),
    lambda target, host: lines(f"GET {target} HTTP/1.0", *navigation_lines()),
    lambda target, host: lines(f"GET http://{host}{target} HTTP/1.1", f"Host: {host}", *navigation_lines()),
    lambda target, host: lines(f"GET http://evil.test{target} HTTP/1.1", f"Host: {host}", *navigation_lines()),
    lambda target, host: lines(f"GET {target} HTTP/1.1", f"Host: {host}", "Content-Length: 0", *navigation_lines()),
    lambda target, host: lines(f"GET {target} HTTP/1.1", f"Host: {host}", "Content-Length: 3",
                               *navigation_lines()) + "abc",
    lambda target, host: lines(f"GET {target} HTTP/1.1", f"Host: {host}", "Transfer-Encoding: chunked",
                               *navigation_lines()) + "0\r\n\r\n",
], ids=["two hosts", "the host twice", "no host", "HTTP/1.0", "whole URL", "whole foreign URL", "empty body", "body",
        "chunks"])
def test_requests_that_no_browser_sends(handler, mock, link, make):
    answer = handler.raw(make(target_of(link), f"127.0.0.1:{handler.port}"))
    assert re.match(rb"HTTP/1\.[01] 4\d\d ", answer) and b"Location" not in answer
    assert untouched(mock, link)


def test_what_follows_on_the_connection_is_not_read(handler, mock, link):
    request = lines("GET / HTTP/1.1", f"Host: 127.0.0.1:{handler.port}", *navigation_lines())
    hidden = lines(f"GET {target_of(link)} HTTP/1.1", f"Host: 127.0.0.1:{handler.port}", *navigation_lines())
    answer = handler.raw(request + hidden)
    assert answer.count(b"HTTP/1.1 ") == 1 and untouched(mock, link)


@pytest.mark.parametrize("request_of", [
    lambda link: lines(f"GET /bind?{'x' * 17000} HTTP/1.1"),
    lambda link: lines(f"GET /bind?{'x' * 2_000_000} HTTP/1.1"),
    lambda link: lines(f"GET {target_of(link)} HTTP/1.1", "X: " + "x" * 40_000),
    lambda link: lines(f"GET {target_of(link)} HTTP/1.1", *[f"X{i}: x" for i in range(20_000)]),
], ids=["target", "huge target", "header", "headers"])
def test_too_much(handler, mock, link, request_of):
    request = request_of(link).replace(" HTTP/1.1\r\n", f" HTTP/1.1\r\nHost: 127.0.0.1:{handler.port}\r\n", 1)
    try:
        answer = handler.raw(request)
    except (BrokenPipeError, ConnectionResetError):
        answer = b""
    assert answer == b"" or re.match(rb"HTTP/1\.1 4(14|31|13|00) ", answer)
    assert untouched(mock, link)
    assert handler.navigate("/").status == 200


def test_slow_clients_are_cut_and_hold_up_nobody(handler):
    """One that sends nothing, one that sends a byte now and then."""
    with socket.create_connection(("127.0.0.1", handler.port), timeout=60) as silent, \
            socket.create_connection(("127.0.0.1", handler.port), timeout=60) as dripping:
        ended = threading.Event()

        def drip():
            while not ended.wait(0.5):
                try:
                    dripping.sendall(b"G")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            assert handler.navigate("/").status == 200
            read_all(silent)
            read_all(dripping)
        finally:
            ended.set()
            thread.join()


# ----------------------------------------------------------------- old browsers

def test_an_old_browser_asks_the_person_first(handler, mock, link):
    old = {"User-Agent": "Mozilla/5.0 (Macintosh) AppleWebKit/605 Safari/605", "Accept": "text/html"}
    answer = handler.ask("GET", target_of(link), old)
    page = handler.ask("GET", answer.headers["Location"], old)
    assert (page.status, page.h1) == (200, "Create a passkey on this computer?")
    assert mock.base_url in page.text and "identity1" in page.text and "link-token" not in page.text
    assert untouched(mock, link)
    (go_on,) = page.links
    begun = handler.ask("GET", go_on, old)
    assert begun.status == 303
    assert handler.ask("GET", begun.headers["Location"], old).h1 == "Your passkey is ready"
    handler.result()
    assert steps(mock, link) == ["info", "bind"]


def test_a_question_can_be_in_no_frame(handler, link):
    old = {"User-Agent": "Mozilla/5.0", "Accept": "text/html"}
    answer = handler.ask("GET", target_of(link), old)
    page = handler.ask("GET", answer.headers["Location"], old)
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


# -------------------------------------------------------------------- too many

def test_links_beyond_eight_at_once_are_put_off(passkey, mock, job):
    names = [job("slow-60000-info") for _ in range(8)]
    with Handler(passkey) as handler:
        for name in names:
            assert handler.navigate(target_of(mock.bind_link(name))).status == 303
        page = handler.navigate(target_of(mock.bind_link(job("ok-ninth"))))
        assert (page.status, page.h1) == (503, "The handler takes no link now")
        handler.process.terminate()
        assert handler.end() == 0


def test_old_outcomes_make_room(handler, mock, job):
    """64 are kept; the oldest goes first."""
    places = [handler.navigate("/bind?" + str(number)).headers["Location"] for number in range(65)]
    for _ in places:
        assert handler.error()["code"] == "invalid_link"
    assert handler.navigate(places[0]).h1 == "This page is gone"
    assert handler.navigate(places[-1]).h1 == "This is not a whole passkey link"
