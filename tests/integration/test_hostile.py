# SPDX-License-Identifier: Apache-2.0
"""Situations in which somebody wishes the user ill, or the machine does."""
import fcntl
import http.server
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time

import pytest
from conftest import PASSKEY, files_of

SECONDS_TO_CANCEL = 5
LINK = ("https://cloud.beyondidentity.com/v1/tenants/t/realms/r/identities/i"
        "/credential-binding-jobs/j:invokeAuthenticator?token=SECRET")


def cancel_after(process, seconds):
    """Ctrl-C after a while: the exit code and how long the end took."""
    time.sleep(seconds)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.wait(60)
    return process.returncode, time.monotonic() - began


# ------------------------------------------------------------------- waiting

def test_cancel_does_not_wait_for_the_software_tpm_s_other_user(passkey, mock, job, home):
    passkey.bind(mock.link(job("ok")))
    with open(home / "swtpm" / ".user.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, took = cancel_after(passkey.start("bind", mock.link(job("ok"))), 1)
    assert code == 130 and took < SECONDS_TO_CANCEL


@pytest.fixture
def silent_name_server(tmp_path):
    """A library to preload with which no name is ever resolved."""
    source, library = tmp_path / "silent.c", tmp_path / "silent.so"
    source.write_text("#include <unistd.h>\nint getaddrinfo(void) { for (;;) pause(); }\n")
    subprocess.run(["cc", "-shared", "-fPIC", source, "-o", library], check=True)
    return str(library)


def test_the_time_limit_holds_while_a_name_server_is_silent(passkey, silent_name_server):
    env = passkey.environment({"PASSKEY_ALLOWED_DOMAINS": None, "PASSKEY_TIMEOUT_MS": "1000",
                               "LD_PRELOAD": silent_name_server})
    began = time.monotonic()
    done = subprocess.run([PASSKEY, "bind", "-", "--json"], input=LINK, env=env,
                          capture_output=True, text=True, timeout=120)
    assert json.loads(done.stderr)["code"] == "timeout"
    assert time.monotonic() - began < SECONDS_TO_CANCEL


# ------------------------------------------------------------------- secrets

@pytest.mark.parametrize("proxy", ["http://user:PASSWORD@127.0.0.1:notaport", "http://user:PASSWORD@[::"])
def test_a_proxy_s_password_is_in_no_error(passkey, proxy):
    done = passkey("bind", "-", "--json", stdin=LINK, env={"PASSKEY_ALLOWED_DOMAINS": None, "PASSKEY_PROXY": proxy})
    assert done.code != 0 and "PASSWORD" not in done.err


# --------------------------------------------------------------- large answers

BIG_INFO = {"tenant": {"display_name": "T"}, "realm": {"display_name": "R"},
            "identity": {"display_name": "I", "traits": {"type": "traits_v0", "username": "u"}},
            "theme": {"logo_url_light": "x" * 30000, "logo_url_dark": "y" * 30000, "support_url": ""},
            "authenticator_config": {"id": "a", "tenant_id": "t", "realm_id": "r", "config": {"type": "embedded"}}}
BIG_BOUND = {"id": "c" * 20000, "state": "ACTIVE", "create_time": "2026-01-01T00:00:00Z",
             "update_time": "2026-01-01T00:00:00Z"}


@pytest.fixture
def big_cloud():
    """A cloud whose answers are within the limit each, and large together."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("content-length") or 0))
            body = json.dumps(BIG_BOUND if self.path.endswith(":bind") else BIG_INFO).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


def test_what_bind_reports_list_can_read(passkey, big_cloud, home):
    link = f"acme://bind?api_base_url={big_cloud}&tenant_id=t&realm_id=r&identity_id=i&job_id=j&token=SECRET"
    done = passkey("bind", "-", "--json", stdin=link)
    if done.code == 0:
        assert passkey.list() == [done.json["passkey"]]
    else:
        assert files_of(home) == {}


# -------------------------------------------------------------------- the store

@pytest.mark.parametrize("umask", [0o000, 0o077, 0o277, 0o777])
def test_files_have_the_same_modes_under_any_umask(passkey, mock, job, home, umask):
    passkey.bind(mock.link(job("ok")), preexec_fn=lambda: os.umask(umask))
    modes = {str(path.relative_to(home)): stat.S_IMODE(path.stat().st_mode)
             for path in home.rglob("*") if path.is_file()}
    assert set(modes.values()) == {0o600}, modes
