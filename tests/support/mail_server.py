# SPDX-License-Identifier: Apache-2.0
"""A real SMTP server (aiosmtpd) on a free loopback port, for tests.

    with MailServer() as server:
        ... --smtp server.url ...
        message = server.wait(1)[0]

What it answers may be planned: plan={"RCPT": ["451 later"], "DATA": [...]} is
used up answer by answer; after that everything is welcome. An answer may also be
a threading.Event, which the server waits for before it says yes.
"""
import asyncio
import collections
import email
import email.policy
import socket
import ssl
import threading

from aiosmtpd.smtp import SMTP, AuthResult

SECONDS = 60
Received = collections.namedtuple("Received", "sender recipients raw message tls user")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MailServer:
    """tls is None, "starttls" or "implicit", with certificate=(file, key); login
    is (user, password), which is then required."""

    def __init__(self, plan=None, tls=None, certificate=None, login=None, port=0, host="127.0.0.1"):
        self.plan = {verb: list(answers) for verb, answers in (plan or {}).items()}
        self.tls, self.login, self.host, self.port = tls, login, host, port
        self.received, self.commands, self.logins = [], [], []
        self.news = threading.Condition()
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.listener = self._run(self._listen())
        self.port = self.listener.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self._run(self._close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(SECONDS)
        self.loop.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(SECONDS)

    async def _listen(self):
        return await self.loop.create_server(
            self._session, self.host, self.port,
            ssl=self.context if self.tls == "implicit" else None)

    async def _close(self):
        self.listener.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _session(self):
        return SMTP(self, hostname="mail.test", loop=self.loop,
                    tls_context=self.context if self.tls == "starttls" else None,
                    require_starttls=self.tls == "starttls",
                    authenticator=self._authenticate if self.login else None,
                    auth_required=bool(self.login), auth_require_tls=bool(self.tls == "starttls"))

    def _authenticate(self, server, session, envelope, mechanism, data):
        given = data.login.decode(), data.password.decode()
        self.logins.append(given)
        return AuthResult(success=given == self.login, handled=False)

    async def _answer(self, verb):
        with self.news:
            self.commands.append(verb)
            planned = self.plan.get(verb)
            answer = planned.pop(0) if planned else None
            self.news.notify_all()
        if isinstance(answer, threading.Event):
            await self.loop.run_in_executor(None, answer.wait, SECONDS)
            return None
        return answer

    # ------------------------------------------------ what aiosmtpd calls

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        await self._answer("EHLO")
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        refusal = await self._answer("MAIL")
        if not refusal:
            envelope.mail_from = address
        return refusal or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = await self._answer("RCPT")
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        raw = envelope.original_content
        refusal = await self._answer("DATA")
        with self.news:
            if not refusal:
                self.received.append(Received(
                    envelope.mail_from, envelope.rcpt_tos, raw,
                    email.message_from_bytes(raw, policy=email.policy.default),
                    session.ssl is not None or self.tls == "implicit",
                    self.logins[-1][0] if self.logins else None))
            self.news.notify_all()
        return refusal or "250 OK"

    # ------------------------------------------------------- for the tests

    @property
    def url(self):
        scheme = "smtps" if self.tls == "implicit" else "smtp"
        return f"{scheme}://localhost:{self.port}"

    def wait(self, number, of=None):
        """The messages, once there are so many; or, of commands, once so many
        of that verb came."""
        with self.news:
            done = self.news.wait_for(
                lambda: (self.commands.count(of) if of else len(self.received)) >= number, SECONDS)
            assert done, (self.received, self.commands)
            return self.received
