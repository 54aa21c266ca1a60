# SPDX-License-Identifier: Apache-2.0
"""A link becomes a credential: the protocol of a client, and every way in
which it must not work."""
import base64
import json
import threading

import pytest
from cloud_link import Link
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from softkey import SoftKey, b64u, bind_claims, compact

from cloud import Cloud


def violation(answer):
    assert answer.status == 400, answer
    assert answer.json["code"] == "bad_request" and answer.json["message"] == "invalid parameters"
    detail, = answer.json["details"]
    assert detail["type"] == "FieldViolations"
    found, = detail["field_violations"]
    assert found["field"] == "raw"
    return found["description"]


# ------------------------------------------------------------------ it works

def test_the_whole_story(cloud, link):
    assert link.state == "LINK_SENT"
    assert link.invoke().json == link.instruction
    assert link.state == "LINK_OPENED"
    assert link.get_info().status == 200
    assert link.state == "REQUEST_DELIVERED"
    key = SoftKey()
    answer = link.bind(key)
    assert answer.status == 200, answer
    assert answer.json["state"] == "ACTIVE"
    assert {"id", "create_time", "update_time"} <= answer.json.keys()
    job = cloud.job(link.id)
    assert job["state"] == "COMPLETE" and job["credential_id"] == answer.json["id"]
    credential, = cloud.credentials(link.identity_id)
    assert credential["id"] == answer.json["id"]
    assert credential["identity_id"] == link.identity_id
    assert credential["csr_type"] == "JWT"
    assert credential["jwk_json"] == compact(key.jwk).decode()
    assert credential["jwk_thumbprint"] == key.thumbprint + "="


def test_bind_works_without_the_steps_before(link):
    assert link.bind().status == 200


def test_get_info_says_what_will_be_bound(cloud):
    identity = cloud.create_identity(display_name="Ida Dent", email="ida@example.com")
    link = Link(cloud, identity["id"], post_binding_redirect_uri="https://app.example.com/x?y=1")
    info = link.get_info().json
    assert info["identity"] == {"display_name": "Ida Dent", "traits": {
        "type": "traits_v0", "username": identity["traits"]["username"],
        "primary_email_address": "ida@example.com"}}
    assert info["tenant"]["display_name"] and info["realm"]["display_name"]
    assert info["theme"] == {"logo_url_light": "", "logo_url_dark": "", "support_url": ""}
    assert info["post_binding_redirect_uri"] == "https://app.example.com/x?y=1"
    assert info["application_id"] == cloud.application_id
    config = info["authenticator_config"]
    assert config["id"] == cloud.authenticator_config_id
    assert config["tenant_id"] == cloud.tenant_id and config["realm_id"] == cloud.realm_id
    assert config["config"]["type"] == "embedded"


def test_get_info_leaves_out_what_there_is_not(cloud):
    identity = cloud.call("POST", cloud.realm_path + "/identities", {"identity": {
        "display_name": "No Mail", "traits": {"type": "traits_v0", "username": "no.mail"}}}).json
    info = Link(cloud, identity["id"]).get_info().json
    assert "post_binding_redirect_uri" not in info
    assert "primary_email_address" not in info["identity"]["traits"]


def test_bind_ignores_content_type_and_unknown_members(link):
    body = compact({"type": "JWT", "raw": SoftKey().jws(bind_claims(link.instruction)), "x": None})
    answer = link.cloud.call("POST", link.path + ":bind", body, token=link.token,
                             headers={"Content-Type": "text/plain"})
    assert answer.status == 200, answer


def test_header_may_say_more(link):
    key = SoftKey()
    header = {"typ": "JWT", "alg": "ES256", "kid": key.thumbprint, "jwk": {**key.jwk, "use": "sig"}}
    assert link.bind(raw=key.jws(bind_claims(link.instruction), header)).status == 200


# ----------------------------------------------------------------- once only

def test_a_lost_answer_can_be_asked_for_again(cloud, link):
    key = SoftKey()
    first, same = link.bind(key), link.bind(key)
    assert first.status == same.status == 200 and first.json == same.json
    assert len(cloud.credentials(link.identity_id)) == 1


def test_another_key_is_a_conflict(cloud, link):
    first = link.bind(SoftKey())
    answer = link.bind(SoftKey())
    assert answer.status == 409 and answer.code == "conflict", answer
    credential, = cloud.credentials(link.identity_id)
    assert credential["id"] == first.json["id"]


def test_a_used_link_opens_nothing(link):
    link.bind()
    assert link.invoke().status == 409
    assert link.get_info().status == 409
    assert link.state == "COMPLETE"


@pytest.mark.parametrize("same_key", [True, False])
def test_eight_at_once_make_one_credential(cloud, same_key):
    link = Link(cloud)
    keys = [SoftKey()] * 8 if same_key else [SoftKey() for _ in range(8)]
    answers = race([lambda key=key: link.bind(key) for key in keys])
    statuses = sorted(answer.status for answer in answers)
    assert statuses == ([200] * 8 if same_key else [200] + [409] * 7)
    assert len({answer.json["id"] for answer in answers if answer.status == 200}) == 1
    assert len(cloud.credentials(link.identity_id)) == 1


def test_two_servers_on_one_folder_make_one_credential(cloud):
    """Only the store can decide between two processes."""
    with Cloud(data=cloud.data, api_token=cloud.api_token) as other:
        assert other.ready["api_token"] is None and other.tenant_id == cloud.tenant_id
        for _ in range(5):
            link = Link(cloud)
            there = Link.__new__(Link)
            there.__dict__ = {**link.__dict__, "cloud": other}
            answers = race([(link if i % 2 else there).bind for i in range(8)])
            assert sorted(answer.status for answer in answers) == [200] + [409] * 7
            assert len(cloud.credentials(link.identity_id)) == 1


def race(calls):
    """The answers of all, started at the same moment."""
    barrier, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index):
        barrier.wait()
        answers[index] = calls[index]()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# --------------------------------------------------- links that cannot be used

@pytest.mark.parametrize("call", [Link.invoke, Link.get_info, Link.bind])
class TestUnusable:
    def test_wrong_token(self, link, call):
        link.url = link.url[:-1] + ("A" if link.url[-1] != "A" else "B")
        link.token = link.url.split("?token=")[1]
        answer = call(link)
        assert answer.status == 401 and answer.code == "unauthorized", answer
        assert link.state == "LINK_SENT"

    def test_unknown_job(self, link, call):
        link.url = link.url.replace(link.id, "0" * 16)
        link.path = link.path.replace(link.id, "0" * 16)
        answer = call(link)
        assert answer.status == 404 and answer.code == "not_found", answer
        assert answer.json["details"] == [{
            "type": "ResourceInfo", "resource_type": "CredentialBindingJob", "id": "0" * 16,
            "description": "credential binding job not found"}]

    @pytest.mark.parametrize("part", ["tenant_id", "realm_id", "identity_id"])
    @pytest.mark.parametrize("other", ["0" * 16, "-"])
    def test_path_of_another(self, link, call, part, other):
        link.url = link.url.replace(link.instruction[part], other)
        link.path = link.path.replace(link.instruction[part], other)
        assert call(link).status == 404

    def test_revoked(self, link, call):
        assert link.revoke().status == 200
        answer = call(link)
        assert answer.status == 410 and answer.code == "link_revoked", answer
        assert not link.cloud.credentials(link.identity_id)

    def test_expired(self, call):
        with Cloud("--link-lifetime", "0") as cloud:
            link = Link(cloud)
            answer = call(link)
            assert answer.status == 410 and answer.code == "link_expired", answer
            assert link.state == "EXPIRED"
            assert not cloud.credentials(link.identity_id)

    def test_suspended_identity(self, cloud, call):
        link = Link(cloud)
        cloud.execute("UPDATE identity SET status = 'suspended' WHERE id = ?", link.identity_id)
        answer = call(link)
        assert answer.status == 403 and answer.code == "forbidden", answer


@pytest.mark.parametrize("token", [None, "", "x", "a" * 5000])
def test_bearer_missing_or_wrong(link, token):
    for verb in ":getInfo", ":bind":
        answer = link.cloud.call("POST", link.path + verb, b"{}", token=token)
        assert answer.status == 401 and answer.json == {
            "code": "unauthorized", "message": "unauthorized"}
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_api_token_is_no_link_token_and_a_link_token_no_api_token(cloud, link):
    assert link.get_info(token=cloud.api_token).status == 401
    assert cloud.call("GET", cloud.path(), token=link.token).status == 401


def test_token_must_be_in_the_query(cloud, link):
    url = link.url.split("?")[0]
    assert cloud.call("GET", url, token=link.token).status == 401
    assert cloud.call("GET", url + "?token=", token=None).status == 401
    assert cloud.call("GET", link.url + "%00", token=None).status == 401


# ---------------------------------------------------------------- tampered JWS

def parts(jws):
    return jws.split(".")


def test_signature_tampering(link):
    key = SoftKey()
    head, payload, signature = parts(key.jws(bind_claims(link.instruction)))
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s = raw[:32], raw[32:]
    order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
    der = key.private.sign(f"{head}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    for bad in (bytes(64), s + r, r + r, raw[:63] + bytes([raw[63] ^ 1]), raw[:63], raw + b"\0",
                der, b"\0" + raw, order.to_bytes(32, "big") + s, b"\xff" * 64, bytes(32) + s,
                r + bytes(32)):
        description = violation(link.bind(raw=f"{head}.{payload}.{b64u(bad)}"))
        assert "signature" in description
    assert link.state == "LINK_SENT" and link.bind(key).status == 200


def test_signature_of_another_key_or_another_text(link):
    key, other = SoftKey(), SoftKey()
    head, payload, signature = parts(key.jws(bind_claims(link.instruction)))
    foreign = parts(other.jws(bind_claims(link.instruction)))[2]
    assert "signature" in violation(link.bind(raw=f"{head}.{payload}.{foreign}"))
    changed = b64u(compact({**bind_claims(link.instruction), "x": 1}))
    assert "signature" in violation(link.bind(raw=f"{head}.{changed}.{signature}"))
    spaced = b64u(json.dumps({"alg": "ES256", "jwk": key.jwk}).encode())
    assert "signature" in violation(link.bind(raw=f"{spaced}.{payload}.{signature}"))


@pytest.mark.parametrize("change, word", [
    ({"alg": "none"}, "alg"), ({"alg": "HS256"}, "alg"), ({"alg": "ES384"}, "alg"),
    ({"alg": "es256"}, "alg"), ({"alg": None}, "alg"), ({"alg": ["ES256"]}, "alg"),
    ({"crit": ["b64"], "b64": False}, "critical"), ({"crit": []}, "critical"),
    ({"jwk": None}, "jwk"), ({"jwk": "x"}, "jwk"), ({"jwk": {}}, "jwk"), ({"jwk": []}, "jwk")])
def test_header(link, change, word):
    key = SoftKey()
    header = {"alg": "ES256", "jwk": key.jwk, **change}
    assert word in violation(link.bind(raw=key.jws(bind_claims(link.instruction), header)))


@pytest.mark.parametrize("change", [
    {"kty": "RSA"}, {"kty": "oct", "k": "AAAA"}, {"crv": "P-384"}, {"crv": "secp256k1"},
    {"crv": "p-256"}, {"x": None}, {"y": ""}, {"x": "AA"}, {"y": b64u(bytes(33))}, {"x": 1},
    {"x": "=" * 43}, {"d": b64u(bytes(32))}, {"x": b64u(bytes(31))}])
def test_key_in_the_header(link, change):
    key = SoftKey()
    header = {"alg": "ES256", "jwk": {**key.jwk, **change}}
    assert "jwk" in violation(link.bind(raw=key.jws(bind_claims(link.instruction), header)))


def test_padded_coordinates(link):
    key = SoftKey()
    header = {"alg": "ES256", "jwk": {**key.jwk, "x": key.x + "="}}
    assert "jwk" in violation(link.bind(raw=key.jws(bind_claims(link.instruction), header)))


@pytest.mark.parametrize("x, y", [
    (bytes(32), bytes(32)), (b"\xff" * 32, b"\xff" * 32), (bytes(31) + b"\1", bytes(31) + b"\1")])
def test_point_that_is_not_on_the_curve(link, x, y):
    header = {"alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": b64u(x), "y": b64u(y)}}
    assert violation(link.bind(raw=SoftKey().jws(bind_claims(link.instruction), header)))


def test_other_curves_that_call_themselves_p256(link):
    for curve in ec.SECP256K1(), ec.BrainpoolP256R1(), ec.SECP384R1():
        assert violation(link.bind(SoftKey(curve)))


def test_alg_none_without_signature(link):
    head, payload = b64u(compact({"alg": "none"})), b64u(compact(bind_claims(link.instruction)))
    for signature in "", ".", "AA":
        assert violation(link.bind(raw=f"{head}.{payload}.{signature}"))
    assert violation(link.bind(raw=f"{head}.{payload}"))


@pytest.mark.parametrize("change", [
    {"sub": None}, {"sub": ""}, {"sub": 1}, {"token": None}, {"token": ""}, {"token": "x"},
    {"token": ["x"]}, {"sub": "CN={identity_id},OU={realm_id},O={tenant_id}"},
    {"sub": "CN={identity_id}, OU={realm_id}, O={tenant_id} "},
    {"sub": "cn={identity_id}, ou={realm_id}, o={tenant_id}"},
    {"sub": "CN={realm_id}, OU={identity_id}, O={tenant_id}"},
    {"sub": "CN={identity_id}, OU={realm_id}"},
    {"sub": "CN=0000000000000000, OU={realm_id}, O={tenant_id}"}])
def test_claims(link, change):
    change = {name: value.format(**link.instruction) if isinstance(value, str) else value
              for name, value in change.items()}
    claims = {**bind_claims(link.instruction), **change}
    assert "claim" in violation(link.bind(raw=SoftKey().jws(claims)))
    assert not link.cloud.credentials(link.identity_id)


def test_a_jws_for_another_link_is_refused(cloud, link):
    other = Link(cloud, link.identity_id)
    assert "token" in violation(link.bind(raw=SoftKey().jws(bind_claims(other.instruction))))


def test_claims_named_twice(link):
    key, claims = SoftKey(), bind_claims(link.instruction)
    twice = compact(claims)[:-1] + b',"token":"x"}'
    signed = b64u(compact({"alg": "ES256", "jwk": key.jwk})) + "." + b64u(twice)
    assert "payload" in violation(link.bind(raw=signed + "." + b64u(key.sign(signed.encode()))))


@pytest.mark.parametrize("raw", [
    "x", "..", "a.b.c", "a.b.c.d", "e30.e30.e30", "{}", "\u00fc.\u00fc.\u00fc", "." * 1000,
    "W10.W10.AA", "%s.%s.%s", "' OR 1=1 --"])
def test_what_is_no_jws(link, raw):
    assert violation(link.bind(raw=raw))


@pytest.mark.parametrize("space", [" ", "\n", "=", "\u00a0"])
def test_spaces_and_padding_in_a_jws(link, space):
    jws = SoftKey().jws(bind_claims(link.instruction))
    for raw in jws + space, space + jws, jws.replace(".", "." + space):
        assert violation(link.bind(raw=raw))


@pytest.mark.parametrize("body, fields", [
    ({}, {"type", "raw"}), ({"type": "JWT"}, {"raw"}), ({"type": "JWT", "raw": None}, {"raw"}),
    ({"type": "JWT", "raw": ""}, {"raw"}), ({"type": "JWT", "raw": {}}, {"raw"}),
    ({"type": "WEBAUTHN", "raw": "x"}, {"type"}), ({"type": "jwt", "raw": "x"}, {"type"}),
    ({"type": 1, "raw": 1}, {"type", "raw"})])
def test_body(link, body, fields):
    answer = link.cloud.call("POST", link.path + ":bind", body, token=link.token)
    assert answer.status == 400, answer
    assert {v["field"] for v in answer.json["details"][0]["field_violations"]} == fields


@pytest.mark.parametrize("body", [
    b"", b"null", b"[]", b'"x"', b"{", b"{}x", b'{"type":"JWT","type":"JWT","raw":"x"}',
    b'{"raw":"\xff"}', b'{"raw":"\\u0000"}', b"[" * 1000, b'{"a":' * 100 + b"1" + b"}" * 100])
def test_what_is_no_json_object(link, body):
    answer = link.cloud.call("POST", link.path + ":bind", body, token=link.token)
    assert answer.status == 400, answer
    assert answer.json == {"code": "bad_request", "message": "invalid request"}
