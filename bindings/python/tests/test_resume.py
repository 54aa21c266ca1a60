# SPDX-License-Identifier: Apache-2.0
"""Binds that ended in doubt are gone on with; blocking and for asyncio."""
import asyncio
import dataclasses
import pathlib
import pickle
import threading

import pytest

import passkey


@pytest.fixture(params=["blocking", "asyncio"])
def resume(request, client):
    return client.resume if request.param == "blocking" else lambda: asyncio.run(client.resume_async())


@pytest.fixture
def bind_in_doubt(client, link):
    """bind_in_doubt("binds-429-409"): the cloud's first answer leaves it pending."""

    def bind(job="binds-429"):
        with pytest.raises(passkey.CloudError) as caught:
            client.bind_passkey(link(job))
        assert "passkey resume" in caught.value.hint and client.list_passkeys() == []

    return bind


def test_nothing_to_resume(resume, options):
    assert resume() == [] and not pathlib.Path(options["home"]).exists()


def test_a_bind_in_doubt_is_finished(resume, client, bind_in_doubt):
    bind_in_doubt()

    (resumed,) = resume()

    assert (resumed.outcome, resumed.identity_id, resumed.error) == ("finished", "identity1", None)
    assert resumed.job_id.startswith("binds-429-")
    assert isinstance(resumed.result, passkey.BindResult)
    assert resumed.result.post_binding_redirect_uri == "https://app.example.com/done?x=1"
    assert client.list_passkeys() == [resumed.result.passkey]
    assert resume() == []


def test_what_the_cloud_refuses_is_given_up(resume, client, bind_in_doubt):
    bind_in_doubt("binds-429-410-revoked")

    (resumed,) = resume()

    assert (resumed.outcome, resumed.result) == ("refused", None)
    assert isinstance(resumed.error, passkey.CloudError) and resumed.error.http_status == 410
    assert "tok-" not in repr(resumed) + str(resumed.error)
    assert client.list_passkeys() == [] and resume() == []


def test_what_is_not_answered_stays_pending(resume, bind_in_doubt):
    bind_in_doubt("bind-429")

    for _ in range(2):
        (resumed,) = resume()
        assert (resumed.outcome, resumed.result) == ("pending", None)
        assert resumed.error.code == "rate_limited" and resumed.error.retryable


def test_each_has_an_answer_of_its_own(resume, client, bind_in_doubt):
    for job in ("binds-429", "binds-429-409", "bind-429"):
        bind_in_doubt(job)

    report = resume()

    assert sorted(each.outcome for each in report) == ["finished", "pending", "refused"]
    assert len({each.job_id for each in report}) == 3 and len(client.list_passkeys()) == 1


def test_a_store_that_others_can_use_is_refused(resume, bind_in_doubt, options):
    bind_in_doubt()
    home = pathlib.Path(options["home"])
    home.chmod(0o755)

    with pytest.raises(passkey.StoreError) as caught:
        resume()

    assert caught.value.code == "store_unsafe"
    home.chmod(0o700)
    assert [each.outcome for each in resume()] == ["finished"]


def test_the_report_does_not_change(resume, bind_in_doubt):
    bind_in_doubt("binds-429-409")
    (resumed,) = resume()

    with pytest.raises(dataclasses.FrozenInstanceError):
        resumed.outcome = "finished"
    copy = pickle.loads(pickle.dumps(resumed))
    assert (copy.job_id, copy.error.code) == (resumed.job_id, "conflict")


def test_canceling_the_task_leaves_it_pending(client, bind_in_doubt, options):
    bind_in_doubt("binds-429-slow")

    async def resume_and_leave():
        await asyncio.wait_for(client.resume_async(), timeout=0.1)

    with pytest.raises((TimeoutError, asyncio.TimeoutError)):
        asyncio.run(resume_and_leave())
    assert passkey._native.drain(60_000) and client.list_passkeys() == []
    assert len([*pathlib.Path(options["home"], "pending").iterdir()]) == 1


def test_two_resumes_at_once_do_it_once(client, bind_in_doubt):
    bind_in_doubt()
    reports = []
    threads = [threading.Thread(target=lambda: reports.extend(client.resume())) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert [each.outcome for each in reports] == ["finished"] and len(client.list_passkeys()) == 1


def test_the_module_s_function_takes_the_options_of_the_environment(monkeypatch, bind_in_doubt, options):
    bind_in_doubt()
    for name, value in options.items():
        monkeypatch.setenv(f"PASSKEY_{name.upper()}", str(value).lower() if value is True else str(value))

    assert [each.outcome for each in passkey.resume()] == ["finished"]


def test_a_closed_client_resumes_nothing(client):
    client.close()

    with pytest.raises(ValueError, match="closed"):
        client.resume()
