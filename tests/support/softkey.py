# SPDX-License-Identifier: Apache-2.0
"""A passkey in software, for tests of the cloud: what a TPM would sign, and
anything that one never would."""
import base64
import hashlib
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


class SoftKey:
    def __init__(self, curve=None):
        self.private = ec.generate_private_key(curve or ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        self.x = b64u(numbers.x.to_bytes(self.size, "big"))
        self.y = b64u(numbers.y.to_bytes(self.size, "big"))

    @property
    def size(self):
        return (self.private.curve.key_size + 7) // 8

    @property
    def jwk(self):
        return {"crv": "P-256", "kty": "EC", "x": self.x, "y": self.y}

    @property
    def thumbprint(self):
        """RFC 7638, without padding"""
        return b64u(hashlib.sha256(compact(self.jwk)).digest())

    def sign(self, message):
        """ES256: r and s, not DER"""
        der = self.private.sign(message, ec.ECDSA(hashes.SHA256()))
        return b"".join(part.to_bytes(self.size, "big") for part in decode_dss_signature(der))

    def jws(self, payload, header=None):
        header = {"alg": "ES256", "jwk": self.jwk} if header is None else header
        signed = b64u(compact(header)) + "." + b64u(compact(payload))
        return signed + "." + b64u(self.sign(signed.encode()))


def bind_claims(instruction):
    """The payload of a bind, from the answer to :invokeAuthenticator."""
    return {"sub": "CN={identity_id}, OU={realm_id}, O={tenant_id}".format(**instruction),
            "token": instruction["token"]}
