# SPDX-License-Identifier: Apache-2.0
"""The command: what it prints where, how it exits, what it leaves."""
import json
import os
import pty
import re
import signal
import stat
import subprocess

import pytest
from conftest import PASSKEY, files_of

FOREIGN = ("https://api-us.beyondidentity.com/v1/tenants/t1/realms/r1/identities/i1"
           "/credential-binding-jobs/j1:invokeAuthenticator?token=SECRET")
VERBS = ("bind", "check", "info", "list", "show", "delete", "job create", "job get", "job list", "job revoke",
         "job wait", "listen", "tpm provision")


# ------------------------------------------------------------ help and usage

def test_without_a_verb_it_says_what_is_missing(passkey):
    done = passkey()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("passkey: a verb is missing\npasskey: hint: ")


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_goes_to_stdout(passkey, word):
    done = passkey(word)
    assert (done.code, done.err) == (0, "")
    assert all(f"  {verb} " in done.out for verb in VERBS) and "exit codes" in done.out


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help(passkey, verb):
    done = passkey(*verb.split(), "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"usage: passkey {verb} ") and "--allowed-domains" in done.out


def test_help_needs_no_valid_environment(passkey):
    assert passkey("bind", "--help", env={"PASSKEY_TIMEOUT_MS": "soon"}).code == 0


@pytest.mark.parametrize("words", [["--version"], ["version"], ["list", "--version"]])
def test_version(passkey, words):
    done = passkey(*words)
    assert done.code == 0 and done.out == "passkey 0.1.0\n"


def test_an_unknown_verb_is_not_repeated(passkey):
    done = passkey(FOREIGN)
    assert (done.code, done.out) == (2, "")
    assert "SECRET" not in done.err and "passkey bind LINK" in done.err


@pytest.mark.parametrize("words, says", [
    (["bind"], "the link is missing"),
    (["bind", "a", "b"], "more words"),
    (["list", "x"], "more words"),
    (["list", "--colour"], "--colour is unknown"),
    (["list", "-x"], "-x is unknown"),
    (["list", "--home"], "--home needs a value"),
    (["list", "--json=yes"], "unknown or ambiguous"),
    (["list", "--identity", "x"], "unknown"),
    (["job"], "a second word, such as create"),
    (["job", "create"], "--identity ID is missing"),
    (["job", "create", "--identity", "i"], "--delivery-method"),
    (["job", "create", "--identity", "i", "--delivery-method", "PIGEON"], "RETURN or EMAIL"),
])
def test_usage_errors(passkey, words, says):
    done = passkey(*words)
    assert (done.code, done.out) == (2, "")
    assert says in done.err and done.err.startswith(("passkey: ", "{"))


def test_a_flag_s_value_is_not_repeated(passkey):
    done = passkey("list", "--tokn=SECRET")
    assert done.code == 2 and "SECRET" not in done.err and "--tokn" in done.err


@pytest.mark.parametrize("words", [["--api-token", "SECRET"], ["--api-token=SECRET"]])
def test_a_token_on_the_command_line_is_refused(passkey, words):
    done = passkey("job", "create", "--identity", "i", "--delivery-method", "RETURN", *words)
    assert done.code == 2 and "SECRET" not in done.err and "--api-token-file" in done.err


# -------------------------------------------------------------------- errors

@pytest.mark.parametrize("flags, says", [
    (["--timeout-ms", "soon"], "timeout_ms"),
    (["--timeout-ms=0"], "timeout_ms"),
    (["--tpm", "abacus"], "tpm"),
    (["--allow-loopback-http=maybe"], "allow_loopback_http"),
])
def test_a_bad_option_is_named(passkey, flags, says):
    done = passkey("list", *flags)
    assert (done.code, done.out) == (2, "") and says in done.err


def test_a_bad_environment_is_an_option_error(passkey):
    done = passkey("list", "--json", env={"PASSKEY_TIMEOUT_MS": "soon"})
    assert done.code == 2 and done.error["code"] == "invalid_option"


def test_a_flag_wins_over_the_environment(passkey):
    done = passkey("check", "--allowed-domains", "beyondidentity.com", FOREIGN)
    assert done.code == 0, done


def test_an_error_has_a_message_and_a_hint(passkey):
    done = passkey("bind", "nonsense")
    lines = done.err.splitlines()
    assert (done.code, done.out) == (3, "") and len(lines) == 2
    assert lines[0].startswith("passkey: ") and lines[1].startswith("passkey: hint: ")


def test_quiet_leaves_the_hint_out(passkey):
    assert len(passkey("bind", "--quiet", "nonsense").err.splitlines()) == 1


def test_json_errors_are_one_object_on_stderr(passkey):
    error = passkey("bind", "--json", "nonsense").error
    assert error["code"] == "invalid_link" and error["message"] and error["hint"]
    assert error["retryable"] is False


def test_json_usage_errors_look_alike(passkey):
    done = passkey("bind", "--json")
    assert done.code == 2 and done.error["code"] == "invalid_argument"
    assert {"code", "message", "hint", "retryable"} <= set(done.error)


@pytest.mark.parametrize("behaviour, exit_code", [
    ("invoke-404", 4), ("bind-409", 4), ("html-info", 4), ("closealways-invoke", 4)])
def test_the_cloud_s_failures_exit_4(passkey, mock, job, behaviour, exit_code):
    assert passkey("bind", mock.link(job(behaviour))).code == exit_code


def test_no_tpm_exits_5(passkey, mock, job):
    done = passkey("bind", "--tpm", "device:/dev/no-such-tpm", mock.link(job("ok")), "--json")
    assert done.code == 5 and done.error["code"] == "no_tpm"


def test_an_unsafe_store_exits_6(passkey, mock, job, home):
    home.mkdir()
    home.chmod(0o755)
    done = passkey("bind", mock.link(job("ok")), "--json")
    assert done.code == 6 and done.error["code"] == "store_unsafe"


# ---------------------------------------------------------------------- bind

def test_bind_tells_what_was_made(passkey, mock, job):
    done = passkey("bind", mock.link(job("ok")))
    assert done.code == 0 and re.fullmatch(r"passkey: link \d+ ms, .*\n", done.err), done
    for text in ("Passkey created.", "Mock Identity (user1), identity1", "Mock Realm, mockrealm",
                 "Mock Tenant, mocktenant", "swtpm: a software TPM", "https://app.example.com/done?x=1"):
        assert text in done.out
    (listed,) = passkey.list()
    assert listed["id"] in done.out and listed["thumbprint"] in done.out


def test_bind_json(passkey, mock, job):
    done = passkey("bind", "--json", mock.link(job("ok")))
    assert (done.code, done.err) == (0, "") and done.out.count("\n") == 1
    assert set(done.json) == {"passkey", "postBindingRedirectUri"}
    assert done.json["postBindingRedirectUri"] == "https://app.example.com/done?x=1"
    assert done.json["passkey"] == passkey.list()[0]


def test_bind_json_without_redirect(passkey, mock, job):
    assert passkey("bind", "--json", mock.link(job("noredirect"))).json["postBindingRedirectUri"] is None


def test_bind_quiet_prints_the_id_alone(passkey, mock, job):
    done = passkey("bind", "--quiet", mock.link(job("ok")))
    assert (done.code, done.err, done.out) == (0, "", passkey.list()[0]["id"] + "\n")


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_bind_reads_one_line_of_stdin(passkey, mock, job, ending):
    done = passkey("bind", "-", "--quiet", stdin=mock.link(job("ok")) + ending)
    assert done.code == 0, done


def test_bind_leaves_what_follows_the_line(passkey, mock, job):
    script = '"$0" bind - --quiet && "$0" bind - --quiet'
    links = "".join(mock.link(job("ok"), identity=f"i{n}") + "\n" for n in range(2))
    done = subprocess.run(["sh", "-c", script, PASSKEY], input=links, text=True, env=passkey.environment(),
                          capture_output=True, timeout=60)
    assert done.returncode == 0 and len(done.stdout.split()) == 2, done


@pytest.mark.parametrize("text, says", [("", "empty"), ("\n", "empty"), ("a\0b\n", "NUL")])
def test_bind_refuses_strange_stdin(passkey, text, says):
    done = passkey("bind", "-", stdin=text)
    assert (done.code, done.out) == (2, "") and says in done.err


def test_bind_without_stdin(passkey):
    done = subprocess.run(["sh", "-c", '"$0" bind - <&-', PASSKEY], env=passkey.environment(), text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 2 and "cannot read standard input" in done.stderr


def test_an_overlong_link_is_refused(passkey):
    done = passkey("bind", "-", "--json", stdin="https://localhost/" + "x" * 70000)
    assert done.code in (2, 3) and done.error["code"] in ("invalid_link", "invalid_argument")


def test_names_cannot_steer_the_terminal(passkey, mock, job):
    done = passkey("bind", mock.link(job("emoji")))
    assert "Zoë 👩‍🚀 (zoë🚀)" in done.out and "Café ☕" in done.out
    done = passkey("list")
    assert "\x1b" not in done.out and "Zoë" in done.out


def test_output_that_cannot_be_written_is_an_error(passkey, mock, job):
    with open("/dev/full", "w") as full:
        done = passkey("bind", mock.link(job("ok")), stdout=full)
    assert done.code == 1 and "cannot write the output: No space left on device" in done.err
    assert len(passkey.list()) == 1


def test_a_closed_pipe_is_an_error_not_a_crash(passkey):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = passkey("--help", stdout=pipe)
    assert done.code == 1 and "Broken pipe" in done.err


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels(passkey, mock, job, home, signal_number):
    name = job("slow-60000-info")
    process = passkey.start("bind", "--json", mock.link(name))
    mock.wait_for(name, "info")
    process.send_signal(signal_number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert json.loads(err)["code"] == "canceled"
    assert files_of(home) == {} and passkey.list() == []


def test_the_store_is_private(passkey, mock, job, home):
    passkey.bind(mock.link(job("ok")))
    for path in [home, *home.rglob("*")]:
        if path.parent.name != "swtpm":  # swtpm makes its own files, in a folder of ours
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), (path, oct(mode))


# --------------------------------------------------------------------- check

def test_check_says_what_a_link_is(passkey):
    done = passkey("check", "--allowed-domains", "beyondidentity.com", FOREIGN)
    assert (done.code, done.err) == (0, "")
    for text in ("bind would take this link.", "invokeAuthenticator", "https://api-us.beyondidentity.com",
                 "t1", "r1", "i1", "j1"):
        assert text in done.out
    assert "SECRET" not in done.out


def test_check_json(passkey):
    done = passkey("check", "--json", "-", "--allowed-domains=beyondidentity.com", stdin=FOREIGN)
    assert done.json == {"kind": "invokeAuthenticator", "origin": "https://api-us.beyondidentity.com",
                         "tenantId": "t1", "realmId": "r1", "identityId": "i1", "jobId": "j1"}


def test_check_explains_a_refusal(passkey):
    done = passkey("check", FOREIGN)
    assert (done.code, done.out) == (3, "")
    assert "api-us.beyondidentity.com" in done.err and "allowed_domains" in done.err


def test_check_touches_nothing(passkey, mock, job, home):
    name = job("ok")
    assert passkey("check", mock.link(name)).code == 0
    assert mock.log(name) == [] and not home.exists()


# ---------------------------------------------------------------------- list

def test_an_empty_list(passkey, home):
    done = passkey("list")
    assert (done.code, done.out) == (0, "") and "no passkey in the store" in done.err
    assert passkey("list", "--quiet").err == ""
    assert passkey("list", "--json").out == "[]\n"
    assert not home.exists()


def test_a_list_of_two(passkey, mock, job):
    ids = [passkey.bind(mock.link(job("ok"), identity=name))["id"] for name in ("anna", "bert")]
    lines = passkey("list").out.splitlines()
    assert lines[0].split() == ["IDENTITY", "REALM", "TENANT", "PROTECTION", "STATE", "CREATED", "ID"]
    assert [line.split()[-1] for line in lines[1:]] == ids
    assert passkey("list", "--quiet").out.split() == ids
    assert [entry["identity"]["id"] for entry in passkey.list()] == ["anna", "bert"]


# ---------------------------------------------------------------- job create

def job_flags(mock, *others):
    return ["job", "create", "--api-base-url", mock.base_url, "--tenant", "mocktenant", "--realm", "mockrealm",
            "--authenticator-config", "67bb0acf12e5c899", *others]


RETURN = ("--identity", "i1", "--delivery-method", "RETURN")


def test_job_create_prints_the_link_alone(passkey, mock):
    done = passkey(*job_flags(mock, *RETURN), env={"PASSKEY_API_TOKEN": "mock-api-token"})
    assert (done.code, done.err) == (0, ""), done
    assert done.out.startswith(mock.base_url) and done.out.count("\n") == 1
    assert passkey("check", done.out.strip()).code == 0


def test_job_create_json_is_the_job_with_its_link(passkey, mock):
    flags = job_flags(mock, *RETURN, "--post-binding-redirect-uri", "https://app.example.com/x", "--json")
    done = passkey(*flags, env={"PASSKEY_API_TOKEN": "mock-api-token"})
    made = done.json
    assert (made["identityId"], made["state"], made["deliveryMethod"]) == ("i1", "LINK_SENT", "RETURN")
    assert made["postBindingRedirectUri"] == "https://app.example.com/x" and made["credentialId"] is None
    assert made["link"].startswith(mock.base_url) and made["id"] in made["link"]
    (request,) = [each for each in mock.log() if each["method"] == "POST" and "app.example.com/x" in each["body"]]
    assert json.loads(request["body"])["job"]["authenticator_config_id"] == "67bb0acf12e5c899"


def test_job_create_by_email_prints_no_link(passkey, mock):
    flags = job_flags(mock, "--identity", "i1", "--delivery-method", "EMAIL")
    done = passkey(*flags, env={"PASSKEY_API_TOKEN": "mock-api-token"})
    assert (done.code, done.out) == (0, "") and "e-mail" in done.err


def test_job_create_pipes_into_bind(passkey, mock):
    done = passkey(*job_flags(mock, *RETURN), env={"PASSKEY_API_TOKEN": "mock-api-token"})
    assert passkey.bind(done.out.strip())["identity"]["id"] == "i1"


@pytest.mark.parametrize("source", ["file", "stdin"])
def test_the_token_comes_from_a_file_or_stdin(passkey, mock, tmp_path, source):
    (tmp_path / "token").write_text("mock-api-token\n")
    where = tmp_path / "token" if source == "file" else "-"
    done = passkey(*job_flags(mock, *RETURN, "--api-token-file", where), stdin="mock-api-token\n")
    assert done.code == 0, done


def test_a_missing_token_file(passkey, mock, tmp_path):
    done = passkey(*job_flags(mock, *RETURN, "--api-token-file", tmp_path / "none"))
    assert done.code == 2 and "No such file" in done.err


def test_a_wrong_token(passkey, mock):
    done = passkey(*job_flags(mock, *RETURN, "--json"), env={"PASSKEY_API_TOKEN": "SECRET"})
    assert done.code == 4 and done.error["httpStatus"] == 401 and "SECRET" not in done.err


@pytest.mark.parametrize("variable", ["--api-base-url", "--tenant", "--realm", "--authenticator-config"])
def test_a_missing_option_of_job(passkey, mock, variable):
    flags = job_flags(mock, *RETURN)
    at = flags.index(variable)
    done = passkey(*flags[:at], *flags[at + 2:], "--json", env={"PASSKEY_API_TOKEN": "mock-api-token"})
    assert done.code == 2 and done.error["code"] == "invalid_option"


def test_no_token_at_all(passkey, mock):
    done = passkey(*job_flags(mock, *RETURN, "--json"))
    assert done.code == 2 and "api_token" in done.error["message"] + done.error["hint"]


def test_a_terminal_is_asked_for_the_link(passkey, mock, job):
    controller, terminal = pty.openpty()
    process = subprocess.Popen([PASSKEY, "bind", "-", "--quiet"], env=passkey.environment(), stdin=terminal,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.write(controller, mock.link(job("ok")).encode() + b"\n")
    out, err = process.communicate(timeout=60)
    os.close(controller)
    os.close(terminal)
    assert (process.returncode, err) == (0, "Passkey creation link: ") and out.strip() == passkey.list()[0]["id"]


def test_the_second_signal_ends_the_process(passkey, mock, job, home):
    """Not even a cloud that never answers and a cancel that is not noticed keep it."""
    name = job("slow-60000-info")
    process = passkey.start("bind", mock.link(name))
    mock.wait_for(name, "info")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT)
    assert passkey.list() == [] and [path for path in home.rglob("*.json")] == []
