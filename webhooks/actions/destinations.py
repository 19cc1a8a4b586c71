"""What can happen to a destination."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actions import list_changes, record_audit
from accounts.datatypes import SYSTEM, Actor
from accounts.models import Network
from webhooks.actions.secrets import clear_foreign_secrets, end_overlap_if_foreign
from webhooks.actions.sharing import SHARED_FIELDS, follow_settings
from webhooks.actions.skipping import DISABLED, skip_pending
from webhooks.kinds import settle_kind
from webhooks.models import Destination
from webhooks.models.destination_state import FRESH_STATE

#: What the audit log compares; secrets are shown there as changed, never as text.
AUDITED_FIELDS = (
    "label",
    "url",
    "service_url",
    "recipients",
    "event_types",
    "enabled",
    # Secrets before the present one are changed together with it.
    *(name for name in SHARED_FIELDS if not name.startswith("previous_")),
)
HIDDEN_FIELDS = (*Destination.SECRET_FIELDS, "client_certificate", "headers")


def save_destination(
    destination: Destination,
    *,
    actor: Actor,
    networks: Iterable[Network] | None = None,
    entered_secrets: Collection[str],
) -> Destination:
    """Check and store a destination, new or changed.

    When a URL leads to another scheme, host or port than before, stored secrets
    for it that were not entered again are cleared; an authorization that is left
    without its secret becomes None.

    Args:
        destination: With the new values on it.
        actor: Who does it.
        networks: The networks it is limited to; None leaves them as they are.
        entered_secrets: Those of `Destination.SECRET_FIELDS` and ``headers`` that
            were typed now, rather than kept.

    Raises:
        ValidationError: With a sentence for each field; nothing was written.
    """
    stored = Destination.objects.filter(pk=destination.pk).first()
    settle_kind(destination)
    if stored is not None:
        _check_kind(destination, stored=stored)
        clear_foreign_secrets(
            destination, stored=stored, entered_secrets=entered_secrets
        )
    chosen = None if networks is None else list(networks)
    _check_networks(destination, chosen)
    # Looks up the host, so before the transaction: nobody should wait for that.
    destination.full_clean()

    if stored is not None:
        end_overlap_if_foreign(destination, stored=stored)
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

    if stored is not None:
        _keep_state(destination, stored=stored)
    destination.save()
    if networks is not None:
        destination.networks.set(networks)
    if not destination.enabled:
        skip_pending(destination, reason=DISABLED)
    if stored is not None:
        follow_settings(destination)

    changes = list_changes(before, after, secret=HIDDEN_FIELDS)
    if stored is None or changes:
        action = "webhook.created" if stored is None else "webhook.updated"
        _audit(destination, actor=actor, action=action, changes=changes)


def _keep_state(destination: Destination, *, stored: Destination) -> None:
    """Take over what the engine noted while the settings were being edited."""
    rows = Destination.objects.select_for_update(no_key=True).filter(pk=stored.pk)
    for noted in rows.values(*Destination.list_state_fields()):
        for field, value in noted.items():
            setattr(destination, field, value)
    is_enabled_again = destination.enabled and not stored.enabled
    if is_enabled_again or destination.url != stored.url:
        destination.forget_failures()


@transaction.atomic
def delete_destination(destination: Destination, *, actor: Actor) -> None:
    """Remove a destination with its deliveries and their attempts."""
    _audit(destination, actor=actor, action="webhook.deleted")
    destination.delete()


@transaction.atomic
def enable_destination(destination: Destination, *, actor: Actor) -> bool:
    """Send events there again, with a fresh start: no failures, no open breaker.

    Returns:
        False when it was enabled already; nothing was written then.
    """
    changed = Destination.objects.filter(pk=destination.pk, enabled=False).update(
        **FRESH_STATE,
        enabled=True,
        disabled_reason="",
        is_gated=Q(rate_per_minute__isnull=False),
        updated_at=timezone.now(),
    )
    if not changed:
        return False
    destination.enabled = True
    destination.disabled_reason = ""
    destination.forget_failures()
    follow_settings(destination)
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
    if actor != SYSTEM:
        # What disables itself says nothing of the others, which fail by themselves.
        follow_settings(destination)
    changes = {"reason": ["", reason]} if reason else {}
    _audit(destination, actor=actor, action="webhook.disabled", changes=changes)
    return True


def _check_kind(destination: Destination, *, stored: Destination) -> None:
    if destination.kind != stored.kind:
        message = (
            f"This is a destination of the kind {stored.kind}, which is fixed; make a "
            "new one for another kind."
        )
        raise ValidationError({"kind": message})


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
