"""What people do to receivers: create, edit, pause, rotate."""

from __future__ import annotations

import secrets
import string
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.actions import list_changes, record_audit
from alerts import actions as alerts
from alerts.datatypes import IncidentPolicy, Source
from integrations_project.lib.encryption import hash_token
from integrations_project.lib.ids import uuid7
from receivers.cache import forget_specs
from receivers.mapping import validate_mapping
from receivers.models import Receiver

if TYPE_CHECKING:
    from accounts.datatypes import Actor
    from accounts.models import Network, Organization

TOKEN_ALPHABET = string.ascii_letters + string.digits
TOKEN_LENGTH = 64
TOKEN_FIELDS = (
    "token",
    "token_hash",
    "previous_token_hash",
    "previous_token_expires_at",
)
MAX_OVERLAP_HOURS = 24 * 30

#: What it does with incidents.
POLICY_FIELDS = (
    "auto_create_incidents",
    "incident_severity",
    "auto_resolve_incidents",
)

#: With a preset, a field that says the usual is the preset's, and so is empty.
PLAIN_FIELDS = {"status_field": "status", "message_field": "message"}

#: What people edit. The token and the secret of a rotation have their own actions.
FIELDS = (
    "name",
    "service_id",
    "service_name_field",
    "create_unknown_services",
    "preset",
    "status_field",
    "message_field",
    "key_field",
    "time_field",
    "delivery_id_field",
    "items_path",
    "mapping",
    "mapping_mode",
    "unmapped",
    "hmac_secret",
    "signature_header",
    "signature_scheme",
    "required_auth",
    "auth_username",
    "auth_password",
    "auth_token",
    "source_networks",
    "rate_per_minute",
    "expected_every_minutes",
    "silent_status",
    "auto_create_incidents",
    "incident_severity",
    "auto_resolve_incidents",
    "enabled",
)


@transaction.atomic
def create_receiver(
    organization: Organization,
    *,
    actor: Actor,
    networks: Iterable[Network] = (),
    **fields: Any,
) -> Receiver:
    """Make a receiver with a new token in its URL.

    With a preset, the fields for status and message are empty unless they say
    something else than usual: the preset knows them.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    receiver = Receiver(organization=organization, **fields)
    _settle_plain_fields(receiver, receiver)
    _set_token(receiver)
    chosen = list(networks)
    _check(receiver, chosen)
    receiver.save(force_insert=True)
    receiver.networks.set(chosen)
    changes = list_changes({}, _values(receiver), secret=Receiver.SECRET_FIELDS)
    _audit(receiver, actor=actor, action="receiver.created", changes=changes)
    return receiver


@transaction.atomic
def save_receiver(
    receiver: Receiver,
    *,
    actor: Actor,
    networks: Iterable[Network] | None = None,
    entered_secrets: Collection[str] = (),
) -> Receiver:
    """Store the edited fields of a receiver; they act within two seconds everywhere.

    A secret that is empty and was not entered stays as it is stored; one that was
    replaced or emptied is worth nothing from now on. When the receiver turns to
    another service or another key, what it said before no longer counts.

    Args:
        receiver: With the new values on it.
        actor: Who does it.
        networks: The networks it is limited to; None leaves them as they are.
        entered_secrets: The secret fields that were typed now, also as nothing.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    stored = Receiver.objects.get(pk=receiver.pk)
    _settle_plain_fields(receiver, stored)
    for name in Receiver.SECRET_FIELDS:
        if not getattr(receiver, name) and name not in entered_secrets:
            setattr(receiver, name, getattr(stored, name))
    chosen = None if networks is None else list(networks)
    _check(receiver, list(stored.networks.all()) if chosen is None else chosen)
    before, after = _values(stored), _values(receiver)
    if chosen is not None:
        before["networks"] = _labels(stored.networks.all())
        after["networks"] = _labels(chosen)

    if stored.hmac_secret != receiver.hmac_secret:
        receiver.previous_hmac_secret = ""
        receiver.previous_hmac_secret_expires_at = None
    previous = ("previous_hmac_secret", "previous_hmac_secret_expires_at")
    receiver.save(update_fields=(*FIELDS, *previous, "updated_at"))
    if chosen is not None:
        receiver.networks.set(chosen)
    _clear_what_was_said(stored, receiver, actor=actor)
    if any(before[name] != after[name] for name in POLICY_FIELDS):
        alerts.follow_policy(_source(receiver), build_policy(receiver))
    forget_specs()

    changes = list_changes(before, after, secret=Receiver.SECRET_FIELDS)
    if changes:
        _audit(receiver, actor=actor, action="receiver.updated", changes=changes)
    return receiver


@transaction.atomic
def rotate_token(
    receiver: Receiver, *, actor: Actor, now: datetime, overlap_hours: int = 0
) -> str:
    """Give a receiver another URL and return its token.

    The old URL goes on for the overlap, at most 30 days; with none it answers 404.
    """
    hours = min(max(overlap_hours, 0), MAX_OVERLAP_HOURS)
    receiver.previous_token_hash = receiver.token_hash if hours else ""
    ends_at = now + timedelta(hours=hours)
    receiver.previous_token_expires_at = ends_at if hours else None
    token = _set_token(receiver)
    receiver.save(update_fields=(*TOKEN_FIELDS, "updated_at"))
    forget_specs()
    changes = {"overlap_hours": [None, hours]} if hours else None
    _audit(receiver, actor=actor, action="receiver.token_rotated", changes=changes)
    return token


@transaction.atomic
def rotate_hmac_secret(
    receiver: Receiver,
    *,
    new_secret: str,
    actor: Actor,
    now: datetime,
    overlap_hours: int = 24,
) -> None:
    """Take signatures with a new secret, and with the one before for a while.

    Raises:
        ValidationError: The new secret cannot be used.
    """
    locked = Receiver.objects.select_for_update().get(pk=receiver.pk)
    if not new_secret:
        raise ValidationError({"hmac_secret": ["Enter the new secret."]})
    has_overlap = bool(locked.hmac_secret) and overlap_hours > 0
    ends_at = now + timedelta(hours=overlap_hours)
    receiver.previous_hmac_secret = locked.hmac_secret if has_overlap else ""
    receiver.previous_hmac_secret_expires_at = ends_at if has_overlap else None
    receiver.hmac_secret = new_secret
    receiver.clean()
    receiver.save(
        update_fields=(
            "hmac_secret",
            "previous_hmac_secret",
            "previous_hmac_secret_expires_at",
            "updated_at",
        )
    )
    forget_specs()
    _audit(receiver, actor=actor, action="receiver.secret_rotated")


def pause_receiver(receiver: Receiver, *, actor: Actor) -> bool:
    """Keep what comes and change nothing. Returns False when it was paused before."""
    return _set_enabled(receiver, actor=actor, enabled=False)


def resume_receiver(receiver: Receiver, *, actor: Actor) -> bool:
    """Act on what comes again. Returns False when it was not paused."""
    return _set_enabled(receiver, actor=actor, enabled=True)


@transaction.atomic
def _set_enabled(receiver: Receiver, *, actor: Actor, enabled: bool) -> bool:
    changed = Receiver.objects.filter(pk=receiver.pk, enabled=not enabled).update(
        enabled=enabled, updated_at=timezone.now()
    )
    receiver.enabled = enabled
    if changed:
        forget_specs()
        action = "receiver.resumed" if enabled else "receiver.paused"
        _audit(receiver, actor=actor, action=action)
    return bool(changed)


def _set_token(receiver: Receiver) -> str:
    token = "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(TOKEN_LENGTH))
    receiver.token = token
    receiver.token_hash = hash_token(token)
    return token


def _check(receiver: Receiver, networks: list[Network]) -> None:
    errors: dict[str, Any] = {}
    receiver.name = str(receiver.name).strip()
    try:
        receiver.full_clean()
        receiver.mapping = validate_mapping(receiver.mapping)
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    if any(n.organization_id != receiver.organization_id for n in networks):
        errors["networks"] = ["Choose networks of this organization."]
    service_network = receiver.service.network_id if receiver.service else None
    if networks and service_network not in {None, *(n.pk for n in networks)}:
        message = "Choose a service of the receiver's own networks."
        errors.setdefault("service", []).append(message)
    if errors:
        raise ValidationError(errors)


def _settle_plain_fields(receiver: Receiver, stored: Receiver) -> None:
    """Leave the usual words to the preset when there is one; put them back without."""
    for field, plain in PLAIN_FIELDS.items():
        value = getattr(receiver, field)
        if receiver.preset and value == plain:
            setattr(receiver, field, "")
        elif stored.preset and not receiver.preset and not value:
            setattr(receiver, field, plain)


def _clear_what_was_said(stored: Receiver, receiver: Receiver, *, actor: Actor) -> None:
    has_moved = receiver.service_id not in (None, stored.service_id)
    has_other_key = receiver.key_field != stored.key_field
    if not has_moved and not has_other_key:
        return
    alerts.clear_source(
        _source(receiver),
        trace=uuid7(),
        actor=actor,
        now=timezone.now(),
        but_not=None if has_other_key else receiver.service_id,
    )


def build_policy(receiver: Receiver) -> IncidentPolicy:
    """Return what a receiver does with incidents when it changes a status."""
    return IncidentPolicy(
        auto_create=receiver.auto_create_incidents,
        severity=receiver.incident_severity,
        auto_resolve=receiver.auto_resolve_incidents,
    )


def _source(receiver: Receiver) -> Source:
    return Source(kind="receiver", id=str(receiver.pk), label=receiver.name)


def _values(receiver: Receiver) -> dict[str, Any]:
    return {name: getattr(receiver, name) for name in FIELDS}


def _labels(networks: Iterable[Network]) -> list[str]:
    return sorted(network.label for network in networks)


def _audit(
    receiver: Receiver,
    *,
    actor: Actor,
    action: str,
    changes: dict[str, Any] | None = None,
) -> None:
    record_audit(
        organization=receiver.organization,
        actor=actor,
        action=action,
        target=receiver,
        changes=changes,
    )
