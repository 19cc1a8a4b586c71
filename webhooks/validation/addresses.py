"""Which addresses this installation reaches."""

from __future__ import annotations

from django.conf import settings

from integrations_project.lib.net_policy import AddressRefused, NetPolicy, UrlRefused


def net_policy() -> NetPolicy:
    """Return the policy of this installation for addresses that we may reach."""
    return NetPolicy(
        allow_http=settings.DELIVERY_ALLOW_HTTP,
        allowed_networks=settings.DELIVERY_ALLOWED_NETWORKS,
    )


def find_url_error(url: str) -> str:
    """Return what is wrong with an address, or an empty text; looks up its host."""
    if not url:
        return ""
    try:
        net_policy().resolve_and_check(url)
    except (UrlRefused, AddressRefused) as refusal:
        return refusal.message
    return ""
