# SPDX-License-Identifier: Apache-2.0
"""`passkey tpm provision`: a storage root key that the TPM keeps, by its owner."""
import os
import pty
import re
import select
import subprocess
import termios

import pytest
from conftest import PASSKEY
from doctor_case import tools  # noqa: F401

OWNER = "0wner pass wörd"


@pytest.fixture
def owned(tools):
    """A TPM whose owner has a password."""
    tools("changeauth", "-c", "owner", OWNER)
    return tools


def provision(passkey, tools, *arguments, **others):
    return passkey("tpm", "provision", "--tpm", tools.tcti, *arguments, **others)


def kept(tools):
    return re.findall(r"0x[0-9A-Fa-f]+", tools("getcap", "handles-persistent").stdout)


def test_it_is_made_once(passkey, tools):
    done = provision(passkey, tools, "--json")
    assert done.code == 0 and done.err == "", done
    made = done.json
    assert made.pop("outcome") == "made"
    assert made["handle"] == "0x81000001" and made["keyType"] == "ECC P-256"
    assert re.fullmatch("000b[0-9a-f]{64}", made["name"])
    assert kept(tools) == ["0x81000001"]
    assert tools("getcap", "handles-transient").stdout == "" == tools("getcap", "handles-loaded-session").stdout
    assert provision(passkey, tools, "--json").json == {"outcome": "present", **made}


def test_it_is_the_one_that_tpm2_tools_make(passkey, tools):
    name = provision(passkey, tools, "--json").json["name"]
    tools("createprimary", "-C", "o", "-G", "ecc256:aes128cfb", "-g", "sha256", "-c", "srk.ctx", "-a",
          "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt")
    assert name in tools("readpublic", "-c", "srk.ctx").stdout


def test_it_says_what_it_did(passkey, tools):
    assert "keeps a storage root key now" in provision(passkey, tools).out
    assert "nothing was changed" in provision(passkey, tools).out
    assert provision(passkey, tools, "--quiet").out == ""


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nmore"])
def test_the_password_from_stdin_or_a_file(passkey, owned, tmp_path, ending):
    file = tmp_path / "password"
    file.write_bytes((OWNER + ending).encode())
    where = ["-"] if ending == "\n" else [file]
    done = provision(passkey, owned, "--owner-auth-file", *where, stdin=OWNER + ending)
    assert done.code == 0, done
    assert kept(owned) == ["0x81000001"]


def test_without_the_password(passkey, owned):
    done = provision(passkey, owned, "--json")
    assert done.code == 5 and done.error["code"] == "tpm_owner_auth_required"
    assert "none was given" in done.error["message"] and "--owner-auth-file" in done.error["hint"]
    assert kept(owned) == []


def test_with_another_password(passkey, owned):
    done = provision(passkey, owned, "--json", "--owner-auth-file", "-", stdin="a wrong guess\n")
    assert done.code == 5 and done.error["code"] == "tpm_owner_auth_required"
    assert "another one" in done.error["message"] and "0x000009a2" in done.error["cause"]
    assert "guess" not in done.err and kept(owned) == []
    assert "0" in owned("getcap", "properties-variable").stdout.split("TPM2_PT_LOCKOUT_COUNTER: ")[1][:4]


def test_a_password_that_no_tpm_can_have(passkey, owned):
    done = provision(passkey, owned, "--json", "--owner-auth-file", "-", stdin="x" * 65)
    assert done.code == 2 and done.error["code"] == "invalid_argument" and "64" in done.error["message"]


def test_a_password_on_the_command_line_is_refused(passkey, owned):
    done = provision(passkey, owned, f"--owner-auth={OWNER}")
    assert done.code == 2 and OWNER not in done.err


def test_a_file_that_is_not_there(passkey, owned, tmp_path):
    done = provision(passkey, owned, "--owner-auth-file", tmp_path / "none")
    assert done.code == 2 and "cannot open the TPM owner password file" in done.err


def typed(passkey, tools, text):
    """What a terminal shows, and the exit code, when text is typed at the prompt."""
    master, slave = pty.openpty()
    process = subprocess.Popen([PASSKEY, "tpm", "provision", "--tpm", tools.tcti], env=passkey.environment(),
                               stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    shown, asked = b"", False
    while True:
        assert select.select([master], [], [], 60)[0], shown
        try:
            got = os.read(master, 4096)
        except OSError:
            break
        shown += got
        if not asked and b"password: " in shown:
            asked = True
            os.write(master, text.encode())
    os.close(master)
    return shown.decode(), process.wait(60)


def test_a_terminal_is_asked_and_does_not_show_it(passkey, owned):
    shown, code = typed(passkey, owned, OWNER + "\n")
    assert code == 0 and OWNER not in shown and "keeps a storage root key now" in shown
    shown, code = typed(passkey, owned, "")
    assert code == 0 and "password" not in shown  # nobody needs it any more


def test_ctrl_c_at_the_prompt_leaves_the_terminal_as_it_was(passkey, owned):
    master, slave = pty.openpty()
    process = subprocess.Popen(["setsid", "--ctty", "--wait", PASSKEY, "tpm", "provision", "--tpm", owned.tcti],
                               env=passkey.environment(), stdin=slave, stdout=slave, stderr=slave)
    shown = b""
    while b"password: " not in shown:
        assert select.select([master], [], [], 60)[0], shown
        shown += os.read(master, 4096)
    assert not termios.tcgetattr(slave)[3] & termios.ECHO
    os.write(master, b"half a pass\x03")
    assert process.wait(60) != 0
    assert termios.tcgetattr(slave)[3] & termios.ECHO
    os.close(slave)
    os.close(master)
    assert kept(owned) == []


def test_the_password_is_nowhere_on_the_bus(passkey, owned, tmp_path):
    capture = tmp_path / "bus.pcap"
    done = provision(passkey, owned, "--tpm", "pcap:" + owned.tcti, "--owner-auth-file", "-", stdin=OWNER,
                     env={"TCTI_PCAP_FILE": capture})
    assert done.code == 0, done
    seen = capture.read_bytes()
    assert b"\x00\x00\x01\x31" in seen and OWNER.encode() not in seen  # TPM2_CreatePrimary was there


def test_then_anybody_binds_without_the_password(passkey, owned, mock, job):
    error = passkey.refuse(mock.link(job("ok")), "--tpm", owned.tcti)
    assert error["code"] == "tpm_owner_auth_required" and "passkey tpm provision" in error["hint"]
    assert provision(passkey, owned, "--owner-auth-file", "-", stdin=OWNER).code == 0
    bound = passkey.bind(mock.link(job("ok")), "--tpm", owned.tcti)
    assert bound["protection"] == "swtpm"


def test_a_passkey_made_before_stays_usable(passkey, tools, mock, job):
    passkey.bind(mock.link(job("ok")), "--tpm", tools.tcti)
    assert provision(passkey, tools).code == 0
    done = passkey("doctor", "--json", "--tpm", tools.tcti)
    assert [found["message"] for found in done.json if found["check"] == "store_keys_load"] == [
        "The TPM takes the keys."], done
