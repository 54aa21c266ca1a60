# SPDX-License-Identifier: Apache-2.0
"""Tenants, realms, themes, applications and authenticator configs."""
import json
import re

import pytest
from cloud_api import INVALID, NOT_FOUND, TIME, UUID, Application, about, name, stored, violations
from cloud_link import Link


def tenant_path(cloud):
    return f"/v1/tenants/{cloud.tenant_id}"


# --------------------------------------------------------------------- tenants

def test_tenant(cloud):
    tenant = cloud.call("GET", tenant_path(cloud)).json
    assert set(tenant) == {"id", "display_name", "create_time", "update_time"}
    assert tenant["id"] == cloud.tenant_id and re.fullmatch(TIME, tenant["create_time"])
    answer = cloud.call("PATCH", tenant_path(cloud), {"tenant": {
        "display_name": "Renamed", "id": "x", "create_time": "x"}})
    assert answer.status == 200 and answer.json["display_name"] == "Renamed"
    assert {**answer.json, "display_name": "", "update_time": ""} == {
        **tenant, "display_name": "", "update_time": ""}
    assert cloud.call("GET", tenant_path(cloud)).json == answer.json
    assert Link(cloud).get_info().json["tenant"] == {"display_name": "Renamed"}


@pytest.mark.parametrize("body, field, description", [
    ({}, "tenant", "missing"), ({"tenant": "x"}, "tenant", "missing"),
    ({"tenant": {"display_name": ""}}, "tenant.display_name", "empty string"),
    ({"tenant": {"display_name": "a<b"}}, "tenant.display_name", "character not allowed"),
    ({"tenant": {"display_name": 1}}, "tenant.display_name", "not a string")])
def test_wrong_tenants(cloud, body, field, description):
    before = stored(cloud)
    assert violations(cloud.call("PATCH", tenant_path(cloud), body)) == {field: description}
    assert stored(cloud) == before


# ---------------------------------------------------------------------- realms

def new_realm(cloud, **changes):
    return cloud.call("POST", tenant_path(cloud) + "/realms",
                      {"realm": {"display_name": name(), **changes}})


def test_realm_from_start_to_end(cloud):
    realm = new_realm(cloud, classification="SECURE_WORKFORCE", id="x").json
    path = f"{tenant_path(cloud)}/realms/{realm['id']}"
    assert set(realm) == {"id", "tenant_id", "display_name", "classification", "create_time",
                          "update_time"}
    assert re.fullmatch("[0-9a-f]{16}", realm["id"]) and realm["tenant_id"] == cloud.tenant_id
    assert realm["classification"] == "SECURE_WORKFORCE"
    assert cloud.call("GET", path).json == realm
    answer = cloud.call("PATCH", path, {"realm": {"display_name": "New", "tenant_id": "x"}})
    assert answer.json == {**realm, "display_name": "New",
                           "update_time": answer.json["update_time"]}
    assert realm["id"] in [each["id"] for each in cloud.call(
        "GET", tenant_path(cloud) + "/realms?page_size=200").json["realms"]]
    answer = cloud.call("DELETE", path)
    assert answer.status == 200 and answer.raw == b""
    for method in "GET", "PATCH", "DELETE":
        answer = cloud.call(method, path, {"realm": {}} if method == "PATCH" else None)
        assert answer.status == 404
        assert answer.json == about("not_found", "Realm", realm["id"], "realm not found")


def test_realm_classification(cloud):
    assert new_realm(cloud).json["classification"] == "SECURE_CUSTOMER"
    assert violations(new_realm(cloud, classification="x")) == {
        "realm.classification": "not SECURE_WORKFORCE or SECURE_CUSTOMER"}


@pytest.mark.parametrize("child", ["identities", "applications", "authenticator-configs"])
def test_realm_with_children_stays(cloud, child):
    realm = new_realm(cloud).json
    path = f"{tenant_path(cloud)}/realms/{realm['id']}"
    body = {"identities": {"identity": {"display_name": "x", "traits": {
                "type": "traits_v0", "username": "x"}}},
            "applications": {"application": {"display_name": "x",
                                             "protocol_config": {"type": "oauth2"}}},
            "authenticator-configs": {"authenticator_config": {
                "display_name": "x", "config": {"type": "platform"}}}}[child]
    made = cloud.call("POST", f"{path}/{child}", body)
    assert made.status == 200, made
    answer = cloud.call("DELETE", path)
    assert answer.status == 409
    assert answer.json == {"code": "conflict", "message": "realm has children"}
    assert cloud.call("GET", path).json == realm
    assert cloud.call("DELETE", f"{path}/{child}/{made.json['id']}").status == 200
    assert cloud.call("DELETE", path).status == 200


def test_a_username_is_unique_within_its_realm_only(cloud):
    body = {"identity": {"display_name": "x", "traits": {"type": "traits_v0",
                                                         "username": name()}}}
    for realm in new_realm(cloud).json, new_realm(cloud).json:
        path = f"{tenant_path(cloud)}/realms/{realm['id']}/identities"
        assert cloud.call("POST", path, body).status == 200
        assert cloud.call("POST", path, body).status == 409


# ---------------------------------------------------------------------- themes

EMPTY = dict.fromkeys(["email_realm_name", "logo_url_light", "logo_url_dark", "support_url",
                       "button_color", "button_text_color"], "")


def test_theme(cloud):
    realm = new_realm(cloud).json
    path = f"{tenant_path(cloud)}/realms/{realm['id']}/themes/active"
    theme = cloud.call("GET", path).json
    assert {key: theme[key] for key in EMPTY} == EMPTY
    assert set(theme) == {*EMPTY, "id", "create_time", "update_time"}
    changes = {"email_realm_name": "Acme <3", "logo_url_light": "https://example.com/l.png",
               "logo_url_dark": "https://example.com/d.png", "button_color": "#1F5fbf",
               "support_url": "mailto:help@example.com", "button_text_color": "#fff"}
    answer = cloud.call("PATCH", path, {"theme": {**changes, "id": "x", "other": "x"}})
    assert answer.status == 200, answer
    assert answer.json == {**theme, **changes, "update_time": answer.json["update_time"]}
    answer = cloud.call("PATCH", path, {"theme": {"logo_url_dark": None, "support_url": ""}})
    assert answer.json == {**theme, **changes, "support_url": "",
                           "update_time": answer.json["update_time"]}
    assert cloud.call("GET", path).json == answer.json


def test_theme_is_what_clients_see(cloud):
    path = cloud.realm_path + "/themes/active"
    shown = {"logo_url_light": "https://example.com/l.png",
             "logo_url_dark": "https://example.com/d.png", "support_url": "https://example.com/"}
    assert cloud.call("PATCH", path, {"theme": shown}).status == 200
    assert Link(cloud).get_info().json["theme"] == shown


@pytest.mark.parametrize("field, value, description", [
    ("logo_url_light", "javascript:alert(1)", "not an http or https URL"),
    ("logo_url_light", "example.com/x.png", "not an http or https URL"),
    ("logo_url_dark", "https://x/\"><script>", "not an absolute URI"),
    ("logo_url_dark", "https://x/'", "not an absolute URI"),
    ("support_url", "ftp://example.com", "not an http or https URL"),
    ("button_color", "red", "not a color like #1f5fbf"),
    ("button_color", "#12345", "not a color like #1f5fbf"),
    ("button_text_color", "#fff;x", "not a color like #1f5fbf"),
    ("email_realm_name", "x" * 65, "too long"),
    ("email_realm_name", "a\r\nBcc: x", "control character"),
    ("email_realm_name", 1, "not a string")])
def test_wrong_themes(cloud, field, value, description):
    before = stored(cloud)
    answer = cloud.call("PATCH", cloud.realm_path + "/themes/active", {"theme": {
        field: value, "button_color": "#000000" if field != "button_color" else value}})
    assert violations(answer) == {f"theme.{field}": description}
    assert stored(cloud) == before


# ---------------------------------------------------------------- applications

def new_application(cloud, protocol=None, **changes):
    return cloud.call("POST", cloud.realm_path + "/applications", {"application": {
        "display_name": "An Application",
        "protocol_config": {"type": "oauth2"} if protocol is None else protocol, **changes}})


def test_application_with_nothing_said(cloud):
    application = new_application(cloud).json
    protocol = application["protocol_config"]
    assert re.fullmatch(UUID, application["id"])
    assert application == {
        "id": application["id"], "realm_id": cloud.realm_id, "tenant_id": cloud.tenant_id,
        "display_name": "An Application", "is_managed": False, "protocol_config": protocol,
        "create_time": application["create_time"], "update_time": application["create_time"]}
    assert protocol == {
        "type": "oauth2", "allowed_scopes": [], "grant_type": ["client_credentials"],
        "redirect_uris": [], "confidentiality": "confidential",
        "token_endpoint_auth_method": "client_secret_basic",
        "token_configuration": {"expires_after": 86400, "token_signing_algorithm": "RS256",
                                "subject_field": "id"},
        "pkce": "disabled", "token_format": "self_contained",
        "client_id": protocol["client_id"], "client_secret": protocol["client_secret"]}
    assert re.fullmatch("[A-Za-z0-9_-]{64}", protocol["client_secret"])


def test_application_with_everything_said(cloud):
    protocol = {"type": "oidc", "allowed_scopes": ["openid", "myapp:read"],
                "grant_type": ["authorization_code", "client_credentials"],
                "redirect_uris": ["https://example.com/callback", "acme://callback"],
                "confidentiality": "confidential",
                "token_endpoint_auth_method": "client_secret_post",
                "token_configuration": {"expires_after": 60, "token_signing_algorithm": "RS256",
                                        "subject_field": "username"},
                "pkce": "s256", "token_format": "self_contained"}
    application = new_application(
        cloud, protocol, authenticator_config_id=cloud.authenticator_config_id,
        resource_server_id="84db69f5-48a8-4c11-8cda-1bae3a73f07e", classification="GENERIC").json
    kept = dict(application["protocol_config"])
    assert kept.pop("client_id") and kept.pop("client_secret") and kept == protocol
    assert application["authenticator_config_id"] == cloud.authenticator_config_id
    assert application["resource_server_id"] == "84db69f5-48a8-4c11-8cda-1bae3a73f07e"
    assert application["classification"] == "GENERIC"


def test_the_secret_is_told_once(cloud):
    application = new_application(cloud).json
    path = f"{cloud.realm_path}/applications/{application['id']}"
    seen = application["protocol_config"].pop("client_secret")
    assert cloud.call("GET", path).json == application
    for answer in (cloud.call("GET", path), cloud.call("GET", cloud.realm_path + "/applications"),
                   cloud.call("PATCH", path, {"application": {"display_name": "x"}})):
        assert answer.status == 200 and '"client_secret":' not in answer.text
        assert seen not in answer.text


def test_a_public_client_has_no_secret(cloud):
    protocol = new_application(cloud, {"type": "oidc", "confidentiality": "public"}).json[
        "protocol_config"]
    assert "client_secret" not in protocol and protocol["token_endpoint_auth_method"] == "none"
    assert protocol["grant_type"] == ["authorization_code"]


def test_change_an_application(cloud):
    application = Application(cloud, "identities:read")
    before = cloud.call("GET", application.path).json
    answer = cloud.call("PATCH", application.path, {"application": {
        "id": "x", "protocol_config": {"allowed_scopes": ["realms:read"], "client_id": "x",
                                       "client_secret": "x", "pkce": None,
                                       "token_configuration": {"expires_after": 5}}}})
    assert answer.status == 200, answer
    before["protocol_config"]["allowed_scopes"] = ["realms:read"]
    before["protocol_config"]["token_configuration"]["expires_after"] = 5
    assert answer.json == {**before, "update_time": answer.json["update_time"]}
    answer = application.ask()
    assert answer.json["scope"] == "realms:read" and answer.json["expires_in"] == 5


def test_set_and_take_away_an_authenticator_config(cloud):
    path = Application(cloud).path
    for given, kept in ((cloud.authenticator_config_id, cloud.authenticator_config_id),
                        (None, cloud.authenticator_config_id), ("", None)):
        answer = cloud.call("PATCH", path, {"application": {"authenticator_config_id": given}})
        assert answer.status == 200 and answer.json.get("authenticator_config_id") == kept


P = "application.protocol_config"


@pytest.mark.parametrize("change, wrong", [
    (None, {P: "missing"}), ([], {P: "not an object"}), ({}, {P + ".type": "missing"}),
    ({"type": "saml"}, {P + ".type": "not oauth2 or oidc"}),
    ({"allowed_scopes": "x"}, {P + ".allowed_scopes": "not an array"}),
    ({"allowed_scopes": ["a b"]}, {P + ".allowed_scopes": "not an array of scopes"}),
    ({"allowed_scopes": ["a\"b"]}, {P + ".allowed_scopes": "not an array of scopes"}),
    ({"allowed_scopes": [1]}, {P + ".allowed_scopes": "not an array of scopes"}),
    ({"redirect_uris": ["x"]}, {P + ".redirect_uris": "not an absolute URI"}),
    ({"redirect_uris": ["javascript:x"]}, {P + ".redirect_uris": "scheme not allowed"}),
    ({"grant_type": ["password"]},
     {P + ".grant_type": "not authorization_code, client_credentials or refresh_token"}),
    ({"grant_type": "client_credentials"}, {P + ".grant_type": "not an array"}),
    ({"confidentiality": "public", "grant_type": ["client_credentials"]},
     {P + ".grant_type": "client_credentials is not for public clients"}),
    ({"token_endpoint_auth_method": "none"}, {P + ".token_endpoint_auth_method":
     "none is for public clients, and the only one for them"}),
    ({"confidentiality": "public", "token_endpoint_auth_method": "client_secret_post"},
     {P + ".token_endpoint_auth_method": "none is for public clients, and the only one for them"}),
    ({"pkce": "x"}, {P + ".pkce": "not disabled, plain or s256"}),
    ({"token_format": "referential"}, {P + ".token_format": "not self_contained"}),
    ({"token_configuration": 1}, {P + ".token_configuration": "not an object"}),
    ({"token_configuration": {"token_signing_algorithm": "none"}},
     {P + ".token_configuration.token_signing_algorithm": "not RS256"}),
    *[({"token_configuration": {"expires_after": value}}, {P + ".token_configuration.expires_after":
       "not a number of seconds from 1 to 31536000"}) for value in (0, -1, 1.5, "60", 31536001, True)]])
def test_wrong_protocol_configs(cloud, change, wrong):
    path = Application(cloud).path
    before = stored(cloud)
    protocol = {"type": "oauth2", **change} if change else change
    answer = cloud.call("POST", cloud.realm_path + "/applications", {"application": {
        "display_name": "x", "protocol_config": protocol}})
    assert violations(answer) == wrong
    if change != {} and "confidentiality" not in (change or {}):
        answer = cloud.call("PATCH", path, {"application": {"protocol_config": change}})
        assert violations(answer) == wrong
    assert stored(cloud) == before


def test_what_of_an_application_stays(cloud):
    path = Application(cloud).path
    answer = cloud.call("PATCH", path, {"application": {"protocol_config": {
        "type": "oidc", "confidentiality": "public", "token_endpoint_auth_method": "none",
        "grant_type": []}}})
    assert violations(answer) == {P + ".type": "cannot be changed",
                                  P + ".confidentiality": "cannot be changed"}


def test_unknown_config_of_an_application(cloud):
    assert violations(new_application(cloud, authenticator_config_id="x")) == {
        "application.authenticator_config_id": "not found"}


# -------------------------------------------------------- authenticator configs

CONFIGS = {
    "embedded": {"type": "embedded", "invoke_url": "https://example.com/app",
                 "invocation_type": "manual", "trusted_origins": ["https://example.com"],
                 "authentication_methods": [{"type": "webauthn_passkey"},
                                            {"type": "software_passkey"},
                                            {"type": "email_one_time_password"}]},
    "hosted_web": {"type": "hosted_web", "authentication_methods": [{"type": "software_passkey"}],
                   "trusted_origins": ["https://auth.example.com:8443"]},
    "console": {"type": "console", "onboarding_configuration": {"verification_method": {
        "type": "idp", "idp_id": "84db69f5-48a8-4c11-8cda-1bae3a73f07e"}}},
    "console without": {"type": "console", "onboarding_configuration": {
        "verification_method": {"type": "none"}}},
    "platform": {"type": "platform"},
    "platform with": {"type": "platform", "trusted_origins": [], "roaming_auth_config": {
        "enabled": True, "allow_unknown_user": False, "allowed_source_ips": ["192.0.2.1"],
        "allowed_user_group_ids": [], "allowed_user_ids": ["x"]}},
}


def new_config(cloud, config, **changes):
    return cloud.call("POST", cloud.realm_path + "/authenticator-configs", {
        "authenticator_config": {"display_name": "A Config", "config": config, **changes}})


@pytest.mark.parametrize("kind", CONFIGS)
def test_config_from_start_to_end(cloud, kind):
    answer = new_config(cloud, {**CONFIGS[kind], "unknown": "x"}, id="x", realm_id="x")
    assert answer.status == 200, answer
    config = answer.json
    path = f"{cloud.realm_path}/authenticator-configs/{config['id']}"
    assert re.fullmatch(UUID, config["id"]) and config["config"] == CONFIGS[kind]
    assert set(config) == {"id", "realm_id", "tenant_id", "display_name", "config", "create_time",
                           "update_time"}
    assert cloud.call("GET", path).json == config
    answer = cloud.call("PATCH", path, {"authenticator_config": {"display_name": "Other"}})
    assert answer.json["config"] == CONFIGS[kind] and answer.json["display_name"] == "Other"
    answer = cloud.call("PATCH", path, {"authenticator_config": {"config": {"type": "platform"}}})
    assert answer.json["config"] == {"type": "platform"}
    assert cloud.call("GET", path).json == answer.json
    answer = cloud.call("DELETE", path)
    assert answer.status == 200 and answer.raw == b""
    assert cloud.call("GET", path).status == 404


def test_invocation_is_automatic_unless_said(cloud):
    config = {"type": "embedded", "invoke_url": "acme://", "trusted_origins": [],
              "invocation_type": None, "authentication_methods": None}
    assert new_config(cloud, config).json["config"] == {
        "type": "embedded", "invoke_url": "acme://", "invocation_type": "automatic",
        "trusted_origins": []}


C = "authenticator_config.config"
ORIGINS = "not an array of <scheme>://<host>[:<port>]"


@pytest.mark.parametrize("config, wrong", [
    (None, {C: "missing"}), ("x", {C: "not an object"}), ({}, {C + ".type": "missing"}),
    ({"type": "x"}, {C + ".type": "not embedded, hosted_web, console or platform"}),
    ({"type": "embedded"}, {C + ".invoke_url": "missing", C + ".trusted_origins": "missing"}),
    ({**CONFIGS["embedded"], "invoke_url": ""}, {C + ".invoke_url": "empty string"}),
    ({**CONFIGS["embedded"], "invoke_url": "x"}, {C + ".invoke_url": "not an absolute URI"}),
    ({**CONFIGS["embedded"], "invoke_url": "data:x"}, {C + ".invoke_url": "scheme not allowed"}),
    ({**CONFIGS["embedded"], "invocation_type": "x"},
     {C + ".invocation_type": "not automatic or manual"}),
    ({**CONFIGS["embedded"], "authentication_methods": [{"type": "x"}]},
     {C + ".authentication_methods": "not an array of objects with a known type"}),
    ({**CONFIGS["embedded"], "authentication_methods": ["software_passkey"]},
     {C + ".authentication_methods": "not an array of objects with a known type"}),
    *[({**CONFIGS["embedded"], "trusted_origins": [origin]}, {C + ".trusted_origins": ORIGINS})
      for origin in ("example.com", "https://", "https://x/", "https://x/y", "*", "https://*.x",
                     "https://u@x", "https://x:", "https://x:y", "https://X", "null", 1, None,
                     "https://x\r\nSet-Cookie: a", "https://[::1", "")],
    ({"type": "hosted_web"}, {C + ".authentication_methods": "missing",
                              C + ".trusted_origins": "missing"}),
    ({"type": "console"}, {C + ".onboarding_configuration.verification_method.type": "missing"}),
    ({"type": "console", "onboarding_configuration": {"verification_method": {"type": "idp"}}},
     {C + ".onboarding_configuration.verification_method.idp_id": "missing"}),
    ({"type": "platform", "roaming_auth_config": 1},
     {C + ".roaming_auth_config": "not an object"}),
    ({"type": "platform", "roaming_auth_config": {"enabled": "yes"}},
     {C + ".roaming_auth_config.enabled": "not a boolean"}),
    ({"type": "platform", "roaming_auth_config": {"allowed_user_ids": [1]}},
     {C + ".roaming_auth_config.allowed_user_ids": "not an array of strings"})])
def test_wrong_configs(cloud, config, wrong):
    before = stored(cloud)
    assert violations(new_config(cloud, config)) == wrong
    path = f"{cloud.realm_path}/authenticator-configs/{cloud.authenticator_config_id}"
    if config is not None:
        answer = cloud.call("PATCH", path, {"authenticator_config": {"config": config}})
        assert violations(answer) == wrong
    assert stored(cloud) == before


def test_a_number_that_would_be_kept_as_null_is_refused(cloud):
    config = {**CONFIGS["embedded"], "authentication_methods": [{"type": "fido2", "x": [1, 2.5e308]}]}
    body = json.dumps({"authenticator_config": {"display_name": "x", "config": config}})
    answer = cloud.call("POST", cloud.realm_path + "/authenticator-configs",
                        body.replace("Infinity", "1e999").encode())
    assert violations(answer) == {C + ".authentication_methods": "a number is too large"}


@pytest.mark.parametrize("origin", ["https://example.com", "http://127.0.0.1:8092", "http://[::1]:1",
                                    "chrome-extension://abcdef", "http://localhost"])
def test_origins(cloud, origin):
    assert new_config(cloud, {**CONFIGS["embedded"], "trusted_origins": [origin]}).status == 200


def test_a_config_in_use_stays(cloud):
    conflict = {"code": "conflict", "message": "authenticator config is in use"}
    path = f"{cloud.realm_path}/authenticator-configs/"
    answer = cloud.call("DELETE", path + cloud.authenticator_config_id)  # the first application's
    assert answer.status == 409 and answer.json == conflict
    id = new_config(cloud, CONFIGS["embedded"]).json["id"]
    used, open_link = Link(cloud, authenticator_config_id=id), Link(cloud, authenticator_config_id=id)
    credential = used.bind().json
    answer = cloud.call("DELETE", path + id)
    assert answer.status == 409 and answer.json == conflict and open_link.get_info().status == 200
    open_link.revoke()
    assert cloud.call("DELETE", path + id).status == 200
    assert used.state == "COMPLETE" and "authenticator_config_id" not in cloud.job(used.id)
    assert cloud.credentials(used.identity_id) == [credential]


# ------------------------------------------------------------------- of them all

@pytest.mark.parametrize("kind", ["applications", "authenticator-configs"])
def test_unknown_ones_are_not_found_without_details(cloud, kind):
    wrapper = kind.replace("-", "_")[:-1]
    for id in "x", "84db69f5-48a8-4c11-8cda-1bae3a73f07e", "'--", "%00":
        for method in "GET", "PATCH", "DELETE":
            answer = cloud.call(method, f"{cloud.realm_path}/{kind}/{id}",
                                {wrapper: {}} if method == "PATCH" else None)
            assert answer.status == 404 and answer.json == NOT_FOUND


@pytest.mark.parametrize("path, wrapper", [
    ("{t}/realms", "realm"), ("{r}/identities", "identity"), ("{r}/applications", "application"),
    ("{r}/authenticator-configs", "authenticator_config"),
    ("{r}/batch-credential-binding-jobs", "batch_credential_binding_job")])
def test_bodies_that_are_none(cloud, path, wrapper):
    path = path.format(t=tenant_path(cloud), r=cloud.realm_path)
    before = stored(cloud)
    for body in b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"a":1,"a":2}', b"[" * 40 + b"]" * 40:
        answer = cloud.call("POST", path, body)
        assert answer.status == 400 and answer.json == INVALID
    for body in {}, {wrapper: None}, {wrapper: []}, {wrapper: "x"}, {wrapper.upper(): {}}:
        assert violations(cloud.call("POST", path, body)) == {wrapper: "missing"}
    assert stored(cloud) == before


def test_methods_that_are_none(cloud):
    for path, allowed in ((tenant_path(cloud), {"GET", "PATCH"}),
                          (cloud.realm_path, {"GET", "PATCH", "DELETE"}),
                          (cloud.realm_path + "/themes/active", {"GET", "PATCH"}),
                          (cloud.realm_path + "/introspect", {"POST"})):
        answer = cloud.call("PUT", path, {})
        assert answer.status == 405 and set(answer.headers["Allow"].split(", ")) == allowed
