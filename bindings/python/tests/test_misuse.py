# SPDX-License-Identifier: Apache-2.0
"""Wrong use is an exception of Python's own kind, never a crash."""
import pytest

import passkey
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


@pytest.mark.parametrize("method", ["wait", "cancel", "when_done", "take_result"])
def test_a_missing_operation_reaches_no_c_function(method):
    arguments = {"wait": [0], "when_done": [print]}.get(method, [])

    with pytest.raises(ValueError, match="needs an object"):
        getattr(_native.NativeOperation, method)(None, *arguments)


def test_a_missing_client_reaches_no_c_function():
    with pytest.raises(ValueError, match="needs an object"):
        _native.NativeClient.start_bind(None, "x")


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
