# SPDX-License-Identifier: Apache-2.0
"""Is a :bind request exactly what the protocol says? Checked with `cryptography`,
so that nothing of ours vouches for itself."""
import base64
import hashlib
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256


class Violation(Exception):
    """The request breaks the protocol; the text says which rule."""


def require(truth, rule):
    if not truth:
        raise Violation(rule)


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def b64url_encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def b64url_decode(text, what):
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Violation(f"{what} is not base64url") from None
    require(b64url_encode(data) == text, f"{what} is not canonical base64url without padding")
    return data


def json_object(data, what):
    try:
        value = json.loads(data)
    except ValueError:
        raise Violation(f"{what} is not JSON") from None
    require(isinstance(value, dict), f"{what} is not a JSON object")
    return value


def thumbprint(jwk):
    """RFC 7638."""
    return b64url_encode(hashlib.sha256(compact({k: jwk[k] for k in ("crv", "kty", "x", "y")})).digest())


def check_header(data):
    header = json_object(data, "the JWS header")
    jwk = header.get("jwk")
    require(isinstance(jwk, dict), "the JWS header has no jwk")
    expected = {"alg": "ES256", "jwk": {"crv": "P-256", "kty": "EC", "x": jwk.get("x"), "y": jwk.get("y")}}
    require(data == compact(expected), "the JWS header differs in keys, order, values or white space")
    return jwk


def check_payload(data, ids, token):
    expected = {"sub": f"CN={ids['identity']}, OU={ids['realm']}, O={ids['tenant']}", "token": token}
    require(data == compact(expected), "the JWS payload differs in keys, order, values or white space")


def check_signature(jwk, message, signature):
    x, y = (b64url_decode(jwk[name], f"jwk.{name}") for name in "xy")
    require(len(x) == 32 and len(y) == 32, "a coordinate is not 32 bytes")
    require(len(signature) == 64, "the signature is not 64 bytes (r || s)")
    try:
        key = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"),
                                            ec.SECP256R1()).public_key()
    except ValueError:
        raise Violation("the jwk is no point on P-256") from None
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise Violation("the signature does not verify") from None


def check_bind_body(body, ids, token):
    """The JWK of a right bind request; Violation otherwise."""
    raw = json_object(body, "the body").get("raw")
    require(isinstance(raw, str), "the body has no raw")
    require(body == compact({"type": "JWT", "raw": raw}), "the body differs in keys, order or white space")
    require(raw.count(".") == 2, "raw is not a compact JWS")
    header, payload, signature = raw.split(".")
    jwk = check_header(b64url_decode(header, "the JWS header"))
    check_payload(b64url_decode(payload, "the JWS payload"), ids, token)
    check_signature(jwk, f"{header}.{payload}".encode(), b64url_decode(signature, "the signature"))
    return jwk
