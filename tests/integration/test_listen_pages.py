# SPDX-License-Identifier: Apache-2.0
"""passkey listen: what its pages say, and where they lead."""
import json
import re

import mock_plan
import pytest
from handler import Handler
from listen_case import handler, link, shared_passkey, untouched  # noqa: F401

from conftest import files_of


# ------------------------------------------------------------------- the pages

def check_headers(page):
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert re.search('<style nonce="([^"]*)">', page.text).group(1) in policy["style-src"]
    assert not re.search("<(script|form|iframe|link|object)|style=| on[a-z]+=", page.text)
    return policy


def test_the_pages_protect_themselves(handler, link):
    check_headers(handler.navigate("/"))
    check_headers(handler.navigate("/nothing"))
    check_headers(handler.ask("POST", "/"))
    policy = check_headers(handler.click(link))
    assert policy["img-src"] == "https://example.com https://example.com"
    handler.result()


@pytest.mark.parametrize("target, status, title", [
    ("/", 200, "Ready for your passkey link"), ("/nothing", 404, "Nothing is here"),
    ("/favicon.ico", 404, "Nothing is here"), ("/Bind?x", 404, "Nothing is here"),
    ("/bind/?x", 404, "Nothing is here"), ("/result/", 404, "This page is gone"),
    ("/result/AAAAAAAAAAAAAAAAAAAAAA", 404, "This page is gone"), ("/begin/AAAA", 404, "This page is gone"),
    ("/result/../bind", None, None), ("/?bind", 404, "Nothing is here"), ("/xbind?x", 404, "Nothing is here")])
def test_other_addresses(handler, target, status, title):
    page = handler.navigate(target)
    if status is None:  # ends in /bind: a link without parameters
        assert page.status == 303 and handler.error()["code"] == "invalid_link"
    else:
        assert (page.status, page.h1) == (status, title)


FAILURES = {
    "info-410-expired": (410, "This link has expired", "link_expired"),
    "info-410-revoked": (410, "This link was withdrawn", "link_revoked"),
    "bind-409": (409, "This link was used already", "conflict"),
    "info-401": (400, "This link is not complete", "unauthorized"),
    "info-403": (403, "This account may not have a passkey now", "forbidden"),
    "info-404": (404, "This link is not known", "not_found"),
    "info-429": (503, "The cloud is busy", "rate_limited"),
    "bind-500": (502, "The cloud did not take the link", "server_error"),
    "garbage-info": (502, "The cloud did not take the link", "bad_response"),
}


@pytest.mark.parametrize("behaviour", FAILURES)
def test_a_failure_has_a_page_that_says_what_to_do(handler, mock, job, behaviour):
    status, title, code = FAILURES[behaviour]
    page = handler.click(mock.bind_link(job(behaviour)))
    error = handler.error()
    assert (page.status, page.h1, error["code"]) == (status, title, code)
    check_headers(page)
    assert f"<code>{code}</code>" in page.text and "What to do" in page.text
    assert error["hint"].replace("'", "&#39;") in page.text
    assert "link-token" not in page.text and "link-token" not in json.dumps(error)


@pytest.mark.parametrize("change, status, title, code", [
    (lambda link: link.replace("api_base_url=http://localhost", "api_base_url=https://evil.test"), 403,
     "This link leads to a cloud that is not trusted here", "domain_not_allowed"),
    (lambda link: link.replace("api_base_url=http://localhost", "api_base_url=http://u@localhost"), 400,
     "This is not a whole passkey link", "invalid_link"),
    (lambda link: re.sub("&token=.*", "", link), 400, "This is not a whole passkey link", "invalid_link"),
    (lambda link: link + "&token=other", 400, "This is not a whole passkey link", "invalid_link"),
    (lambda link: re.sub("&job_id=[^&]*", "&job_id=..", link), 400, "This is not a whole passkey link",
     "invalid_link"),
], ids=["foreign cloud", "user in the URL", "no token", "two tokens", "a step in a path"])
def test_links_that_are_not_followed(handler, mock, link, change, status, title, code):
    page = handler.click(change(link))
    assert (page.status, page.h1, handler.error()["code"]) == (status, title, code)
    assert untouched(mock, link)


def test_http_to_this_machine_is_not_followed_unless_permitted(passkey, mock, link):
    with Handler(passkey, env={"PASSKEY_ALLOW_LOOPBACK_HTTP": None}) as strict:
        assert strict.click(link).h1 == "This link is not safe to follow"
        assert strict.error()["code"] == "insecure_url"


def test_no_tpm(passkey, mock, link, home):
    with Handler(passkey, env={"PASSKEY_TPM": "device:/nowhere"}) as handler:
        assert handler.click(link).h1 == "This computer has no TPM to use"
        assert handler.error()["code"] == "no_tpm"
    assert files_of(home) == {}


def test_what_the_cloud_says_stays_text(handler, mock, job):
    page = handler.click(mock.bind_link(job("emoji")))
    check_headers(page)
    handler.result()


# ------------------------------------------------------------ where it leads on

def shown_next(handler, mock, job, monkeypatch, uri):
    """The page of a passkey whose job names this post_binding_redirect_uri."""
    monkeypatch.setattr(mock_plan, "REDIRECT_URI", uri)
    page = handler.click(mock.bind_link(job("ok-next")))
    assert page.h1 == "Your passkey is ready" and handler.result()["postBindingRedirectUri"] == uri
    return page


@pytest.mark.parametrize("uri, words", [
    ("https://app.example.com/done?x=1&y=2", "Continue"), ("http://127.0.0.1:9/", "Continue"),
    ("com.acme.app:/done", "Continue in the application"), ("acme://done", "Continue in the application")])
def test_a_button_leads_on(handler, mock, job, monkeypatch, uri, words):
    page = shown_next(handler, mock, job, monkeypatch, uri)
    escaped = uri.replace("&", "&amp;")
    assert f'<a class="button" href="{escaped}" rel="noreferrer">{words}</a>' in page.text
    assert f"This leads to {escaped}" in page.text


@pytest.mark.parametrize("uri", [
    "javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "blob:https://x/1", "file:///etc/passwd",
    "about:blank", "view-source:https://x/", "filesystem:https://x/1", "chrome://settings", "//evil.test/",
    "/relative", "done", "https:///x", "https://u@evil.test/", "http://[::1", "https://x/\u202egnp"])
def test_what_is_not_even_a_link(handler, mock, job, monkeypatch, uri):
    page = shown_next(handler, mock, job, monkeypatch, uri)
    assert page.links == ["https://example.com/support"] and "You can close this window" in page.text


@pytest.mark.parametrize("url, links", [
    ("https://help.example.com/", 1), ("mailto:help@example.com", 1), ("javascript:alert(1)", 0), ("", 0)])
def test_help_is_a_link_if_it_is_one(handler, mock, job, monkeypatch, url, links):
    plan = mock_plan.binding_info
    monkeypatch.setattr(mock_plan, "REDIRECT_URI", "data:,")
    monkeypatch.setattr("mock_cloud.binding_info", lambda ids: {**plan(ids), "theme": {
        "logo_url_light": "javascript:alert(1)", "logo_url_dark": "data:image/png;base64,AA", "support_url": url}})
    page = handler.click(mock.bind_link(job("ok-help")))
    handler.result()
    assert page.links == [url] * links and "<img" not in page.text and "Mock Realm" in page.text
