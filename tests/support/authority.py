# SPDX-License-Identifier: Apache-2.0
"""A certificate authority for tests: good certificates and bad ones."""
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
END = datetime.datetime(2120, 1, 1, tzinfo=datetime.timezone.utc)
PAST = datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone.utc)
FUTURE = datetime.datetime(2119, 1, 1, tzinfo=datetime.timezone.utc)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    def __init__(self, folder, name="Test CA"):
        self.folder, self.name = folder, _name(name)
        folder.mkdir(parents=True, exist_ok=True)
        self.key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(self.name, self.key.public_key(), BEGIN, END, [
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (x509.KeyUsage(True, False, False, False, False, True, True, False, False), True)])
        self.file = folder / "ca.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(self, subject, public_key, begin, end, extensions):
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
                   .public_key(public_key).serial_number(x509.random_serial_number())
                   .not_valid_before(begin).not_valid_after(end))
        extensions = extensions + [
            (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)]
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, host, begin=BEGIN, end=END):
        """(certificate file, key file) for a server named host."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(_name(host), key.public_key(), begin, end, [
            (x509.SubjectAlternativeName([x509.DNSName(host)]), False),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)])
        stem = self.folder / f"{host}-{certificate.serial_number:x}"
        files = stem.with_suffix(".crt"), stem.with_suffix(".key")
        files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                               serialization.NoEncryption()))
        return tuple(map(str, files))
