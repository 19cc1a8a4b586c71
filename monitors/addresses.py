"""Which pages may be watched."""

from __future__ import annotations

import re

from django.conf import settings

from integrations_project.lib.net_policy import AddressRefused, NetPolicy, UrlRefused

_WITH_PASSWORD = re.compile(r"\s*https?://[^/?#]*@", re.IGNORECASE)


def page_policy() -> NetPolicy:
    """Return the policy of this installation for pages; plain http may be read."""
    return NetPolicy(
        allow_http=True, allowed_networks=settings.DELIVERY_ALLOWED_NETWORKS
    )


def find_page_error(url: object) -> str:
    """Return why a page cannot be watched, or an empty text; asks no name server."""
    if not isinstance(url, str):
        return "Enter the address of a page as a text."
    try:
        page_policy().check_url(url)
    except UrlRefused as refusal:
        return f"{url:.100} is no address of a page. {_explain(url, refusal)}"
    except AddressRefused as refusal:
        return refusal.message
    return ""


def _explain(url: str, refusal: UrlRefused) -> str:
    if _WITH_PASSWORD.match(url):
        return (
            "Enter it without user name and password; pages behind a sign-in cannot "
            "be read."
        )
    if refusal.message == UrlRefused().message:
        return "Enter a complete one such as https://example.com/prices."
    return refusal.message
