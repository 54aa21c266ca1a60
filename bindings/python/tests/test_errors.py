# SPDX-License-Identifier: Apache-2.0
"""The exceptions."""
import copy
import pickle
import re

import pytest

import passkey
from conftest import REPOSITORY
from passkey import _errors

#: Every status of the core: its number and its code.
STATUSES = [
    (int(number), code) for number, code in re.findall(
        r'X\(\w+, (\d+),\s+"(\w+)"',
        (REPOSITORY / "core/include/passkey/passkey.h").read_text())]
GROUPS = {0: passkey.PasskeyError, 1: passkey.LinkError, 2: passkey.CloudError,
          3: passkey.NetworkError, 4: passkey.TpmError, 5: passkey.StoreError}


class FakeNative:
    """What the extension hands over."""

    def __init__(self, status, code):
        self.values = {"status": status, "code": code, "message": "It failed.", "hint": "Mend it.",
                       "cause": "CURLE_x", "correlation_id": "c1", "http_status": 503,
                       "retryable": True}

    def __getattr__(self, name):
        return lambda: self.values[name]


def test_the_list_of_statuses_was_found():
    assert len(STATUSES) > 45 and (505, "no_such_passkey") in STATUSES


@pytest.mark.parametrize("status, code", STATUSES)
def test_every_code_has_the_class_of_its_group(status, code):
    error = _errors.from_native(FakeNative(status, code))

    assert isinstance(error, GROUPS[status // 100]) and error.code == code
    others = [kind for hundred, kind in GROUPS.items() if hundred not in (0, status // 100)]
    assert not isinstance(error, tuple(others))


@pytest.mark.parametrize("code, status, native", [
    ("timeout", 302, TimeoutError), ("no_such_passkey", 505, LookupError),
    ("invalid_option", 2, ValueError), ("invalid_argument", 1, ValueError)])
def test_some_are_exceptions_of_python_s_own_kind_too(code, status, native):
    assert isinstance(_errors.from_native(FakeNative(status, code)), native)


def test_a_code_of_a_newer_core_is_a_passkey_error():
    assert type(_errors.from_native(FakeNative(900, "new"))) is passkey.PasskeyError


@pytest.mark.parametrize("status, code", STATUSES)
def test_an_error_survives_pickle_and_copy(status, code):
    error = _errors.from_native(FakeNative(status, code))

    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is type(error)
        assert (str(other), repr(other), vars(other)) == (str(error), repr(error), vars(error))


def test_str_is_for_people_and_repr_for_programmers():
    error = _errors.from_native(FakeNative(205, "link_expired"))

    assert str(error) == "link_expired: It failed. (Mend it.)"
    assert repr(error) == (
        "CloudError(code='link_expired', message='It failed.', hint='Mend it.', http_status=503, "
        "retryable=True, cause='CURLE_x', correlation_id='c1')")


def test_repr_leaves_out_what_there_is_not(client):
    with pytest.raises(passkey.LinkError) as caught:
        client.check("no link")

    assert repr(caught.value).startswith("LinkError(code='invalid_link', message=")
    assert "http_status" not in repr(caught.value)


@pytest.mark.parametrize("job, kind", [
    ("invoke-404", passkey.CloudError), ("invoke-503", passkey.CloudError),
    ("garbage-info", passkey.CloudError), ("evilbase", passkey.LinkError)])
def test_a_failed_bind_is_of_its_group(client, link, job, kind):
    with pytest.raises(kind):
        client.bind_passkey(link(job))


def test_no_tpm_no_network_no_store(options, link):
    for changes, url, kind in (
            ({"tpm": "device:/nonexistent"}, link(), passkey.TpmError),
            ({}, "http://localhost:1/v1/tenants/t/realms/r/identities/i/credential-binding-jobs/j"
                 ":invokeAuthenticator?token=tok-x", passkey.NetworkError),
            ({"home": "/proc/nothing"}, link(), passkey.StoreError)):
        with passkey.Client(**{**options, **changes}) as client:
            with pytest.raises(kind):
                client.bind_passkey(url)
