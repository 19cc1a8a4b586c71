"""An authority for client certificates, made for one test."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PEM = serialization.Encoding.PEM
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(PEM).decode()

    @property
    def key_pem(self) -> str:
        return write_key(self.key)


def write_key(key: Any, passphrase: str = "") -> str:
    """Return a private key as PEM, encrypted when there is a passphrase."""
    encryption = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    return key.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, encryption
    ).decode()


def issue(
    name: str,
    issuer: Pair | None = None,
    *,
    is_authority: bool = False,
    start: dt.timedelta = -DAY,
    rsa_bits: int = 0,
) -> Pair:
    """Make a certificate, good for ten days from `start`; without issuer, a root."""
    key: Any = (
        rsa.generate_private_key(65537, rsa_bits)
        if rsa_bits
        else ec.generate_private_key(ec.SECP256R1())
    )
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begins = dt.datetime.now(dt.UTC) + start
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + 10 * DAY)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    return Pair(certificate, key)
