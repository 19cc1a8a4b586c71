"""What people do to an incident: take it, say something, correct it, close it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Membership, User
from alerts.actions import escalations
from alerts.actions.incidents.telling import (
    MAX_MESSAGE_LENGTH,
    add_entry,
    check_fields,
    lock_incident,
    next_update,
    publish_incident,
    store_changes,
    touch_incident,
)
from alerts.exceptions import IncidentResolved
from alerts.models import Incident, IncidentEntry, IncidentService

if TYPE_CHECKING:
    from accounts.datatypes import Actor

Kind = IncidentEntry.Kind
MAX_POST_MORTEM_LENGTH = 50_000


@transaction.atomic
def acknowledge_incident(
    incident: Incident, *, actor: Actor, now: datetime, message: str = ""
) -> bool:
    """Note that somebody looks after it, and publish ``incident.acknowledged``.

    Returns:
        False when somebody did already; then nothing is written.

    Raises:
        IncidentResolved: There is nothing to look after any more.
    """
    changed = Incident.objects.filter(
        pk=incident.pk, status=Incident.Status.OPENED, acknowledged=False
    ).update(
        acknowledged=True,
        acknowledged_at=now,
        acknowledged_by=actor.label[:200],
        updated_at=next_update(now),
    )
    incident.refresh_from_db()
    if not changed:
        if not incident.is_open:
            raise IncidentResolved
        return False
    add_entry(incident, Kind.ACKNOWLEDGED, actor=actor, now=now, message=message)
    publish_incident(incident, "acknowledged", trace=incident.trace, now=now)
    reason = f"{actor.label} looks after the incident"
    escalations.stop(incident, reason, now=now, actor=actor)
    return True


@transaction.atomic
def resolve_incident(
    incident: Incident, *, actor: Actor, now: datetime, message: str = ""
) -> bool:
    """Close it, and publish ``incident.resolved``; no service changes its status.

    Returns:
        False when it was resolved already; then nothing is written.
    """
    if not close_incident(incident, actor=actor, now=now, message=message):
        return False
    publish_incident(incident, "resolved", trace=incident.trace, now=now)
    return True


def close_incident(
    incident: Incident,
    *,
    actor: Actor,
    now: datetime,
    message: str = "",
    kind: str = Kind.RESOLVED,
) -> bool:
    """Resolve without telling anybody. Returns False when it was resolved already.

    Args:
        incident: Locked, and read again from the database.
        actor: Who resolves it.
        now: When.
        message: What the timeline says of it.
        kind: Of that line.
    """
    lock_incident(incident)
    if not incident.is_open:
        return False
    IncidentService.objects.filter(incident=incident, resolved_at=None).update(
        resolved_at=now
    )
    close_locked(incident, actor=actor, now=now, message=message, kind=kind)
    return True


def close_locked(
    incident: Incident,
    *,
    actor: Actor,
    now: datetime,
    message: str = "",
    kind: str = Kind.RESOLVED,
) -> None:
    """Resolve an open incident that is locked and affects nothing any more."""
    resolved = Incident.Status.RESOLVED
    store_changes(incident, now=now, status=resolved, resolved_at=now)
    add_entry(incident, kind, actor=actor, now=now, message=message)
    reason = "it goes on in another incident" if kind == Kind.MERGED else "resolved"
    escalations.stop(incident, reason, now=now, actor=actor)


@transaction.atomic
def post_incident_update(
    incident: Incident, *, message: str, actor: Actor, now: datetime
) -> IncidentEntry:
    """Add words to the timeline, also of a resolved one; ``incident.updated`` is told.

    Raises:
        ValidationError: There are no words, or too many.
    """
    text = message.strip()
    if not text:
        raise ValidationError({"message": ["Write what people should know."]})
    if len(text) > MAX_MESSAGE_LENGTH:
        raise ValidationError({"message": ["Write at most 5,000 characters."]})
    touch_incident(incident, now=now)
    entry = add_entry(incident, Kind.UPDATE, actor=actor, now=now, message=text)
    publish_incident(incident, "updated", trace=incident.trace, now=now, said=text)
    return entry


@transaction.atomic
def edit_incident(
    incident: Incident,
    *,
    actor: Actor,
    now: datetime,
    title: str | None = None,
    severity: str | None = None,
    labels: Mapping[str, Any] | None = None,
) -> bool:
    """Change what an incident is called, how bad it is, or its labels.

    Publishes ``incident.updated``. Returns False when nothing is different.

    Raises:
        ValidationError: The title or the severity needs mending.
    """
    lock_incident(incident)
    wanted: dict[str, Any] = {"title": title and title.strip(), "severity": severity}
    wanted["labels"] = None if labels is None else dict(labels)
    changes = {
        name: value
        for name, value in wanted.items()
        if value is not None and value != getattr(incident, name)
    }
    if not changes:
        return False
    for name, value in changes.items():
        setattr(incident, name, value)
    check_fields(incident)
    touch_incident(incident, now=now, **changes)
    message = f"Changed: {', '.join(changes)}."
    add_entry(incident, Kind.EDITED, actor=actor, now=now, message=message)
    publish_incident(incident, "updated", trace=incident.trace, now=now)
    if "severity" in changes:
        escalations.begin(incident, now=now)
    return True


@transaction.atomic
def assign_incident(
    incident: Incident, *, owner: User | None, actor: Actor, now: datetime
) -> bool:
    """Say who sees to it, also when it is resolved; ``incident.updated`` is told.

    Args:
        incident: Whose owner.
        owner: A member of the organization; None for nobody.
        actor: Who says so.
        now: When.

    Returns:
        False when that is so already; then nothing is written.

    Raises:
        ValidationError: The person is not a member, or cannot sign in any more.
    """
    if owner is not None and not _is_member(owner, incident):
        message = "Choose a member of this organization who can sign in."
        raise ValidationError({"owner": [message]})
    lock_incident(incident)
    if incident.owner_id == (owner.pk if owner else None):
        return False
    touch_incident(incident, now=now, owner=owner)
    said = f"{owner} sees to it." if owner else "Nobody sees to it any more."
    add_entry(incident, Kind.OWNER, actor=actor, now=now, message=said)
    publish_incident(incident, "updated", trace=incident.trace, now=now)
    return True


@transaction.atomic
def write_post_mortem(
    incident: Incident, *, text: str, actor: Actor, now: datetime
) -> bool:
    """Keep what happened and what follows, also while it is open.

    Publishes ``incident.updated``. Returns False when nothing is different.

    Raises:
        ValidationError: It is too long.
    """
    written = text.replace("\r\n", "\n").strip()
    if len(written) > MAX_POST_MORTEM_LENGTH:
        raise ValidationError({"post_mortem": ["Write at most 50,000 characters."]})
    lock_incident(incident)
    if written == incident.post_mortem:
        return False
    verb = "changed" if incident.post_mortem else "written"
    said = f"The post-mortem was {verb if written else 'removed'}."
    touch_incident(incident, now=now, post_mortem=written)
    add_entry(incident, Kind.POST_MORTEM, actor=actor, now=now, message=said)
    publish_incident(incident, "updated", trace=incident.trace, now=now)
    return True


def _is_member(user: User, incident: Incident) -> bool:
    members = Membership.objects.filter(organization=incident.organization_id)
    return members.filter(user=user, user__is_active=True).exists()
