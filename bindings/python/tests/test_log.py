# SPDX-License-Identifier: Apache-2.0
"""The logger "passkey"."""
import logging
import logging.handlers
import queue

import pytest

import passkey


@pytest.fixture
def logged(caplog):
    """logged(level): what is logged from then on, as (level, line)."""

    def at(level):
        caplog.set_level(level, "passkey")
        return caplog

    return at


def lines(caplog):
    return [(record.levelname, record.getMessage()) for record in caplog.records
            if record.name == "passkey"]


def test_the_library_follows_the_level_of_the_logger(client, link, logged):
    caplog = logged(logging.INFO)
    client.bind_passkey(link())
    at_info = lines(caplog)
    caplog.clear()
    logged(logging.DEBUG)
    client.bind_passkey(link())
    at_debug = lines(caplog)

    assert {level for level, _ in at_info} == {"INFO"} and len(at_info) == 1
    assert at_info[0][1].startswith("bind: done after")
    assert ("DEBUG", "bind: key") in at_debug and len(at_debug) > len(at_info)


def test_a_failure_is_logged_as_an_error(client, link, logged):
    caplog = logged(logging.WARNING)

    with pytest.raises(passkey.PasskeyError):
        client.bind_passkey(link("info-403"))

    assert [level for level, _ in lines(caplog)] == ["ERROR"]
    assert "forbidden" in lines(caplog)[0][1]


def test_the_option_log_beats_the_level_of_the_logger(options, link, logged):
    caplog = logged(logging.DEBUG)

    with passkey.Client(**options, log="info") as client:
        client.bind_passkey(link())

    assert [level for level, _ in lines(caplog)] == ["INFO"]


def test_the_environment_beats_the_level_of_the_logger(options, link, logged, monkeypatch):
    monkeypatch.setenv("PASSKEY_LOG", "off")
    caplog = logged(logging.DEBUG)

    with passkey.Client(**options) as client:
        client.bind_passkey(link())

    assert lines(caplog) == []


def test_no_line_holds_a_link_or_a_token(client, link, logged):
    caplog = logged(logging.DEBUG)
    url = link()
    client.bind_passkey(url)
    client.check(link())
    for job in ("info-500", "garbage-bind", "missing-token"):
        with pytest.raises(passkey.PasskeyError):
            client.bind_passkey(link(job))

    told = "\n".join(line for _, line in lines(caplog))
    assert len(lines(caplog)) > 20
    assert not any(secret in told for secret in ("tok-", "instr-", "eyJ", "?token", url))


def test_a_line_is_no_format(logged):
    caplog = logged(logging.INFO)

    passkey._log.write(3, "100 % of %s")

    assert lines(caplog) == [("INFO", "100 % of %s")]


def test_a_handler_that_raises_ends_no_call(client, link, logged, monkeypatch):
    logged(logging.DEBUG)
    reported = []
    monkeypatch.setattr("sys.unraisablehook", lambda report: reported.append(report.exc_value))

    class Broken(logging.Handler):
        def handle(self, record):
            raise ZeroDivisionError

    handler = Broken()
    logging.getLogger("passkey").addHandler(handler)
    try:
        assert client.bind_passkey(link()).id
    finally:
        logging.getLogger("passkey").removeHandler(handler)

    assert reported and {type(error) for error in reported} == {ZeroDivisionError}


def test_a_line_cut_within_a_character_arrives(monkeypatch):
    """The core cuts a line after 1023 bytes."""
    heard = []
    client = passkey._native.new_client()
    client.set_option("log", "debug")
    client.set_option("home", "/proc/" + "ü" * 400)
    client.set_log(lambda level, line: heard.append(line))
    operation = client.start_list()
    operation.wait(-1)

    assert heard and all(isinstance(line, str) for line in heard)


def test_without_a_handler_nothing_is_written(python, link):
    process = python(
        "import sys, passkey\n"
        "try:\n"
        "    passkey.Client(**options).bind_passkey(sys.argv[1])\n"
        "except passkey.CloudError as error:\n"
        "    print(error.code)", link("info-403"))

    assert process.communicate(timeout=60) == ("forbidden\n", "")


def test_a_queue_handler_serves_programs_that_must_not_block(client, link):
    lines = queue.SimpleQueue()
    logger = logging.getLogger("passkey")
    handler = logging.handlers.QueueHandler(lines)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        client.bind_passkey(link())
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)

    assert lines.get(timeout=60).getMessage().startswith("bind: done")
