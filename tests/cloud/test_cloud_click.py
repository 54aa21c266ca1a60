# SPDX-License-Identifier: Apache-2.0
"""A person clicks on a link: where it leads, and the page that says why it does
not."""
import html.parser
import json
import re
import urllib.parse

import pytest
from cloud_link import Link

from cloud import Cloud, http

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
PROGRAMS = [None, "*/*", "application/json", "application/json, text/plain, */*",
            "text/html;q=0.5, application/json;q=0.9", "text/html;q=0", "text/plain"]


class Page(html.parser.HTMLParser):
    """The elements of a page, checked to be well formed, and its text."""
    VOID = {"meta", "img", "source", "br"}

    def __init__(self, answer):
        super().__init__()
        self.open, self.elements, self.texts = [], [], {}
        self.feed(answer.text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data

    def attributes(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def past(database):
    """A cloud whose links have expired already."""
    with Cloud("--link-lifetime", "0") as running:
        yield running
    running.assert_clean()


def used(cloud):
    link = Link(cloud)
    assert link.bind().status == 200
    return link.url


def revoked(cloud):
    link = Link(cloud)
    assert link.revoke().status == 200
    return link.url


def suspended(cloud):
    link = Link(cloud)
    cloud.execute("UPDATE identity SET status = 'suspended' WHERE id = ?", link.identity_id)
    return link.url


def deleted(cloud):
    link = Link(cloud)
    cloud.execute("DELETE FROM job WHERE id = ?", link.id)
    return link.url


def cut(cloud):
    return Link(cloud).url[:-10]


def without_token(cloud):
    return Link(cloud).url.split("?")[0]


def of_another_job(cloud):
    return Link(cloud).url.split("?")[0] + "?token=" + Link(cloud).token


def with_two_tokens(cloud):
    link = Link(cloud)
    return f"{link.url}&token={link.token}"


def mangled(cloud):
    return Link(cloud).url.replace(":invokeAuthenticator", ":invoke Authenticator".replace(" ", "%20"))


def shortened(cloud):
    return Link(cloud).url.split("/credential-binding-jobs")[0] + "/credential"


CASES = [(used, 409, "used already", "conflict"), (revoked, 410, "withdrawn", "link_revoked"),
         (suspended, 403, "suspended", "forbidden"), (deleted, 404, "not known", "not_found"),
         (cut, 401, "not complete", "unauthorized"),
         (without_token, 401, "not complete", "unauthorized"),
         (of_another_job, 401, "not complete", "unauthorized"),
         (with_two_tokens, 400, "not complete", "bad_request"),
         (mangled, 404, "not known", "not_found"), (shortened, 404, "not known", "not_found")]
NAMES = [case[0].__name__ for case in CASES]


def check_page(answer, status, title):
    assert answer.status == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    page = Page(answer)
    assert title in page.texts["title"] and page.texts["h1"] == page.texts["title"]
    assert len(page.texts["p"]) > 80
    names = {name for name, _ in page.elements}
    assert not names & {"script", "form", "iframe", "link", "object", "base"}
    assert not [name for _, attributes in page.elements for name in attributes
                if name.startswith("on") or name == "style"]
    nonce, = {attributes["nonce"] for attributes in page.attributes("style")}
    policy = dict(directive.strip().split(" ", 1) for directive in
                  answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'" and policy["style-src"] == f"'nonce-{nonce}'"
    for directive in "base-uri", "form-action", "frame-ancestors":
        assert policy[directive] == "'none'"
    return page, policy


@pytest.mark.parametrize("make, status, title, code", CASES, ids=NAMES)
def test_a_person_sees_what_to_do(cloud, make, status, title, code):
    answer = http("GET", make(cloud), headers={"Accept": BROWSER})
    page, policy = check_page(answer, status, title)
    assert policy["img-src"].strip() == "'none'"
    assert answer.headers["x-correlation-id"] in answer.text


@pytest.mark.parametrize("accept", PROGRAMS)
@pytest.mark.parametrize("make, status, title, code", CASES, ids=NAMES)
def test_a_program_is_told_in_json(cloud, make, status, title, code, accept):
    answer = http("GET", make(cloud), headers={"Accept": accept} if accept else {})
    assert answer.status == status and answer.code == code
    assert answer.headers["Content-Type"] == "application/json"
    assert "Content-Security-Policy" not in answer.headers


def test_an_expired_link(past):
    link = Link(past)
    page, _ = check_page(link.invoke(BROWSER), 410, "has expired")
    assert "Local Realm" in page.texts["p"]
    answer = link.invoke()
    assert answer.status == 410 and answer.code == "link_expired" and link.state == "EXPIRED"


def test_pages_are_for_links_only(cloud, link):
    for method, path, status in (("GET", cloud.path(), 401), ("POST", link.path + ":bind", 401),
                                 ("POST", link.path + ":getInfo", 401),
                                 ("GET", link.path + ":bind", 405)):
        answer = http(method, cloud.api_base_url + path, headers={"Accept": BROWSER})
        assert answer.status == status and answer.code


def test_a_page_does_not_change_anything(cloud):
    link = Link(cloud)
    assert http("GET", link.url[:-1], headers={"Accept": BROWSER}).status == 401
    assert link.state == "LINK_SENT"
    assert link.bind().status == 200
    assert link.invoke(BROWSER).status == 409 and link.state == "COMPLETE"


def test_head_has_the_headers_of_the_page(cloud):
    answer = http("HEAD", used(cloud), headers={"Accept": BROWSER})
    assert answer.status == 409 and answer.raw == b""
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert int(answer.headers["Content-Length"]) > 1000


def test_each_page_has_a_nonce_of_its_own(cloud):
    url = used(cloud)
    policies = {http("GET", url, headers={"Accept": BROWSER}).headers["Content-Security-Policy"]
                for _ in range(3)}
    assert len(policies) == 3


def test_the_token_is_not_on_the_page_nor_in_the_log(cloud):
    link = Link(cloud)
    link.revoke()
    assert link.token not in link.invoke(BROWSER).text and link.token not in cloud.log


@pytest.mark.parametrize("reference", ["<b>&\"'", "x" * 128])
def test_the_reference_is_text(cloud, reference):
    answer = http("GET", used(cloud), headers={"Accept": BROWSER, "x-correlation-id": reference})
    assert "<b>" not in answer.text and "Reference: " in Page(answer).texts["p"]
    assert reference in Page(answer).texts["p"]


# ----------------------------------------------------------------------- theme

THEME = {"email_realm_name": "Åcme <& Söhne>", "button_color": "#0a0B0c",
         "button_text_color": "#fed", "support_url": "https://help.example/?a=1&b=2",
         "logo_url_light": "https://img.example:8443/light.png?x=1&y=2",
         "logo_url_dark": "http://dark.example/dark.png"}


@pytest.fixture
def themed(cloud):
    path = cloud.realm_path + "/themes/active"
    answer = cloud.call("PATCH", path, {"theme": THEME})
    assert answer.status == 200, answer
    yield cloud
    cloud.call("PATCH", path, {"theme": dict.fromkeys(THEME, "")})


def test_theme(themed):
    page, policy = check_page(http("GET", used(themed), headers={"Accept": BROWSER}), 409, "used")
    assert policy["img-src"].split() == ["https://img.example:8443", "http://dark.example"]
    assert page.attributes("img") == [{"src": THEME["logo_url_light"],
                                       "alt": THEME["email_realm_name"]}]
    assert page.attributes("source")[0]["srcset"] == THEME["logo_url_dark"]
    assert page.attributes("a") == [{"class": "button", "href": THEME["support_url"]}]
    assert "--button: #0a0B0c; --button-text: #fed;" in page.texts["style"]


@pytest.mark.parametrize("theme", [
    '{"button_color":"red;} body{display:none}","button_text_color":"#fffffg"}',
    '{"support_url":"javascript:alert(1)","logo_url_light":"data:image/png;base64,AA"}',
    '{"logo_url_light":"https://x; script-src *","logo_url_dark":"https://a.example;script-src/"}',
    '{"logo_url_light":"https://u@x.example/"}', '{"button_color":7,"support_url":null}'])
def test_a_theme_that_holds_what_it_should_not(cloud, theme):
    """However it came into the database."""
    cloud.execute("UPDATE realm SET theme = ? WHERE id = ?", theme, cloud.realm_id)
    try:
        answer = http("GET", used(cloud), headers={"Accept": BROWSER})
    finally:
        cloud.execute("UPDATE realm SET theme = '{}' WHERE id = ?", cloud.realm_id)
    page, policy = check_page(answer, 409, "used")
    assert set(policy) == {"default-src", "style-src", "img-src", "base-uri", "form-action",
                           "frame-ancestors"}
    assert policy["img-src"].strip() == "'none'" or "script" not in policy["img-src"]
    assert "--button: #1f5fbf; --button-text: #ffffff;" in page.texts["style"]
    assert not page.attributes("a") and "javascript" not in answer.text


@pytest.mark.parametrize("colors, shown", [
    (("#777777", "#ffffff"), ("#1f5fbf", "#ffffff")),  # 4.48, just too little
    (("#767676", "#ffffff"), ("#767676", "#ffffff")),  # 4.54
    (("#fff", "#FFFFFF"), ("#1f5fbf", "#ffffff")), (("#ff0", "#000"), ("#ff0", "#000"))])
def test_a_button_that_nobody_could_read(cloud, colors, shown):
    theme = json.dumps(dict(zip(("button_color", "button_text_color"), colors)))
    cloud.execute("UPDATE realm SET theme = ? WHERE id = ?", theme, cloud.realm_id)
    try:
        answer = http("GET", used(cloud), headers={"Accept": BROWSER})
    finally:
        cloud.execute("UPDATE realm SET theme = '{}' WHERE id = ?", cloud.realm_id)
    assert ":root { --button: %s; --button-text: %s; }" % shown in answer.text


# ---------------------------------------------------------------- where it leads

def job_with(cloud, **config):
    """A link whose authenticator config is so, however it came into the database."""
    answer = cloud.call("POST", cloud.realm_path + "/authenticator-configs", {
        "authenticator_config": {"display_name": "x", "config": {
            "type": "embedded", "invoke_url": "http://127.0.0.1:8092", "trusted_origins": []}}})
    assert answer.status == 200, answer
    cloud.execute("UPDATE authenticator_config SET config = ? WHERE id = ?", json.dumps(config),
                  answer.json["id"])
    return Link(cloud, authenticator_config_id=answer.json["id"])


@pytest.mark.parametrize("invoke_url, start", [
    ("https://example.com/app/x", "https://example.com/app/x/bind?"),
    ("https://example.com/app/x/", "https://example.com/app/x/bind?"),
    ("https://example.com?a=1", "https://example.com/bind?a=1&"),
    ("https://example.com/app/?a=1&b=%20", "https://example.com/app/bind?a=1&b=%20&"),
    ("com.acme.app://", "com.acme.app://bind?"), ("com.acme.app:/", "com.acme.app:/bind?"),
    ("acme://host/deep/", "acme://host/deep/bind?"), ("acme://?a=1", "acme://bind?a=1&")])
def test_invoke_urls(cloud, invoke_url, start):
    link = job_with(cloud, type="embedded", invoke_url=invoke_url, trusted_origins=[])
    answer = link.invoke(BROWSER)
    location = answer.headers["Location"]
    assert answer.status == 302 and location.startswith(start + "api_base_url=")
    six = re.split(r"[?&](?=api_base_url=)", location)[1]
    assert urllib.parse.parse_qsl(six) == list(link.instruction.items())


def test_the_hosted_authenticator_is_not_here(cloud):
    link = job_with(cloud, type="hosted_web", trusted_origins=[], authentication_methods=[])
    location = link.invoke(BROWSER).headers["Location"]
    assert location.startswith(cloud.api_base_url + "/authenticator/bind?api_base_url=")
    page, _ = check_page(http("GET", location, headers={"Accept": BROWSER}), 422, "an application")
    assert link.token not in cloud.log
    assert http("GET", location).code == "unprocessable_entity" and link.bind().status == 200


@pytest.mark.parametrize("type", ["platform", "console"])
def test_a_link_that_is_not_for_browsers(cloud, type):
    link = job_with(cloud, type=type)
    check_page(link.invoke(BROWSER), 422, "for an application")
    answer = link.invoke("*/*")
    assert answer.status == 422 and answer.code == "unprocessable_entity"
    assert link.state == "LINK_SENT"
    assert link.invoke().json == link.instruction and link.bind().status == 200
