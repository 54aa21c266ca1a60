# SPDX-License-Identifier: Apache-2.0
"""The management API: identities, credential binding jobs, credentials."""
import datetime
import re
import uuid

import pytest
from cloud_link import Link

FORBIDDEN = {"code": "forbidden", "message": "forbidden"}
UNAUTHORIZED = {"code": "unauthorized", "message": "unauthorized"}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


def identities(cloud):
    return cloud.realm_path + "/identities"


def create(cloud, **changes):
    traits = {"type": "traits_v0", "username": uuid.uuid4().hex, **changes.pop("traits", {})}
    body = {"identity": {"display_name": "A Name", "traits": traits, **changes}}
    return cloud.call("POST", identities(cloud), body)


def violations(answer):
    assert answer.status == 400, answer
    assert answer.json["code"] == "bad_request" and answer.json["message"] == "invalid parameters"
    detail, = answer.json["details"]
    assert detail["type"] == "FieldViolations"
    return {each["field"]: each["description"] for each in detail["field_violations"]}


def not_found(kind, id, text):
    return {"code": "not_found", "message": text, "details": [
        {"type": "ResourceInfo", "resource_type": kind, "id": id, "description": text}]}


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


# -------------------------------------------------------------------- access

def every_path(cloud):
    jobs, credentials = cloud.path("-", "credential-binding-jobs"), cloud.path("-", "credentials")
    return [("POST", identities(cloud)), ("GET", identities(cloud)), ("GET", cloud.path()),
            ("POST", cloud.path() + "/credential-binding-jobs"), ("GET", jobs), ("GET", jobs + "/x"),
            ("POST", jobs + "/x:revoke"), ("GET", credentials), ("GET", credentials + "/x"),
            ("POST", credentials + "/x:revoke")]


@pytest.mark.parametrize("authorization", [
    None, "", "Bearer", "Bearer ", "Bearer x", "Basic eDp5", "Bearer ' OR 1=1 --", "\u00fc",
    "Bearer " + "a" * 9000])
def test_no_or_unknown_token(cloud, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    for method, path in every_path(cloud):
        answer = cloud.call(method, path, token=None, headers=headers)
        assert answer.status == 401 and answer.json == UNAUTHORIZED, answer
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_scheme_of_any_case(cloud):
    answer = cloud.call("GET", cloud.path(), token=None,
                        headers={"Authorization": f"bEARER {cloud.api_token}"})
    assert answer.status == 200


def test_another_tenant(cloud):
    for method, path in every_path(cloud):
        answer = cloud.call(method, path.replace(cloud.tenant_id, "0" * 16))
        assert answer.status == 403 and answer.json == FORBIDDEN, answer


def test_unknown_realm(cloud):
    for method, path in every_path(cloud):
        answer = cloud.call(method, path.replace(cloud.realm_id, "0" * 16))
        assert answer.status == 404
        assert answer.json == not_found("Realm", "0" * 16, "realm not found")


def test_unknown_identity(cloud):
    for method, path in [("GET", ""), ("POST", "/credential-binding-jobs"),
                         ("GET", "/credential-binding-jobs"), ("GET", "/credential-binding-jobs/x"),
                         ("POST", "/credential-binding-jobs/x:revoke"), ("GET", "/credentials"),
                         ("GET", "/credentials/x"), ("POST", "/credentials/x:revoke")]:
        answer = cloud.call(method, cloud.path("51c3c2d2907d6b40") + path)
        assert answer.status == 404
        assert answer.json == not_found("Identity", "51c3c2d2907d6b40", "identity not found")


# ---------------------------------------------------------------- identities

def test_create_and_get_an_identity(cloud):
    answer = create(cloud, display_name="Zo\u00eb \U0001f680", traits={
        "username": "zoe@example.com", "primary_email_address": "zoe@example.com",
        "given_name": "Zo\u00eb", "family_name": None, "title": "", "unknown": "x"})
    assert answer.status == 200, answer
    identity = answer.json
    assert re.fullmatch("[0-9a-f]{16}", identity["id"])
    assert re.fullmatch(TIME, identity["create_time"])
    assert identity == {
        "id": identity["id"], "tenant_id": cloud.tenant_id, "realm_id": cloud.realm_id,
        "display_name": "Zo\u00eb \U0001f680", "status": "active",
        "enrollment_status": "UNENROLLED", "traits": {
            "type": "traits_v0", "username": "zoe@example.com", "given_name": "Zo\u00eb",
            "primary_email_address": "zoe@example.com"},
        "create_time": identity["create_time"], "update_time": identity["create_time"]}
    assert cloud.call("GET", cloud.path(identity["id"])).json == identity


def test_username_is_unique_whatever_its_case(cloud):
    assert create(cloud, traits={"username": "One.User"}).status == 200
    for username in "One.User", "one.user", "ONE.USER":
        answer = create(cloud, traits={"username": username})
        assert answer.status == 409
        assert answer.json == {"code": "conflict", "message": "username already exists"}


def test_read_only_members_are_ignored(cloud):
    identity = create(cloud, id="x", tenant_id="x", realm_id="x", create_time="x").json
    assert identity["tenant_id"] == cloud.tenant_id and identity["id"] != "x"


def test_enrollment_status(cloud):
    link = Link(cloud)
    status = lambda: cloud.call("GET", cloud.path(link.identity_id)).json["enrollment_status"]
    assert status() == "PENDING"
    link.bind()
    assert status() == "ENROLLED"


@pytest.mark.parametrize("name, description", [
    (None, "missing"), ("", "empty string"), ("x" * 65, "too long"), (1, "not a string"),
    ([], "not a string"), ("a\nb", "control character"), ("a\x7f", "control character"),
    *((f"a{c}b", "character not allowed") for c in "{}[]<>;:?\\/|*^%$#=~`!")])
def test_names(cloud, name, description):
    assert violations(create(cloud, display_name=name)) == {"identity.display_name": description}
    assert violations(create(cloud, traits={"username": name})) == {
        "identity.traits.username": description}


def test_names_are_counted_in_characters(cloud):
    assert create(cloud, display_name="\U0001f680" * 64).status == 200
    assert create(cloud, display_name="\U0001f680" * 65).status == 400


@pytest.mark.parametrize("email", ["x", "@x", "x@", "a@b@c", "a b@c", "a@b,c", 7, "a@b\r\nX: y"])
def test_email_addresses(cloud, email):
    for name in "primary_email_address", "secondary_email_address":
        assert set(violations(create(cloud, traits={name: email}))) == {f"identity.traits.{name}"}


def test_all_that_is_wrong_is_told_at_once(cloud):
    answer = create(cloud, display_name="", status="asleep", traits={
        "type": "traits_v9", "username": 1, "country": 2})
    assert violations(answer) == {
        "identity.display_name": "empty string", "identity.status": "not active or suspended",
        "identity.traits.type": "not traits_v0", "identity.traits.username": "not a string",
        "identity.traits.country": "not a string"}


@pytest.mark.parametrize("body, field", [
    ({}, "identity"), ({"identity": None}, "identity"), ({"identity": []}, "identity"),
    ({"identity": {"display_name": "x"}}, "identity.traits"),
    ({"identity": {"display_name": "x", "traits": "x"}}, "identity.traits")])
def test_wrappers(cloud, body, field):
    assert violations(cloud.call("POST", identities(cloud), body)) == {field: "missing"}


@pytest.mark.parametrize("text", ["'; DROP TABLE identity; --", '" OR ""="', "%' --", "$1", "?1"])
def test_sql_is_only_text(cloud, text):
    kept = create(cloud, traits={"given_name": text}).json
    assert kept["traits"]["given_name"] == text
    quoted = text.replace("%", "%25").replace(" ", "%20").replace("?", "%3F").replace('"', "%22")
    for path in (cloud.path(quoted), cloud.path("-", "credentials", quoted),
                 cloud.path("-", "credential-binding-jobs", quoted)):
        assert cloud.call("GET", path.replace(";", "%3B")).status == 404
    assert cloud.call("GET", cloud.path(kept["id"])).json == kept


# ---------------------------------------------------------------------- jobs

def test_create_a_job(cloud):
    identity = cloud.create_identity()
    job, link = cloud.create_job(identity["id"], post_binding_redirect_uri="acme://done")
    path = cloud.path(identity["id"], "credential-binding-jobs", job["id"])
    assert job == {
        "id": job["id"], "tenant_id": cloud.tenant_id, "realm_id": cloud.realm_id,
        "identity_id": identity["id"], "delivery_method": "RETURN", "state": "LINK_SENT",
        "post_binding_redirect_uri": "acme://done",
        "authenticator_config_id": cloud.authenticator_config_id,
        "expire_time": job["expire_time"], "create_time": job["create_time"],
        "update_time": job["create_time"]}
    assert re.fullmatch("[0-9a-f]{16}", job["id"]) and re.fullmatch(TIME, job["expire_time"])
    assert seconds(job["expire_time"]) - seconds(job["create_time"]) == 7 * 24 * 3600
    assert re.fullmatch(re.escape(cloud.api_base_url + path) +
                        r":invokeAuthenticator\?token=[A-Za-z0-9_-]{64}", link)
    assert cloud.call("GET", path).json == job
    assert cloud.job(job["id"]) == job


def test_the_documented_request(cloud):
    """curl -d says another content type; the answer is 200, not 201."""
    body = (b'{"job":{"authenticator_config_id":"%s","delivery_method":"RETURN"}}'
            % cloud.authenticator_config_id.encode())
    for content_type in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
        answer = cloud.call("POST", cloud.path() + "/credential-binding-jobs", body,
                            headers={"Content-Type": content_type})
        assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert set(answer.json) == {"credential_binding_job", "credential_binding_link"}
        assert "post_binding_redirect_uri" not in answer.json["credential_binding_job"]


@pytest.mark.parametrize("change, field, description", [
    ({"authenticator_config_id": None}, "authenticator_config_id", "empty string"),
    ({"authenticator_config_id": ""}, "authenticator_config_id", "empty string"),
    ({"authenticator_config_id": 1}, "authenticator_config_id", "not a string"),
    ({"authenticator_config_id": "x"}, "authenticator_config_id", "not found"),
    ({"delivery_method": None}, "delivery_method", "missing"),
    ({"delivery_method": "return"}, "delivery_method", "not RETURN or EMAIL"),
    ({"post_binding_redirect_uri": "x"}, "post_binding_redirect_uri", "not an absolute URI"),
    ({"post_binding_redirect_uri": "//x/y"}, "post_binding_redirect_uri", "not an absolute URI"),
    ({"post_binding_redirect_uri": "https://x/ y"}, "post_binding_redirect_uri",
     "not an absolute URI"),
    ({"post_binding_redirect_uri": "https://x/\r\nSet-Cookie: a=b"}, "post_binding_redirect_uri",
     "control character"),
    ({"post_binding_redirect_uri": "JavaScript:alert(1)"}, "post_binding_redirect_uri",
     "scheme not allowed"),
    ({"post_binding_redirect_uri": "https://" + "x" * 2048}, "post_binding_redirect_uri",
     "too long")])
def test_fields_of_a_job(cloud, change, field, description):
    job = {"delivery_method": "RETURN", "authenticator_config_id": cloud.authenticator_config_id,
           **change}
    answer = cloud.call("POST", cloud.path() + "/credential-binding-jobs", {"job": job})
    assert violations(answer) == {"job." + field: description}


def test_job_missing(cloud):
    for body in {}, {"job": None}, {"job": 1}:
        answer = cloud.call("POST", cloud.path() + "/credential-binding-jobs", body)
        assert violations(answer) == {"job": "missing"}


def test_a_job_is_of_one_identity(cloud):
    answer = cloud.call("POST", cloud.path("-") + "/credential-binding-jobs", {})
    assert answer.status == 404 and answer.json == not_found("Identity", "-", "identity not found")


def test_suspended_identity_gets_no_job(cloud):
    identity = create(cloud, status="suspended").json
    assert identity["status"] == "suspended"
    answer = cloud.call("POST", cloud.path(identity["id"]) + "/credential-binding-jobs", {"job": {
        "delivery_method": "RETURN", "authenticator_config_id": cloud.authenticator_config_id}})
    assert answer.status == 422 and answer.json["message"] == "Identity is suspended"


def test_revoke_a_job(cloud, link):
    answer = cloud.call("POST", link.path + ":revoke", b"",
                        headers={"Content-Type": "application/json"})
    assert answer.status == 200 and answer.json["state"] == "REVOKED"
    assert link.revoke().json == answer.json
    assert link.state == "REVOKED"


def test_a_complete_job_cannot_be_revoked(cloud, link):
    link.bind()
    answer = link.revoke()
    assert answer.status == 409 and answer.code == "conflict"
    assert answer.json["details"][0]["resource_type"] == "CredentialBindingJob"
    assert link.state == "COMPLETE" and cloud.credentials(link.identity_id)


def test_jobs_are_found_by_their_own_identity_only(cloud, link):
    other = cloud.create_identity()["id"]
    text = "credential binding job not found"
    for identity, id in (other, link.id), (link.identity_id, "0" * 16), ("-", "0" * 16):
        path = cloud.path(identity, "credential-binding-jobs", id)
        for method, path in ("GET", path), ("POST", path + ":revoke"):
            answer = cloud.call(method, path)
            assert answer.status == 404
            assert answer.json == not_found("CredentialBindingJob", id, text)
    assert link.state == "LINK_SENT"


# --------------------------------------------------------------- credentials

def test_credentials(cloud, link):
    assert cloud.call("GET", cloud.path(link.identity_id, "credentials")).json == {
        "credentials": [], "total_size": 0}
    id = link.bind().json["id"]
    path = cloud.path(link.identity_id, "credentials", id)
    credential = cloud.call("GET", path).json
    assert re.fullmatch("[0-9a-f]{16}", credential["id"])
    assert set(credential) == {
        "id", "tenant_id", "realm_id", "identity_id", "state", "csr_type", "jwk_json",
        "jwk_thumbprint", "create_time", "update_time"}
    assert cloud.call("GET", cloud.path("-", "credentials", id)).json == credential
    for _ in range(2):
        revoked = cloud.call("POST", path + ":revoke").json
        assert revoked["state"] == "REVOKED"
        assert {**revoked, "state": "ACTIVE", "update_time": ""} == {**credential, "update_time": ""}
    assert cloud.credentials(link.identity_id) == [revoked]


def test_unknown_credential(cloud, link):
    id = link.bind().json["id"]
    other = cloud.create_identity()["id"]
    for identity, id in (other, id), ("-", "x"), (link.identity_id, "x"):
        for method, verb in ("GET", ""), ("POST", ":revoke"):
            answer = cloud.call(method, cloud.path(identity, "credentials", id) + verb)
            assert answer.status == 404
            assert answer.json == not_found("Credential", id, "credential not found")
    assert [each["state"] for each in cloud.credentials(link.identity_id)] == ["ACTIVE"]
