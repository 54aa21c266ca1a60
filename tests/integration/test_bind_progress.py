# SPDX-License-Identifier: Apache-2.0
"""What `passkey bind` shows to people while they wait."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import pytest
from conftest import PASSKEY

NAMES = ["link", "cloud", "key", "register", "store"]


def on_terminal(passkey, link, *arguments, columns=80, **variables):
    """(exit code, stdout, what the terminal that stderr is got)."""
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = passkey.environment({"TERM": "xterm-256color", **variables})
    process = subprocess.Popen([PASSKEY, "bind", "-", *arguments], env=env, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=end)
    os.close(end)
    process.stdin.write(link.encode() + b"\n")
    process.stdin.close()
    shown = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    with process.stdout:
        out = process.stdout.read().decode()
    return process.wait(60), out, shown.decode()


def rendered(shown, columns=80):
    """The lines as a terminal shows them; fails on a control sequence it does not know."""
    lines, line = [], ""
    for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|\r\n|\n|\r|[^\x1b\r\n]+", shown):
        if part in ("\r\n", "\n"):
            lines.append(line)
            line = ""
        elif part in ("\r", "\x1b[K"):
            line = "" if part == "\r" else line
        elif part.startswith("\x1b"):
            assert re.fullmatch(r"\x1b\[(0|2|31)m", part), part
        else:
            line += part
        assert len(line) < columns, line
    assert line == ""
    return lines


@pytest.fixture
def link(mock, job):
    return mock.bind_link(job("ok-progress"))


def test_a_terminal_shows_the_five_steps_with_their_times(passkey, link):
    code, out, shown = on_terminal(passkey, link)
    lines = rendered(shown)
    assert code == 0 and out.startswith("Passkey created.")
    assert [line.split()[0] for line in lines] == [f"{i}/5" for i in range(1, 6)]
    assert [line.split()[1] for line in lines] == NAMES
    assert all(re.search(r" \d+ ms$", line) for line in lines)
    assert "\x1b[2m" in shown and "link-token" not in shown


def test_a_step_is_shown_when_it_begins(passkey, link, mock, job):
    """Each line comes twice: open, then with its time."""
    _, _, shown = on_terminal(passkey, link)
    for i, name in enumerate(NAMES, 1):
        opened, closed = [match.start() for match in re.finditer(rf"{i}/5 {name}", shown)]
        assert "ms" not in shown[opened:closed] and re.match(r".*\d+ ms", shown[closed:])


def test_the_step_that_failed_is_named(passkey, mock, job):
    code, out, shown = on_terminal(passkey, mock.bind_link(job("bind-409")))
    lines = rendered(shown, 400)
    assert (code, out) == (4, "")
    assert lines[3].split()[:2] == ["4/5", "register"] and lines[3].endswith(" failed")
    assert lines[4].startswith("passkey: ") and len(lines) == 6


def test_no_color(passkey, link):
    _, _, shown = on_terminal(passkey, link, NO_COLOR="1")
    assert len(rendered(shown)) == 5
    assert re.findall(r"\x1b\[[0-9;]*m", shown) == []


def test_an_empty_no_color_is_none(passkey, link):
    _, _, shown = on_terminal(passkey, link, NO_COLOR="")
    assert "\x1b[2m" in shown


@pytest.mark.parametrize("terminal", ["dumb", "", None])
def test_a_dumb_terminal_gets_plain_lines(passkey, link, terminal):
    _, _, shown = on_terminal(passkey, link, TERM=terminal)
    assert "\x1b" not in shown and len(re.findall(r"\d+ ms\r\n", shown)) == 5
    assert len(rendered(shown)) == 5


@pytest.mark.parametrize("columns", [63, 40, 27])
def test_a_narrow_terminal(passkey, link, columns):
    _, _, shown = on_terminal(passkey, link, columns=columns)
    lines = rendered(shown, columns)
    assert [line.split()[1] for line in lines] == NAMES


@pytest.mark.parametrize("columns", [26, 1])
def test_a_terminal_that_is_too_narrow_to_rewrite(passkey, link, columns):
    _, _, shown = on_terminal(passkey, link, columns=columns)
    assert "\x1b" not in shown and len(rendered(shown, 80)) == 5


@pytest.mark.parametrize("flag", ["--quiet", "--json"])
def test_quiet_and_json_show_nothing(passkey, link, flag):
    code, out, shown = on_terminal(passkey, link, flag)
    assert code == 0 and out and shown == ""


def test_one_line_when_not_a_terminal(passkey, link):
    done = passkey("bind", "-", stdin=link)
    assert done.code == 0
    assert re.fullmatch(r"passkey: link \d+ ms, cloud \d+ ms, key \d+ ms, register \d+ ms, store \d+ ms\n", done.err)


def test_no_line_but_the_error_when_it_fails(passkey, mock, job):
    done = passkey("bind", "-", stdin=mock.bind_link(job("info-404")))
    assert done.code == 4 and done.err.count("\n") == 2 and " ms" not in done.err


@pytest.mark.parametrize("flag", ["--quiet", "--json"])
def test_quiet_and_json_without_a_terminal(passkey, link, flag):
    done = passkey("bind", "-", flag, stdin=link)
    assert (done.code, done.err) == (0, "")


def test_the_log_comes_between_the_steps(passkey, link):
    _, _, shown = on_terminal(passkey, link, "--log", "debug")
    lines = rendered(shown, 400)
    assert [line.split()[1] for line in lines if re.match(r"\d/5 .* ms$", line)] == NAMES
    assert any(line.startswith("passkey: debug: ") for line in lines) and "link-token" not in shown
