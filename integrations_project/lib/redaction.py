"""Take secrets out of headers before anyone sees or stores them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

REDACTED = "[redacted]"

#: Links that let whoever has them act, however an echo spells their slashes.
_RESPONSE_LINK = re.compile(
    r"(respond(?:\\?/|%2F))[A-Za-z0-9_.:%-]{20,}", re.IGNORECASE
)

#: An address of e-mail within a text; its first character and its domain stay.
_EMAIL = re.compile(r"([\w!#$%&'*+/=?^`{|}~.-])[\w!#$%&'*+/=?^`{|}~.-]*@(?=[\w\[])")

#: Names, or ends of names, whose values let somebody in. Signatures stay: they
#: are worth nothing without the secret, and comparing them finds most mistakes.
_SECRET_NAME = re.compile(
    r"""
    (?: ^ | - ) (?: authorization | authentication | cookie | set-cookie2? | cookie2
        | api-?key | apikey | access-?key | auth | key
        | token | secret | password | passwd | credentials? | session(?:-?id)?
        | jwt | assertion ) $
    """,
    re.VERBOSE | re.IGNORECASE,
)

#: Known exceptions to the pattern above: they name something, and open nothing.
_HARMLESS = frozenset({"idempotency-key", "sec-websocket-key", "partition-key"})


def redact_headers(
    headers: Mapping[str, str] | Iterable[tuple[str, str]],
    *,
    secret_names: Iterable[str] = (),
) -> dict[str, str]:
    """Return the headers with the values of secret ones masked.

    The name of an authentication scheme stays (``Bearer [redacted]``), since a
    wrong scheme is a common mistake. A repeated header is joined by a comma.

    Args:
        headers: a mapping, or pairs in wire order.
        secret_names: further names to mask, in any case: the custom headers
            whose values a destination keeps encrypted.
    """
    named = {name.lower() for name in secret_names}
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    redacted: dict[str, str] = {}
    for name, value in pairs:
        shown = value
        if name.lower() in named:
            shown = REDACTED
        elif is_secret_header(name):
            shown = _mask(name, value)
        redacted[name] = f"{redacted[name]}, {shown}" if name in redacted else shown
    return redacted


def is_secret_header(name: str) -> bool:
    """Tell whether a header of that name carries a credential."""
    if name.lower() in _HARMLESS:
        return False
    return _SECRET_NAME.search(name.replace("_", "-")) is not None


def _mask(name: str, value: str) -> str:
    scheme, space, _ = value.partition(" ")
    if space and name.lower().endswith("authorization") and scheme.isalpha():
        return f"{scheme} {REDACTED}"
    return REDACTED


def mask_emails(text: str) -> str:
    """Return a text whose addresses their owners know and nobody else does."""
    return _EMAIL.sub(r"\1…@", text) if "@" in text else text


def mask_url(url: str) -> str:
    """Return a URL of which only scheme and host are told; an address is masked."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return mask_emails(url.replace("mailto:", "", 1))
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}/…"


def conceal_links(text: str) -> str:
    """Return a text with the tokens of links that act masked.

    Messages to people carry such links; those who may only look at what was sent must
    not get them.
    """
    if "respond" not in text.lower():
        return text
    return _RESPONSE_LINK.sub(rf"\1{REDACTED}", text)
