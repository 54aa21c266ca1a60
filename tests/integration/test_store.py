# SPDX-License-Identifier: Apache-2.0
"""The store's folder: private, or not used; damaged in one place, whole in the others."""
import os
import shutil
import stat

import pytest
from conftest import NOBODY, files_of

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to act as another user")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def records(home):
    return sorted((home / "passkeys").glob("*.json"))


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o177])
def test_modes_do_not_depend_on_the_umask(passkey, mock, job, home, umask):
    passkey.bind(mock.link(job("ok")), umask=umask)
    assert {mode(path) for path in [home, home / "passkeys", home / "keys", home / "swtpm"]} == {0o700}
    assert {mode(path) for path in [*(home / "passkeys").iterdir(), *(home / "keys").iterdir()]
            if path.is_file()} == {0o600}


def test_no_temporary_file_stays(passkey, mock, job, home):
    passkey.bind(mock.link(job("ok")))
    passkey.refuse(mock.link(job("bind-500")))
    assert [path for path in home.rglob("*") if "tmp" in path.name.lower() and path.suffix != ".permall"] == []


@pytest.mark.parametrize("bits", [0o755, 0o750, 0o705, 0o770, 0o777])
def test_a_store_open_to_others_is_refused(passkey, mock, job, home, bits):
    passkey.bind(mock.link(job("ok")))
    before = files_of(home)
    home.chmod(bits)
    for done in (passkey("bind", "--json", mock.link(job("ok"))), passkey("list", "--json")):
        assert done.code == 6 and done.error["code"] == "store_unsafe"
        assert "chmod 700" in done.error["hint"]
    assert files_of(home) == before
    home.chmod(0o700)
    assert len(passkey.list()) == 1


def test_an_unsafe_store_is_refused_before_the_link_is_used(passkey, mock, job, home):
    home.mkdir(mode=0o755)
    name = job("ok")
    passkey.refuse(mock.link(name))
    assert mock.log(name) == []


def test_a_symlink_to_a_private_folder_is_that_folder(passkey, mock, job, tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir(mode=0o700)
    link.symlink_to(real)
    made = passkey.bind(mock.link(job("ok")), env={"PASSKEY_HOME": link})
    assert passkey.list(env={"PASSKEY_HOME": real}) == [made]


def test_a_symlink_to_an_open_folder_is_refused(passkey, mock, job, tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir(mode=0o755)
    link.symlink_to(real)
    error = passkey.refuse(mock.link(job("ok")), env={"PASSKEY_HOME": link})
    assert error["code"] == "store_unsafe" and list(real.iterdir()) == []


@pytest.mark.parametrize("home", ["/proc/passkey", "/dev/null/passkey"])
def test_a_store_that_cannot_be_made(passkey, mock, job, home):
    name = job("ok")
    error = passkey.refuse(mock.link(name), "--home", home)
    assert (error["code"], error["exit"]) == ("store_unwritable", 6)
    assert home in error["message"] and mock.log(name) == []


def test_a_store_that_is_a_file(passkey, mock, job, home):
    home.write_text("not a folder")
    assert passkey.refuse(mock.link(job("ok")))["exit"] == 6
    assert home.read_text() == "not a folder"


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\0" * 64, b'{"version":1}', b'{"version":99}',
                                    b'{"version":1,"passkey":{}}', b"x" * (1 << 21)])
def test_a_damaged_record_hides_no_other(passkey, mock, job, home, damage):
    passkey.bind(mock.link(job("ok"), identity="anna"))
    first = set(records(home))
    bert = passkey.bind(mock.link(job("ok"), identity="bert"))
    (anna_file,) = first
    anna_file.write_bytes(damage)
    done = passkey("list", "--json")
    assert done.code == 0 and done.json == [bert]
    assert done.err.startswith("passkey: damaged record: ") and anna_file.name in done.err
    carl = passkey.bind(mock.link(job("ok"), identity="carl"))
    assert passkey.list() == [bert, carl] and anna_file.read_bytes() == damage


def test_a_truncated_record_is_damaged_at_every_length(passkey, mock, job, home):
    passkey.bind(mock.link(job("ok")))
    (record,) = records(home)
    whole = record.read_bytes()
    for length in range(0, len(whole) - 1, 97):
        record.write_bytes(whole[:length])
        done = passkey("list", "--json")
        assert (done.code, done.json) == (0, []) and record.name in done.err


@pytest.mark.parametrize("kind", ["symlink", "fifo", "folder"])
def test_a_record_that_is_no_file(passkey, mock, job, home, tmp_path, kind):
    made = passkey.bind(mock.link(job("ok")))
    strange = home / "passkeys" / ("0" * 64 + ".json")
    if kind == "symlink":
        shutil.copy(records(home)[0], tmp_path / "elsewhere.json")
        strange.symlink_to(tmp_path / "elsewhere.json")
    elif kind == "fifo":
        os.mkfifo(strange)
    else:
        strange.mkdir()
    done = passkey("list", "--json")
    assert done.code == 0 and done.json == [made] and strange.name in done.err


def test_other_files_do_not_matter(passkey, mock, job, home):
    made = passkey.bind(mock.link(job("ok")))
    (home / "passkeys" / "README").write_text("hello")
    (home / "note.json").write_text("{}")
    done = passkey("list", "--json")
    assert (done.json, done.err) == ([made], "")


def test_a_damaged_software_tpm_is_named_and_kept(passkey, mock, job, home):
    passkey.bind(mock.link(job("ok")))
    state = home / "swtpm" / "tpm2-00.permall"
    state.write_bytes(b"damaged" * 100)
    before = files_of(home)
    error = passkey.refuse(mock.link(job("ok")))
    assert (error["code"], error["exit"]) == ("tpm_state_corrupt", 5)
    assert state.read_bytes() == b"damaged" * 100 and files_of(home) == before


# -------------------------------------------------------------- as another user

@root_only
def test_another_user_binds_in_a_store_of_his_own(as_nobody, mock, job):
    made = as_nobody.bind(mock.link(job("ok")))
    assert as_nobody.list() == [made]


@root_only
def test_an_unwritable_parent(as_nobody, mock, job):
    name = job("ok")
    error = as_nobody.refuse(mock.link(name), "--home", str(as_nobody.folder / "store"))
    assert error["code"] == "store_unwritable" and mock.log(name) == []


@root_only
def test_an_unwritable_store(as_nobody, mock, job):
    as_nobody.home.mkdir()
    os.chown(as_nobody.home, NOBODY, NOBODY)
    as_nobody.home.chmod(0o500)
    name = job("ok")
    assert as_nobody.refuse(mock.link(name))["code"] == "store_unwritable"
    assert mock.log(name) == []


@root_only
def test_an_unreadable_store(as_nobody):
    as_nobody.home.mkdir()
    os.chown(as_nobody.home, NOBODY, NOBODY)
    as_nobody.home.chmod(0o000)
    done = as_nobody("list", "--json")
    assert done.code == 6 and done.error["code"] == "store_unreadable"


@root_only
def test_another_user_s_store(as_nobody, mock, job):
    as_nobody.home.mkdir(mode=0o700)
    done = as_nobody("list", "--json")
    assert done.code == 6 and done.error["code"] in ("store_unsafe", "store_unreadable")
    assert as_nobody.refuse(mock.link(job("ok")))["exit"] == 6


@root_only
def test_root_does_not_use_another_user_s_store(passkey, mock, job, home):
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)
    error = passkey.refuse(mock.link(job("ok")))
    assert error["code"] == "store_unsafe" and list(home.iterdir()) == []


@root_only
def test_no_permission_on_the_tpm_device(as_nobody, mock, job):
    device = as_nobody.folder / "tpmrm0"
    device.touch()
    device.chmod(0o600)
    error = as_nobody.refuse(mock.link(job("ok")), "--tpm", f"device:{device}")
    assert (error["code"], error["exit"]) == ("tpm_permission", 5)
    assert str(device) in error["message"] + error["hint"] and as_nobody.list() == []
