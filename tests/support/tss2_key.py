# SPDX-License-Identifier: Apache-2.0
"""Reads a TSS2 PRIVATE KEY file and the TPM public area in it, by its own means."""
import base64
import struct
from collections import namedtuple

HEADER, FOOTER = "-----BEGIN TSS2 PRIVATE KEY-----", "-----END TSS2 PRIVATE KEY-----"
LOADABLE_KEY_OID = bytes.fromhex("6781050a0103")  # 2.23.133.10.1.3
ATTRIBUTES = {1: "fixedTPM", 2: "stClear", 4: "fixedParent", 5: "sensitiveDataOrigin", 6: "userWithAuth",
              7: "adminWithPolicy", 10: "noDA", 11: "encryptedDuplication", 16: "restricted",
              17: "decrypt", 18: "sign"}
ECC, SHA256, ECDSA, NULL, P256 = 0x0023, 0x000B, 0x0018, 0x0010, 0x0003

Key = namedtuple("Key", "parent empty_auth attributes type name_alg scheme scheme_hash curve x y")


def der_items(data):
    """(tag, value) of each element of a DER sequence's content."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            num = length & 0x7F
            length, at = int.from_bytes(data[at:at + num], "big"), at + num
        yield tag, data[at:at + length]
        at += length


def read_pem(text):
    body = text.split(HEADER)[1].split(FOOTER)[0]
    ((tag, sequence),) = der_items(base64.b64decode(body, validate=False))
    assert tag == 0x30
    oid, *rest = der_items(sequence)
    assert oid == (0x06, LOADABLE_KEY_OID)
    return rest


def read_public(data):
    """A TPM2B_PUBLIC of an ECC key (TPM 2.0 Part 2, 12.2.4)."""
    (size,) = struct.unpack(">H", data[:2])
    assert size == len(data) - 2
    kind, name_alg, attributes, policy = struct.unpack(">HHIH", data[2:12])
    rest = data[12 + policy:]
    symmetric, scheme = struct.unpack(">HH", rest[:4])
    assert kind == ECC and symmetric == NULL
    rest = rest[4:]
    scheme_hash = None
    if scheme != NULL:
        (scheme_hash,), rest = struct.unpack(">H", rest[:2]), rest[2:]
    curve, kdf, x_len = struct.unpack(">HHH", rest[:6])
    assert kdf == NULL
    x, rest = rest[6:6 + x_len], rest[6 + x_len:]
    (y_len,) = struct.unpack(">H", rest[:2])
    assert len(rest) == 2 + y_len
    names = {name for bit, name in ATTRIBUTES.items() if attributes >> bit & 1}
    return {"type": kind, "name_alg": name_alg, "attributes": names, "scheme": scheme,
            "scheme_hash": scheme_hash, "curve": curve, "x": x, "y": rest[2:]}


def read_key(text):
    items = read_pem(text)
    empty_auth = any(tag == 0xA0 for tag, _ in items)
    (parent,) = [int.from_bytes(value, "big") for tag, value in items if tag == 0x02]
    public, _private = [value for tag, value in items if tag == 0x04]
    return Key(parent=parent, empty_auth=empty_auth, **read_public(public))
