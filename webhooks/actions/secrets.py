"""What becomes of a destination's secrets: rotated, or cleared for another host."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions import record_audit
from accounts.datatypes import Actor
from integrations_project.lib.redaction import is_secret_header
from webhooks.actions.origins import NEEDED_SECRETS, is_same_origin
from webhooks.actions.sharing import follow_settings
from webhooks.models import Destination
from webhooks.previous_secrets import MAX_PREVIOUS, PreviousSecret
from webhooks.signatures import generate_secret_for
from webhooks.validation import find_secret_error

ROTATED_FIELDS = ("secret", "previous_secret", "previous_secret_expires_at")


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

    The one before signs too until the overlap is over, and so do earlier ones until
    their own end; beyond `MAX_PREVIOUS` the oldest ends at once.

    Args:
        destination: Whose secret; its signature says what fits.
        actor: Who does it.
        now: When the overlap begins.
        overlap_hours: How long the one before signs; 0, for a secret that has
            leaked, ends every earlier one at once.
        new_secret: None generates one.

    Raises:
        ValidationError: The new secret cannot be used; nothing was written.
    """
    locked = Destination.objects.select_for_update().get(pk=destination.pk)
    signature = locked.signature
    secret = generate_secret_for(signature) if new_secret is None else new_secret
    error = find_secret_error(secret, signature=signature)
    if error or not secret:
        raise ValidationError({"secret": error or "Enter the new secret."})

    _put_before(locked, secret, now=now, overlap_hours=overlap_hours)
    locked.secret = secret
    locked.save(update_fields=(*ROTATED_FIELDS, "updated_at"))
    for field in (*ROTATED_FIELDS, "updated_at"):
        setattr(destination, field, getattr(locked, field))
    follow_settings(locked)
    record_audit(
        organization=locked.organization,
        actor=actor,
        action="webhook.secret_rotated",
        target=destination,
        changes={"overlap_hours": [None, overlap_hours]},
    )
    return secret


def end_overlap_if_foreign(destination: Destination, *, stored: Destination) -> None:
    """Take off the secrets before that have no part in what is saved now.

    A typed secret takes effect at once; only `rotate_secret` overlaps. And another
    signature may have no use for a secret of the kind before.
    """
    if stored.secret != destination.secret:
        _end_overlap(destination)
        return
    destination.previous_secrets = [
        each
        for each in destination.previous_secrets
        if not find_secret_error(each.secret, signature=destination.signature)
    ]


def clear_foreign_secrets(
    destination: Destination, *, stored: Destination, entered_secrets: Collection[str]
) -> list[str]:
    """Take off the secrets that belong to another host; returns the fields cleared.

    A value that differs from the stored one was entered, whatever the caller says.
    An OAuth2 client secret belongs to the token URL as well.
    """
    if not is_same_origin(destination.url, stored.url):
        cleared = _clear(
            destination, Destination.SECRET_FIELDS, stored, entered_secrets
        )
        _end_overlap(destination)
        if _clear_headers(destination, stored, entered_secrets):
            cleared.append("headers")
    elif not is_same_origin(destination.oauth2_token_url, stored.oauth2_token_url):
        cleared = _clear(destination, ["oauth2_client_secret"], stored, entered_secrets)
    else:
        return []
    destination.is_secret_cleared = "secret" in cleared
    if NEEDED_SECRETS.get(destination.auth_method) in cleared:
        destination.auth_method = Destination.AuthMethod.NONE
        destination.username = ""
    return cleared


def _clear(
    destination: Destination,
    fields: Iterable[str],
    stored: Destination,
    entered_secrets: Collection[str],
) -> list[str]:
    cleared = []
    for field in fields:
        kept = getattr(destination, field)
        if kept and field not in entered_secrets and kept == getattr(stored, field):
            setattr(destination, field, "")
            cleared.append(field)
    return cleared


def _clear_headers(
    destination: Destination, stored: Destination, entered_secrets: Collection[str]
) -> bool:
    if "headers" in entered_secrets or not isinstance(destination.headers, dict):
        return False
    kept = {
        name: value
        for name, value in destination.headers.items()
        if not is_secret_header(name) or stored.headers.get(name) != value
    }
    has_changed = kept != destination.headers
    destination.headers = kept
    return has_changed


def _put_before(
    destination: Destination, new_secret: str, *, now: datetime, overlap_hours: int
) -> None:
    """Put the current secret among those before, unless all of them end now."""
    if overlap_hours <= 0:
        _end_overlap(destination)
        return
    ends_at = now + timedelta(hours=overlap_hours)
    previous = [
        PreviousSecret(destination.secret, ends_at),
        *destination.previous_secrets,
    ]
    destination.previous_secrets = [
        each
        for each in previous
        if each.secret not in ("", new_secret)
        and each.expires_at > now
        and not find_secret_error(each.secret, signature=destination.signature)
    ][:MAX_PREVIOUS]


def _end_overlap(destination: Destination) -> None:
    destination.previous_secrets = ()
