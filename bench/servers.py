# SPDX-License-Identifier: Apache-2.0
"""A passkey-cloud to put load on, and what is told about the machine it runs on.
Programs are those of $PASSKEY_BUILD, or of build/."""
import contextlib
import http.client
import json
import os
import pathlib
import platform
import re
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
from datetime import datetime, timezone

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from postgres import Postgres, programs  # noqa: E402

BUILD = pathlib.Path(os.environ.get("PASSKEY_BUILD") or ROOT / "build").resolve()
CLOUD = BUILD / "bin" / "passkey-cloud"
LOAD = BUILD / "bench" / "bin" / "cloud_load"
FLOOR = BUILD / "bench" / "bin" / "cloud_floor"
RESULTS = ROOT / "build" / "bench"
READY_SECONDS = 60


class Database:
    """Where a cloud keeps things: kind, arguments of the server, and its environment."""

    def __init__(self, kind, arguments=(), environment=None, floor=None):
        self.kind, self.arguments = kind, list(arguments)
        self.environment, self.floor = environment, floor


@contextlib.contextmanager
def database(kind, folder):
    """sqlite or postgresql; both write through to the disk, as in earnest."""
    if kind == "sqlite":
        yield Database(kind, floor=str(folder / "floor.db"))
        return
    with Postgres(durable=True) as server:
        yield Database(kind, ["--database", server.create_database()], server.environment,
                       server.create_database())


@contextlib.contextmanager
def folder():
    """Beside the results, since a temporary folder may be memory and not a disk."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="data-", dir=RESULTS) as path:
        yield pathlib.Path(path)


class Server:
    """passkey-cloud on a free port of loopback; its log goes to a file."""

    def __init__(self, path, where, api_token=None):
        self.log_path = path / "cloud.log"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [CLOUD, "serve", "--listen", "127.0.0.1:0", "--data", path / "cloud",
                 *where.arguments], env=where.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log)
        try:
            self.ready = self._read_ready()
        except BaseException:
            self.kill()
            raise
        self.ready["api_token"] = self.ready["api_token"] or api_token

    def _read_ready(self):
        readable, _, _ = select.select([self.process.stdout], [], [], READY_SECONDS)
        line = self.process.stdout.readline() if readable else b""
        if not line:
            raise SystemExit("passkey-cloud did not start:\n" + self.log_path.read_text()[-2000:])
        return json.loads(line)

    @property
    def api_token(self):
        return self.ready["api_token"]

    @property
    def port(self):
        return int(self.ready["api_base_url"].rsplit(":", 1)[1])

    @property
    def realm_path(self):
        return f"/v1/tenants/{self.ready['tenant_id']}/realms/{self.ready['realm_id']}"

    def start_load(self, what, connections, count, acknowledged=None):
        """cloud_load; the token goes through its stdin."""
        process = subprocess.Popen(
            [LOAD, what, str(connections), str(count), *([acknowledged] if acknowledged else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(json.dumps(self.ready).encode())
        process.stdin.close()
        return process

    def load(self, *arguments):
        return finish(self.start_load(*arguments))

    def memory_kib(self, field="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)[1])

    def num_descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def credential_ids(self):
        """All of the realm, page by page, as any client reads them."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        path, token, ids = self.realm_path + "/identities/-/credentials?page_size=200", "", []
        while token is not None:
            connection.request("GET", path + (f"&page_token={token}" if token else ""),
                               headers={"Authorization": f"Bearer {self.api_token}"})
            answer = connection.getresponse()
            page = json.loads(answer.read())
            assert answer.status == 200, (answer.status, page)
            ids += [credential["id"] for credential in page["credentials"]]
            token = page.get("next_page_token")
        connection.close()
        return ids

    def kill(self):
        """As a crash ends it: nothing is finished, nothing is closed."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.process.stdout.close()
        return self.process.returncode


def finish(process):
    report = process.stdout.read()
    process.stdout.close()
    if process.wait() != 0:
        raise SystemExit(f"cloud_load ended with {process.returncode}")
    return json.loads(report)


# -------------------------------------------------------------------- the machine

def _said(*command):
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return ""


def _processor():
    found = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(),
                      re.MULTILINE)
    return found[1] if found else platform.machine()


def machine():
    """What figures mean nothing without."""
    psql = programs()
    return {
        "when": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "processor": _processor(), "cores": os.cpu_count(), "kernel": platform.release(),
        "file_system": _said("stat", "-f", "-c", "%T", str(RESULTS)),
        "sqlite": sqlite3.sqlite_version, "openssl": _said("openssl", "version"),
        "postgresql": _said(str(psql / "postgres"), "--version") if psql else None,
        "load_average_before": os.getloadavg()[0]}


def save(name, result):
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / name
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"written: {path.relative_to(ROOT)}")
