"""Which incidents a list shows: the filters of its page, all of them optional."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from alerts.models import Incident, IncidentService

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from accounts.models import User

MAX_TEXT_LENGTH = 200
PERIODS = {
    "1": "The last 24 hours",
    "7": "The last 7 days",
    "30": "The last 30 days",
    "90": "The last 90 days",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilters:
    """What somebody chose; an empty text is no choice."""

    status: str = "opened"
    severity: str = ""
    acknowledged: str = ""  # yes, no
    owner: str = ""  # a person's id, me, none
    service: str = ""  # an id
    since: str = ""  # days
    q: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> IncidentFilters:
        """Return the choices in an address; what makes no sense is no choice."""
        return cls(
            status=query.get("status", "opened"),
            severity=_among(query.get("severity", ""), Incident.Severity.values),
            acknowledged=_among(query.get("acknowledged", ""), ("yes", "no")),
            owner=_read_owner(query.get("owner", "")),
            service=_read_id(query.get("service", "")),
            since=_among(query.get("since", ""), PERIODS),
            q=query.get("q", "").replace("\x00", "").strip()[:MAX_TEXT_LENGTH],
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the state was chosen."""
        chosen = asdict(self)
        chosen.pop("status")
        return any(chosen.values())

    def apply(
        self, rows: QuerySet[Incident], *, user: User | None, now: datetime
    ) -> QuerySet[Incident]:
        """Return the incidents that fit."""
        if self.status in Incident.Status.values:
            rows = rows.filter(status=self.status)
        if self.severity:
            rows = rows.filter(severity=self.severity)
        if self.acknowledged:
            rows = rows.filter(acknowledged=self.acknowledged == "yes")
        if self.owner:
            rows = rows.filter(self._find_owner(user))
        if self.service:
            links = IncidentService.objects.filter(service=UUID(self.service))
            rows = rows.filter(Exists(links.filter(incident=OuterRef("pk"))))
        if self.since:
            rows = rows.filter(opened_at__gte=now - timedelta(days=int(self.since)))
        return rows.filter(_find_text(self.q)) if self.q else rows

    def _find_owner(self, user: User | None) -> Q:
        match self.owner:
            case "none":
                return Q(owner=None)
            case "me":
                return Q(owner=user) if user is not None else Q(pk__in=())
            case _:
                return Q(owner=UUID(self.owner))


def _find_text(text: str) -> Q:
    digits = text.removeprefix("#")
    is_number = digits.isdecimal() and digits.isascii() and len(digits) < 10
    by_number = Q(number=int(digits)) if is_number else Q(pk__in=())
    return Q(title__icontains=text) | by_number


def _among(value: str, known: object) -> str:
    return value if value in known else ""  # type: ignore[operator]  # a collection


def _read_owner(value: str) -> str:
    return value if value in ("me", "none") else _read_id(value)


def _read_id(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        return ""
