"""Values that the rest of the house passes to `alerts` and gets from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.models import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a status or an incident came from, as plain values.

    ``alerts`` does not know receivers or monitors: nothing points upwards.
    """

    kind: str  # "manual", "receiver", "monitor"
    id: str  # "" for manual
    label: str  # as screens show it
    network_id: UUID | None = None


#: The dashboard, the admin and the API.
MANUAL = Source(kind="manual", id="", label="Manual")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPolicy:
    """What a source does with incidents when it changes a status."""

    auto_create: str = "never"  # "never", "down", "degraded" (degraded or worse)
    severity: str = "major"
    auto_resolve: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdate:
    """A status that a source says a service has."""

    status: str  # operational, degraded, down, maintenance
    source: Source
    message: str = ""
    key: str = ""  # one state per key of a source; "" is its only state
    incidents: IncidentPolicy = field(default_factory=IncidentPolicy)
    receipt_id: UUID | None = None
    trace: UUID
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOutcome:
    """What a status update did."""

    status: str  # of the service, after
    previous_status: str
    changed: bool  # the service has another status now
    source_changed: bool  # this source says something else than before
    reason: str = ""  # why nothing changed, as a sentence; "" when it did
    incident: Incident | None = None  # opened, joined or resolved by this update
    incident_event: str = ""  # "opened", "resolved" or ""
