# SPDX-License-Identifier: Apache-2.0
"""What the vendor's own clients and samples do, each as a test: a server that
refused one of these would refuse them."""
import json
import urllib.parse

import pytest
from cloud_api import Application, token_for, unpacked
from cloud_link import Link

from cloud import http

JOBS = "credential-binding-jobs"


def job(cloud, **others):
    return json.dumps({"job": {"delivery_method": "RETURN", **others,
                               "authenticator_config_id": cloud.authenticator_config_id}}).encode()


# ------------------------------------------------------- tolerances of the samples

@pytest.mark.parametrize("content_type", ["application/json", "text/plain;charset=UTF-8",
                                          "application/x-www-form-urlencoded"])
def test_json_is_json_whatever_the_content_type(cloud, content_type):
    answer = cloud.call("POST", cloud.path() + "/" + JOBS, job(cloud),
                        headers={"Content-Type": content_type})
    assert answer.status == 200 and "credential_binding_link" in answer.json


@pytest.mark.parametrize("headers", [{"Content-Type": "application/json"}, {}])
def test_revoke_with_an_empty_body(cloud, headers):
    link, bound = Link(cloud), Link(cloud)
    credential = bound.bind().json["id"]
    for path in link.path, cloud.path("-", "credentials", credential):
        answer = cloud.call("POST", path + ":revoke", b"", headers=headers)
        assert answer.status == 200 and answer.json["state"] == "REVOKED"


def test_null_for_traits_that_are_not_there(cloud):
    traits = {"type": "traits_v0", "username": "null.user", "primary_email_address": "n@example.com",
              **dict.fromkeys(["given_name", "family_name", "external_id", "secondary_email_address"])}
    answer = cloud.call("POST", cloud.realm_path + "/identities", {"identity": {
        "display_name": "Null User", "traits": traits}})
    assert answer.status == 200
    assert set(answer.json["traits"]) == {"type", "username", "primary_email_address"}


def test_read_only_members_in_a_change(cloud):
    """The command line tool sends the whole identity back, its id included."""
    identity = cloud.create_identity()
    answer = cloud.call("PATCH", cloud.path(identity["id"]), {"identity": {
        **identity, "display_name": "Changed"}})
    assert answer.status == 200
    assert answer.json == {**identity, "display_name": "Changed",
                           "update_time": answer.json["update_time"]}


def test_a_slash_too_many(cloud):
    """Samples join the base URL, which they write with a slash at its end, and a path."""
    url = cloud.api_base_url + "/" + cloud.path() + "/" + JOBS
    answer = http("POST", url, job(cloud), {"Authorization": f"Bearer {cloud.api_token}"})
    assert answer.status == 200


# ------------------------------------------------------------ the clients of the API

def test_base_url_and_tenant_come_from_the_token(cloud):
    """From iss and bi_t: nothing else is configured."""
    _, claims = unpacked(token_for(cloud, "realms:read"))
    issuer = urllib.parse.urlsplit(claims["iss"])
    base = f"{issuer.scheme}://{issuer.netloc}"
    assert base == cloud.api_base_url
    token = token_for(cloud, "realms:read")
    answer = http("GET", f"{base}/v1/tenants/{claims['bi_t']}/realms", None,
                  {"Authorization": f"Bearer {token}"})
    assert answer.status == 200 and answer.json["total_size"] >= 1


def test_a_content_type_on_everything(cloud):
    headers = {"Content-Type": "application/json"}
    for path in (cloud.path(), cloud.realm_path + "/identities", cloud.path("-", "credentials")):
        assert cloud.call("GET", path, headers=headers).status == 200
    realm = cloud.call("POST", f"/v1/tenants/{cloud.tenant_id}/realms",
                       {"realm": {"display_name": "x"}}).json["id"]
    answer = cloud.call("DELETE", f"/v1/tenants/{cloud.tenant_id}/realms/{realm}", b"",
                        headers=headers)
    assert answer.status == 200


LISTS = ["{t}/realms", "{r}/identities", "{r}/applications", "{r}/authenticator-configs",
         "{r}/identities/-/" + JOBS, "{r}/identities/-/credentials"]


@pytest.mark.parametrize("path", LISTS)
def test_the_first_other_member_of_a_list_is_its_array(cloud, path):
    path = path.format(t=f"/v1/tenants/{cloud.tenant_id}", r=cloud.realm_path)
    page = cloud.call("GET", path + "?page_size=500").json
    first = next(name for name in page if name not in ("total_size", "next_page_token"))
    assert isinstance(page[first], list) and isinstance(page["total_size"], int)


@pytest.mark.parametrize("path", LISTS)
def test_a_page_size_of_500(cloud, path):
    path = path.format(t=f"/v1/tenants/{cloud.tenant_id}", r=cloud.realm_path)
    assert cloud.call("GET", path + "?page_size=500").status == 200


def test_no_scope_on_the_token_request(cloud):
    application = Application(cloud, "identities:read", "realms:read")
    answer = application.post(application.path + "/token", b"grant_type=client_credentials")
    assert answer.status == 200 and answer.json["scope"] == "identities:read realms:read"


def test_a_new_token_after_401_and_after_403(cloud):
    """A client asks for another token after either; with more scope, it then may."""
    application = Application(cloud, "realms:read")
    path = cloud.realm_path + "/identities"
    token = application.token()
    assert cloud.call("GET", path, token=token).status == 403
    cloud.call("PATCH", application.path, {"application": {"protocol_config": {
        "allowed_scopes": ["realms:read", "identities:read"]}}})
    assert cloud.call("GET", path, token=token).status == 403  # what it was issued with
    token = application.token()
    assert cloud.call("GET", path, token=token).status == 200
    application.post(application.path + "/revoke", {"token": token})
    assert cloud.call("GET", path, token=token).status == 401
    assert cloud.call("GET", path, token=application.token()).status == 200


def test_page_tokens_go_into_urls_as_they_are(cloud):
    for _ in range(3):
        cloud.create_identity(display_name="\u00fc & + x")
    filter = urllib.parse.quote('display_name co "\u00fc & + x"')
    page = cloud.call("GET", f"{cloud.realm_path}/identities?page_size=1&filter={filter}").json
    token = page["next_page_token"]
    assert token == urllib.parse.quote(token, safe="") and page["total_size"] == 3
    rest = cloud.call("GET", f"{cloud.realm_path}/identities?page_token={token}").json
    assert rest["total_size"] == 3 and rest["identities"][0] != page["identities"][0]


def test_correlation_id_is_echoed(cloud):
    for path in cloud.path(), cloud.realm_path + "/applications/x", "/nowhere":
        answer = cloud.call("GET", path, headers={"X-Correlation-Id": "abc-123"})
        assert answer.headers["x-correlation-id"] == "abc-123"
        assert cloud.call("GET", path).headers["x-correlation-id"]


def test_unset_members_are_left_out(cloud):
    """No nulls: clients read what is there."""
    answers = [cloud.call("GET", path) for path in (
        cloud.path(), cloud.realm_path, cloud.realm_path + "/applications",
        cloud.realm_path + "/authenticator-configs", cloud.realm_path + "/themes/active")]
    answers.append(cloud.call("POST", cloud.path() + "/" + JOBS, job(cloud)))
    for answer in answers:
        assert answer.status == 200 and "null" not in answer.text
    assert "credential_id" not in answer.text and "post_binding_redirect_uri" not in answer.text


def test_both_documented_requests(cloud):
    """Method 1 answers the link, Method 2 sends it; both answer 200."""
    for method, members in (("RETURN", {"credential_binding_job", "credential_binding_link"}),
                            ("EMAIL", {"credential_binding_job"})):
        body = (f'{{"job":{{"authenticator_config_id":"{cloud.authenticator_config_id}",'
                f'"delivery_method":"{method}"}}}}').encode()
        answer = cloud.call("POST", cloud.path() + "/" + JOBS, body)
        assert answer.status == 200 and set(answer.json) == members
        assert answer.json["credential_binding_job"]["state"] == "LINK_SENT"
