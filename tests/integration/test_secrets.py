# SPDX-License-Identifier: Apache-2.0
"""Links and tokens are bearer secrets: where they must not turn up."""
import json
import pathlib
import shutil

import pytest

SECRET = "Zm9yYmlkZGVuLXRva2VuLTEyMzQ1Njc4OTA"


def secrets_of(mock, job):
    """The link's token, the instruction's, and the JWS, as the mock saw them."""
    found = {SECRET}
    for entry in mock.log(job):
        if "authorization" in entry["headers"]:
            found.add(entry["headers"]["authorization"].split()[1])
        if entry.get("step") == "bind":
            raw = json.loads(entry["body"])["raw"]
            found |= {raw, raw.rsplit(".", 1)[0], raw.split(".")[1]}
    return found


# A bind that is pending keeps what it has to send again, in a file of its owner's.
def texts_of(store):
    return {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}


@pytest.mark.parametrize("behaviour", ["ok", "invoke-404", "info-500", "bind-409", "garbage-bind", "html-info",
                                       "evilbase", "closealways-bind", "missing-id", "slow-60000"])
@pytest.mark.parametrize("flags", [[], ["--json"], ["--log", "debug"]])
def test_no_secret_in_output_or_store(passkey, mock, job, home, behaviour, flags):
    name = job(behaviour)
    limit = "1500" if behaviour.startswith("slow") else "20000"
    done = passkey("bind", "--timeout-ms", limit, *flags, mock.link(name, token=SECRET))
    for secret in secrets_of(mock, name):
        assert secret not in done.out and secret not in done.err
        for path, text in texts_of(home).items():
            assert secret.encode() not in text or path.parent == home / "pending", path
    assert all(SECRET.encode() not in text for text in texts_of(home).values())


@pytest.mark.parametrize("form", ["link", "bind_link"])
def test_the_link_leaves_the_list_of_processes(passkey, mock, job, form):
    name = job("slow-60000")
    process = passkey.start("bind", getattr(mock, form)(name, token=SECRET))
    mock.wait_for(name, "invoke" if form == "link" else "info")
    seen = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
    process.terminate()
    out, err = process.communicate(timeout=30)
    assert seen.startswith(b"/") and b"bind" in seen
    assert SECRET.encode() not in seen and b"localhost" not in seen and b"token" not in seen
    assert SECRET not in out + err


def test_no_core_file_and_no_attaching(passkey, mock, job):
    name = job("slow-60000")
    process = passkey.start("bind", mock.link(name))
    mock.wait_for(name, "invoke")
    limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
    process.terminate()
    process.communicate(timeout=30)
    (core,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]


def test_nothing_secret_reaches_the_software_tpm_s_process(passkey, mock, job, tmp_path):
    """A swtpm in front of the real one writes down how it was started."""
    spy, notes = tmp_path / "bin", tmp_path / "notes"
    spy.mkdir()
    (spy / "swtpm").write_text(f'#!/bin/sh\n{{ printf "%s\\n" "$@"; env; }} >> {notes}\n'
                               f'exec {shutil.which("swtpm")} "$@"\n')
    (spy / "swtpm").chmod(0o755)
    name = job("ok")
    link = mock.link(name, token=SECRET)
    passkey.bind(link, env={"PATH": f"{spy}:{passkey.env['PATH']}", "PASSKEY_API_TOKEN": "API-" + SECRET})
    started = notes.read_text()
    assert "--tpm2" in started and "PASSKEY_" not in started
    assert not any(secret in started for secret in secrets_of(mock, name))


def test_job_create_keeps_the_api_token(passkey, mock, home):
    for status in (400, 401, 403, 500):
        done = passkey("job", "create", "--identity", f"create-{status}", "--delivery-method", "RETURN",
                       "--api-base-url", mock.base_url, "--tenant", "t", "--realm", "r",
                       "--authenticator-config", "a", env={"PASSKEY_API_TOKEN": SECRET})
        assert done.code == 4 and SECRET not in done.err + done.out
    assert not home.exists()
