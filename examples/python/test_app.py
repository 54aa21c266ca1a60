# SPDX-License-Identifier: Apache-2.0
"""The application without a cloud: who may ask, and what is said when it fails.
The library is the real one; its store is empty and nobody answers for the cloud.

    pip install pytest && pytest
"""
import socket

import passkey
import pytest

from app import create_app

ORIGIN = "http://127.0.0.1:8092"
OURS = {"Sec-Fetch-Site": "same-origin"}
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site"}


def link(api_base_url, identity="me", token="secret-of-the-link"):
    return (f"/bind?api_base_url={api_base_url}&tenant_id=t&realm_id=r&identity_id={identity}"
            f"&job_id=j&token={token}")


@pytest.fixture
def nobody():
    """The address of a cloud that is not there: taken, and never listening."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://localhost:{taken.getsockname()[1]}"


@pytest.fixture
def browser(tmp_path, nobody):
    with passkey.Client(home=tmp_path / "store", tpm="swtpm", allowed_domains=["localhost"],
                        allow_loopback_http=True, api_base_url=nobody, tenant="t", realm="r",
                        authenticator_config="a", api_token="secret-of-the-api") as client:
        app = create_app(client, "me", ORIGIN)
        yield app.test_client()


def ask(browser, path, method="GET", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.open(path, method=method, headers=names, base_url=ORIGIN)


def test_the_start_offers_both_ways(browser):
    page = ask(browser, "/")

    assert page.status_code == 200
    assert 'action="/link"' in page.text and 'action="/email"' in page.text
    assert "No passkey yet" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/link", "/email"])
def test_a_cloud_that_cannot_be_reached_is_explained(browser, path):
    page = browser.post(path, headers=OURS, base_url=ORIGIN)

    assert page.status_code == 502
    assert "The cloud gave no link" in page.text and "network_error" in page.text
    assert "What to do" in page.text and "may be tried again" in page.text
    assert "secret-of" not in page.text


@pytest.mark.parametrize("path", ["/link", "/email"])
@pytest.mark.parametrize("headers", [
    {}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
    {"Origin": "http://127.0.0.1:8093"}, {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}])
def test_a_form_of_another_site_is_refused(browser, path, headers):
    assert browser.post(path, headers=headers, base_url=ORIGIN).status_code == 403


def test_an_old_browser_says_by_origin_whose_form_it_is(browser):
    assert browser.post("/link", headers={"Origin": ORIGIN}, base_url=ORIGIN).status_code == 502


def test_a_navigation_binds(browser, nobody):
    page = browser.get(link(nobody), headers=NAVIGATION, base_url=ORIGIN)

    assert page.status_code == 502, "it has tried"
    assert "network_error" in page.text and "secret-of" not in page.text


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, {"Origin": "http://evil.test"},
    {"Sec-Purpose": "prefetch"}, {"Sec-Fetch-Mode": "", "Sec-Fetch-Dest": ""}])
def test_nothing_but_a_navigation_binds(browser, nobody, headers):
    page = browser.get(link(nobody), headers={**NAVIGATION, **headers}, base_url=ORIGIN)

    assert page.status_code == 403
    assert "Nothing was done with it" in page.text


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
def test_no_other_method_binds(browser, nobody, method):
    page = browser.open(link(nobody), method=method, headers=NAVIGATION, base_url=ORIGIN)

    assert page.status_code == 405


@pytest.mark.parametrize("path", ["/", "/bind", "/link"])
def test_another_name_for_this_machine_is_refused(browser, path):
    page = browser.open(path, method="POST" if path == "/link" else "GET",
                        headers={**NAVIGATION, **OURS}, base_url="http://rebound.test:8092")

    assert page.status_code == 421


def test_a_link_for_somebody_else_is_refused(browser, nobody):
    page = browser.get(link(nobody, identity="you"), headers=NAVIGATION, base_url=ORIGIN)

    assert page.status_code == 403
    assert "for somebody else" in page.text


@pytest.mark.parametrize("path, code", [
    ("/bind", "invalid_link"), ("/bind?token=x", "invalid_link"),
    (link("https://evil.test"), "domain_not_allowed"), (link("http://127.0.0.1:1"), "domain_not_allowed")])
def test_a_link_that_is_none_is_explained(browser, path, code):
    page = browser.get(path, headers=NAVIGATION, base_url=ORIGIN)

    assert page.status_code in (400, 403)
    assert code in page.text and "What to do" in page.text


def test_a_passkey_that_is_not_there(browser):
    page = ask(browser, "/passkeys/abc")

    assert page.status_code == 404
    assert "There is no such passkey" in page.text


def test_what_is_asked_for_is_never_html(browser):
    page = ask(browser, "/passkeys/<b>x</b>")

    assert "<b>" not in page.text
    assert page.headers["X-Content-Type-Options"] == "nosniff"
