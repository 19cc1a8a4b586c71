"""Values that the rest of the house passes to `alerts` and gets from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, NotRequired, Self, TypeAlias, TypedDict
from uuid import UUID

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.models import Incident, Service


#: What tells a failure apart, as its sender says: [{"name", "value"}].
Group: TypeAlias = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a status or an incident came from, as plain values.

    ``alerts`` does not know receivers or monitors: nothing points upwards.
    """

    kind: str  # "manual", "receiver", "monitor"
    id: str  # "" for manual
    label: str  # as screens show it


#: The dashboard, the admin and the API.
MANUAL = Source(kind="manual", id="", label="Manual")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPolicy:
    """What a source does with incidents when it changes a status."""

    auto_create: str = "never"  # "never", "down", "degraded" (degraded or worse)
    severity: str = "major"
    auto_resolve: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored beside the source's word."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return what `as_json` stored; what is missing has its default."""
        names = {each.name for each in fields(cls)}
        return cls(**{name: stored[name] for name in names & stored.keys()})


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdate:
    """A status that a source says a service has."""

    status: str  # operational, degraded, down, maintenance
    source: Source
    message: str = ""
    key: str = ""  # one state per key of a source; "" is its only state
    group: Group | None = None  # the same in the sender's words
    incidents: IncidentPolicy = field(default_factory=IncidentPolicy)
    receipt_id: UUID | None = None
    is_stale: bool = False  # said because the source itself fell silent
    since: datetime | None = None  # of the last news, when it is stale
    trace: UUID
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOutcome:
    """What a status update did."""

    status: str  # of the service, after
    previous_status: str
    changed: bool  # the service has another status now
    source_changed: bool  # this source says something else than before
    reason: str = ""  # why the service did not change, as a sentence; "" when it did
    incident: Incident | None = None  # that this update opened, belongs to or resolved
    #: "opened", "updated" when it joined, "resolved", or "" for one that goes on.
    incident_event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """What a service shows and what one source says of it, read without a lock."""

    service_id: UUID
    name: str
    status: str
    #: Key to status and message; a key that is not in it is operational.
    said: Mapping[str, tuple[str, str]]

    def has_heard(self, *, key: str, status: str, message: str) -> bool:
        """Whether an update would change nothing at all, not even the message."""
        said_status, said_message = self.said.get(key, ("operational", ""))
        if said_status != status:
            return False
        return status == "operational" or message in ("", said_message)


class IncidentFields(TypedDict):
    """What `open_incident` may be told; only the title and severity must be."""

    title: str
    severity: str
    services: Collection[Service]
    message: NotRequired[str]
    source: NotRequired[Source]
    key: NotRequired[str]
    group: NotRequired[Group | None]
    stays_open: NotRequired[bool]
    labels: NotRequired[Mapping[str, Any] | None]
    trace: NotRequired[UUID | None]


class AlertFields(TypedDict):
    """What `raise_alert` must be told."""

    alert_name: str
    network_name: str
    data: Mapping[str, Any]
    timestamp: datetime | str | None
