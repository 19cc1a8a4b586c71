"""What may be stored in a destination: checked alike by form, admin and API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from integrations_project.lib.net_policy import NetPolicy

if TYPE_CHECKING:
    from webhooks.models import Destination


def net_policy() -> NetPolicy:
    """Return the policy of this installation for addresses that we may reach."""
    return NetPolicy(
        allow_http=settings.DELIVERY_ALLOW_HTTP,
        allowed_networks=settings.DELIVERY_ALLOWED_NETWORKS,
    )


def find_destination_errors(destination: Destination) -> dict[str, list[str]]:
    """Return a sentence for each field of a destination that needs mending."""
    return {}
