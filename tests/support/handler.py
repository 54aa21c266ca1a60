# SPDX-License-Identifier: Apache-2.0
"""`passkey listen` in a test's hands, and what a browser would do with it.

    with Handler(passkey) as handler:
        page = handler.click(link)        # as a browser: through the redirect
        answer = handler.ask("GET", "/bind?…", headers={…})   # one plain request
"""
import http.client
import json
import queue
import re
import socket
import threading
import urllib.parse

SECONDS = 60
# What a browser says when a person is taken somewhere.
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site",
              "Sec-Fetch-User": "?1", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/120",
              "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Page:
    """One answer: status, headers, text; title and h1 of its HTML."""

    def __init__(self, status, headers, raw):
        self.status, self.headers, self.text = status, headers, raw.decode()

    def _element(self, name):
        found = re.search(f"<{name}[^>]*>(.*?)</{name}>", self.text, re.S)
        return found.group(1) if found else None

    @property
    def title(self):
        return self._element("title")

    @property
    def h1(self):
        return self._element("h1")

    @property
    def links(self):
        return re.findall(r'<a [^>]*href="([^"]*)"', self.text)

    def __repr__(self):
        return f"<{self.status} {dict(self.headers)} {self.text[-1500:]!r}>"


class Lines:
    """The lines of a pipe, as they come."""

    def __init__(self, pipe):
        self.all, self.fresh = [], queue.Queue()
        self.thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self.thread.start()

    def _read(self, pipe):
        for line in pipe:
            self.all.append(line)
            self.fresh.put(line)
        self.fresh.put(None)

    def next(self):
        line = self.fresh.get(timeout=SECONDS)
        assert line is not None, "it has ended: " + "".join(self.all)
        return line


class Handler:
    """`passkey listen` on a free port; its results and errors as JSON."""

    def __init__(self, passkey, *arguments, port=0, **others):
        self.process = passkey.start("listen", "--json", "--port", str(port), *arguments, **others)
        self.out, self.err = Lines(self.process.stdout), Lines(self.process.stderr)
        ready = json.loads(self.err.next())
        assert ready["event"] == "listening"
        self.url, self.port = ready["url"], ready["port"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        assert self.end() in (0, 130), "".join(self.err.all)

    def end(self):
        """Waits for its end: the exit code."""
        code = self.process.wait(SECONDS)
        self.out.thread.join(SECONDS)
        self.err.thread.join(SECONDS)
        assert "Sanitizer" not in "".join(self.err.all), "".join(self.err.all)
        return code

    def result(self):
        """The next that it printed."""
        return json.loads(self.out.next())

    def error(self):
        return json.loads(self.err.next())

    # ---------------------------------------------------------- as a client

    def ask(self, method, target, headers=None, host=None, address="127.0.0.1", body=None):
        """One request on a connection of its own, with these headers and no others."""
        connection = http.client.HTTPConnection(address, self.port, timeout=SECONDS)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", f"127.0.0.1:{self.port}" if host is None else host)
            for name, value in (headers or {}).items():
                for each in value if isinstance(value, list) else [value]:
                    connection.putheader(name, each)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Page(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def raw(self, request, address="127.0.0.1"):
        """What is answered to these bytes, up to the end of the connection."""
        with socket.create_connection((address, self.port), timeout=SECONDS) as connection:
            connection.sendall(request.encode() if isinstance(request, str) else request)
            return read_all(connection)

    def navigate(self, target, **others):
        return self.ask("GET", target, {**NAVIGATION, **others})

    def click(self, link, **others):
        """As a browser does: the request, and the page that it is sent on to."""
        answer = self.navigate(target_of(link), **others)
        assert answer.status == 303 and answer.text == "", answer
        return self.navigate(answer.headers["Location"])


def target_of(link):
    """Path and query: what the browser asks the handler for."""
    parts = urllib.parse.urlsplit(link)
    return f"{parts.path}?{parts.query}"


def read_all(connection):
    parts = []
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)
