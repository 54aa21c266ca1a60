# SPDX-License-Identifier: Apache-2.0
"""Access tokens: the token endpoint, what it issues, and what becomes of it."""
import base64
import hashlib
import json
import re
import time

import pytest
from cloud_api import (FORBIDDEN, NOT_FOUND, UNAUTHORIZED, UUID, Application, basic, stored,
                       token_for, unpacked)
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from softkey import SoftKey, b64u, compact

from cloud import Cloud, http


@pytest.fixture(scope="module")
def application(cloud):
    return Application(cloud, "identities:read", "identities:create", "myapp:read",
                       token_configuration={"expires_after": 7776000})


def allows(cloud, token):
    return cloud.call("GET", cloud.realm_path + "/identities", token=token)


def error(answer, status, code):
    assert answer.status == status, answer
    assert set(answer.json) == {"error", "error_description"} and answer.json["error"] == code
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Pragma"] == "no-cache"
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    return True


# -------------------------------------------------------------------- issuing

def test_a_token_as_documented(cloud, application):
    answer = application.ask(scope="identities:read")
    assert answer.status == 200 and list(answer.json) == [
        "access_token", "token_type", "expires_in", "scope"]
    assert answer.json["token_type"] == "Bearer" and answer.json["expires_in"] == 7776000
    assert answer.json["scope"] == "identities:read"
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Pragma"] == "no-cache"
    header, claims = unpacked(answer.json["access_token"])
    path = f"tenants/{cloud.tenant_id}/realms/{cloud.realm_id}/applications/{application.id}"
    issuer = f"{cloud.api_base_url}/v1/{path}"
    assert header["alg"] == "RS256" and header["typ"] == "JWT"
    assert re.fullmatch("[0-9A-F]{64}", header["kid"])
    assert header["jku"] == issuer + "/.well-known/jwks.json" and len(header) == 4
    assert re.fullmatch(UUID, claims["jti"]) and abs(claims["iat"] - time.time()) < 60
    assert claims == {
        "iss": issuer, "sub": application.client_id, "aud": ["beyondidentity"],
        "exp": claims["iat"] + 7776000, "nbf": claims["iat"], "iat": claims["iat"],
        "jti": claims["jti"], "scope": "identities:read", "azp": path, "bi_p": path,
        "bi_t": cloud.tenant_id, "bi_r": "*"}
    assert allows(cloud, answer.json["access_token"]).status == 200


def test_all_scopes_when_none_is_asked_for(application):
    for form in {}, {"scope": ""}:
        assert application.ask(**form).json["scope"] == (
            "identities:read identities:create myapp:read")


def test_scopes_that_are_asked_for(application):
    answer = application.ask(scope="  myapp:read identities:read myapp:read ")
    assert answer.json["scope"] == "myapp:read identities:read"


def test_client_secret_post(cloud, application):
    form = {"grant_type": "client_credentials", "client_id": application.client_id,
            "client_secret": application.client_secret}
    answer = application.post(application.path + "/token", form, headers={})
    assert answer.status == 200 and allows(cloud, answer.json["access_token"]).status == 200


def test_basic_with_the_client_id_in_the_form_too(application):
    assert application.ask(client_id=application.client_id).status == 200


def test_expiration_time(cloud, application):
    answer = application.ask(expiration_time="60")
    _, claims = unpacked(answer.json["access_token"])
    assert answer.json["expires_in"] == 60 and claims["exp"] - claims["iat"] == 60
    for wrong in "0", "-1", "x", "1.5", "7776001", "99999999999999999999", "1e2", " 5":
        assert error(application.ask(expiration_time=wrong), 400, "invalid_request")


@pytest.mark.parametrize("claims", ['{"a":1e999}', '{"a":[{"b":-1e400}]}', '{"a":1,"b":{"c":1E310}}'])
def test_a_number_that_would_be_kept_as_null_is_refused(application, claims):
    assert error(application.ask(custom_claims=claims), 400, "invalid_request")


def test_custom_claims(application):
    _, claims = unpacked(application.token(custom_claims='{"a":{"b":[1,null]},"iss":"x"}'))
    assert claims["bi_custom"] == {"a": {"b": [1, None]}, "iss": "x"} and claims["iss"] != "x"
    for wrong in "x", "[]", "1", "null", '{"a":1,"a":2}', "{", '{"a":"' + "x" * 5000 + '"}':
        assert error(application.ask(custom_claims=wrong), 400, "invalid_request")


def test_every_token_is_another(application):
    assert len({unpacked(application.token())[1]["jti"] for _ in range(5)}) == 5


@pytest.mark.parametrize("form, status, code", [
    ({"grant_type": ""}, 400, "invalid_request"),
    ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
    ({"scope": "identities:delete"}, 400, "invalid_scope"),
    ({"scope": "identities:read identities:delete"}, 400, "invalid_scope"),
    ({"scope": "identities:read\n"}, 400, "invalid_scope"),
    ({"scope": "\0"}, 400, "invalid_scope"),
    ({"client_secret": "x"}, 400, "invalid_request"),
    ({"client_id": "x"}, 400, "invalid_request")])
def test_wrong_forms(cloud, application, form, status, code):
    before = stored(cloud)
    assert error(application.ask(**form), status, code)
    assert stored(cloud) == before


@pytest.mark.parametrize("body, code", [
    (b"", "invalid_request"), (b"{}", "invalid_request"), (b"\xff\xfe", "invalid_request"),
    (b"grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
    (b"grant_type=client_credentials&scope=a&%73cope=b", "invalid_request"),
    (b"&&&=&", "invalid_request")])
def test_wrong_bodies(cloud, application, body, code):
    before = stored(cloud)
    assert error(application.post(application.path + "/token", body), 400, code)
    assert stored(cloud) == before


def test_wrong_clients(cloud, application):
    other = Application(cloud, "identities:read")
    id, secret = application.client_id, application.client_secret
    before = stored(cloud)
    wrong = [basic(id, secret + "x"), basic(id, secret[:-1]), basic("x", secret), basic(id, ""),
             basic("", ""), basic(other.client_id, other.client_secret), {},
             {"Authorization": "Basic"}, {"Authorization": "Basic !"},
             {"Authorization": "Basic " + base64.b64encode(b"no colon").decode()},
             {"Authorization": "Basic " + base64.b64encode(b"a\0:b").decode()},
             {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
             {"Authorization": f"Bearer {cloud.api_token}"},
             basic(id, hashlib.sha256(secret.encode()).hexdigest())]
    for headers in wrong:
        answer = application.post(application.path + "/token",
                                  {"grant_type": "client_credentials"}, headers)
        assert error(answer, 401, "invalid_client"), headers
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    for path in (application.path.replace(application.id, "0"),
                 application.path.replace(cloud.realm_id, "0"),
                 application.path.replace(cloud.tenant_id, "0")):
        answer = application.post(path + "/token", {"grant_type": "client_credentials"})
        assert error(answer, 401, "invalid_client")
    assert stored(cloud) == before


def test_a_public_client_gets_no_token(cloud):
    first = cloud.call("GET", f"{cloud.realm_path}/applications/{cloud.application_id}").json
    client_id = first["protocol_config"]["client_id"]
    for headers, form in (basic(client_id, ""), {}), ({}, {"client_id": client_id}):
        answer = http("POST", f"{cloud.api_base_url}{cloud.realm_path}/applications/{first['id']}"
                      "/token", b"grant_type=client_credentials&client_id=" + client_id.encode()
                      if form else b"grant_type=client_credentials", headers)
        assert error(answer, 401, "invalid_client")


def test_an_application_without_the_grant(cloud):
    application = Application(cloud, grant_type=["authorization_code"])
    assert error(application.ask(), 400, "unauthorized_client")


def test_an_application_without_scopes_may_do_nothing(cloud):
    answer = Application(cloud).ask()
    assert answer.json["scope"] == ""
    answer = allows(cloud, answer.json["access_token"])
    assert answer.status == 403 and answer.json == FORBIDDEN


# ------------------------------------------------------------------- published

def keys(cloud, application):
    answer = http("GET", cloud.api_base_url + application.path + "/.well-known/jwks.json")
    assert answer.status == 200
    return answer.json["keys"]


def public_key(jwk):
    def number(text):
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
    return rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()


def test_the_published_key_verifies_a_token(cloud, application):
    jwk, = keys(cloud, application)
    assert set(jwk) == {"kty", "use", "alg", "kid", "n", "e"}  # and no part of the private key
    token = application.token()
    header, _ = unpacked(token)
    signed, signature = token.rsplit(".", 1)
    key = public_key(jwk)
    assert key.key_size == 2048 and header["kid"] == jwk["kid"]
    key.verify(base64.urlsafe_b64decode(signature + "=="), signed.encode(), padding.PKCS1v15(),
               hashes.SHA256())
    thumbprint = hashlib.sha256(compact({"e": jwk["e"], "kty": "RSA", "n": jwk["n"]})).hexdigest()
    assert jwk["kid"] == thumbprint.upper()


def test_discovery(cloud, application):
    _, claims = unpacked(application.token())
    answer = http("GET", claims["iss"] + "/.well-known/openid-configuration")
    assert answer.json["issuer"] == claims["iss"]
    assert answer.json["token_endpoint"] == claims["iss"] + "/token"
    assert http("GET", answer.json["jwks_uri"]).json == {"keys": keys(cloud, application)}
    for name in "jwks.json", "openid-configuration":
        answer = http("GET", f"{cloud.api_base_url}{cloud.realm_path}/applications/x/.well-known/{name}")
        assert answer.status == 404 and answer.json == NOT_FOUND


# ------------------------------------------------------------------- forgeries

def resigned(token, sign, header=None, claims=None):
    old_header, old_claims = unpacked(token)
    signed = (b64u(compact({**old_header, **(header or {})})) + "." +
              b64u(compact({**old_claims, **(claims or {})})))
    return signed + "." + b64u(sign(signed.encode()))


def test_forged_tokens(cloud, application):
    token = application.token()
    jwk, = keys(cloud, application)
    header, payload, signature = token.split(".")
    wrong_key = rsa.generate_private_key(65537, 2048)

    def rs256(message):
        return wrong_key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def hs256(secret):
        def sign(message):
            mac = hmac.HMAC(secret, hashes.SHA256())
            mac.update(message)
            return mac.finalize()
        return sign

    numbers = wrong_key.public_key().public_numbers()
    own = {"kty": "RSA", "n": b64u(numbers.n.to_bytes(256, "big")), "e": "AQAB"}
    forged = {
        "alg none": resigned(token, lambda _: b"", {"alg": "none"}),
        "alg none, old signature": b64u(compact({**unpacked(token)[0], "alg": "none"})) +
                                   f".{payload}.{signature}",
        "no signature": f"{header}.{payload}.",
        "another key": resigned(token, rs256),
        "another key in the header": resigned(token, rs256, {"jwk": own}),
        "another key by jku": resigned(token, rs256, {"jku": "http://127.0.0.1:1/jwks.json"}),
        "another kid": resigned(token, rs256, {"kid": "0" * 64}),
        "HS256 with the public key": resigned(token, hs256(compact(jwk)), {"alg": "HS256"}),
        "HS256 with its number": resigned(token, hs256(jwk["n"].encode()), {"alg": "HS256"}),
        "ES256": resigned(token, SoftKey().sign, {"alg": "ES256"}),
        "more scope": header + "." + b64u(compact({**unpacked(token)[1],
                                                   "scope": "tenants:read"})) + "." + signature,
        "later end": header + "." + b64u(compact({**unpacked(token)[1], "exp": 9999999999})) +
                     "." + signature,
        "cut": token[:-1], "longer": token + "A", "padded": token + "=",
        "four parts": token + ".x", "two parts": f"{header}.{payload}",
        "not JSON": "eA.eA." + signature, "empty": "..",
        "other bits": f"{header}.{payload}." + signature[:-1] + ("A" if signature[-1] != "A" else "B"),
    }
    for what, text in forged.items():
        answer = allows(cloud, text)
        assert answer.status == 401 and answer.json == UNAUTHORIZED, what
    assert allows(cloud, token).status == 200


def test_a_key_of_another_cloud(cloud, application):
    """Same ids, same claims, but another cloud's signature."""
    with Cloud() as other:
        token = Application(other, "identities:read").token()
        assert allows(other, token).status == 200
        assert allows(cloud, token).status == 401


def test_an_expired_token(cloud, application):
    """Expiry is to the second; a token of one second is waited for by its own claims."""
    token = application.token(expiration_time=1)
    end = unpacked(token)[1]["exp"]
    while True:
        before = time.time()
        answer = allows(cloud, token)
        if before >= end:
            break
        assert answer.status in (200, 401)
    assert answer.status == 401 and answer.json == UNAUTHORIZED


# ----------------------------------------------------------- told about, revoked

def introspect(application, token, headers=None):
    return application.post(application.cloud.realm_path + "/introspect", {"token": token}, headers)


def test_introspection(cloud, application):
    token = application.token()
    answer = introspect(application, token)
    assert answer.status == 200 and answer.json["active"] is True
    assert {**unpacked(token)[1], "active": True, "client_id": application.client_id,
            "token_type": "Bearer"} == answer.json
    bearer = {"Authorization": "Bearer " + token_for(cloud, "tokens:introspect")}
    assert introspect(application, token, bearer).json == answer.json
    for text in "x", token[:-2], "a.b.c", cloud.api_token:
        answer = introspect(application, text)
        assert answer.status == 200 and answer.json == {"active": False}
    assert error(introspect(application, ""), 400, "invalid_request")
    assert error(introspect(application, token, {}), 401, "invalid_client")
    weak = {"Authorization": "Bearer " + token_for(cloud, "identities:read")}
    assert introspect(application, token, weak).status == 403


def test_revocation(cloud, application):
    token, other = application.token(), application.token()
    for text in token, token, "x", "", cloud.api_token:
        answer = application.post(application.path + "/revoke", {"token": text})
        assert answer.status == (200 if text else 400)
        assert not text or answer.raw == b""
    assert allows(cloud, token).status == 401 and allows(cloud, other).status == 200
    assert introspect(application, token).json == {"active": False}


def test_only_a_tokens_own_client_revokes_it(cloud, application):
    token = application.token()
    stranger = Application(cloud, "identities:read")
    assert stranger.post(stranger.path + "/revoke", {"token": token}).status == 200
    assert allows(cloud, token).status == 200
    answer = application.post(application.path + "/revoke", {"token": token}, {})
    assert error(answer, 401, "invalid_client")
    assert allows(cloud, token).status == 200


def test_narrowed_scopes_narrow_the_tokens_that_are_out(cloud):
    application = Application(cloud, "identities:read", "realms:read", "tokens:introspect")
    token = application.token()
    realm = f"/v1/tenants/{cloud.tenant_id}/realms"

    def allow(*scopes):
        answer = cloud.call("PATCH", application.path, {"application": {"protocol_config": {
            "type": "oauth2", "allowed_scopes": list(scopes)}}})
        assert answer.status == 200, answer

    def state():
        return (allows(cloud, token).status, cloud.call("GET", realm, token=token).status,
                introspect(application, token).json["scope"])

    assert state() == (200, 200, "identities:read realms:read tokens:introspect")
    allow("realms:read", "tenants:read", "tokens:introspect")
    assert state() == (403, 200, "realms:read tokens:introspect")
    assert cloud.call("GET", f"/v1/tenants/{cloud.tenant_id}", token=token).status == 403
    allow()
    assert state() == (403, 403, "")
    assert introspect(application, token, {"Authorization": f"Bearer {token}"}).status == 403
    allow("identities:read")
    assert state() == (200, 403, "identities:read")
    assert unpacked(token)[1]["scope"] == "identities:read realms:read tokens:introspect"


def test_a_deleted_application_takes_its_tokens_along(cloud):
    application = Application(cloud, "identities:read")
    token = application.token()
    assert allows(cloud, token).status == 200
    assert cloud.call("DELETE", application.path).status == 200
    assert allows(cloud, token).status == 401
    assert error(application.ask(), 401, "invalid_client")


def test_tokens_survive_a_restart(tmp_path):
    with Cloud(data=tmp_path) as first:
        application = Application(first, "identities:read")
        token, known = application.token(), keys(first, application)
        api_token = first.api_token
    with Cloud(data=tmp_path, api_token=api_token) as second:
        assert allows(second, token).status == 200
        assert keys(second, Application(second)) == known


def test_secrets_are_neither_logged_nor_stored(database):
    with Cloud() as cloud:
        application = Application(cloud, "identities:read")
        token = application.token(custom_claims='{"a":"b"}')
        allows(cloud, token)
        application.post(application.path + "/token", {
            "grant_type": "client_credentials", "client_id": application.client_id,
            "client_secret": application.client_secret}, {})
        application.post(application.path + "/revoke", {"token": token})
        dump = cloud.dump()
    for secret in application.client_secret, token, token.split(".")[2], cloud.api_token:
        assert secret not in cloud.log and secret not in dump
    assert hashlib.sha256(application.client_secret.encode()).hexdigest() in dump
    cloud.assert_clean()


@pytest.mark.sqlite
def test_the_signing_key_is_for_its_owner_only(tmp_path):
    with Cloud(data=tmp_path) as cloud:
        files = [path for path in tmp_path.iterdir() if path.name.startswith("cloud.db")]
        assert files and all(path.stat().st_mode & 0o77 == 0 for path in files)
        assert "BEGIN PRIVATE KEY" in cloud.dump() and "PRIVATE KEY" not in cloud.log
