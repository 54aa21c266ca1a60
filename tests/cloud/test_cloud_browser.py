# SPDX-License-Identifier: Apache-2.0
"""What a browser meets: the redirect to the application, and CORS."""
import urllib.parse

import pytest
from cloud_link import Link

from cloud import http

TRUSTED = ["http://localhost:8092", "http://127.0.0.1:8092"]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def set_config(cloud, id, json):
    """The API for authenticator configs is not there yet."""
    cloud.execute(
        "INSERT INTO authenticator_config (id, realm_id, display_name, config, create_ms, update_ms)"
        " SELECT ?, realm_id, '', ?, 0, 0 FROM authenticator_config WHERE id = ?",
        id, json, cloud.authenticator_config_id)


# ------------------------------------------------------------------ redirect

@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("accept", [BROWSER, "*/*", "", "text/html", "application/json;q=0",
                                    "application/jsonx", "text/html, application/json;q=0.5"])
def test_redirect(cloud, link, accept, method):
    answer = link.invoke(accept, method)
    assert answer.status == 302 and answer.raw == b""
    location = urllib.parse.urlsplit(answer.headers["Location"])
    assert location[:3] == ("http", "127.0.0.1:8092", "/bind")
    assert urllib.parse.parse_qsl(location.query) == list(link.instruction.items())
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert link.state == "LINK_OPENED"


@pytest.mark.parametrize("accept", ["application/json", "application/json, text/plain, */*",
                                    "APPLICATION/JSON;charset=utf-8", "*/*;q=0.1,application/json",
                                    "text/html;q=0.5, application/json;q=0.9"])
def test_instruction(link, accept):
    answer = link.invoke(accept)
    assert answer.status == 200 and answer.json == link.instruction


def test_a_click_does_not_use_the_link_up(link):
    assert link.invoke(BROWSER).status == link.invoke(BROWSER).status == 302
    assert link.invoke().status == 200 and link.bind().status == 200


def test_looking_does_not_open_the_link(link):
    answer = http("HEAD", link.url)
    assert answer.status == 302 and answer.headers["Location"] and link.state == "LINK_SENT"


@pytest.mark.parametrize("invoke_url, start", [
    ("https://example.com", "https://example.com/bind?"),
    ("https://example.com/", "https://example.com/bind?"),
    ("https://example.com/app", "https://example.com/app/bind?"),
    ("https://example.com/app/", "https://example.com/app/bind?"),
    ("acme://", "acme://bind?"), ("acme://host", "acme://host/bind?")])
def test_invoke_urls(cloud, invoke_url, start):
    id = "config-" + invoke_url
    set_config(cloud, id, '{"type":"embedded","invoke_url":"%s","trusted_origins":[]}' % invoke_url)
    location = Link(cloud, authenticator_config_id=id).invoke("*/*").headers["Location"]
    assert location.startswith(start + "api_base_url=http%3A%2F%2Flocalhost%3A")


# ---------------------------------------------------------------------- CORS

@pytest.mark.parametrize("verb, method", [
    (":invokeAuthenticator", "GET"), (":getInfo", "POST"), (":bind", "POST")])
@pytest.mark.parametrize("origin", TRUSTED)
def test_preflight(link, verb, method, origin):
    answer = http("OPTIONS", link.cloud.api_base_url + link.path + verb, headers={
        "Origin": origin, "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type"})
    assert answer.status == 204 and answer.raw == b""
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert method in answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert {"authorization", "content-type"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(", "))
    assert answer.headers["Vary"] == "Origin"
    assert link.state == "LINK_SENT"


@pytest.mark.parametrize("origin", [
    None, "null", "*", "", "http://localhost", "http://localhost:8093", "https://localhost:8092",
    "http://localhost:8092.evil.example", "http://evil.example", "http://LOCALHOST:8092",
    'http://localhost:8092"', "http://localhost:8092/"])
def test_other_origins_are_told_nothing(link, origin):
    headers = {} if origin is None else {"Origin": origin}
    for answer in (http("OPTIONS", link.cloud.api_base_url + link.path + ":bind", headers=headers),
                   link.invoke(**headers), link.get_info(headers=headers),
                   link.bind(headers=headers)):
        assert answer.status < 300
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        assert answer.headers["Vary"] == "Origin"


def test_a_preflight_does_not_tell_which_jobs_there_are(cloud):
    answer = http("OPTIONS", cloud.api_base_url + cloud.path("-") +
                  "/credential-binding-jobs/x:bind", headers={"Origin": TRUSTED[0]})
    assert answer.status == 204 and "Access-Control-Allow-Origin" not in answer.headers


def test_trusted_origins_read_answers_and_errors(link):
    origin = {"Origin": TRUSTED[0]}
    answers = [link.invoke(**origin), link.get_info(headers=origin), link.bind(headers=origin),
               link.bind(headers=origin), link.get_info(token="x", headers=origin)]
    assert [answer.status for answer in answers] == [200, 200, 200, 409, 401]
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == TRUSTED[0]
        assert answer.headers["Access-Control-Expose-Headers"] == "x-correlation-id"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_the_management_api_is_not_for_browsers(cloud):
    for path in cloud.realm_path + "/identities", cloud.path() + "/credential-binding-jobs":
        answer = http("OPTIONS", cloud.api_base_url + path, headers={"Origin": TRUSTED[0]})
        assert answer.status == 405 and "Access-Control-Allow-Origin" not in answer.headers
        answer = cloud.call("GET", path, headers={"Origin": TRUSTED[0]})
        assert answer.status == 200 and "Access-Control-Allow-Origin" not in answer.headers
