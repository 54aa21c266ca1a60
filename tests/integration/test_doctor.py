# SPDX-License-Identifier: Apache-2.0
"""`passkey doctor`: all is well, the machine is not, and the command itself. One
thing at a time is broken, really broken, and the doctor names it and nothing
else; so in the other test_doctor files."""
import fcntl
import json
import re

from conftest import REPOSITORY
from doctor_case import bound, examine, is_healthy, names, record_of, tools  # noqa: F401


# ------------------------------------------------------------------- all is well

def test_all_is_well(bound, mock):
    examined = is_healthy(bound, "--cloud", mock.base_url)
    seen = {found["check"] for found in examined.findings}
    assert {"clock", "environment", "libraries", "swtpm", "tpm", "tpm_algorithms", "tpm_hierarchy", "tpm_srk",
            "tpm_owner_auth", "tpm_lockout", "tpm_room", "store_folder", "store_permissions", "store_writable",
            "store_space", "store_records", "store_tpm", "cloud_url", "cloud_connection", "cloud_answer",
            "cloud_clock"} <= seen
    record = json.loads(record_of(bound).read_text())
    assert record["key"]["srkName"] in examined.of("tpm_srk")[0]["message"]


def test_nothing_is_there_yet_and_nothing_is_made(passkey):
    is_healthy(passkey)
    assert not passkey.home.exists()


def test_nothing_is_changed(bound):
    def state():
        return {str(path): (path.stat().st_mode, b"" if path.is_dir() else path.read_bytes())
                for path in sorted(bound.home.rglob("*")) if path.parent.name != "swtpm"}
    before = state()
    is_healthy(bound)
    assert state() == before


def test_binds_that_are_under_way_are_no_trouble(bound, mock, job):
    binds = [bound.start("bind", mock.link(job("ok")), "--json") for _ in range(8)]
    while any(bind.poll() is None for bind in binds):
        is_healthy(bound)
    for bind in binds:
        out, err = bind.communicate(timeout=60)
        assert bind.returncode == 0, err
    is_healthy(bound)


def test_a_tpm_without_a_kept_storage_root_key(passkey, tools):
    (found,) = is_healthy(passkey, "--tpm", tools.tcti).of("tpm_srk")
    assert "makes it each time" in found["message"]


def test_a_storage_root_key_of_another_kind_is_used(passkey, tools):
    tools("createprimary", "-C", "o", "-G", "rsa2048", "-c", "other.ctx")
    tools("evictcontrol", "-C", "o", "-c", "other.ctx", "0x81000001")
    tools("flushcontext", "-t")
    (found,) = is_healthy(passkey, "--tpm", tools.tcti).of("tpm_srk")
    assert "The storage root key (RSA 2048) is at 0x81000001" in found["message"]


# ------------------------------------------------------------------ the machine

def test_a_variable_that_is_not_allowed(passkey):
    found = names(passkey, "environment", env={"PASSKEY_TIMEOUT_MS": "soon"})
    assert "PASSKEY_TIMEOUT_MS" in found["message"] and "3600000" in found["message"]


def test_two_variables_that_are_not_allowed(passkey):
    names(passkey, "environment", times=2, env={"PASSKEY_TIMEOUT_MS": "soon", "PASSKEY_LOG": "loud"})


def test_a_variable_that_is_misspelled(passkey):
    found = names(passkey, "environment", level="warning", env={"PASSKEY_ALLOWED_DOMAIN": "x.test"})
    assert "PASSKEY_ALLOWED_DOMAIN " in found["message"]


def test_a_variable_holds_a_secret_that_is_not_shown(passkey):
    done = passkey("doctor", "--json", env={"PASSKEY_API_TOKEN": "se\x01cret-token", "PASSKEY_TOKEN": "secret-other"})
    assert "cret-token" not in done.out + done.err and "secret-other" not in done.out + done.err
    assert done.code == 1 and "PASSKEY_API_TOKEN" in done.out


# ------------------------------------------------------------------- the command

def test_as_text(bound):
    bound.home.chmod(0o755)
    done = bound("doctor")
    assert done.code == 1 and f"\n         -> Run: chmod 700 {bound.home}\n" in done.out
    assert done.err == "passkey: 1 problem, 0 warnings\n"
    assert all(re.match(r"(ok|warning|problem) +[a-z_]+: .|         -> .", line) for line in done.out.splitlines())
    quiet = bound("doctor", "--quiet")
    assert quiet.err == "" and quiet.out.startswith("problem  store_permissions: ") and len(quiet.out.splitlines()) == 2


def test_it_can_be_canceled(bound):
    with open(bound.home / "lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = bound.start("doctor", "--log", "debug")
        while "examine: store" not in process.stderr.readline():
            assert process.poll() is None
        process.terminate()
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and out == ""


def test_its_page_lists_every_check():
    source = (REPOSITORY / "core" / "src" / "doctor" / "checks.h").read_text()
    page = (REPOSITORY / "docs" / "doctor.md").read_text()
    checks = re.findall(r'^    X\([A-Z_]+, "([a-z_]+)"', source, re.M)
    assert len(checks) > 30 and re.findall(r"^\| `([a-z_]+)` \|", page, re.M) == checks
