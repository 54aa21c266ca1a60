# SPDX-License-Identifier: Apache-2.0
"""The verbs around bind, blocking and for asyncio, against a real passkey-cloud."""
import asyncio
import inspect

import pytest

import passkey


@pytest.fixture(params=["blocking", "asyncio"])
def call(request, manager):
    """call("get_job", …): the call of that name, either way."""

    def blocking(name, *arguments, **named):
        return getattr(manager, name)(*arguments, **named)

    def through_asyncio(name, *arguments, **named):
        return asyncio.run(getattr(manager, name + "_async")(*arguments, **named))

    return blocking if request.param == "blocking" else through_asyncio


@pytest.fixture
def identity(real_cloud):
    return real_cloud.create_identity(display_name="Zoë 👩‍🚀")["id"]


def test_a_passkey_from_its_job_to_its_deletion(call, identity):
    job = call("create_job", identity, post_binding_redirect_uri="https://app.example.com/done")
    info = call("info", job.link)
    result = call("bind_passkey", job.link)

    assert info.identity == result.passkey.identity and info.identity.display_name == "Zoë 👩‍🚀"
    assert (info.job_id, info.post_binding_redirect_uri) == (job.id, result.post_binding_redirect_uri)
    assert call("list_passkeys") == [result.passkey]
    assert call("get_passkey", result.id) == result.passkey
    assert call("delete_passkey", result.id) is None
    assert call("list_passkeys") == []


def test_a_job_is_watched_to_its_end(call, identity):
    job = call("create_job", identity)
    sent = call("get_job", identity, job.id)
    call("bind_passkey", job.link)
    done = call("wait_job", "-", job.id, timeout=60)

    assert (job.state, job.identity_id, job.delivery_method) == ("LINK_SENT", identity, "RETURN")
    assert sent.link is None and sent.id == job.id and sent.expire_time == job.expire_time
    assert done.state == "COMPLETE" and done.credential_id
    assert [each.id for each in call("list_jobs", identity)] == [job.id]
    assert job.id in [each.id for each in call("list_jobs")]


def test_a_revoked_job_s_link_cannot_be_used(call, identity):
    job = call("create_job", identity)

    assert call("revoke_job", identity, job.id).state == "REVOKED"
    assert call("wait_job", identity, job.id).state == "REVOKED"
    with pytest.raises(passkey.CloudError) as caught:
        call("bind_passkey", job.link)
    assert (caught.value.code, caught.value.http_status) == ("link_revoked", 410)


def test_a_wait_that_ends_too_early_is_a_timeout(call, identity):
    job = call("create_job", identity)

    with pytest.raises(TimeoutError) as caught:
        call("wait_job", identity, job.id, timeout=0)

    assert isinstance(caught.value, passkey.PasskeyTimeoutError) and caught.value.code == "timeout"


def test_a_job_that_is_not_there(call, identity):
    with pytest.raises(passkey.CloudError) as caught:
        call("get_job", identity, "0000000000000000")

    assert caught.value.code == "not_found"


def test_a_passkey_that_is_not_there(call):
    unknown = "0" * 64

    with pytest.raises(LookupError) as caught:
        call("get_passkey", unknown)

    assert isinstance(caught.value, passkey.NoSuchPasskeyError)
    assert caught.value.code == "no_such_passkey"
    assert call("delete_passkey", unknown) is None


def test_an_id_that_is_none(call):
    for name in ("get_passkey", "delete_passkey"):
        with pytest.raises(ValueError) as caught:
            call(name, "../../etc/passwd")
        assert isinstance(caught.value, passkey.InvalidArgumentError)


def test_a_damaged_record_hides_no_other(call, manager, identity, options, tmp_path):
    kept = call("bind_passkey", call("create_job", identity).link).passkey
    home = tmp_path / "home"
    (record,) = (each for each in home.rglob("*") if each.is_file() and kept.id in each.name)
    record.with_name(record.name.replace(kept.id, "0" * 64)).write_text("{")

    passkeys = call("list_passkeys")

    assert passkeys == [kept]
    assert len(passkeys.damaged) == 1 and "0" * 64 in passkeys.damaged[0]


def test_a_job_without_its_options(client):
    with pytest.raises(passkey.InvalidArgumentError) as caught:
        client.list_jobs()

    assert caught.value.code == "invalid_option"


@pytest.mark.parametrize("timeout", ["1", True, [1]])
def test_a_timeout_that_is_no_number(client, timeout):
    with pytest.raises(TypeError, match="timeout must be a number"):
        client.wait_job("-", "x", timeout=timeout)


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), 2**32])
def test_a_timeout_that_cannot_be(client, timeout):
    with pytest.raises(ValueError, match="timeout must be 0 to"):
        client.wait_job("-", "x", timeout=timeout)


CALLS = sorted(name[: -len("_async")] for name in dir(passkey.Client)
               if name.endswith("_async") and not name.startswith("_"))


@pytest.mark.parametrize("name", CALLS)
def test_both_forms_of_a_call_are_the_same(name):
    blocking, for_asyncio = (getattr(passkey.Client, name + end) for end in ("", "_async"))

    assert inspect.iscoroutinefunction(for_asyncio) and not inspect.iscoroutinefunction(blocking)
    assert inspect.signature(blocking) == inspect.signature(for_asyncio)
    assert blocking.__doc__ and for_asyncio.__doc__


def num_texts(name):
    """How many texts it cannot do without."""
    return sum(each.default is each.empty and each.name != "self"
               for each in inspect.signature(getattr(passkey.Client, name)).parameters.values())


@pytest.mark.parametrize("name", [*filter(num_texts, CALLS)])
@pytest.mark.parametrize("bad", [None, 7, b"bytes"])
def test_no_call_takes_what_is_no_text(client, name, bad):
    arguments = [bad] * num_texts(name)

    with pytest.raises(TypeError, match="must be str"):
        getattr(client, name)(*arguments)
    with pytest.raises(TypeError, match="must be str"):
        asyncio.run(getattr(client, name + "_async")(*arguments))


@pytest.mark.parametrize("name", [*filter(num_texts, CALLS)])
@pytest.mark.parametrize("bad", ["NUL \0", "surrogate \ud800"])
def test_no_call_takes_a_text_that_c_cannot(client, name, bad):
    with pytest.raises(ValueError):
        getattr(client, name)(*[bad] * num_texts(name))
