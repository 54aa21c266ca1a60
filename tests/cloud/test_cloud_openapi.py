# SPDX-License-Identifier: Apache-2.0
"""The description at /openapi.json is the API: it names all of it and nothing else,
and whatever schemathesis makes of it is answered as it says. For a longer run set
PASSKEY_OPENAPI_EXAMPLES (scripts/schemathesis does) to how many requests each
operation gets of each kind, and PASSKEY_OPENAPI_SEED to another number."""
import json
import os

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance, negative_data_rejection, positive_data_acceptance,
    response_headers_conformance, response_schema_conformance, status_code_conformance)

import api_description
from api_world import World
from cloud import BUILD, Cloud, http
from cloud_api import Application, basic
from cloud_link import Link
from softkey import SoftKey, bind_claims

pytestmark = pytest.mark.sqlite
set_hypothesis_home_dir(BUILD / "hypothesis")  # not the folder of who runs it
EXAMPLES = int(os.environ.get("PASSKEY_OPENAPI_EXAMPLES", "8"))
SEED = int(os.environ.get("PASSKEY_OPENAPI_SEED", "3"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance,
          response_headers_conformance, response_schema_conformance]
DESCRIPTION = api_description.read()
OPERATIONS = {operation["operationId"]: (path, method)
              for path, method, operation in api_description.operations(DESCRIPTION)}
SCHEMA = schemathesis.openapi.from_dict(api_description.strict(DESCRIPTION))
SCHEMA.config.generation.update(allow_x00=False, allow_extra_parameters=False,
                                with_security_parameters=False)
# A body that is too large is as good a refusal as any.
for check in (SCHEMA.config.checks.negative_data_rejection,
              SCHEMA.config.checks.positive_data_acceptance):
    check.expected_statuses = [*check.expected_statuses, "413"]

# What is valid on its own is not always valid for what is there: these may refuse
# it, with a status that they name.
MAY_REFUSE = {
    "listRealms": "page_token", "listIdentities": "page_token, filter",
    "listApplications": "page_token", "listAuthenticatorConfigs": "page_token",
    "listCredentialBindingJobs": "page_token", "listBatchResults": "page_token",
    "listCredentials": "page_token, filter",
    "createApplication": "public clients", "updateApplication": "public clients, type",
    "createCredentialBindingJob": "the config's id", "createBatchCredentialBindingJob": "as above",
    "issueToken": "scope, custom_claims, a client shown twice",
    "revokeToken": "a client shown twice", "introspectToken": "as above",
    "bind": "the proof", "addFault": "the words of a fault",
    "notForBrowsers": "always",
}


def operation_of(identifier):
    path, method = OPERATIONS[identifier]
    return SCHEMA[path][method]


@pytest.fixture(scope="module")
def cloud(database):
    with Cloud("--fault-control") as running:
        yield running
    running.assert_clean()


# ------------------------------------------------------------- it is the route table

def test_the_description_is_served_to_everyone_and_may_be_kept(cloud):
    answer = http("GET", cloud.api_base_url + "/openapi.json")
    assert answer.status == 200 and answer.json == DESCRIPTION
    assert answer.headers.get_all("Cache-Control") == ["public, max-age=3600"]
    assert answer.headers["Content-Type"] == "application/json" and answer.raw.isascii()
    assert cloud.call("GET", "/healthz").headers.get_all("Cache-Control") == ["no-store"]


def test_it_has_the_routes_of_the_server_and_no_others():
    routes = [(route.path, route.method) for route in api_description.routes()]
    preflights = {(route.path, "options") for route in api_description.routes()
                  if route.kind == "LINK"}
    described = [(path, method) for path, method, _ in api_description.operations(DESCRIPTION)]
    assert len(set(routes)) == len(routes) and len(OPERATIONS) == len(described)
    assert set(routes) | preflights == set(described)


def test_it_names_the_scopes_of_the_server():
    described = {(path, method): [scope for way in operation["security"]
                                  for scope in way.get("token", [])]
                 for path, method, operation in api_description.operations(DESCRIPTION)}
    for route in api_description.routes():
        if route.kind == "API":
            assert sorted(described[route.path, route.method]) == sorted(route.scopes), route.path


@pytest.mark.parametrize("path", sorted({path for path, _ in OPERATIONS.values()}))
def test_the_server_allows_the_described_methods(cloud, path):
    methods = {method.upper() for each, method in OPERATIONS.values() if each == path}
    answer = http("TRACE", cloud.api_base_url + path.replace("{", "").replace("}", ""))
    assert answer.status == 405
    assert set(answer.headers["Allow"].split(", ")) == methods - {"OPTIONS"}


# ------------------------------------------------------- whatever comes is answered

@pytest.fixture(scope="module")
def world(cloud):
    return World(cloud)


def is_negated(case, location):
    component = case.meta.components.get(location)
    return bool(component) and component.mode == GenerationMode.NEGATIVE


def name_known_configs(body, config_id):
    """A config's id in a body, which can only be made up, becomes one that exists."""
    if not isinstance(body, dict):
        return
    for member, value in body.items():
        if member == "authenticator_config_id" and value:
            body[member] = config_id
        name_known_configs(value, config_id)


def send(world, case, identifier, is_known, checks):
    path, method = OPERATIONS[identifier]
    if is_known and not is_negated(case, ParameterLocation.PATH):
        case.path_parameters = world.parts(path, method)
    if not is_negated(case, ParameterLocation.BODY):
        name_known_configs(case.body, world.cloud.authenticator_config_id)
    if "linkInQuery" in json.dumps(case.operation.definition.raw.get("security", [])):
        case.query = {**(case.query or {}), "token": world.link.token}
    case.call_and_validate(base_url=world.cloud.api_base_url, session=world.session,
                           allow_redirects=False, checks=checks,
                           headers=world.authorization(case.operation))


def check_cases(world, identifier, mode, checks):
    """Sends so many requests of the operation; what is answered must hold."""
    @hypothesis.seed(SEED)
    @hypothesis.settings(max_examples=EXAMPLES, deadline=None, database=None,
                         suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(operation_of(identifier).as_strategy(generation_mode=mode),
                      st.sampled_from([True, True, True, False]))
    def run(case, is_known):
        send(world, case, identifier, is_known, checks)
    run()


@pytest.mark.parametrize("identifier", OPERATIONS)
def test_valid_requests_are_taken_and_answered_as_described(world, identifier):
    checks = CHECKS if identifier in MAY_REFUSE else [*CHECKS, positive_data_acceptance]
    check_cases(world, identifier, GenerationMode.POSITIVE, checks)


def can_be_invalid(identifier):
    """Parameters of paths may be any text: what is not there is 404."""
    path, method = OPERATIONS[identifier]
    operation = DESCRIPTION["paths"][path][method]
    return "requestBody" in operation or "parameters" in operation


@pytest.mark.parametrize("identifier", [each for each in OPERATIONS if can_be_invalid(each)])
def test_invalid_requests_are_refused_as_described(world, identifier):
    check_cases(world, identifier, GenerationMode.NEGATIVE, [*CHECKS, negative_data_rejection])


# ------------------------------------------------ what only a real client gets to see

class Caller:
    """Calls operations by their name and holds the answers against the description."""

    def __init__(self, world):
        self.world, self.cloud = world, world.cloud

    def __call__(self, identifier, status, parts=None, headers=None, **request):
        path, method = OPERATIONS[identifier]
        everything = {"tenant": self.cloud.tenant_id, "realm": self.cloud.realm_id, **(parts or {})}
        operation = operation_of(identifier)
        answer = self.world.session.request(
            method, self.cloud.api_base_url + path.format_map(everything), timeout=30,
            headers={**self.world.authorization(operation), **(headers or {})},
            allow_redirects=False, **request)
        assert answer.status_code == status, (identifier, answer.status_code, answer.text)
        assert str(status) in DESCRIPTION["paths"][path][method]["responses"], identifier
        operation.validate_response(answer)
        return answer.json() if answer.content and "json" in answer.headers["Content-Type"] else None


@pytest.fixture
def call(world):
    return Caller(world)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("state", ["fresh", "used", "revoked", "expired", "suspended"])
def test_a_link_in_each_of_its_states_is_answered_as_described(cloud, world, call, state):
    link = Link(cloud)
    parts, key = {"identity": link.identity_id, "id": link.id}, SoftKey()
    if state == "used":
        assert link.bind(key).status == 200
    elif state == "revoked":
        call("revokeCredentialBindingJob", 200, parts)
    elif state == "expired":
        cloud.execute("UPDATE job SET expire_ms = 1 WHERE id = ?", link.id)
    elif state == "suspended":
        call("updateIdentity", 200, parts, json={"identity": {"status": "suspended"}})
    status = {"fresh": 200, "used": 409, "suspended": 403}.get(state, 410)

    query = {"params": {"token": link.token}}
    for identifier in ("openLink", "openLinkByPost"):
        call(identifier, status, parts, {"Accept": "application/json"}, **query)
        call(identifier, 302 if state == "fresh" else status, parts, {"Accept": "text/html"}, **query)
        call(identifier, 401, parts, params={"token": "another"})
    call("getLinkInfo", status, parts, bearer(link.token))
    call("getLinkInfo", 401, parts, bearer("another"))
    proof = {"type": "JWT", "raw": SoftKey().jws(bind_claims(link.instruction))}
    call("bind", status, parts, bearer(link.token), json=proof)
    call("getCredentialBindingJob", 200, parts)
    call("listCredentialBindingJobs", 200, parts)
    call("preflightBind", 204, parts, {"Origin": "http://localhost:8092"})
    call("revokeCredentialBindingJob", 409 if state in ("fresh", "used") else 200, parts)


@pytest.mark.parametrize("config", [
    {"type": "embedded", "invoke_url": "acme://app", "trusted_origins": ["https://acme.example"],
     "authentication_methods": [{"type": "fido2", "more": {"a": [1]}}]},
    {"type": "console", "onboarding_configuration": {
        "verification_method": {"type": "idp", "idp_id": "1"}}},
    {"type": "platform", "roaming_auth_config": {"enabled": True, "allowed_user_ids": ["1"]}},
], ids=lambda config: config["type"])
def test_a_job_with_a_config_of_its_own_is_as_described(cloud, call, config):
    identity = {"identity": cloud.create_identity()["id"]}
    template = {"authenticator_config": {"config": config},
                "post_binding_redirect_uri": "https://acme.example/done"}
    made = call("createCredentialBindingJob", 200, identity,
                json={"job": {"delivery_method": "RETURN", **template}})
    link = made["credential_binding_link"]
    call("getLinkInfo", 200, {**identity, "id": made["credential_binding_job"]["id"]},
         bearer(link.split("?token=")[1]))
    mailed = call("createCredentialBindingJob", 200, identity,
                  json={"job": {"delivery_method": "EMAIL", **template}})
    assert "credential_binding_link" not in mailed
    batch = call("createBatchCredentialBindingJob", 200, json={"batch_credential_binding_job": {
        "identity_ids": [identity["identity"], "unknown"], "job_template": template}})
    assert batch["state_commentary"]["errors"]["unknown"]["failed_permanently"]
    call("listBatchResults", 200, {"id": batch["id"]}, params={"page_size": 1})


def test_tokens_are_as_described(cloud, world, call):
    application = Application(cloud, "identities:read")
    parts = {"id": application.id}
    client = basic(application.client_id, application.client_secret)
    form = {"grant_type": "client_credentials", "custom_claims": '{"a":1}'}
    token = call("issueToken", 200, parts, client, data=form)["access_token"]
    assert call("introspectToken", 200, parts, client, data={"token": token})["active"]
    call("introspectToken", 401, parts, bearer("wrong"), data={"token": token})
    call("introspectToken", 403, parts, bearer(token), data={"token": token})
    call("getTenant", 403, headers=bearer(token))
    call("createIdentity", 403, headers=bearer(token), json={})
    call("revokeToken", 200, parts, client, data={"token": token})
    assert not call("introspectToken", 200, parts, client, data={"token": token})["active"]
    call("getTenant", 401, headers=bearer(token))


@pytest.mark.parametrize("uri", ["acme:\n", "acme:a\tb", "acme:\x7f"])
def test_a_uri_has_no_control_characters(call, uri):
    call("createApplication", 400, json={"application": {
        "display_name": "App", "protocol_config": {"type": "oidc", "redirect_uris": [uri]}}})


def test_refusals_for_what_is_there_are_as_described(cloud, call):
    identity = cloud.create_identity()
    call("createIdentity", 409, json={"identity": {
        "display_name": "Again", "traits": identity["traits"]}})
    call("deleteRealm", 409)
    call("deleteAuthenticatorConfig", 409, {"id": cloud.authenticator_config_id})
    call("updateTenant", 413, data=b"x" * 70000)
    suspended = {"identity": identity["id"]}
    call("updateIdentity", 200, suspended, json={"identity": {"status": "suspended"}})
    call("createCredentialBindingJob", 422, suspended, json={"job": {
        "delivery_method": "RETURN", "authenticator_config_id": cloud.authenticator_config_id}})


@pytest.mark.parametrize("identifier", [
    identifier for identifier, (path, method) in OPERATIONS.items()
    if any("token" in way for way in DESCRIPTION["paths"][path][method]["security"])])
def test_without_a_token_nothing_is_done(call, identifier):
    parts = {"identity": "-", "id": "1"}
    call(identifier, 401, parts, {"Authorization": ""})
