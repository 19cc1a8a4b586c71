"""What a service's status was, hour by hour: the small bars on lists."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from alerts.models import Status, StatusChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from alerts.models import Service

HOURS = 24
#: Worst first; a cell shows the worst that happened in its hour.
RANK = (Status.DOWN, Status.DEGRADED, Status.MAINTENANCE, Status.OPERATIONAL)


class Cell(NamedTuple):
    """One hour; status is empty where nothing is known."""

    status: str
    title: str

    def as_dict(self) -> dict[str, str]:
        """Return it as templates take it."""
        return {"status": self.status, "title": self.title}


def build_day_bars(
    services: Iterable[Service], *, now: datetime
) -> dict[UUID, list[dict[str, str]]]:
    """Return for each service the last 24 hours as cells, oldest first.

    One query, however many services.
    """
    rows = list(services)
    start = now - timedelta(hours=HOURS)
    changes: dict[UUID, list[StatusChange]] = {service.pk: [] for service in rows}
    recent = StatusChange.objects.filter(
        service__in=changes, changed_at__gte=start
    ).order_by("changed_at")
    for change in recent:
        changes[change.service_id].append(change)
    return {
        service.pk: [
            cell.as_dict() for cell in list_cells(service, changes[service.pk], now=now)
        ]
        for service in rows
    }


def list_cells(
    service: Service, changes: Sequence[StatusChange], *, now: datetime
) -> list[Cell]:
    """Return the cells of one service from its changes of the window, oldest first."""
    start = now - timedelta(hours=HOURS)
    status = changes[0].previous_status if changes else service.status
    pending = list(changes)
    cells = []
    for hour in range(HOURS):
        begin, end = start + timedelta(hours=hour), start + timedelta(hours=hour + 1)
        seen = [status]
        while pending and pending[0].changed_at < end:
            status = pending.pop(0).status
            seen.append(status)
        worst = min(seen, key=lambda name: RANK.index(Status(name)))
        known = service.created_at < end
        label = Status(worst).label if known else "Not known"
        cells.append(Cell(worst if known else "", f"{begin:%H:%M}–{end:%H:%M} {label}"))
    return cells
