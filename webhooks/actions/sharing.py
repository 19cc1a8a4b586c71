"""Destinations that the product keeps for a webhook: another URL, the same settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from integrations_project.lib.redaction import is_secret_header
from webhooks.actions.origins import NEEDED_SECRETS, is_same_origin
from webhooks.actions.skipping import DISABLED, skip_pending
from webhooks.exceptions import ManagedDestination
from webhooks.models import Delivery, Destination
from webhooks.validation.addresses import find_url_error

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What follows the webhook; not its URL, its label, its subscription or its health.
SHARED_FIELDS = (
    "format",
    "template",
    "auth_method",
    "username",
    "password",
    "token",
    "oauth2_token_url",
    "oauth2_client_id",
    "oauth2_client_secret",
    "oauth2_scope",
    "client_certificate",
    "client_key",
    "secret",
    "previous_secret",
    "previous_secret_expires_at",
    "signature",
    "signature_header",
    "headers",
    "timeout_seconds",
    "max_in_flight",
    "retry_schedule",
    "rate_per_minute",
)
_OWN_FIELDS = ("kind", "label", "enabled", "disabled_reason", "updated_at")
#: Why one is disabled; any other reason is its own, such as a 410.
FOLLOWED = "The webhook whose settings it shares is disabled."
RETIRED = "No rule sends anything to this URL any more."
MOVED = (
    "Its webhook, whose secrets it shared, has moved to another host; save the rule "
    "with a URL there."
)


def require_made_by_people(destination: Destination) -> None:
    """Refuse to let people edit what the product keeps itself.

    Raises:
        ManagedDestination: It is such a one.
    """
    if destination.managed_by:
        raise ManagedDestination


def find_shared_url_error(webhook: Destination, url: str) -> str:
    """Return why a URL cannot be told with a webhook's settings, or an empty text.

    Looks up the host, so before a transaction: nobody should wait for that.
    """
    if webhook.kind != Destination.Kind.WEBHOOK:
        kind = webhook.get_kind_display().lower()
        return (
            f"{webhook.label} is no webhook but goes by {kind}; only a webhook's "
            "settings can be used at another URL."
        )
    if error := find_url_error(url):
        return error
    if has_secrets(webhook) and not is_same_origin(url, webhook.url):
        return (
            f"{webhook.label} has secrets, which are sent only to {webhook.host}, for "
            "which they were given. Write a URL there, or make a webhook of its own "
            "for this one."
        )
    return ""


def has_secrets(webhook: Destination) -> bool:
    """Whether anything that is sent with its requests proves who sends them."""
    fields = (*Destination.SECRET_FIELDS, "previous_secret")
    return any(getattr(webhook, name) for name in fields) or any(
        is_secret_header(name) for name in webhook.headers
    )


@transaction.atomic
def share_destination(webhook: Destination, *, url: str) -> Destination:
    """Return the destination that tells a URL with a webhook's settings.

    One is kept for each webhook and URL, whichever rules use it, so that an event
    reaches it once. It has its own queue, health and breaker.

    Raises:
        ValidationError: The URL cannot be used; nothing was written.
    """
    # Two rules that are saved at once must not make two of them.
    locked = Destination.objects.select_for_update(no_key=True).get(pk=webhook.pk)
    if has_secrets(locked) and not is_same_origin(url, locked.url):
        raise ValidationError({"url": find_shared_url_error(locked, url)})
    row = locked.sharing.filter(url=url, managed_by=Destination.ManagedBy.RULE).first()
    if row is None:
        row = Destination(
            organization_id=locked.organization_id,
            url=url,
            managed_by=Destination.ManagedBy.RULE,
            shares_with=locked,
            event_types=[],
        )
    elif row.disabled_reason not in (RETIRED, MOVED):
        return row
    row.forget_failures()
    row.enabled, row.disabled_reason = True, ""
    _take_over(row, locked)
    return row


def retire_destination(row: Destination, *, reason: str = RETIRED) -> None:
    """Stop telling a destination that the product kept, for a reason in a sentence.

    What it was told stays to be read; without any delivery it is removed.
    """
    if not Delivery.objects.filter(destination=row).exists():
        row.delete()
        return
    row.enabled = False
    row.disabled_reason = reason
    row.save(update_fields=("enabled", "disabled_reason", "updated_at"))
    skip_pending(row, reason=reason)


def follow_settings(webhook: Destination) -> None:
    """Give a webhook's settings to the destinations that share them."""
    rows = webhook.sharing.select_for_update(no_key=True, of=("self",))
    for row in rows.order_by("pk"):
        _take_over(row, webhook)


def _take_over(row: Destination, webhook: Destination) -> None:
    had_secrets = has_secrets(row)
    for name in SHARED_FIELDS:
        setattr(row, name, getattr(webhook, name))
    row.kind = webhook.kind
    row.label = f"{webhook.label}: {row.url.partition('://')[2]}"[:100]
    if not is_same_origin(row.url, webhook.url):
        _strip_secrets(row)
        if had_secrets:
            row.enabled, row.disabled_reason = False, MOVED
    if row.enabled and not webhook.enabled:
        row.enabled, row.disabled_reason = False, FOLLOWED
    elif row.disabled_reason == FOLLOWED and webhook.enabled:
        row.enabled, row.disabled_reason = True, ""
    _store(row, networks=webhook.networks.all())


def _strip_secrets(row: Destination) -> None:
    for name in (*Destination.SECRET_FIELDS, "previous_secret"):
        setattr(row, name, "")
    row.previous_secret_expires_at = None
    row.headers = {
        name: value for name, value in row.headers.items() if not is_secret_header(name)
    }
    if row.auth_method in NEEDED_SECRETS:
        row.auth_method, row.username = Destination.AuthMethod.NONE, ""


def _store(row: Destination, *, networks: Iterable[Any]) -> None:
    if row._state.adding:
        row.save()
    else:
        row.updated_at = timezone.now()
        row.save(update_fields=(*SHARED_FIELDS, *_OWN_FIELDS))
    row.networks.set(networks)
    if not row.enabled:
        skip_pending(row, reason=row.disabled_reason or DISABLED)
