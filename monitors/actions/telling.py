"""The destination that a schedule keeps: made from its webhook fields.

People do not edit it; it is told of every run of the schedule beside what rules and
subscriptions ask for, and its deliveries are in the log as all others.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from integrations_project.lib.signing import generate_secret
from monitors.webhook_types import SENDINGS, STANDARD, TYPES, detect_type
from webhooks import actions as webhooks
from webhooks.actions.origins import is_same_origin
from webhooks.models import Destination

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.datatypes import Actor
    from monitors.models import Schedule

#: What the schedule's fields are called, for what is wrong with the destination's.
_NAMES = {
    "url": "webhook_url",
    "service_url": "webhook_url",
    "recipients": "webhook_url",
    "secret": "webhook_secret",
    "format": "webhook_type",
    "kind": "webhook_type",
    "label": "name",
}
GONE = "The monitor that it belonged to was deleted, or tells somebody else now."
NO_SECRET = "An e-mail carries no secret; leave it out."  # noqa: S105  # a sentence
NO_URL = "Write where runs are told in webhook_url first."
MAX_LABEL_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a schedule's webhook fields ask for, checked but not written."""

    webhook_type: str  #: empty tells nobody
    destination: Destination | None
    #: To show once: a secret that was made for this; None when none was.
    new_secret: str | None = None
    #: The destination before, that is not used any more.
    former: Destination | None = None


def plan_telling(
    schedule: Schedule, values: Mapping[str, Any], *, label: str
) -> Telling:
    """Return how a schedule tells of its runs with some fields changed.

    Looks up the host of the address, so before a transaction; writes nothing.

    Args:
        schedule: As it is stored, or a new one.
        values: Those of ``webhook_url``, ``webhook_type`` and ``webhook_secret`` that
            are given now; an empty URL tells nobody, an empty secret makes a new one.
        label: What the destination is called in lists.

    Raises:
        ValidationError: By the names of these fields.
    """
    stored = schedule.destination
    url = _read_url(values, stored)
    if not url:
        wants_another = values.get("webhook_secret") == "" and stored is None
        if (
            values.get("webhook_secret")
            or values.get("webhook_type")
            or (wants_another and "webhook_url" not in values)
        ):
            raise ValidationError({"webhook_url": [NO_URL]})
        return Telling(webhook_type="", destination=None, former=stored)
    webhook_type = _choose_type(schedule, values, url)
    sending = SENDINGS[webhook_type]
    is_kept = stored is not None and stored.kind == sending.kind
    row = copy.copy(stored) if stored is not None and is_kept else _make(schedule)
    row.kind = sending.kind
    has_moved = stored is not None and is_kept and not is_same_origin(url, stored.url)
    _point(row, url)
    row.label = f"{label[: MAX_LABEL_LENGTH - 10]} (monitor)"
    row.format = sending.format
    if "webhook_url" in values:
        row.enabled, row.disabled_reason = True, ""
    if has_moved:
        row.secret = ""  # it was made for another host
    new_secret = _settle_secret(row, values)
    _check(row)
    return Telling(
        webhook_type=webhook_type,
        destination=row,
        new_secret=new_secret,
        former=None if is_kept else stored,
    )


def keep_telling(telling: Telling, *, actor: Actor) -> None:
    """Write a planned destination, in the caller's transaction."""
    row = telling.destination
    if row is not None:
        webhooks.save_destination(row, actor=actor, entered_secrets=("secret",))


def stop_telling(destination: Destination | None) -> None:
    """Tell it no more; what it was told stays to be read."""
    if destination is not None:
        webhooks.retire_destination(destination, reason=GONE)


def _read_url(values: Mapping[str, Any], stored: Destination | None) -> str:
    shown = stored.url if stored is not None else ""
    url = values.get("webhook_url", shown)
    if url is not None and not isinstance(url, str):
        message = "Write the address as a text, such as https://example.com/hook."
        raise ValidationError({"webhook_url": [message]})
    return (url or "").strip()


def _choose_type(schedule: Schedule, values: Mapping[str, Any], url: str) -> str:
    chosen = values.get("webhook_type")
    if not chosen:
        stored = schedule.destination
        is_kept = stored is not None and (
            url == stored.url
            or (chosen is None and _is_by_hand(former=stored.url, url=url))
        )
        chosen = schedule.webhook_type if is_kept else detect_type(url)
    if chosen not in TYPES:
        known = ", ".join(TYPES)
        message = f"{chosen!r:.40} is no webhook type; choose one of: {known}."
        raise ValidationError({"webhook_type": [message]})
    return str(chosen)


def _is_by_hand(*, former: str, url: str) -> bool:
    """Whether neither address tells its type, so that the chosen one goes on."""
    return detect_type(former) == STANDARD and detect_type(url) == STANDARD


def _make(schedule: Schedule) -> Destination:
    return Destination(
        organization=schedule.organization,
        managed_by=Destination.ManagedBy.MONITOR,
        event_types=[],
    )


def _point(row: Destination, url: str) -> None:
    """Give it its address; the shown form of a chat's keeps the stored one."""
    if row.url == url and not row._state.adding:
        return
    row.url = url
    if row.kind == Destination.Kind.EMAIL:
        row.recipients = _list_recipients(url)


def _list_recipients(url: str) -> list[str]:
    text = url[len("mailto:") :] if url[:7].lower() == "mailto:" else url
    return [each.strip() for each in text.partition("?")[0].split(",") if each.strip()]


def _settle_secret(row: Destination, values: Mapping[str, Any]) -> str | None:
    """Give it the secret that was typed, else one of its own; return a made one."""
    given = values.get("webhook_secret")
    if row.kind == Destination.Kind.EMAIL:
        if given:
            raise ValidationError({"webhook_secret": [NO_SECRET]})
        return None
    row.signature = Destination.Signature.SHARED_SECRET
    if given:
        row.secret = given
    if given or (row.secret and given is None):
        return None
    secret = generate_secret()
    row.secret = secret
    return secret


def _check(row: Destination) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        found: dict[str, list[str]] = {}
        for name, sentences in error.message_dict.items():
            found.setdefault(_NAMES.get(name, "webhook_url"), []).extend(sentences)
        raise ValidationError(found) from error
