"""What can happen to a destination."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.actions import list_changes, record_audit
from accounts.datatypes import Actor
from accounts.models import Network
from integrations_project.lib.net_policy import UrlRefused, parse_url
from integrations_project.lib.redaction import is_secret_header
from integrations_project.lib.signing import generate_secret
from webhooks.models import Delivery, Destination
from webhooks.validation import find_secret_error

DISABLED = "The webhook is disabled."

#: What the audit log compares; secrets are shown there as changed, never as text.
AUDITED_FIELDS = (
    "label",
    "url",
    "format",
    "auth_method",
    "username",
    "password",
    "token",
    "secret",
    "signature",
    "headers",
    "event_types",
    "enabled",
    "timeout_seconds",
    "max_in_flight",
    "retry_schedule",
)
ROTATED_FIELDS = ("secret", "previous_secret", "previous_secret_expires_at")
HIDDEN_FIELDS = (*Destination.SECRET_FIELDS, "headers")


def save_destination(
    destination: Destination,
    *,
    actor: Actor,
    networks: Iterable[Network] | None = None,
    entered_secrets: Collection[str],
) -> Destination:
    """Check and store a destination, new or changed.

    When the URL leads to another scheme, host or port than before, stored secrets
    that were not entered again are cleared; an authorization that is left without
    its password or token becomes None.

    Args:
        destination: With the new values on it.
        actor: Who does it.
        networks: The networks it is limited to; None leaves them as they are.
        entered_secrets: The fields of ``secret, password, token, headers`` that
            were typed now, rather than kept.

    Raises:
        ValidationError: With a sentence for each field; nothing was written.
    """
    stored = Destination.objects.filter(pk=destination.pk).first()
    if stored is not None:
        clear_foreign_secrets(
            destination, stored=stored, entered_secrets=entered_secrets
        )
    chosen = None if networks is None else list(networks)
    _check_networks(destination, chosen)
    # Looks up the host, so before the transaction: nobody should wait for that.
    destination.full_clean()

    if stored is not None and stored.secret != destination.secret:
        # A typed secret takes effect at once; only `rotate_secret` overlaps.
        destination.previous_secret = ""
        destination.previous_secret_expires_at = None
    if destination.enabled:
        destination.disabled_reason = ""
    with transaction.atomic():
        _write(destination, stored=stored, networks=chosen, actor=actor)
    return destination


def _write(
    destination: Destination,
    *,
    stored: Destination | None,
    networks: list[Network] | None,
    actor: Actor,
) -> None:
    before = {} if stored is None else _snapshot(stored)
    after = _snapshot(destination)
    if networks is not None:
        before["networks"] = [] if stored is None else _network_labels(stored)
        after["networks"] = sorted(network.label for network in networks)

    destination.save()
    if networks is not None:
        destination.networks.set(networks)
    if not destination.enabled:
        skip_pending(destination, reason=DISABLED)

    changes = list_changes(before, after, secret=HIDDEN_FIELDS)
    if stored is None or changes:
        action = "webhook.created" if stored is None else "webhook.updated"
        _audit(destination, actor=actor, action=action, changes=changes)


def clear_foreign_secrets(
    destination: Destination, *, stored: Destination, entered_secrets: Collection[str]
) -> list[str]:
    """Take off the secrets that belong to another host; returns the fields cleared.

    A value that differs from the stored one was entered, whatever the caller says.
    """
    if is_same_origin(destination.url, stored.url):
        return []
    cleared = []
    for field in Destination.SECRET_FIELDS:
        kept = getattr(destination, field)
        if kept and field not in entered_secrets and kept == getattr(stored, field):
            setattr(destination, field, "")
            cleared.append(field)
    if destination.previous_secret:
        destination.previous_secret = ""
        destination.previous_secret_expires_at = None
    if "headers" not in entered_secrets and isinstance(destination.headers, dict):
        kept_headers = {
            name: value
            for name, value in destination.headers.items()
            if not is_secret_header(name) or stored.headers.get(name) != value
        }
        if kept_headers != destination.headers:
            destination.headers = kept_headers
            cleared.append("headers")
    needed = {"basic": "password", "bearer": "token"}.get(destination.auth_method)
    if needed in cleared:
        destination.auth_method = Destination.AuthMethod.NONE
        destination.username = ""
    return cleared


def is_same_origin(one: str, other: str) -> bool:
    """Whether two URLs have the same scheme, host and port."""
    if one == other:
        return True
    try:
        first, second = (parse_url(url, allow_http=True) for url in (one, other))
    except UrlRefused:
        return False
    return (first.scheme, first.host, first.port) == (
        second.scheme,
        second.host,
        second.port,
    )


@transaction.atomic
def delete_destination(destination: Destination, *, actor: Actor) -> None:
    """Remove a destination with its deliveries and their attempts."""
    _audit(destination, actor=actor, action="webhook.deleted")
    destination.delete()


@transaction.atomic
def enable_destination(destination: Destination, *, actor: Actor) -> bool:
    """Send events there again. Returns False when it was enabled already."""
    changed = Destination.objects.filter(pk=destination.pk, enabled=False).update(
        enabled=True,
        disabled_reason="",
        consecutive_failures=0,
        updated_at=timezone.now(),
    )
    if not changed:
        return False
    destination.enabled = True
    destination.disabled_reason = ""
    destination.consecutive_failures = 0
    _audit(destination, actor=actor, action="webhook.enabled")
    return True


@transaction.atomic
def disable_destination(
    destination: Destination, *, actor: Actor, reason: str = ""
) -> bool:
    """Send nothing there any more; what waits is skipped.

    Returns:
        False when it was disabled already; nothing was written then.
    """
    changed = Destination.objects.filter(pk=destination.pk, enabled=True).update(
        enabled=False, disabled_reason=reason[:255], updated_at=timezone.now()
    )
    if not changed:
        return False
    destination.enabled = False
    destination.disabled_reason = reason[:255]
    skip_pending(destination, reason=DISABLED)
    changes = {"reason": ["", reason]} if reason else {}
    _audit(destination, actor=actor, action="webhook.disabled", changes=changes)
    return True


def skip_pending(destination: Destination, *, reason: str) -> int:
    """Skip what waits for a destination. Returns how many deliveries."""
    return Delivery.objects.filter(
        destination=destination, status=Delivery.Status.PENDING
    ).update(status=Delivery.Status.SKIPPED, reason=reason)


@transaction.atomic
def rotate_secret(
    destination: Destination,
    *,
    actor: Actor,
    now: datetime,
    overlap_hours: int = 24,
    new_secret: str | None = None,
) -> str:
    """Give a destination a new signing secret and return it; it is shown only now.

    The one before signs too until the overlap is over.

    Raises:
        ValidationError: The new secret cannot be used; nothing was written.
    """
    secret = generate_secret() if new_secret is None else new_secret
    error = find_secret_error(secret) if secret else "Enter the new secret."
    if error:
        raise ValidationError({"secret": error})

    locked = Destination.objects.select_for_update().get(pk=destination.pk)
    has_overlap = bool(locked.secret) and overlap_hours > 0
    locked.previous_secret = locked.secret if has_overlap else ""
    locked.previous_secret_expires_at = (
        now + timedelta(hours=overlap_hours) if has_overlap else None
    )
    locked.secret = secret
    locked.save(update_fields=(*ROTATED_FIELDS, "updated_at"))
    for field in ROTATED_FIELDS:
        setattr(destination, field, getattr(locked, field))
    destination.updated_at = locked.updated_at
    _audit(
        destination,
        actor=actor,
        action="webhook.secret_rotated",
        changes={"overlap_hours": [None, overlap_hours]},
    )
    return secret


def _check_networks(
    destination: Destination, networks: Collection[Network] | None
) -> None:
    foreign = [
        network
        for network in networks or ()
        if network.organization_id != destination.organization_id
    ]
    if foreign:
        message = "Choose networks of this organization."
        raise ValidationError({"networks": message})


def _snapshot(destination: Destination) -> dict[str, Any]:
    return {field: getattr(destination, field) for field in AUDITED_FIELDS}


def _network_labels(destination: Destination) -> list[str]:
    return sorted(destination.networks.values_list("label", flat=True))


def _audit(
    destination: Destination,
    *,
    actor: Actor,
    action: str,
    changes: dict[str, Any] | None = None,
) -> None:
    record_audit(
        organization=destination.organization,
        actor=actor,
        action=action,
        target=destination,
        changes=changes,
    )
