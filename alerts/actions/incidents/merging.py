"""Make one incident of several."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from alerts.actions import escalations
from alerts.actions.incidents.changing import close_incident
from alerts.actions.incidents.opening import lock_incident_numbers
from alerts.actions.incidents.telling import (
    add_entry,
    lock_incidents,
    publish_incident,
    touch_incident,
)
from alerts.datatypes import MANUAL
from alerts.models import Incident, IncidentEntry, IncidentService
from alerts.severity import find_worst_severity

if TYPE_CHECKING:
    from accounts.datatypes import Actor

Kind = IncidentEntry.Kind


@transaction.atomic
def merge_incidents(
    into: Incident,
    others: Collection[Incident],
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """Let one open incident go on in the place of others.

    Their affected services move over, each since when it was affected; what their
    sources say later counts in the one that goes on. Its severity rises to the worst.
    The others are resolved. Publishes ``incident.resolved`` for each of them and
    ``incident.updated`` for the one that goes on.

    Returns:
        How many were merged.

    Raises:
        ValidationError: One of them is resolved, of another organization, or the
            same; nothing was written.
    """
    lock_incident_numbers(into.organization)
    locked = lock_incidents({into.pk, *(other.pk for other in others)})
    chosen = {other.pk: locked.get(other.pk) for other in others}
    target = locked.get(into.pk)
    merged = [other for other in chosen.values() if other is not None]
    _check(into, target, merged, is_complete=len(merged) == len(chosen))
    assert target is not None
    for other in merged:
        _merge_one(target, other, actor=actor, now=now)
    severity = find_worst_severity([i.severity for i in (target, *merged)])
    names = ", ".join(str(other) for other in merged)
    touch_incident(target, now=now, severity=severity)
    add_entry(target, Kind.MERGED, actor=actor, now=now, message=f"Took over {names}.")
    publish_incident(target, "updated", trace=target.trace, now=now)
    escalations.begin(target, now=now)
    into.refresh_from_db()
    return len(merged)


def _check(
    into: Incident,
    target: Incident | None,
    others: Collection[Incident],
    *,
    is_complete: bool,
) -> None:
    organization_id = into.organization_id
    if target is None or not is_complete:
        sentence = "One of these incidents does not exist any more."
    elif not others:
        sentence = "Choose at least one other incident."
    elif any(other.pk == target.pk for other in others):
        sentence = "An incident cannot be merged into itself."
    elif any(other.organization_id != organization_id for other in others):
        sentence = "Choose incidents of this organization."
    elif not target.is_open:
        sentence = f"Incident #{target.number} is resolved; merge into an open one."
    elif closed := [other for other in others if not other.is_open]:
        number = closed[0].number
        sentence = f"Incident #{number} is resolved already; only open ones are merged."
    else:
        return
    raise ValidationError({"incidents": [sentence]})


def _merge_one(
    target: Incident, other: Incident, *, actor: Actor, now: datetime
) -> None:
    open_links = list(IncidentService.objects.filter(incident=other, resolved_at=None))
    # First ended there, then begun here: a source is in one open incident only.
    message = f"It goes on as {target}."
    close_incident(other, actor=actor, now=now, message=message, kind=Kind.MERGED)
    Incident.objects.filter(pk=other.pk).update(merged_into=target)
    other.refresh_from_db()
    by_hand = target.affected.filter(resolved_at=None, source_kind=MANUAL.kind)
    named = set(by_hand.values_list("service_id", flat=True))
    IncidentService.objects.bulk_create(
        IncidentService(
            incident=target,
            service_id=link.service_id,
            source_kind=link.source_kind,
            source_id=link.source_id,
            source_label=link.source_label,
            key=link.key,
            group=link.group,
            linked_at=link.linked_at,
        )
        for link in open_links
        if link.source_kind != MANUAL.kind or link.service_id not in named
    )
    publish_incident(other, "resolved", trace=other.trace, now=now)
