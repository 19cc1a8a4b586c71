"""Which raised alerts a list shows: the filters of its page, all of them optional."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from alerts.incident_filters import PERIODS as PERIODS
from integrations_project.lib.ids import first_id_at
from webhooks.datatypes import EVENT_TYPE, SAME_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from webhooks.models import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilters:
    """What somebody chose; an empty text is no choice."""

    type: str = ""  # alert.device_boot
    network: str = ""  # an id
    since: str = ""  # days

    @classmethod
    def read(cls, query: Mapping[str, str]) -> AlertFilters:
        """Return the choices in an address; what makes no sense is no choice."""
        wanted = query.get("type", "")
        since = query.get("since", "")
        return cls(
            type=wanted if EVENT_TYPE.fullmatch(wanted) else "",
            network=_read_id(query.get("network", "")),
            since=since if since in PERIODS else "",
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything was chosen."""
        return any(asdict(self).values())

    def apply(self, rows: QuerySet[Event], *, now: datetime) -> QuerySet[Event]:
        """Return the alerts that fit; one type under two names is one."""
        if self.type:
            rows = rows.filter(type__in=(self.type, SAME_TYPES.get(self.type, "")))
        if self.network:
            rows = rows.filter(network=UUID(self.network))
        if self.since:
            begin = now - timedelta(days=int(self.since))
            rows = rows.filter(pk__gte=first_id_at(begin))
        return rows


def _read_id(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        return ""
