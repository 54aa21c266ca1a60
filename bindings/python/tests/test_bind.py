# SPDX-License-Identifier: Apache-2.0
"""The calls and what they answer."""
import asyncio
import dataclasses
import pickle

import pytest

import passkey


def test_a_link_becomes_a_passkey(client, link):
    result = client.bind_passkey(link())

    assert result.id == result.passkey.id and len(result.id) == 64
    assert result.post_binding_redirect_uri == "https://app.example.com/done?x=1"
    assert result.passkey.tenant == passkey.Tenant("mocktenant", "Mock Tenant")
    assert result.passkey.identity.email_address == "u@example.com"
    assert result.passkey.key_handle.startswith("km:")
    assert client.list_passkeys() == [result.passkey]


def test_the_module_functions_take_their_options_from_the_environment(options, link, monkeypatch):
    for name, value in options.items():
        monkeypatch.setenv(f"PASSKEY_{name.upper()}", str(value).lower())

    result = passkey.bindPasskey(link())

    assert passkey.list_passkeys() == [result.passkey]


def test_results_do_not_change(client, link):
    result = client.bind_passkey(link())

    with pytest.raises(dataclasses.FrozenInstanceError):
        result.passkey.tenant.id = "another"


def test_names_beyond_the_basic_plane_arrive_whole(client, link):
    identity = client.bind_passkey(link("emoji")).passkey.identity

    assert (identity.display_name, identity.username) == ("Zoë 👩‍🚀", "zoë🚀")


def test_a_failure_says_why_and_what_to_do(client, link):
    with pytest.raises(passkey.PasskeyError) as caught:
        client.bind_passkey(link("invoke-404"))

    error = caught.value
    assert (error.code, error.http_status, error.retryable) == ("not_found", 404, False)
    assert str(error) == f"not_found: {error.message} ({error.hint})"
    assert error.message and error.hint


def test_a_failure_may_be_worth_a_retry(client, link):
    with pytest.raises(passkey.PasskeyError) as caught:
        client.bind_passkey(link("invoke-503"))

    assert caught.value.retryable


def test_an_error_survives_pickling(client):
    with pytest.raises(passkey.PasskeyError) as caught:
        client.bind_passkey("no link")

    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), vars(copy)) == (str(caught.value), vars(caught.value))


def test_check_describes_a_link_without_its_token(client, link):
    url = link()

    description = client.check(url)

    assert description.kind == "invokeAuthenticator"
    assert description.tenant_id == "mocktenant"
    assert "tok-" not in repr(description)


def test_options_may_be_native_values(options, tmp_path):
    home = tmp_path / "elsewhere"
    domains = ["localhost", "example.com"]

    with passkey.Client(**{**options, "home": home, "allowed_domains": domains}) as client:
        assert client.list_passkeys() == []


def test_predicates(link):
    assert passkey.is_bind_passkey_url(link()) and not passkey.is_authenticate_url(link())
    assert passkey.isAuthenticateUrl("https://h/bi-authenticate?request=x")


def test_create_job_answers_a_link_that_repr_leaves_out(options, cloud):
    with passkey.Client(
        **options,
        api_base_url=cloud,
        tenant="mocktenant",
        realm="mockrealm",
        authenticator_config="config",
        api_token="mock-api-token",
    ) as client:
        job = client.create_job("identity1")

    assert passkey.is_bind_passkey_url(job.link)
    assert job.link not in repr(job) and "token" not in repr(job)


def test_async_binds_run_side_by_side(client, link):
    async def bind_many():
        return await asyncio.gather(
            *(client.bind_passkey_async(link("slow-300-invoke")) for _ in range(3)))

    results = asyncio.run(bind_many())

    assert len({result.passkey.passkey_id for result in results}) == 3


def test_async_failure_is_raised(client, link):
    with pytest.raises(passkey.PasskeyError) as caught:
        asyncio.run(client.bind_passkey_async(link("info-403")))

    assert caught.value.code == "forbidden"
