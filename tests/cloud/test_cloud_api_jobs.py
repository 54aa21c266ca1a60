# SPDX-License-Identifier: Apache-2.0
"""Credential binding jobs: their configs, EMAIL, and batches of them."""
import socket
import time

import pytest
from cloud_api import about, stored, violations
from cloud_link import Link

from cloud import Cloud

JOBS = "credential-binding-jobs"
EMBEDDED = {"type": "embedded", "invoke_url": "https://example.com/app",
            "invocation_type": "automatic", "trusted_origins": ["https://example.com"]}
CONSOLE = {"type": "console", "onboarding_configuration": {"verification_method": {"type": "none"}}}
SECONDS = 60


def create(cloud, identity_id=None, **job):
    return cloud.call("POST", cloud.path(identity_id, JOBS), {"job": {
        "delivery_method": "RETURN", **job}})


def without_email(cloud):
    return cloud.call("POST", cloud.realm_path + "/identities", {"identity": {
        "display_name": "x", "traits": {"type": "traits_v0", "username": f"n{time.time_ns()}"}}}
    ).json["id"]


# ------------------------------------------------------------- a config of its own

@pytest.mark.parametrize("config", [EMBEDDED, CONSOLE, {"type": "platform"},
                                    {"type": "platform", "trusted_origins": ["https://x.example"]}])
def test_a_job_with_a_config_of_its_own(cloud, config):
    answer = create(cloud, authenticator_config={"config": {**config, "unknown": "x"}})
    assert answer.status == 200, answer
    job = answer.json["credential_binding_job"]
    assert job["authenticator_config"] == {"config": config}
    assert "authenticator_config_id" not in job
    assert cloud.job(job["id"]) == job
    configs = cloud.call("GET", cloud.realm_path + "/authenticator-configs").json
    assert configs["total_size"] == 1  # it is the job's alone


def test_a_link_with_a_config_of_its_own_binds(cloud):
    link = Link(cloud, authenticator_config_id=None, authenticator_config={"config": EMBEDDED})
    answer = link.invoke(accept="text/html")
    assert answer.status == 302
    assert answer.headers["Location"].startswith("https://example.com/app/bind?api_base_url=")
    info = link.get_info(headers={"Origin": "https://example.com"})
    assert info.headers["Access-Control-Allow-Origin"] == "https://example.com"
    assert info.json["authenticator_config"] == {
        "realm_id": cloud.realm_id, "tenant_id": cloud.tenant_id, "display_name": "",
        "config": EMBEDDED}
    assert "application_id" not in info.json
    assert link.bind().status == 200 and link.state == "COMPLETE"


@pytest.mark.parametrize("job, wrong", [
    ({}, {"authenticator_config_id": "empty string"}),
    ({"authenticator_config_id": "", "authenticator_config": None},
     {"authenticator_config_id": "empty string"}),
    ({"authenticator_config_id": "x", "authenticator_config": {"config": EMBEDDED}},
     {"authenticator_config": "there is an authenticator_config_id as well"}),
    ({"authenticator_config": "x"}, {"authenticator_config": "not an object"}),
    ({"authenticator_config": {}}, {"authenticator_config.config": "missing"}),
    ({"authenticator_config": {"config": {"type": "embedded"}}},
     {"authenticator_config.config.invoke_url": "missing",
      "authenticator_config.config.trusted_origins": "missing"}),
    ({"authenticator_config": {"config": {"type": "hosted_web"}}},
     {"authenticator_config.config.type": "hosted_web is not for a job's own config: make one "
                                          "and name it by authenticator_config_id"})])
def test_exactly_one_config(cloud, job, wrong):
    before = stored(cloud)
    assert violations(create(cloud, **job)) == {f"job.{name}": text for name, text in wrong.items()}
    assert stored(cloud) == before


def test_an_empty_id_beside_a_config_is_none(cloud):
    assert create(cloud, authenticator_config_id="",
                  authenticator_config={"config": EMBEDDED}).status == 200


@pytest.mark.parametrize("config", [CONSOLE, {"type": "platform"}])
def test_a_config_without_an_invoke_url_still_binds(cloud, config):
    id = cloud.call("POST", cloud.realm_path + "/authenticator-configs", {
        "authenticator_config": {"display_name": "x", "config": config}}).json["id"]
    link = Link(cloud, authenticator_config_id=id)
    assert link.invoke(accept="text/html").status == 422
    assert link.state == "LINK_SENT"
    assert link.invoke().json == link.instruction and link.get_info().status == 200
    assert link.bind().status == 200


# ----------------------------------------------------------------------- EMAIL

def email(cloud, identity_id=None):
    return create(cloud, identity_id, delivery_method="EMAIL",
                  authenticator_config_id=cloud.authenticator_config_id)


def test_an_email_job_answers_no_link(cloud):
    answer = email(cloud)
    assert answer.status == 200 and list(answer.json) == ["credential_binding_job"]
    job = answer.json["credential_binding_job"]
    assert job["delivery_method"] == "EMAIL" and job["state"] == "LINK_SENT"
    assert "token" not in answer.text


def test_no_email_address(cloud):
    id = without_email(cloud)
    before = stored(cloud)
    answer = email(cloud, id)
    assert answer.status == 422
    assert answer.json == about("unprocessable_entity", "Identity", id,
                                "Identity missing email address")
    assert stored(cloud) == before
    assert create(cloud, id, authenticator_config_id=cloud.authenticator_config_id).status == 200


def test_an_address_that_mail_cannot_take(cloud):
    identity = cloud.create_identity(email="\u00fc@example.com")
    before = stored(cloud)
    answer = email(cloud, identity["id"])
    assert answer.status == 422
    assert answer.json == about("unprocessable_entity", "Identity", identity["id"],
                                "Identity email address cannot be sent to")
    assert stored(cloud) == before


def test_a_failed_invitation(cloud):
    identity = cloud.create_identity()["id"]
    job = email(cloud, identity).json["credential_binding_job"]
    cloud.execute("UPDATE job SET state = 'FAILED_TO_SEND' WHERE id = ?", job["id"])
    status = lambda: cloud.call("GET", cloud.path(identity)).json["enrollment_status"]
    assert status() == "INVITE_FAILED" and cloud.job(job["id"])["state"] == "FAILED_TO_SEND"
    link = Link(cloud, identity)
    assert status() == "PENDING"
    link.bind()
    assert status() == "ENROLLED"


def test_a_failed_invitation_stays_one_but_its_link_expires(database):
    with Cloud("--link-lifetime", "0") as cloud:
        link = Link(cloud)
        cloud.execute("UPDATE job SET state = 'FAILED_TO_SEND' WHERE id = ?", link.id)
        assert link.state == "FAILED_TO_SEND"
        for answer in link.invoke(), link.get_info(), link.bind():
            assert answer.status == 410 and answer.code == "link_expired"


# --------------------------------------------------------------------- batches

def batch(cloud, ids, **template):
    return cloud.call("POST", f"{cloud.realm_path}/batch-{JOBS}", {
        "batch_credential_binding_job": {"identity_ids": ids, "job_template": {
            "authenticator_config_id": cloud.authenticator_config_id, **template}}})


def batch_path(cloud, id):
    return f"{cloud.realm_path}/batch-{JOBS}/{id}"


def when_done(cloud, id):
    """The batch once its mail has gone out (here into files)."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        answer = cloud.call("GET", batch_path(cloud, id))
        assert answer.status == 200, answer
        if answer.json["state"] != "RUNNING":
            return answer.json
    raise AssertionError(answer)


def test_a_batch(cloud):
    ids = [cloud.create_identity()["id"] for _ in range(3)]
    answer = batch(cloud, ids + ids[:1], post_binding_redirect_uri="acme://done")
    assert answer.status == 200, answer
    made = answer.json
    assert {**made, "state": "", "update_time": ""} == {
        "id": made["id"], "tenant_id": cloud.tenant_id, "realm_id": cloud.realm_id,
        "identity_ids": ids, "state": "", "update_time": "", "create_time": made["create_time"],
        "job_template": {"authenticator_config_id": cloud.authenticator_config_id,
                         "post_binding_redirect_uri": "acme://done"}}
    done = when_done(cloud, made["id"])
    assert done["state"] == "SUCCESS" and "state_commentary" not in done
    results = cloud.call("GET", batch_path(cloud, made["id"]) + ":listResults").json
    assert list(results)[0] == "job_results"
    assert {key: results[key] for key in results if key != "job_results"} == {
        "total_size": 3, "total_success_count": 3, "total_failure_count": 0,
        "total_pending_count": 0}
    for job, identity in zip(results["job_results"], ids):
        assert job["identity_id"] == identity and job["batch_id"] == made["id"]
        assert job["delivery_method"] == "EMAIL"
        assert job["post_binding_redirect_uri"] == "acme://done"
        assert cloud.job(job["id"]) == job


def test_a_batch_with_a_config_of_its_own(cloud):
    made = batch(cloud, [cloud.create_identity()["id"]], authenticator_config_id=None,
                 authenticator_config={"config": {"type": "platform"}}).json
    assert made["job_template"] == {"authenticator_config": {"config": {"type": "platform"}}}
    job, = cloud.call("GET", batch_path(cloud, made["id"]) + ":listResults").json["job_results"]
    assert job["authenticator_config"] == {"config": {"type": "platform"}}


def test_a_batch_of_which_some_fail(cloud):
    good, bare = cloud.create_identity()["id"], without_email(cloud)
    suspended = cloud.create_identity()["id"]
    cloud.call("PATCH", cloud.path(suspended), {"identity": {"status": "suspended"}})
    made = batch(cloud, [bare, good, "51c3c2d2907d6b40", suspended]).json
    done = when_done(cloud, made["id"])
    assert done["state"] == "PARTIAL_SUCCESS"
    assert done["state_commentary"] == {"errors": {
        id: {"last_error": text, "failed_permanently": True} for id, text in (
            (bare, "Identity missing email address"), ("51c3c2d2907d6b40", "identity not found"),
            (suspended, "Identity is suspended"))}}
    results = cloud.call("GET", batch_path(cloud, made["id"]) + ":listResults").json
    assert [job["identity_id"] for job in results["job_results"]] == [good]
    assert (results["total_size"], results["total_success_count"],
            results["total_failure_count"]) == (1, 1, 3)
    job = results["job_results"][0]["id"]
    cloud.execute("UPDATE job SET state = 'FAILED_TO_SEND' WHERE id = ?", job)
    done = cloud.call("GET", batch_path(cloud, made["id"])).json
    assert done["state"] == "FAILED"
    assert done["state_commentary"]["errors"][good] == {
        "last_error": "the email could not be sent", "failed_permanently": True}


def test_a_batch_of_which_all_fail(cloud):
    made = batch(cloud, [without_email(cloud)]).json
    assert made["state"] == "FAILED"
    results = cloud.call("GET", batch_path(cloud, made["id"]) + ":listResults").json
    assert results["job_results"] == [] and results["total_failure_count"] == 1


W = "batch_credential_binding_job."


@pytest.mark.parametrize("body, wrong", [
    ({}, {"identity_ids": "missing", "job_template": "missing"}),
    ({"identity_ids": [], "job_template": {}},
     {"identity_ids": "not 1 to 1000 ids", "job_template.authenticator_config_id": "empty string"}),
    ({"identity_ids": [1], "job_template": {"authenticator_config_id": "x"}},
     {"identity_ids": "not an array of strings",
      "job_template.authenticator_config_id": "not found"}),
    ({"identity_ids": ["x"] * 1001, "job_template": 1},
     {"identity_ids": "not 1 to 1000 ids", "job_template": "missing"})])
def test_wrong_batches(cloud, body, wrong):
    before = stored(cloud)
    answer = cloud.call("POST", f"{cloud.realm_path}/batch-{JOBS}",
                        {"batch_credential_binding_job": body})
    assert violations(answer) == {W + name: text for name, text in wrong.items()}
    assert stored(cloud) == before


def test_an_unknown_batch(cloud):
    for end in "", ":listResults":
        answer = cloud.call("GET", batch_path(cloud, "x") + end)
        assert answer.status == 404
        assert answer.json == about("not_found", "BatchCredentialBindingJob", "x",
                                    "batch credential binding job not found")


@pytest.fixture
def without_mail_server(database):
    """A cloud whose mail waits: where its server should be, nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with Cloud("--smtp", f"smtp://127.0.0.1:{closed.getsockname()[1]}",
                   "--mail-from", "no-reply@mail.example") as cloud:
            yield cloud
        cloud.assert_clean()


def bulk(cloud, num):
    """That many identities, straight into the database."""
    cloud.execute(
        "INSERT INTO identity (id, realm_id, display_name, status, username, traits, username_key,"
        " display_name_key, email_key, external_id, create_ms, update_ms)"
        " WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < ?)"
        " SELECT 'bulk' || n, ?, 'Bulk', 'active', 'bulk' || n, ?, 'bulk' || n, 'bulk', '', '', 0, 0"
        " FROM up", num, cloud.realm_id, '{"type":"traits_v0","username":"bulk",'
                                         '"primary_email_address":"bulk@example.com"}')
    return [f"bulk{n}" for n in range(1, num + 1)]


def test_the_queue_is_full(without_mail_server):
    cloud = without_mail_server
    ids = bulk(cloud, 1000)
    made = batch(cloud, ids[:800])
    assert made.status == 200 and made.json["state"] == "RUNNING"
    before = cloud.rows("SELECT count(*) AS n FROM job"), cloud.rows("SELECT count(*) AS n FROM batch")
    answer = batch(cloud, ids[700:])
    assert answer.status == 429
    assert answer.json == {"code": "too_many_requests", "message":
                           "Maximum queue sized reached. Maximum: 1000 Current Total: 800 "
                           "Overage: 100"}
    assert answer.headers["RateLimit-Limit"] == "1000"
    assert answer.headers["RateLimit-Remaining"] == "200"
    assert before == (cloud.rows("SELECT count(*) AS n FROM job"),
                      cloud.rows("SELECT count(*) AS n FROM batch"))
    results = cloud.call("GET", batch_path(cloud, made.json["id"]) + ":listResults").json
    assert results["total_pending_count"] == 800 and len(results["job_results"]) == 20
    assert batch(cloud, ids[800:]).status == 200
    answer = batch(cloud, ids[:1])
    assert answer.status == 429 and answer.headers["RateLimit-Remaining"] == "0"


def test_a_batch_of_a_thousand(database):
    with Cloud() as cloud:
        ids = bulk(cloud, 1000)
        made = batch(cloud, ids).json
        assert made["identity_ids"] == ids
        seen, token = [], ""
        while token is not None:
            page = cloud.call("GET", batch_path(cloud, made["id"]) +
                              f":listResults?page_size=200&page_token={token}").json
            seen += [job["identity_id"] for job in page["job_results"]]
            token = page.get("next_page_token")
        assert seen == ids


def test_of_two_at_once_the_database_takes_the_revocation_or_the_bind(cloud):
    """Whoever is second hears of it; the state is that of the first."""
    import threading
    for _ in range(10):
        link = Link(cloud)
        key_answers = {}
        threads = [threading.Thread(target=lambda: key_answers.update(bind=link.bind())),
                   threading.Thread(target=lambda: key_answers.update(revoke=link.revoke()))]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        outcome = key_answers["bind"].status, key_answers["revoke"].status, link.state
        assert outcome in ((200, 409, "COMPLETE"), (410, 200, "REVOKED"))
