"""Say what an update would do about incidents, without doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.models import IncidentService, ServiceSource, Status
from alerts.severity import find_effective_status, opens_incident

if TYPE_CHECKING:
    from uuid import UUID

    from alerts.datatypes import IncidentPolicy, Source


def foresee_incident(
    service_id: UUID | None,
    *,
    source: Source,
    key: str,
    status: str,
    policy: IncidentPolicy,
) -> str:
    """Return what would become of incidents as a sentence; empty when nothing.

    Args:
        service_id: The service; None for one that is not there yet.
        source: Who would say it.
        key: Which of its problems with the service.
        status: What it would say.
        policy: What the source does about incidents.
    """
    is_over = status == Status.OPERATIONAL
    acts = (
        policy.auto_resolve if is_over else opens_incident(status, policy.auto_create)
    )
    if not acts:
        return ""
    number = _find_number(service_id, source, key) if service_id else None
    if number is None:
        return "" if is_over else "It would open an incident."
    if is_over:
        return f"It would end its part in incident #{number}."
    return f"It would go on in incident #{number}, which is open."


def foresee_holder(service_id: UUID, *, source: Source, key: str, status: str) -> str:
    """Return who else would hold a service, as a sentence; empty when nobody would.

    Args:
        service_id: The service.
        source: Who would say something else now.
        key: Of which of its problems.
        status: What it would say.
    """
    others = list(
        ServiceSource.objects.filter(service=service_id)
        .exclude(source_kind=source.kind, source_id=source.id, key=key)
        .order_by("source_label")
        .values_list("status", "source_label")
    )
    shown = find_effective_status([status, *(said for said, _ in others)])
    if shown == status:
        return ""
    labels = dict.fromkeys(label for said, label in others if said == shown)
    return f"It would be {shown} all the same: {' and '.join(labels)} said so."


def _find_number(service_id: UUID, source: Source, key: str) -> int | None:
    return (
        IncidentService.objects.filter(
            service=service_id,
            source_kind=source.kind,
            source_id=source.id,
            key=key,
            resolved_at=None,
        )
        .values_list("incident__number", flat=True)
        .first()
    )
