"""Where a request came from, as an address that can be stored."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Return the address of the client; None when it has none, as on a socket."""
    return find_client(
        request.META.get("REMOTE_ADDR") or "",
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
    )


def find_client(peer: str, forwarded_for: str) -> str | None:
    """Return the client's address, given its peer's and ``X-Forwarded-For``.

    Behind ``TRUSTED_PROXIES`` proxies of ours, the address is that many places
    from the right of ``X-Forwarded-For``: what stands further left was written by
    the client and proves nothing.
    """
    hops = settings.TRUSTED_PROXIES
    if not hops:
        return parse_address(peer)
    forwarded = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    return parse_address(forwarded[-hops] if len(forwarded) >= hops else peer)


def parse_address(text: str) -> str | None:
    """Return an IP address in its plain form, without port and zone, or None.

    A column for addresses takes nothing else, and a header may say anything.
    """
    for candidate in (text, text.rpartition(":")[0].strip("[]")):
        try:
            # A zone (fe80::1%eth0) means something on one host only.
            return str(ipaddress.ip_address(candidate.strip().partition("%")[0]))
        except ValueError:
            continue
    return None
