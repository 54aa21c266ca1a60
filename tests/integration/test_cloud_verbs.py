# SPDX-License-Identifier: Apache-2.0
"""The verbs around bind on the real passkey-cloud."""
import pytest
from cloud import PROGRAM, Cloud

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built")


@pytest.fixture(scope="module")
def cloud():
    with Cloud() as server:
        yield server


@pytest.fixture
def identity(cloud):
    return cloud.create_identity(display_name="Zoë 👩‍🚀")


def options(cloud):
    return {"PASSKEY_API_BASE_URL": cloud.api_base_url, "PASSKEY_TENANT": cloud.tenant_id,
            "PASSKEY_REALM": cloud.realm_id, "PASSKEY_API_TOKEN": cloud.api_token}


@pytest.fixture
def env(cloud):
    return options(cloud)


@pytest.fixture
def jobs(passkey, env):
    return lambda *words: passkey("job", *words, "--json", env=env)


def test_the_whole_life_of_a_job(passkey, cloud, identity, env, jobs):
    created = passkey("job", "create", "--identity", identity["id"], "--delivery-method", "RETURN", "--json",
                      env={**env, "PASSKEY_AUTHENTICATOR_CONFIG": cloud.authenticator_config_id}).json
    assert created["state"] == "LINK_SENT" and created["identityId"] == identity["id"]
    info = passkey("info", "-", "--json", stdin=created["link"]).json
    assert info["identity"]["displayName"] == "Zoë 👩‍🚀" and info["jobId"] == created["id"]
    assert jobs("get", created["id"]).json["state"] == "REQUEST_DELIVERED"
    waiting = passkey.start("job", "wait", created["id"], "--quiet", env=env)
    made = passkey.bind(created["link"])
    assert (waiting.communicate(timeout=60)[0], waiting.returncode) == ("COMPLETE\n", 0)
    assert jobs("get", created["id"]).json["credentialId"] == made["passkeyId"]
    refused = jobs("revoke", created["id"])
    assert (refused.code, refused.error["code"]) == (4, "conflict")
    assert passkey("show", made["id"], "--json").json == made
    assert passkey("delete", made["id"]).code == 0 and passkey.list() == []
    assert cloud.credentials(identity["id"])[0]["state"] == "ACTIVE"  # the cloud is not told


@pytest.mark.parametrize("whose", ["-", "its own"])
def test_a_revoked_job_binds_no_more(passkey, cloud, identity, jobs, whose):
    job, link = cloud.create_job(identity["id"])
    done = jobs("revoke", job["id"], "--identity", "-" if whose == "-" else identity["id"])
    assert (done.code, done.json["state"]) == (0, "REVOKED")
    assert jobs("wait", job["id"]).json["state"] == "REVOKED" and jobs("wait", job["id"]).code == 7
    assert passkey.refuse(link)["code"] == passkey("info", link, "--json").error["code"] == "link_revoked"


def test_unknown_jobs_and_identities(cloud, identity, jobs):
    job, _ = cloud.create_job(identity["id"])
    other = cloud.create_identity()["id"]
    for words in [("get", "0" * 16), ("revoke", "0" * 16), ("wait", "0" * 16), ("list", "--identity", "0" * 16),
                  ("get", job["id"], "--identity", other), ("revoke", job["id"], "--identity", other)]:
        done = jobs(*words)
        assert (done.code, done.error["code"], done.error["httpStatus"]) == (4, "not_found", 404), words


def test_a_list_of_more_than_one_page(cloud, identity, jobs):
    other = cloud.create_job(cloud.create_identity()["id"])[0]["id"]
    made = {cloud.create_job(identity["id"])[0]["id"] for _ in range(203)}
    listed = jobs("list", "--identity", identity["id"]).json
    assert len(listed) == 203 and {each["id"] for each in listed} == made
    assert all(each["link"] is None and each["identityId"] == identity["id"] for each in listed)
    assert made | {other} <= {each["id"] for each in jobs("list").json}


def test_an_expired_job_is_not_waited_for(passkey):
    with Cloud("--link-lifetime", "0") as cloud:
        job, link = cloud.create_job(cloud.create_identity()["id"])
        done = passkey("job", "wait", job["id"], "--json", env=options(cloud))
        assert (done.code, done.json["state"]) == (7, "EXPIRED")
        assert passkey("info", link, "--json").error["code"] == "link_expired"
