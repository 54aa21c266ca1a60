# SPDX-License-Identifier: Apache-2.0
"""An SMTP server that does what it is told, also what none would do.

    with RawMailServer() as server:
        server.says["RCPT"] = "450 later"

Each verb (and GREETING, LOGIN behind an AUTH, END of the data) has an answer; what is not named is
welcome. An answer is a text, to which an end of line is added, bytes, which are
sent as they are, or a function of the connection. None closes it.
"""
import contextlib
import socket
import ssl
import threading

SECONDS = 60
WELCOME = {"GREETING": "220 raw.test", "EHLO": "250 raw.test", "DATA": "354 go on",
           "QUIT": "221 bye"}


class RawMailServer:
    def __init__(self, certificate=None):
        self.says, self.messages, self.lines, self.open = {}, [], [], set()
        self.news = threading.Condition()
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://localhost:{self.listener.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # else accept would go on waiting
        self.listener.close()

    def begin_again(self):
        """From now on it welcomes everything, and nobody is connected."""
        self.says.clear(), self.messages.clear(), self.lines.clear()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _answer(self, connection, verb):
        answer = self.says.get(verb, WELCOME.get(verb, "250 ok"))
        if answer is None:
            raise ConnectionError("told to close")
        if callable(answer):
            answer(connection)
        else:
            connection.sendall(answer if isinstance(answer, bytes) else (answer + "\r\n").encode())
        return answer

    def _serve(self, connection):
        connection.settimeout(SECONDS)
        self.open.add(plain := connection)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(lambda: (self.open.discard(plain), connection.close()))
            self._answer(connection, "GREETING")
            file = connection.makefile("rb")
            for line in iter(lambda: file.readline(), b""):  # of TLS, once it has begun
                verb = line.split()[0].decode(errors="replace").upper() if line.split() else ""
                self._note(line)
                answer = self._answer(connection, verb)
                if verb == "STARTTLS" and answer == "220 go on":
                    connection = self.context.wrap_socket(connection, server_side=True)
                    file = connection.makefile("rb")
                if verb == "AUTH" and answer == "334 ":
                    self._note(b"(a login) " + file.readline())
                    self._answer(connection, "LOGIN")
                if verb == "DATA" and answer == WELCOME["DATA"]:
                    self._take(connection, file)

    def _take(self, connection, file):
        message = b""
        for line in iter(file.readline, b".\r\n"):
            if not line:
                return
            message += line
        answer = self._answer(connection, "END")
        if isinstance(answer, str) and answer.startswith("250"):
            with self.news:
                self.messages.append(message)
                self.news.notify_all()

    def _note(self, line):
        with self.news:
            self.lines.append(line)
            self.news.notify_all()

    def wait(self, what):
        """Until what() is true; something must happen here for it to be."""
        with self.news:
            assert self.news.wait_for(what, SECONDS), (self.lines, self.messages)

    def saw(self, verb):
        return any(line.upper().startswith(verb.encode()) for line in self.lines)
