# SPDX-License-Identifier: Apache-2.0
"""URIs that a person's browser is sent to, or takes an image from: which are taken,
and what is said of the others."""
import pytest

from cloud import http
from cloud_api import name, stored, violations
from cloud_link import Link
from test_cloud_click import BROWSER, Page

HOST, SCHEME = "host or port not valid", "scheme not allowed"
URI, USER = "not an absolute URI", "user not allowed"
ASCII = "not ASCII: other characters are percent-encoded"

GOOD = ["https://example.com", "HTTPS://Example.COM:65535/a?b=c", "http://127.0.0.1:8092/",
        "http://[::1]:1/x", "https://[2001:db8::1]", "https://xn--bcher-kva.example/", "http://a.b.",
        "https://my_host/x[1]", "https://1a.example", "acme://", "acme:/", "acme:", "acme:x",
        "com.acme.app:/path", "com.acme.app://host:99999/%C3%BC", "acme://user@host",
        "httpsx://", "x-data:1", "https://example.com/@a:b"]
BAD = {
    "https:": HOST, "https:/": HOST, "https://": HOST, "https:///path": HOST, "https:example.com": HOST,
    "https:/example.com": HOST, "http://?a=1": HOST, "https://:80": HOST, "https://x:": HOST,
    "https://x:0": HOST, "https://x:65536": HOST, "https://x:8o": HOST, "https://x:+80": HOST,
    "https://x:80:80": HOST, "https://x:000080": HOST, "https://[::1": HOST, "https://::1]": HOST,
    "https://[::1]x": HOST, "https://[]": HOST, "https://[g::1]": HOST, "https://[::1%25lo]": HOST,
    "https://[1.2.3.4]": HOST, "https://[::1]:": HOST, "https://1.2.3.256": HOST, "https://1.2.3": HOST,
    "https://a.1": HOST, "https://0x7f.1": HOST, "https://a.0x1": HOST, "https://a..b": HOST,
    "https://.a": HOST, "https://.": HOST, "https://a%2eb": HOST, "https://a,b": HOST,
    "https://a;b": HOST, "https://a*b": HOST, "https://*.example.com": HOST,
    "https://" + "a" * 255: HOST, "https://user@example.com": USER, "https://a:b@example.com": USER,
    "https://@example.com": USER,
    "view-source:https://x": SCHEME, "About:blank": SCHEME, "about:srcdoc": SCHEME,
    "file:///etc/passwd": SCHEME, "FILE:x": SCHEME, "javascript:alert(1)": SCHEME,
    "JaVaScRiPt://x/%0aalert(1)": SCHEME, "data:text/html,x": SCHEME, "vbscript:x": SCHEME,
    "blob:https://x/1": SCHEME, "filesystem:https://x/1": SCHEME, "chrome://settings": SCHEME,
    "jar:https://x!/y": SCHEME, "resource://x": SCHEME, "feed:javascript:x": SCHEME,
    "x": URI, "//x/y": URI, "/x": URI, ":x": URI, "1a:x": URI, "a b:x": URI, "java\\script:x": URI,
    "https://x/<y>": URI, "https:\\\\x": URI, "https://x/`": URI, "https://x/{y}": URI,
}
NOT_ASCII = {"https://example.com/\u00fc": ASCII, "acme://\u00fc": ASCII,
             "https://example.com/\u2028": ASCII, "https://b\u00fccher.example/": HOST}
NOT_FOR_LINKS = {
    "https://x/#": "fragment not allowed", "https://x/#/route": "fragment not allowed",
    "acme://x#y": "fragment not allowed", "https://x/?a=1#b": "fragment not allowed",
    **{uri: "its query has a parameter that links bring" for uri in (
        "https://x?token=1", "https://x/y?a=1&token", "https://x?%74oken=1", "acme://?job_id=",
        "https://x?tenant_id=1", "https://x?realm_id=1", "https://x?identity_id=1",
        "https://x?b=2&api_base_url=https://evil.example")}}


def new_config(cloud, uri):
    return cloud.call("POST", cloud.realm_path + "/authenticator-configs", {
        "authenticator_config": {"display_name": "x", "config": {
            "type": "embedded", "invoke_url": uri, "trusted_origins": []}}})


def new_job(cloud, uri):
    return cloud.call("POST", cloud.path() + "/credential-binding-jobs", {"job": {
        "authenticator_config_id": cloud.authenticator_config_id, "delivery_method": "RETURN",
        "post_binding_redirect_uri": uri}})


def new_application(cloud, uri):
    return cloud.call("POST", cloud.realm_path + "/applications", {"application": {
        "display_name": name(), "protocol_config": {"type": "oidc", "redirect_uris": [uri]}}})


FIELDS = {"authenticator_config.config.invoke_url": new_config,
          "job.post_binding_redirect_uri": new_job,
          "application.protocol_config.redirect_uris": new_application}


@pytest.mark.sqlite
@pytest.mark.parametrize("field, make", FIELDS.items(), ids=FIELDS)
def test_which_uris_are_taken(cloud, field, make):
    for uri in GOOD:
        assert make(cloud, uri).status == 200, uri
    before = stored(cloud)
    for uri, description in (BAD | NOT_ASCII).items():
        assert violations(make(cloud, uri)) == {field: description}, uri
    assert stored(cloud) == before


@pytest.mark.sqlite
@pytest.mark.parametrize("uri, description", NOT_FOR_LINKS.items())
def test_an_invoke_url_leaves_room_for_the_link(cloud, uri, description):
    assert violations(new_config(cloud, uri)) == {
        "authenticator_config.config.invoke_url": description}
    assert new_job(cloud, uri).status == 200


@pytest.mark.sqlite
def test_an_invoke_url_may_have_a_query_of_its_own(cloud):
    config = new_config(cloud, "https://x?a=1&tokens=2&Token=3").json["id"]
    link = Link(cloud, authenticator_config_id=config)
    location = link.invoke(BROWSER).headers["Location"]
    assert location.startswith("https://x/bind?a=1&tokens=2&Token=3&api_base_url=")


# -------------------------------------------------------------------------- themes

def patch_theme(cloud, theme):
    return cloud.call("PATCH", cloud.realm_path + "/themes/active", {"theme": theme})


@pytest.mark.sqlite
@pytest.mark.parametrize("field", ["logo_url_light", "logo_url_dark", "support_url"])
def test_urls_of_a_theme(cloud, field):
    for uri, description in BAD.items():
        web = uri.lower().startswith(("http://", "https://"))
        assert violations(patch_theme(cloud, {field: uri})) == {
            "theme." + field: description if web else "not an http or https URL"}, uri
    assert violations(patch_theme(cloud, {field: "https://b\u00fccher.example/x"})) == {
        "theme." + field: HOST}
    answer = patch_theme(cloud, {field: "https://help.example:8443/hilfe?f\u00fcr=alle"})
    assert answer.status == 200 and answer.json[field].endswith("f\u00fcr=alle")
    assert patch_theme(cloud, {field: ""}).status == 200


@pytest.mark.sqlite
@pytest.mark.parametrize("theme, shown", [
    ({"logo_url_light": "https://[2001:db8::1]/x.png"}, []),
    ({"logo_url_light": "https://a_b.example/x.png"}, []),
    ({"logo_url_dark": "https://[::1]/x.png", "logo_url_light": "https://a.example/x.png"},
     ["https://a.example/x.png"]),
    ({"logo_url_light": "https://[::1]/x.png", "logo_url_dark": "https://a.example/x.png"},
     ["https://a.example/x.png"])])
def test_a_page_has_no_image_that_its_policy_forbids(cloud, theme, shown):
    """A policy has no words for addresses of IPv6 and names with underscores."""
    assert patch_theme(cloud, {"logo_url_light": "", "logo_url_dark": "", **theme}).status == 200
    link = Link(cloud)
    assert link.revoke().status == 200
    answer = http("GET", link.url, headers={"Accept": BROWSER})
    page = Page(answer)
    sources = [each["src"] for each in page.attributes("img")]
    assert sources == shown
    for each in page.attributes("source"):
        assert each["srcset"] in shown
    policy = answer.headers["Content-Security-Policy"]
    assert ("img-src 'none'" in policy) == (not shown)
    assert "[" not in policy and "a_b" not in policy
    brand = page.texts["p"]
    assert shown or cloud.call("GET", cloud.realm_path).json["display_name"] in brand
