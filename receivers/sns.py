"""Is a message really from Amazon SNS? Pure: what is signed, and whether it fits.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
(read 2026-11).
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

if TYPE_CHECKING:
    from datetime import datetime

    from integrations_project.lib.json_types import JSONObject

CONFIRMATION = "SubscriptionConfirmation"
NOTIFICATION = "Notification"
UNSUBSCRIBED = "UnsubscribeConfirmation"

_HOST = re.compile(r"sns\.[a-z]{2}(?:-[a-z]+)+-[0-9]\.amazonaws\.com(?:\.cn)?")
#: Names in the order of the alphabet, as they are signed.
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = (
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)
_SIGNED = {
    NOTIFICATION: _NOTIFICATION,
    CONFIRMATION: _CONFIRMATION,
    UNSUBSCRIBED: _CONFIRMATION,
}
_HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}  # what AWS signs with


def is_amazons(url: object, *, suffix: str = "") -> bool:
    """Whether an address is one of SNS itself; nothing else is ever fetched."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        has_port = parts.port is not None
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and not has_port
        and "@" not in parts.netloc
        and _HOST.fullmatch(parts.netloc) is not None
        and parts.path.endswith(suffix)
    )


def find_certificate_url(message: JSONObject) -> str:
    """Return where the certificate is; messages for Lambda spell it otherwise."""
    url = message.get("SigningCertURL") or message.get("SigningCertUrl")
    return url if isinstance(url, str) else ""


def build_signed_text(message: JSONObject) -> bytes | None:
    """Return what AWS signed: names and values on lines; None for another message."""
    names = _SIGNED.get(str(message.get("Type")))
    if names is None:
        return None
    lines = []
    for name in names:
        value = message.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str):
            return None
        lines += [name, value]
    return "".join(f"{line}\n" for line in lines).encode()


def fits(message: JSONObject, certificate_pem: str, *, now: datetime) -> bool:
    """Tell whether a message was signed with the key of a certificate."""
    text = build_signed_text(message)
    make_hash = _HASHES.get(str(message.get("SignatureVersion")))
    signature = message.get("Signature")
    if text is None or make_hash is None or not isinstance(signature, str):
        return False
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
        key = certificate.public_key()
        is_timely = certificate.not_valid_before_utc <= now
        is_timely = is_timely and now <= certificate.not_valid_after_utc
        if not isinstance(key, rsa.RSAPublicKey) or not is_timely:
            return False
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, text, padding.PKCS1v15(), make_hash())
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
