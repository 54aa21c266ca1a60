# SPDX-License-Identifier: Apache-2.0
"""`passkey doctor` and the TPM."""
import fcntl
import os
import pwd
import re

import pytest
from conftest import Passkey
from doctor_case import (NOBODY, Tools, bound, examine, in_its_tpm, is_healthy, names, needs_root,  # noqa: F401
                         public_folder, tools)
from software_tpm import SoftwareTpm


def test_no_device(passkey, tmp_path):
    found = names(passkey, "tpm_device", "--tpm", f"device:{tmp_path}/tpmrm0")
    assert f"--device {tmp_path}/tpmrm0" in found["remedy"]


def test_a_device_that_is_no_tpm(passkey):
    names(passkey, "tpm", "--tpm", "device:/dev/null")


@needs_root
def test_no_permission_for_the_device(public_folder, tmp_path):
    node = public_folder / "tpmrm0"
    os.mknod(node, 0o020660, os.makedev(1, 3))
    node.chmod(0o660)
    os.chown(node, 0, 4)  # adm
    passkey = Passkey(public_folder / "store", "/nonexistent")
    found = names(passkey, "tpm_permission", "--tpm", f"device:{node}", "--home", "/tmp/passkey-not-there",
                  user=NOBODY, group=NOBODY, extra_groups=[])
    assert "mode 0660" in found["message"] and re.search(r"usermod -aG adm nobody", found["remedy"])


@needs_root
def test_the_session_is_older_than_the_permission(public_folder):
    user = pwd.getpwnam("man")
    node = public_folder / "tpmrm0"
    os.mknod(node, 0o020660, os.makedev(1, 3))
    node.chmod(0o660)
    os.chown(node, 0, user.pw_gid)
    passkey = Passkey(public_folder / "store", "/nonexistent")
    found = names(passkey, "tpm_permission", "--tpm", f"device:{node}", "--home", "/tmp/passkey-not-there",
                  user=user.pw_uid, group=NOBODY, extra_groups=[])
    assert "log in again" in found["remedy"] and "usermod" not in found["remedy"]


def test_swtpm_is_not_installed(bound, tmp_path):
    found = names(bound, "swtpm", env={"PATH": str(tmp_path)})
    assert "apt install swtpm" in found["remedy"]


def test_swtpm_does_not_run(passkey, tmp_path):
    program = tmp_path / "swtpm"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    names(passkey, "swtpm", env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})


@pytest.mark.parametrize("version, level", [("0.6.3", "warning"), ("0.7.0", "ok"), ("0.10.0", "ok"), ("1.0", "ok")])
def test_the_version_of_swtpm(passkey, tmp_path, version, level):
    program = tmp_path / "swtpm"
    program.write_text(f"#!/bin/sh\necho 'TPM emulator version {version}, Copyright (c) 2014'\n")
    program.chmod(0o755)
    (found,) = examine(passkey, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}).of("swtpm")
    assert found["level"] == level and f" {version}" in found["message"]


def test_the_state_of_swtpm_is_damaged(bound):
    state = bound.home / "swtpm" / "tpm2-00.permall"
    damaged = state.read_bytes()[:100]
    state.write_bytes(damaged)
    found = names(bound, "swtpm_state")
    assert "backup" in found["remedy"] and state.read_bytes() == damaged


def test_the_state_of_swtpm_is_in_use_by_another_swtpm(bound, tmp_path):
    with SoftwareTpm(bound.home / "swtpm", tmp_path) as tpm:
        Tools(tpm, tmp_path)("getrandom", "1", "--hex")  # it runs
        found = names(bound, "swtpm_lock")
    assert f"fuser -v {bound.home}/swtpm/" in found["remedy"]
    is_healthy(bound)


def test_another_process_keeps_the_software_tpm(bound):
    with open(bound.home / "swtpm" / ".user.lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        names(bound, "swtpm_lock")


def test_others_may_use_the_software_tpm(bound):
    (bound.home / "swtpm").chmod(0o755)
    examined = examine(bound)
    assert {found["check"] for found in examined.bad} == {"swtpm_folder", "store_permissions"}


def test_lockout(bound, tmp_path):
    def lock(tools):
        tools("dictionarylockout", "--setup-parameters", "--max-tries=1", "--recovery-time=7200",
              "--lockout-recovery-time=86400")
        tools("createprimary", "-C", "o", "-p", "right", "-c", "key.ctx")
        tools("create", "-C", "key.ctx", "-P", "wrong", "-u", "k.pub", "-r", "k.priv", works=False)
    in_its_tpm(bound, tmp_path, lock)
    found = names(bound, "tpm_lockout", level="warning")
    assert "2 hours" in found["message"] and "--clear-lockout" in found["remedy"]


def test_passkeys_take_no_part_in_a_lockout(bound, tmp_path, mock, job):
    test_lockout(bound, tmp_path)
    bound.bind(mock.link(job("ok")))


def test_an_owner_password_without_a_storage_root_key_and_its_remedy(passkey, tools):
    tools("changeauth", "-c", "owner", "owner-password")
    found = names(passkey, "tpm_owner_auth", "--tpm", tools.tcti)
    verb, _, words = found["remedy"].partition(": ")[2].partition(" ")
    assert verb == "passkey"
    done = passkey(*words.split(), "--tpm", tools.tcti, "--owner-auth-file", "-", stdin="owner-password\n")
    assert done.code == 0, done
    (found,) = is_healthy(passkey, "--tpm", tools.tcti).of("tpm_owner_auth")
    assert "not needed" in found["message"]


def test_the_storage_hierarchy_is_disabled(passkey, tools):
    tools("hierarchycontrol", "-C", "p", "shEnable", "clear")
    names(passkey, "tpm_hierarchy", "--tpm", tools.tcti)


def test_the_handle_of_the_software_tpm_is_taken(passkey, tmp_path):
    def take(tools):
        tools("createprimary", "-C", "o", "-G", "ecc256", "-a",
              "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign", "-c", "other.ctx")
        tools("evictcontrol", "-C", "o", "-c", "other.ctx", "0x81000001")
    in_its_tpm(passkey, tmp_path, take)
    (found,) = is_healthy(passkey).of("tpm_srk")
    assert "no storage root key (ECC P-256)" in found["message"]


def test_the_tpm_has_no_room_and_the_remedy(passkey, tools):
    for _ in range(3):
        tools("createprimary", "-C", "o", "-c", "left-behind.ctx")
    found = names(passkey, "tpm_room", "--tpm", tools.tcti)
    tools("flushcontext", "-t")
    assert "tpm2_flushcontext -t" in found["remedy"]
    is_healthy(passkey, "--tpm", tools.tcti)


def test_nobody_answers_where_the_option_leads(passkey, tmp_path):
    names(passkey, "tpm", "--tpm", f"swtpm:path={tmp_path}/none")
