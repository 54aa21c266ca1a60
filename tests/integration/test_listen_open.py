# SPDX-License-Identifier: Apache-2.0
"""passkey listen --open: links of our own scheme, which the desktop brings."""
import json
import os
import re
import shutil
import signal

import pytest

from conftest import REPOSITORY


# ------------------------------------------------------- passkey://bind?… links

class Desktop:
    """A PATH whose xdg-open tells what it was asked for, and fetches it as a browser would."""

    def __init__(self, folder):
        self.answers = folder / "answers"
        os.mkfifo(self.answers)
        opener = folder / "xdg-open"
        opener.write_text(f'#!/bin/sh\n{{ echo "$1"; exec curl -s -A curl/8 "$1"; }} >"{self.answers}"\n')
        opener.chmod(0o755)
        self.env = {"PATH": f"{folder}:{os.environ['PATH']}"}

    def open(self, passkey, *arguments):
        """passkey listen --open: (exit code, stdout, stderr, the URL that was shown, its page)."""
        process = passkey.start("listen", "--json", "--open", *arguments, env=self.env)
        url, page = self.answers.read_text().split("\n", 1)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err, url, page


@pytest.fixture
def desktop(tmp_path):
    (tmp_path / "desktop").mkdir()
    return Desktop(tmp_path / "desktop")


def test_a_link_of_our_own_scheme_is_bound_and_shown(passkey, mock, job, desktop):
    link = mock.bind_link(job("ok-scheme"), prefix="passkey://bind")
    code, out, err, url, page = desktop.open(passkey, link)
    assert (code, err) == (0, "")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/result/[\w-]{22}", url)
    assert "Your passkey is ready" in page and json.loads(out)["passkey"]["thumbprint"] in page


def test_a_failure_is_shown_too(passkey, mock, job, desktop):
    link = mock.bind_link(job("info-410-expired"), prefix="passkey://bind")
    code, out, err, _, page = desktop.open(passkey, link)
    assert (code, out, json.loads(err)["code"]) == (4, "", "link_expired")
    assert "This link has expired" in page


def test_it_is_bound_though_there_is_no_browser(passkey, mock, job, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "swtpm").symlink_to(shutil.which("swtpm"))
    link = mock.bind_link(job("ok-scheme"), prefix="passkey://bind")
    done = passkey("listen", "--open", "-", stdin=link, env={"PATH": tmp_path / "bin"})
    assert done.code == 0 and done.out.startswith("Passkey created.")
    assert "no browser can be opened" in done.err


def test_the_link_leaves_the_list_of_processes(passkey, mock, job, tmp_path):
    """It came as an argument; while the cloud takes its time it is there no more."""
    name = job("slow-60000-info")
    (tmp_path / "bin").mkdir()
    link = mock.bind_link(name, prefix="passkey://bind", token="VERYSECRET")
    process = passkey.start("listen", "--json", "--open", link, env={"PATH": tmp_path / "bin"})
    mock.wait_for(name, "info")
    words = open(f"/proc/{process.pid}/cmdline", "rb").read()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert b"listen" in words and b"VERYSECRET" not in words
    assert process.returncode == 130 and json.loads(err.splitlines()[-1])["code"] == "canceled"


def test_the_desktop_file_starts_this_command():
    text = (REPOSITORY / "cli" / "passkey.desktop").read_text()
    entry = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    assert entry["MimeType"] == "x-scheme-handler/passkey;"
    assert entry["Exec"] == "passkey listen --quiet --open %u"
    assert (entry["Type"], entry["NoDisplay"], entry["Terminal"]) == ("Application", "true", "false")
