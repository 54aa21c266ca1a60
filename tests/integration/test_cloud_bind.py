# SPDX-License-Identifier: Apache-2.0
"""The whole story on the real passkey-cloud: create a job, bind, look from both sides."""
import subprocess

import pytest
from cloud import PROGRAM, Cloud, http
from conftest import PASSKEY

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built")


@pytest.fixture(scope="module")
def cloud():
    with Cloud() as server:
        yield server


@pytest.fixture
def identity(cloud):
    return cloud.create_identity(display_name="Zoë 👩‍🚀")


def test_a_link_becomes_a_passkey_and_an_active_credential(passkey, cloud, identity):
    job, link = cloud.create_job(identity["id"], post_binding_redirect_uri="https://app.example.com/done")
    done = passkey("bind", "-", "--json", stdin=link)
    assert done.code == 0, done
    made = done.json["passkey"]
    assert done.json["postBindingRedirectUri"] == "https://app.example.com/done"
    assert made["identity"]["id"] == identity["id"] and made["identity"]["displayName"] == "Zoë 👩‍🚀"
    assert made["tenant"]["id"] == cloud.tenant_id and made["realm"]["id"] == cloud.realm_id
    assert made["state"] == "active" and made["protection"] == "swtpm"
    (credential,) = cloud.credentials(identity["id"])
    assert (credential["id"], credential["state"]) == (made["passkeyId"], "ACTIVE")
    assert credential["jwk_thumbprint"] == made["thumbprint"] + "="
    finished = cloud.job(job["id"], identity["id"])
    assert (finished["state"], finished["credential_id"]) == ("COMPLETE", made["passkeyId"])


def test_the_browser_s_way_gives_the_same(passkey, cloud, identity):
    _, link = cloud.create_job(identity["id"])
    answer = http("GET", link, headers={"Accept": "text/html"})
    assert answer.status == 302
    location = answer.headers["location"]
    assert location.startswith("http://127.0.0.1:8092/bind?")
    made = passkey.bind(location)
    assert cloud.credentials(identity["id"])[0]["jwk_thumbprint"] == made["thumbprint"] + "="


def test_the_command_creates_the_job_and_binds(passkey, cloud, identity):
    script = ('"$0" job create --identity "$1" --delivery-method RETURN | "$0" bind - --quiet')
    env = passkey.environment({
        "PASSKEY_API_BASE_URL": cloud.api_base_url, "PASSKEY_TENANT": cloud.tenant_id,
        "PASSKEY_REALM": cloud.realm_id, "PASSKEY_AUTHENTICATOR_CONFIG": cloud.authenticator_config_id,
        "PASSKEY_API_TOKEN": cloud.api_token})
    done = subprocess.run(["sh", "-c", script, PASSKEY, identity["id"]], env=env, capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done
    assert [entry["id"] for entry in passkey.list()] == done.stdout.split()
    assert len(cloud.credentials(identity["id"])) == 1


def test_a_second_passkey_for_the_identity_replaces_the_local_one(passkey, cloud, identity):
    first, second = (passkey.bind(cloud.create_job(identity["id"])[1]) for _ in range(2))
    assert passkey.list() == [second]
    assert {entry["id"] for entry in cloud.credentials(identity["id"])} == {first["passkeyId"], second["passkeyId"]}


def refused(passkey, link):
    error = passkey.refuse(link)
    return error["code"], error["httpStatus"], error["exit"]


def test_a_used_link(passkey, cloud, identity):
    _, link = cloud.create_job(identity["id"])
    passkey.bind(link)
    assert refused(passkey, link) == ("conflict", 409, 4)
    assert len(cloud.credentials(identity["id"])) == 1


def test_a_revoked_link(passkey, cloud, identity):
    job, link = cloud.create_job(identity["id"])
    revoked = cloud.call("POST", cloud.path(identity["id"], "credential-binding-jobs", job["id"] + ":revoke"))
    assert revoked.status == 200, revoked
    assert refused(passkey, link) == ("link_revoked", 410, 4)


def test_an_unknown_link(passkey, cloud, identity):
    job, link = cloud.create_job(identity["id"])
    assert refused(passkey, link.replace(job["id"], "0" * 16)) == ("not_found", 404, 4)


def test_a_link_with_another_token(passkey, cloud, identity):
    _, link = cloud.create_job(identity["id"])
    assert refused(passkey, link[:-4] + "AAAA") == ("unauthorized", 401, 4)
    assert cloud.credentials(identity["id"]) == [] and passkey.list() == []


def test_an_expired_link(passkey):
    with Cloud("--link-lifetime", "0") as cloud:
        _, link = cloud.create_job()
        assert refused(passkey, link) == ("link_expired", 410, 4)


def test_a_wrong_api_token(passkey, cloud, identity):
    done = passkey("job", "create", "--json", "--identity", identity["id"], "--delivery-method", "RETURN",
                   "--api-base-url", cloud.api_base_url, "--tenant", cloud.tenant_id, "--realm", cloud.realm_id,
                   "--authenticator-config", cloud.authenticator_config_id, env={"PASSKEY_API_TOKEN": "wrong"})
    assert (done.code, done.error["code"]) == (4, "unauthorized")


def test_a_job_for_an_unknown_identity(passkey, cloud):
    done = passkey("job", "create", "--json", "--identity", "0" * 16, "--delivery-method", "RETURN",
                   "--api-base-url", cloud.api_base_url, "--tenant", cloud.tenant_id, "--realm", cloud.realm_id,
                   "--authenticator-config", cloud.authenticator_config_id, env={"PASSKEY_API_TOKEN": cloud.api_token})
    assert (done.code, done.error["code"]) == (4, "not_found")
