"""What the admin's first page says: does the engine run, and what needs somebody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from accounts.admin.base import administered_ids
from alerts.models import Incident, Service
from integrations_project.lib.admin import is_superuser
from receivers.models import Receipt
from webhooks.engine import heartbeat
from webhooks.models import Destination, Pump, Resident

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

SHOWN = 8
#: A due delivery is picked up within a second; half a minute is a backlog.
LATE_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminOverview:
    """The facts of the first page; lists are cut, counts are not."""

    pumps: list[Resident]  # alive now
    last_beat_at: datetime | None
    oldest_due: timedelta | None
    is_late: bool
    failing: list[Destination]
    incidents: list[Incident]
    services: list[Service]
    refused: list[Receipt]
    shows_engine: bool
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_fine(self) -> bool:
        """Whether nothing at all needs somebody."""
        is_engine_fine = not self.shows_engine or bool(self.pumps and not self.is_late)
        return is_engine_fine and not any(self.counts.values())


def build_admin_overview(request: HttpRequest) -> AdminOverview:
    """Collect what is wrong, in the organizations that the operator administers."""
    failing = _rows(request, Destination).filter(
        enabled=True, consecutive_failures__gt=0
    )
    incidents = _rows(request, Incident).filter(status=Incident.Status.OPENED)
    services = _rows(request, Service).exclude(
        status__in=("operational", "maintenance")
    )
    oldest_due = heartbeat.oldest_due_age()
    last = Pump.objects.order_by("-beat_at").first()
    newest = _rows(request, Receipt).order_by("-id")[:50]
    refused = [row for row in newest if row.result in ("failed", "auth_failed")]
    return AdminOverview(
        pumps=list(heartbeat.fresh_pumps()),
        last_beat_at=last.beat_at if last else None,
        oldest_due=oldest_due,
        is_late=bool(oldest_due and oldest_due.total_seconds() > LATE_SECONDS),
        failing=list(failing.order_by("-consecutive_failures")[:SHOWN]),
        incidents=list(incidents.order_by("-id")[:SHOWN]),
        services=list(services.order_by("-status_since")[:SHOWN]),
        refused=refused[:SHOWN],
        shows_engine=is_superuser(request),
        counts={
            "failing": failing.count(),
            "incidents": incidents.count(),
            "services": services.count(),
            "refused": len(refused),
        },
    )


def _rows(request: HttpRequest, model: type[Model]) -> QuerySet[Any]:
    rows = model._default_manager.select_related("organization")
    if is_superuser(request):
        return rows
    return rows.filter(organization__in=administered_ids(request))
