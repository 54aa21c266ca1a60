# SPDX-License-Identifier: Apache-2.0
"""Wrong use is an exception of Python's own kind, never a crash."""
import os
import shutil
import subprocess
import sys

import pytest

import passkey
from conftest import PACKAGE_PATH
from passkey import _native


@pytest.mark.parametrize("value", [None, 1, b"bytes", ["list"]])
def test_a_link_that_is_no_text(client, value):
    with pytest.raises(TypeError, match="link must be str"):
        client.bind_passkey(value)


@pytest.mark.parametrize("value", ["https://h/\0", "https://h/\ud800"])
def test_a_text_that_c_cannot_take(client, value):
    with pytest.raises(ValueError):
        client.bind_passkey(value)
    with pytest.raises(ValueError):
        passkey.is_bind_passkey_url(value)


def test_a_huge_text_is_no_link(client):
    with pytest.raises(passkey.PasskeyError) as caught:
        client.bind_passkey("https://localhost/" + "x" * 10_000_000)

    assert caught.value.code == "invalid_link" and len(str(caught.value)) < 1000


def test_a_closed_client(client):
    client.close()
    client.close()

    for call in (client.list_passkeys, lambda: client.bind_passkey("x"), client.__enter__):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_an_unknown_option():
    with pytest.raises(passkey.PasskeyError) as caught:
        passkey.Client(colour="red")

    assert caught.value.code == "invalid_option"


def test_a_secret_option_is_in_no_exception():
    with pytest.raises(ValueError) as caught:
        passkey.Client(api_token="secret\0")

    assert "secret" not in str(caught.value)


NATIVE_METHODS = [
    (kind, name) for kind in vars(_native).values() if isinstance(kind, type)
    for name in vars(kind) if not name.startswith("_") and name != "thisown"]
#: What a native method wants beside its object.
ARGUMENTS = {
    "wait": [0], "when_done": [print], "when_step": [print], "set_log": [print], "damaged": [0],
    ("NativeLink", "identity_id"): [], ("NativeLink", "job_id"): [], "set_option": ["home", "x"], "start_list": [], "start_create_job": ["i", "RETURN", None],
    "start_get_job": ["i", "j"], "start_revoke_job": ["i", "j"], "start_wait_job": ["i", "j", 1],
    **{name: [0] for name in ("outcome", "result", "error", "identity_id", "job_id")},
    **{name: ["x"] for name in (
        "check_link", "start_bind", "start_info", "start_get", "start_delete", "start_list_jobs")}}


@pytest.mark.parametrize(
    "kind, name", NATIVE_METHODS, ids=lambda part: getattr(part, "__name__", part))
def test_a_missing_object_reaches_no_c_function(kind, name):
    with pytest.raises(ValueError, match="needs an object"):
        getattr(kind, name)(None, *ARGUMENTS.get((kind.__name__, name), ARGUMENTS.get(name, [])))


@pytest.mark.parametrize("name", ["when_done", "when_step", "set_log"])
def test_a_callback_that_cannot_be_called(client, name):
    native = client._native if name == "set_log" else client._native.start_bind("no link")

    with pytest.raises(TypeError, match="needs a callable"):
        getattr(native, name)("print")


def test_the_outcome_of_another_kind_is_refused(client):
    operation = client._native.start_list()
    operation.wait(-1)
    for name in ("take_result", "take_info", "take_job", "take_job_list", "take_passkey",
                 "take_deleted"):
        with pytest.raises(passkey.InvalidArgumentError):
            getattr(operation, name)()

    assert operation.take_list().json() == "[]"


def import_copy(folder, *leave_out):
    """What comes of importing a copy of the package without these files."""
    shutil.copytree(PACKAGE_PATH / "passkey", folder / "passkey",
                    ignore=shutil.ignore_patterns("__pycache__", *leave_out))
    return lambda: subprocess.run(
        [sys.executable, "-c", "import passkey"], env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("missing", ["*.so", "_native.py"])
def test_a_native_library_that_is_missing(tmp_path, missing):
    done = import_copy(tmp_path, missing)()

    assert done.returncode == 1
    assert "ImportError: The native library of passkey" in done.stderr


def test_a_native_library_that_is_damaged(tmp_path):
    load = import_copy(tmp_path, "*.so")
    (tmp_path / "passkey" / "_passkey.abi3.so").write_bytes(b"no library")
    done = load()

    assert done.returncode == 1
    assert "ImportError: The native library of passkey" in done.stderr


def test_a_native_library_of_another_version(tmp_path):
    load = import_copy(tmp_path)
    version = tmp_path / "passkey" / "_version.py"
    version.write_text(version.read_text().replace(passkey.__version__, "9.9.9"))
    done = load()

    assert done.returncode == 1
    assert "ImportError: This is passkey 9.9.9, but its native library is of" in done.stderr


def test_a_result_is_taken_once(client):
    operation = client._native.start_bind("no link")
    operation.wait(-1)
    for code in ("invalid_link", "invalid_argument"):
        with pytest.raises(passkey.PasskeyError) as caught:
            operation.take_result()
        assert caught.value.code == code


def test_a_second_callback_is_refused(client):
    operation = client._native.start_bind("no link")
    operation.when_done(lambda: None)

    with pytest.raises(passkey.PasskeyError) as caught:
        operation.when_done(lambda: None)

    assert caught.value.code == "invalid_argument"


def test_a_callback_that_throws_is_reported_not_fatal(client, monkeypatch):
    reported = []
    monkeypatch.setattr("sys.unraisablehook", lambda report: reported.append(report.exc_value))
    operation = client._native.start_bind("no link")
    operation.wait(-1)

    operation.when_done(lambda: 1 / 0)

    assert [type(error) for error in reported] == [ZeroDivisionError]
