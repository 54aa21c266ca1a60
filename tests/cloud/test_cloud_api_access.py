# SPDX-License-Identifier: Apache-2.0
"""Who may call what: every route of the API with every kind of token."""
import pytest
from cloud_api import FORBIDDEN, UNAUTHORIZED, Application, OtherTenant, stored, token_for
from cloud_link import Link

JOBS = "credential-binding-jobs"

# method, path, the scopes of which one is needed; {r} is the realm's path, {t} the tenant's
ROUTES = [
    ("GET", "{t}", "tenants:read"),
    ("PATCH", "{t}", "tenants:update"),
    ("POST", "{t}/realms", "realms:create"),
    ("GET", "{t}/realms", "realms:read"),
    ("GET", "{r}", "realms:read"),
    ("PATCH", "{r}", "realms:update"),
    ("DELETE", "{r}", "realms:delete"),
    ("GET", "{r}/themes/active", "themes:read"),
    ("PATCH", "{r}/themes/active", "themes:update"),
    ("POST", "{r}/identities", "identities:create"),
    ("GET", "{r}/identities", "identities:read"),
    ("POST", "{r}/identities:batchDelete", "identities:delete"),
    ("GET", "{r}/identities/x", "identities:read"),
    ("PATCH", "{r}/identities/x", "identities:update"),
    ("DELETE", "{r}/identities/x", "identities:delete"),
    ("POST", "{r}/applications", "applications:create"),
    ("GET", "{r}/applications", "applications:read"),
    ("GET", "{r}/applications/x", "applications:read"),
    ("PATCH", "{r}/applications/x", "applications:update"),
    ("DELETE", "{r}/applications/x", "applications:delete"),
    ("POST", "{r}/authenticator-configs", "authenticator-configs:create"),
    ("GET", "{r}/authenticator-configs", "authenticator-configs:read"),
    ("GET", "{r}/authenticator-configs/x", "authenticator-configs:read"),
    ("PATCH", "{r}/authenticator-configs/x", "authenticator-configs:update"),
    ("DELETE", "{r}/authenticator-configs/x", "authenticator-configs:delete"),
    ("POST", "{r}/identities/x/" + JOBS, f"{JOBS}:create {JOBS}:create-links {JOBS}:create-email"),
    ("GET", "{r}/identities/-/" + JOBS, f"{JOBS}:read"),
    ("GET", "{r}/identities/-/" + JOBS + "/x", f"{JOBS}:read"),
    ("POST", "{r}/identities/-/" + JOBS + "/x:revoke", f"{JOBS}:revoke"),
    ("POST", "{r}/batch-" + JOBS, f"{JOBS}:create {JOBS}:create-email"),
    ("GET", "{r}/batch-" + JOBS + "/x", f"{JOBS}:read"),
    ("GET", "{r}/batch-" + JOBS + "/x:listResults", f"{JOBS}:read"),
    ("GET", "{r}/identities/-/credentials", "credentials:read"),
    ("GET", "{r}/identities/-/credentials/x", "credentials:read"),
    ("POST", "{r}/identities/-/credentials/x:revoke", "credentials:revoke"),
    ("POST", "{r}/introspect", "tokens:introspect"),
]
SCOPES = sorted({scope for _, _, scopes in ROUTES for scope in scopes.split()})
NAMES = [f"{method} {path}" for method, path, _ in ROUTES]
every_route = pytest.mark.parametrize("method, path, scopes", ROUTES, ids=NAMES)


def place(cloud, path):
    return path.format(t=f"/v1/tenants/{cloud.tenant_id}", r=cloud.realm_path)


@pytest.fixture(scope="module")
def application(cloud):
    return Application(cloud, *SCOPES)


@pytest.fixture(scope="module")
def other(cloud):
    return OtherTenant(cloud)


@pytest.fixture(scope="module")
def other_token(cloud, other):
    return Application(cloud, *SCOPES, realm_path=other.realm_path, token=other.api_token).token()


@every_route
def test_without_its_scope_it_is_forbidden(cloud, application, method, path, scopes):
    others = " ".join(set(SCOPES) - set(scopes.split()))
    token = application.token(scope=others)
    before = stored(cloud)
    answer = cloud.call(method, place(cloud, path), b"", token=token)
    assert answer.status == 403 and answer.json == FORBIDDEN, answer
    assert stored(cloud) == before


@every_route
def test_with_one_of_its_scopes_it_is_allowed(cloud, application, method, path, scopes):
    for scope in scopes.split():
        answer = cloud.call(method, place(cloud, path), b"{", token=application.token(scope=scope))
        assert answer.status in (200, 400, 404, 409), answer


@every_route
def test_of_another_tenant_it_is_forbidden(cloud, other, other_token, method, path, scopes):
    before = stored(cloud)
    for token in other.api_token, other_token:
        answer = cloud.call(method, place(cloud, path), b"{}", token=token)
        assert answer.status == 403 and answer.json == FORBIDDEN, answer
    assert stored(cloud) == before


@every_route
def test_without_a_token_it_is_unauthorized(cloud, method, path, scopes):
    before = stored(cloud)
    for token in None, "", "x", "a.b.c", "..", "' OR 1=1 --":
        if token is None and path.endswith("/introspect"):
            continue  # a client shows its secret there instead
        answer = cloud.call(method, place(cloud, path), b"{}", token=token)
        if path.endswith("/introspect") and answer.json != UNAUTHORIZED:
            assert token == "" and answer.json["error"] == "invalid_client"
            continue
        assert answer.status == 401 and answer.json == UNAUTHORIZED, answer
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert stored(cloud) == before


@every_route
def test_in_an_unknown_realm_it_is_not_found(cloud, method, path, scopes):
    if "{r}" not in path:
        return
    before = stored(cloud)
    path = place(cloud, path).replace(cloud.realm_id, "0" * 16)
    answer = cloud.call(method, path, b"{}")
    assert answer.status == 404 and answer.json["details"] == [
        {"type": "ResourceInfo", "resource_type": "Realm", "id": "0" * 16,
         "description": "realm not found"}], answer
    assert stored(cloud) == before


def test_every_route_of_the_program_is_in_the_table():
    """A route that nobody thought of here would go untested."""
    import pathlib
    import re
    source = (pathlib.Path(__file__).resolve().parents[2] / "cloud" / "route.c").read_text()
    assert len(re.findall(r"\bAPI\((?!scopes)", source)) == len(ROUTES) - 1  # introspect is open


def test_a_scope_is_a_whole_word(cloud):
    for scope in "identities:rea", "identities:reader", "xidentities:read", "identities", "*":
        token = token_for(cloud, scope)
        assert cloud.call("GET", cloud.realm_path + "/identities", token=token).status == 403


def job(cloud, method):
    return {"job": {"delivery_method": method,
                    "authenticator_config_id": cloud.authenticator_config_id}}


@pytest.mark.parametrize("scope, allowed", [
    ("create", ["RETURN", "EMAIL"]), ("create-links", ["RETURN"]), ("create-email", ["EMAIL"])])
def test_a_scope_for_each_delivery_method(cloud, scope, allowed):
    token = token_for(cloud, f"{JOBS}:{scope}")
    for method in "RETURN", "EMAIL":
        before = stored(cloud)
        answer = cloud.call("POST", cloud.path() + "/" + JOBS, job(cloud, method), token=token)
        if method in allowed:
            assert answer.status == 200
        else:
            assert answer.status == 403 and answer.json == FORBIDDEN and stored(cloud) == before


def test_a_link_is_no_matter_of_scopes(cloud):
    """Neither is its token an API token, nor the other way round."""
    link = Link(cloud)
    assert cloud.call("GET", cloud.path(), token=link.token).status == 401
    assert link.get_info(token=cloud.api_token).status == 401
    assert link.bind().status == 200


def test_things_of_another_realm_are_not_found(cloud, other):
    """In the caller's own tenant, but by the path of a realm they are not in."""
    realm = cloud.call("POST", f"/v1/tenants/{cloud.tenant_id}/realms",
                       {"realm": {"display_name": "Second"}}).json["id"]
    link = Link(cloud)
    credential = link.bind().json["id"]
    application = Application(cloud)
    for path in (cloud.path(link.identity_id), cloud.path("-", JOBS, link.id),
                 cloud.path("-", "credentials", credential), application.path,
                 cloud.realm_path + "/authenticator-configs/" + cloud.authenticator_config_id):
        assert cloud.call("GET", path).status == 200
        assert cloud.call("GET", path.replace(cloud.realm_id, realm)).status == 404


def test_ids_of_one_tenant_lead_nowhere_in_the_paths_of_another(cloud, other, other_token):
    """Each asks with a token of its own, in its own tenant and realm; nothing changes."""
    link = Link(cloud)
    credential = link.bind().json["id"]
    application = Application(cloud)
    ids = [(link.identity_id, "identities/{}"), (link.identity_id, "identities/{}/credentials"),
           (link.id, "identities/-/" + JOBS + "/{}"), (credential, "identities/-/credentials/{}"),
           (application.id, "applications/{}"),
           (cloud.authenticator_config_id, "authenticator-configs/{}")]
    before = stored(cloud)
    for token in other.api_token, other_token:
        for id, path in ids:
            answer = cloud.call("GET", f"{other.realm_path}/{path.format(id)}", token=token)
            assert answer.status == 404, answer
        for method, path, body in (
                ("PATCH", f"identities/{link.identity_id}", {"identity": {"display_name": "x"}}),
                ("DELETE", f"identities/{link.identity_id}", None),
                ("POST", "identities:batchDelete", {"ids": [link.identity_id]}),
                ("POST", f"identities/-/{JOBS}/{link.id}:revoke", None),
                ("POST", f"identities/-/credentials/{credential}:revoke", None),
                ("DELETE", f"applications/{application.id}", None),
                ("DELETE", f"authenticator-configs/{cloud.authenticator_config_id}", None)):
            answer = cloud.call(method, f"{other.realm_path}/{path}", body, token=token)
            assert answer.status == 404, answer
        job = {"delivery_method": "RETURN", "authenticator_config_id": cloud.authenticator_config_id}
        path = f"{other.realm_path}/identities/{link.identity_id}/{JOBS}"
        assert cloud.call("POST", path, {"job": job}, token=token).status == 404
        own = other.realm_path.replace(other.id, cloud.tenant_id)
        assert cloud.call("GET", own, token=token).status == 403
        assert cloud.call("GET", own).status == 404
    assert stored(cloud) == before


def test_a_link_does_not_work_by_the_path_of_another_tenant(cloud, other):
    link = Link(cloud)
    for path in (link.path.replace(cloud.realm_path, other.realm_path),
                 link.path.replace(cloud.tenant_id, other.id)):
        for verb in ":getInfo", ":bind", ":invokeAuthenticator?token=" + link.token:
            assert cloud.call("POST", path + verb, {}, token=link.token).status == 404
    assert link.state == "LINK_SENT" and link.bind().status == 200
