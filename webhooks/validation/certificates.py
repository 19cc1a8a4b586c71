"""The client certificate of a webhook and its key: a pair that TLS can use now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from webhooks.models import Destination

MAX_PEM_LENGTH = 64 * 1024
MAX_CERTIFICATES = 10
#: What OpenSSL takes at its usual level of security.
MIN_RSA_BITS = 2048


def find_certificate_errors(
    destination: Destination, *, now: datetime
) -> dict[str, str]:
    """Return what is wrong with certificate and key, by field.

    Args:
        destination: Checked only when this is how it authorizes.
        now: The time at which the certificate must be in date.
    """
    if destination.auth_method != "client_certificate":
        return {}
    chain = read_chain(destination.client_certificate)
    key = read_key(destination.client_key)
    errors = {}
    if isinstance(chain, str):
        errors["client_certificate"] = chain
    elif not destination.url.lower().startswith("https:"):
        errors["client_certificate"] = (
            "A client certificate is shown in the TLS handshake; enter an address "
            "that begins with https."
        )
    else:
        errors["client_certificate"] = _find_date_error(chain[0], now=now)
    if isinstance(key, str):
        errors["client_key"] = key
    elif not isinstance(chain, str):
        errors["client_key"] = _find_pairing_error(chain, key)
    return errors


def read_chain(pem: str) -> list[x509.Certificate] | str:
    """Return the certificates in a PEM text, or what is wrong with it."""
    if not pem.strip():
        return "Enter the client certificate as PEM."
    if len(pem) > MAX_PEM_LENGTH:
        return (
            f"The certificate is too long; enter at most {MAX_PEM_LENGTH} characters."
        )
    if "PRIVATE KEY-----" in pem:
        return (
            "There is a private key among the certificates; enter it as the key, "
            "where it is kept encrypted, and here the certificates alone."
        )
    try:
        chain = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        return (
            "This is no certificate as PEM. Copy it whole, with the lines "
            "-----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----."
        )
    if len(chain) > MAX_CERTIFICATES:
        return f"Enter at most {MAX_CERTIFICATES} certificates; there are {len(chain)}."
    return chain


def read_key(pem: str) -> PrivateKeyTypes | str:
    """Return the private key in a PEM text, or what is wrong with it."""
    if not pem.strip():
        return "Enter the private key of the client certificate as PEM."
    if len(pem) > MAX_PEM_LENGTH:
        return f"The key is too long; enter at most {MAX_PEM_LENGTH} characters."
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        return (
            "The key is protected by a passphrase; enter it without one, such as "
            "openssl pkey -in client.key writes it."
        )
    except (ValueError, UnsupportedAlgorithm):
        # The error of the library is not shown: it may quote what was entered.
        return (
            "This is no private key as PEM. Copy it whole, with the lines that begin "
            "with -----BEGIN and -----END."
        )
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < MIN_RSA_BITS:
        return f"An RSA key needs {MIN_RSA_BITS} bits; this one has {key.key_size}."
    kinds = rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey
    return key if isinstance(key, kinds) else "Enter an RSA, EC or Ed25519 key."


def _find_date_error(certificate: x509.Certificate, *, now: datetime) -> str:
    ends_at, begins_at = (
        certificate.not_valid_after_utc,
        certificate.not_valid_before_utc,
    )
    if now >= ends_at:
        return f"The certificate expired on {ends_at:%Y-%m-%d}; enter a new one."
    if now < begins_at:
        return f"The certificate is not valid before {begins_at:%Y-%m-%d %H:%M} UTC."
    return ""


def _find_pairing_error(chain: list[x509.Certificate], key: PrivateKeyTypes) -> str:
    public_key = key.public_key()
    matching = [each.public_key() == public_key for each in chain]
    if matching[0]:
        return ""
    if any(matching):
        return (
            "The key belongs to another certificate of the chain; put that one first "
            "and those between it and the root after it."
        )
    return "The key does not belong to the certificate; enter the two of one pair."
