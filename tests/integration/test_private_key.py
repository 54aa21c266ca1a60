# SPDX-License-Identifier: Apache-2.0
"""The private key is the TPM's alone: what is in the store is a wrapped blob that
only the same TPM can use, and anyone can check that."""
import pathlib
import shutil
import subprocess

import pytest
import tss2_key
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from mock_jws import b64url_encode, thumbprint
from software_tpm import SoftwareTpm


def has_provider():
    shown = subprocess.run(["openssl", "version", "-m"], capture_output=True, text=True).stdout
    return pathlib.Path(shown.split('"')[1], "tpm2.so").exists()


needs_provider = pytest.mark.skipif(not has_provider(), reason="needs OpenSSL's tpm2 provider (Debian: tpm2-openssl)")


@pytest.fixture
def bound(passkey, mock, job, home):
    """(passkey, key file, the JWK that the cloud registered)"""
    name = job("ok")
    made = passkey.bind(mock.link(name))
    (registered,) = [entry for entry in mock.credentials() if entry["job_id"] == name]
    return made, home / "keys" / f"{made['keyHandle'][3:]}.pem", registered["jwk"]


def test_the_public_area_says_the_key_was_made_there_and_stays_there(bound):
    made, file, jwk = bound
    key = tss2_key.read_key(file.read_text())
    assert key.attributes == {"fixedTPM", "fixedParent", "sensitiveDataOrigin", "userWithAuth", "noDA", "sign"}
    assert (key.type, key.name_alg, key.curve) == (tss2_key.ECC, tss2_key.SHA256, tss2_key.P256)
    assert (key.scheme, key.scheme_hash) == (tss2_key.ECDSA, tss2_key.SHA256)
    assert key.parent == 0x40000001 and key.empty_auth
    assert (b64url_encode(key.x), b64url_encode(key.y)) == (jwk["x"], jwk["y"])
    assert made["thumbprint"] == thumbprint(jwk)


def test_the_store_holds_no_other_private_key(bound, home):
    for path in home.rglob("*"):
        text = path.read_bytes() if path.is_file() else b""
        headers = text.count(b"PRIVATE KEY-----")
        assert headers == text.count(b"TSS2 PRIVATE KEY-----"), path
        assert headers == (2 if path == bound[1] else 0), path


@needs_provider
def test_another_program_can_use_it_with_the_same_tpm(bound, home, tmp_path):
    _, file, jwk = bound
    message, signature, public = (tmp_path / name for name in ("message", "signature", "public.pem"))
    message.write_bytes(b"signed by OpenSSL through the TPM")
    with SoftwareTpm(home / "swtpm", tmp_path) as tpm:
        exported = tpm.openssl("pkey", "-in", file, "-pubout", "-out", public)
        assert exported.returncode == 0, exported.stderr
        signed = tpm.openssl("pkeyutl", "-sign", "-rawin", "-digest", "sha256", "-inkey", file,
                             "-in", message, "-out", signature)
        assert signed.returncode == 0, signed.stderr
    numbers = load_pem_public_key(public.read_bytes()).public_numbers()
    assert b64url_encode(numbers.x.to_bytes(32, "big")) == jwk["x"]
    assert b64url_encode(numbers.y.to_bytes(32, "big")) == jwk["y"]
    verified = subprocess.run(["openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, message],
                              capture_output=True)
    assert verified.returncode == 0, verified.stderr


@needs_provider
def test_another_tpm_cannot_use_it(bound, tmp_path):
    state = tmp_path / "other"
    state.mkdir()
    (tmp_path / "message").write_bytes(b"x")
    with SoftwareTpm(state, tmp_path) as tpm:
        signed = tpm.openssl("pkeyutl", "-sign", "-rawin", "-digest", "sha256", "-inkey", bound[1],
                             "-in", tmp_path / "message", "-out", tmp_path / "signature")
    assert signed.returncode != 0


def test_a_tpm_that_was_reset_makes_new_keys_and_keeps_the_old_files(passkey, mock, job, home):
    old = passkey.bind(mock.link(job("ok"), identity="anna"))
    shutil.rmtree(home / "swtpm")
    new = passkey.bind(mock.link(job("ok"), identity="bert"))
    assert passkey.list() == [old, new]
