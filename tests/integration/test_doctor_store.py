# SPDX-License-Identifier: Apache-2.0
"""`passkey doctor` and the store."""
import fcntl
import hashlib
import os
import shutil
import subprocess
import time

from conftest import Passkey
from doctor_case import (NOBODY, bound, disk, examine, in_its_tpm, is_healthy, key_of, names, needs_root,  # noqa: F401
                         public_folder, record_of, rewrite)


def test_others_may_use_the_store(bound):
    bound.home.chmod(0o755)
    found = names(bound, "store_permissions")
    assert found["remedy"] == f"Run: chmod 700 {bound.home}"


def test_the_remedy_is_quoted_for_the_shell(mock, job, tmp_path):
    passkey = Passkey(tmp_path / "it's mine", tmp_path)
    passkey.bind(mock.link(job("ok")))
    passkey.home.chmod(0o750)
    remedy = names(passkey, "store_permissions")["remedy"]
    subprocess.run(["sh", "-c", remedy.removeprefix("Run: ")], check=True)
    is_healthy(passkey)


@needs_root
def test_the_store_belongs_to_another_user(bound):
    os.chown(bound.home, NOBODY, NOBODY)
    found = names(bound, "store_owner")
    assert "nobody" in found["message"] and "chown" in found["remedy"]


@needs_root
def test_the_store_cannot_be_written(public_folder):
    home = public_folder / "store"
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)
    home.chmod(0o500)
    found = names(Passkey(home, public_folder), "store_writable", user=NOBODY, group=NOBODY, extra_groups=[])
    assert found["remedy"] == f"Run: chmod 700 {home}"


@needs_root
def test_no_store_can_be_made(public_folder):
    passkey = Passkey(public_folder / "some" / "store", public_folder)
    found = names(passkey, "store_folder", user=NOBODY, group=NOBODY, extra_groups=[])
    assert f"{public_folder}: Permission denied" in found["message"]


def test_the_store_is_a_file(passkey):
    passkey.home.write_text("")
    examined = examine(passkey)
    assert "store_folder" in {found["check"] for found in examined.bad}


def test_others_may_replace_the_store(mock, job, tmp_path):
    folder = tmp_path / "open"
    passkey = Passkey(folder / "store", tmp_path)
    passkey.bind(mock.link(job("ok")))
    folder.chmod(0o777)
    found = names(passkey, "store_parents", level="warning")
    assert found["remedy"] == f"Run: chmod go-w {folder}"


def test_the_disk_is_full(passkey, disk):
    home = disk / "store"
    home.mkdir(mode=0o700)
    with open(disk / "fill", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 64 * 1024)
    found = names(passkey, "store_space", "--home", home)
    assert f"df -h {home}" in found["remedy"] and list(home.iterdir()) == []


def test_the_disk_is_read_only(passkey, disk):
    (disk / "store").mkdir(mode=0o700)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    assert "read-only" in names(passkey, "store_writable", "--home", disk / "store")["remedy"]


@needs_root
def test_another_user_may_replace_the_store(mock, job, tmp_path):
    folder = tmp_path / "theirs"
    passkey = Passkey(folder / "store", tmp_path)
    passkey.bind(mock.link(job("ok")))
    os.chown(folder, NOBODY, NOBODY)
    assert "belongs to nobody" in names(passkey, "store_parents", level="warning")["message"]


def test_another_process_keeps_the_store(bound):
    with open(bound.home / "lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        names(bound, "store_lock")


def test_a_damaged_record(bound):
    record_of(bound).write_text('{"version":1,')
    found = names(bound, "store_records")
    assert record_of(bound).name in found["message"]


def test_a_record_of_a_newer_version(bound):
    rewrite(record_of(bound), lambda record: record.update(version=2))
    assert "not damaged" in names(bound, "store_version")["remedy"]


def test_a_key_file_is_missing(bound):
    key_of(bound).unlink()
    found = names(bound, "store_keys")
    assert key_of(bound).name in found["message"] and "is missing" in found["message"]


def test_a_key_file_was_changed(bound):
    key_of(bound).write_text(key_of(bound).read_text().replace("A", "B", 1))
    assert "was changed" in names(bound, "store_keys")["message"]


def test_a_key_that_the_tpm_refuses(bound, mock, job, tmp_path):
    other = Passkey(tmp_path / "other", tmp_path)
    foreign = other.bind(mock.link(job("ok")))
    pem = (other.home / "keys" / f"{foreign['keyHandle'][3:]}.pem").read_bytes()
    key_of(bound).write_bytes(pem)
    rewrite(record_of(bound), lambda record: record["key"].update(sha256=hashlib.sha256(pem).hexdigest()))
    found = names(bound, "store_keys_load")
    assert bound.bound["id"] in found["message"] and "is damaged" in found["message"]
    assert key_of(bound).name in found["remedy"]


def test_a_key_file_that_others_may_read(bound):
    key_of(bound).chmod(0o644)
    names(bound, "store_key_permissions", level="warning")


def test_a_key_file_that_no_record_names(bound):
    orphan = bound.home / "keys" / "0123456789abcdef.pem"
    orphan.write_text("-----BEGIN TSS2 PRIVATE KEY-----\n")
    orphan.chmod(0o600)
    is_healthy(bound)  # a bind may be under way
    os.utime(orphan, (time.time() - 7200,) * 2)
    found = names(bound, "store_orphans", level="warning")
    assert found["remedy"].endswith(f"rm {orphan}")


def test_a_bind_that_ended_too_early(bound):
    key = bound.home / "keys" / "0123456789abcdef.pem"
    key.write_text("its key")
    (bound.home / "pending").mkdir(mode=0o700, exist_ok=True)
    pending = bound.home / "pending" / ("0" * 64)
    pending.write_text("")
    os.utime(key, (time.time() - 7200,) * 2)
    is_healthy(bound)  # it may be under way
    os.utime(pending, (time.time() - 7200,) * 2)
    assert names(bound, "store_pending", level="warning")["remedy"] == "Run: passkey resume"


def test_a_key_of_another_tpm(bound, tmp_path):
    shutil.rmtree(bound.home / "swtpm")
    in_its_tpm(bound, tmp_path, lambda tools: tools("getrandom", "1", "--hex"))
    found = names(bound, "store_tpm")
    assert bound.bound["id"] in found["message"]
