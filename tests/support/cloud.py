# SPDX-License-Identifier: Apache-2.0
"""A real passkey-cloud on a free loopback port, for tests.

    with Cloud() as cloud:
        identity = cloud.create_identity()
        job, link = cloud.create_job(identity["id"])

The program is taken from $PASSKEY_BUILD/bin (default: build/ of the repository).
Everything it stores is in a temporary folder, which goes away with it unless
a folder was given as data.
"""
import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
import uuid

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PASSKEY_BUILD") or REPOSITORY / "build")
PROGRAM = BUILD / "bin" / "passkey-cloud"
READY_SECONDS = 60


class Answer:
    """One HTTP answer: status, headers (case-insensitive get), text, json."""

    def __init__(self, status, headers, raw):
        self.status, self.headers, self.raw = status, headers, raw

    @property
    def text(self):
        return self.raw.decode()

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def code(self):
        return self.json.get("code")

    def __repr__(self):
        return f"<{self.status} {self.raw[:300]!r}>"


# A Postgres (postgres.py) that keeps what clouds are told; None: SQLite does.
postgres = None
_urls = {}
_lock = threading.Lock()


def database_of(data):
    """The arguments that name the database of a data folder: always the same one."""
    if postgres is None:
        return []
    key = (postgres.port, str(data))
    with _lock:
        if key not in _urls:
            _urls[key] = postgres.create_database()
        return ["--database", _urls[key]]


def _names_database(arguments):
    return any(word.startswith("--database") for word in arguments)


def environment():
    return postgres.environment if postgres else None


def _with_values(text, values):
    """psql has no parameters in a -c: the values become literals."""
    first, *rest = text.split("?")
    return first + "".join(
        ("'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)) + part
        for value, part in zip(values, rest, strict=True))


def run(*arguments, **others):
    """passkey-cloud with a verb that ends; on the database of its data folder, too."""
    words = [str(word) for word in arguments]
    if "--data" in words[:-1] and not _names_database(words):
        words += database_of(words[words.index("--data") + 1])
    return subprocess.run([PROGRAM, *words], text=True, timeout=60, **{
        "env": environment(), "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **others})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


# No proxy: an environment with http_proxy must not send loopback elsewhere.
_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def http(method, url, body=None, headers=None, timeout=30):
    """One request; any status is an Answer, redirects are not followed."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with _opener.open(request, timeout=timeout) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


class Cloud:
    """args are further command line arguments, such as "--link-lifetime", "0". Two
    with the same data are two servers of one database."""

    def __init__(self, *args, data=None, listen="127.0.0.1:0", api_token=None):
        self._own_data = data is None
        self.data = pathlib.Path(data or tempfile.mkdtemp(prefix="passkey-cloud-"))
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--listen", listen, "--data", str(self.data), *args,
             *([] if _names_database(args) else database_of(self.data))],
            env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._log = []
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        try:
            self.ready = self._read_ready()
        except BaseException:
            self.stop()
            raise
        self.api_base_url = self.ready["api_base_url"]
        self.tenant_id = self.ready["tenant_id"]
        self.realm_id = self.ready["realm_id"]
        self.application_id = self.ready["application_id"]
        self.authenticator_config_id = self.ready["authenticator_config_id"]
        self.identity_id = self.ready["identity_id"]
        self.api_token = self.ready["api_token"] or api_token

    def _read_log(self):
        for line in self.process.stderr:
            self._log.append(line)

    def _read_ready(self):
        if not select.select([self.process.stdout], [], [], READY_SECONDS)[0]:
            raise RuntimeError("passkey-cloud is not ready\n" + self.log)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(READY_SECONDS)
            self._reader.join(READY_SECONDS)
            raise RuntimeError(f"passkey-cloud ended with {self.process.returncode}\n{self.log}")
        return json.loads(line)

    @property
    def log(self):
        """What it has written to stderr so far."""
        return b"".join(self._log).decode(errors="replace")

    def stop(self):
        """Ends it as an operator would and answers its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(30)
        self.process.stdout.close()
        self.process.stderr.close()
        if self._own_data:
            shutil.rmtree(self.data, ignore_errors=True)
        return self.process.returncode

    def assert_clean(self):
        """To be called after its end: it stopped by itself, and no sanitizer spoke."""
        assert self.process.returncode == 0, self.log
        assert "Sanitizer" not in self.log and "runtime error" not in self.log, self.log

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # ------------------------------------------------------- its database

    def execute(self, text, *values):
        """Changes the database behind its back: SQL with a ? for each value."""
        if postgres:
            postgres.sql(_with_values(text, values), self._database)
            return
        with contextlib.closing(sqlite3.connect(self.data / "cloud.db")) as database, database:
            database.execute(text, values)

    def rows(self, text, *values):
        """What a SELECT answers, each row as a dict."""
        if postgres:
            rows = f"SELECT row_to_json(row) FROM ({_with_values(text, values)}) row"
            return [json.loads(line) for line in postgres.sql(
                rows, self._database).stdout.splitlines()]
        with contextlib.closing(sqlite3.connect(self.data / "cloud.db")) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(text, values)]

    def dump(self):
        """All that the database holds, as SQL."""
        if postgres:
            return postgres.dump(self._database)
        with contextlib.closing(sqlite3.connect(self.data / "cloud.db")) as database:
            return "\n".join(database.iterdump())

    @property
    def _database(self):
        return database_of(self.data)[1].rsplit("/", 1)[1]

    # ------------------------------------------------------------ the API

    @property
    def realm_path(self):
        return f"/v1/tenants/{self.tenant_id}/realms/{self.realm_id}"

    def path(self, identity_id=None, *rest):
        """…/identities/ID/rest, of the first identity when none is given."""
        return "/".join([self.realm_path, "identities", identity_id or self.identity_id, *rest])

    def call(self, method, path, body=None, token="api", headers=None):
        """body is sent as JSON unless it is bytes; token None sends none."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if token is not None:
            headers["Authorization"] = f"Bearer {self.api_token if token == 'api' else token}"
        url = path if "://" in path else self.api_base_url + path
        return http(method, url, body, headers)

    def create_identity(self, username=None, display_name=None, email=None):
        """A new identity, as the API describes it."""
        username = username or f"user-{uuid.uuid4().hex[:12]}"
        traits = {"type": "traits_v0", "username": username,
                  "primary_email_address": email or f"{username}@example.com"}
        answer = self.call("POST", self.realm_path + "/identities", {
            "identity": {"display_name": display_name or username, "traits": traits}})
        assert answer.status == 200, answer
        return answer.json

    def create_job(self, identity_id=None, **job):
        """A new RETURN job for the identity (default: the first one): (job, link)."""
        job = {"delivery_method": "RETURN",
               "authenticator_config_id": self.authenticator_config_id, **job}
        answer = self.call("POST", self.path(identity_id, "credential-binding-jobs"), {"job": job})
        assert answer.status == 200, answer
        return answer.json["credential_binding_job"], answer.json.get("credential_binding_link")

    def job(self, job_id, identity_id="-"):
        return self.call("GET", self.path(identity_id, "credential-binding-jobs", job_id)).json

    def credentials(self, identity_id="-"):
        """The first page of credentials of an identity, or of the realm."""
        return self.call("GET", self.path(identity_id, "credentials") + "?page_size=200").json[
            "credentials"]
