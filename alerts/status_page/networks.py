"""The networks whose people see a private page without a password."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NETWORKS = 100


def clean_networks(given: Any) -> list[str]:
    """Return networks in their plain form, each once.

    Raises:
        ValidationError: Something in the list is no network.
    """
    if not isinstance(given, list):
        raise ValidationError("Write a list of networks such as 10.0.0.0/8.")
    if len(given) > MAX_NETWORKS:
        raise ValidationError(f"At most {MAX_NETWORKS} networks are taken.")
    return list(dict.fromkeys(_clean_network(text) for text in given))


def is_within(address: str | None, networks: Iterable[str]) -> bool:
    """Whether a client's address is in one of the networks; without one it is not."""
    if address is None:
        return False
    found = ipaddress.ip_address(address)
    # A dual-stack socket shows IPv4 clients so.
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ipaddress.ip_network(network) for network in networks)


def _clean_network(text: Any) -> str:
    try:
        if not isinstance(text, str):
            raise ValueError
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        message = f"{str(text)[:60]!r} is no network; write one such as 10.0.0.0/8."
        raise ValidationError(message) from None
