"""Values that the rest of the house passes to `webhooks` and gets from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from webhooks.alert_samples import ALERT_SAMPLES as ALERT_SAMPLES  # for the catalogue

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime, timedelta
    from uuid import UUID

#: Types that the product publishes by itself; ``alert.<name>`` is open-ended.
EVENT_TYPES: dict[str, str] = {
    "incident.opened": "An incident was opened",
    "incident.acknowledged": "Somebody took an incident",
    "incident.updated": "An incident was edited, or an update was posted",
    "incident.resolved": "An incident was resolved",
    "incident.escalated": "Nobody took an incident, and the next step was told",
    "incident.reminder": "An incident is still open",
    "service.status_changed": "A service changed its status",
    "service.reminder": "A service is still not operational",
    "uptime.budget_burning": "A service burns its error budget fast",
    "status_page.posted": "Something was posted on a status page",
    "monitor.job_completed": "A monitor read its page",
    "monitor.job_failed": "A monitor could not read its page",
    "destination.failing": "A webhook failed four times in a row",
    "destination.recovered": "A failing webhook works again",
    "destination.disabled": "A webhook was disabled by itself",
}
#: ``alert.device_offline``, ``incident.opened``: lower case, one dot.
EVENT_TYPE = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_]+")
#: A type, ``<group>.*`` or ``*``.
EVENT_PATTERN = re.compile(r"\*|[a-z][a-z0-9_]*\.(?:\*|[a-z0-9_]+)")
ALERT_NAME = re.compile(r"ALERT_[A-Z0-9_]+")
TEST_EVENT_TYPE = "test.verify"
#: Stands for the alert types, of which anybody may make new ones.
ANY_ALERT = "alert.any"


#: One type under two names, as its vendor's pages give it: either means both.
SAME_TYPES = {
    "alert.rogue_ap": "alert.rogue_ap_detected",
    "alert.rogue_ap_detected": "alert.rogue_ap",
}


def patterns_for(event_type: str) -> list[str]:
    """Return every pattern that matches an event type, the exact one first."""
    patterns = [event_type, f"{event_type.split('.', 1)[0]}.*", "*"]
    same = SAME_TYPES.get(event_type)
    return [*patterns, same] if same else patterns


def list_types(pattern: str) -> list[str]:
    """Return the known types that a pattern stands for; empty when there is none.

    ``alert.device_boot`` is known although it is in no list: alert names are free.
    """
    if not EVENT_PATTERN.fullmatch(pattern):
        return []
    known = [*EVENT_TYPES, ANY_ALERT]
    if pattern == "*":
        return known
    group, _, name = pattern.partition(".")
    if name == "*":
        return [each for each in known if each.startswith(f"{group}.")]
    return [pattern] if pattern in EVENT_TYPES or group == "alert" else []


def alert_event_type(alert_name: str) -> str:
    """Return the event type of an alert: ALERT_DEVICE_BOOT is alert.device_boot."""
    return f"alert.{alert_name.removeprefix('ALERT_').lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAlert:
    """An alert type that has a title, and perhaps an example of its data."""

    type: str  # alert.device_boot
    title: str
    data: Mapping[str, Any]  # empty: no example is known


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to publish: the full snapshot of what happened."""

    type: str
    #: Given by who must know it before it is published; else one is made.
    id: UUID | None = None
    #: What the event is about, as the formats show it; JSON-safe.
    data: dict[str, Any]
    occurred_at: datetime
    trace: UUID
    subject_kind: str = ""  # "service", "incident", "network"
    subject_id: str = ""
    subject_label: str = ""
    network_id: UUID | None = None
    network_name: str = ""
    #: Destinations that rules matched; subscriptions are added by `publish`.
    destination_ids: Collection[UUID] = field(default=())
    #: How long some of them wait for the first attempt, and may be cancelled.
    holds: Mapping[UUID, timedelta] = field(default_factory=dict)
    #: Why, such as "Held by the rule “Nights”."; the delivery says it meanwhile.
    hold_reasons: Mapping[UUID, str] = field(default_factory=dict)
    #: Goes to ``destination_ids`` only; nobody's subscription is asked.
    is_direct: bool = False
    #: Links that only messages to people carry, by name ("acknowledge"); they let
    #: whoever has them act, so they are not part of the event's data.
    links: Mapping[str, str] = field(default_factory=dict)
    #: Destinations that are not told, whatever rules and subscriptions say.
    excluded_destination_ids: Collection[UUID] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSnapshot:
    """An event as the formats see it; equal snapshots render to equal bytes."""

    id: str
    type: str
    occurred_at: datetime
    trace: str
    network_name: str
    organization_id: str = ""
    #: See `NewEvent.links`; formats for people may show them.
    links: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""  # "incident/0189…"; empty when it is about nothing
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyResult:
    """What a test request got for an answer."""

    delivered: bool
    status_code: int | None
    duration_ms: int
    timings: dict[str, float]
    request_url: str
    request_headers: dict[str, str]  # as sent, secrets masked
    request_body: str
    response_headers: dict[str, str]
    response_body: str
    error_code: str = ""
    error_detail: str = ""
    error_hint: str = ""

    def show(self) -> dict[str, Any]:
        """Return it as the API's contract names its fields."""
        error = {
            "code": self.error_code,
            "detail": self.error_detail,
            "hint": self.error_hint,
        }
        return {
            "delivered": self.delivered,
            "status_code": self.status_code,
            "duration_ms": self.duration_ms,
            "timings": self.timings,
            "request": {
                "url": self.request_url,
                "headers": self.request_headers,
                "body": self.request_body,
            },
            "response": {"headers": self.response_headers, "body": self.response_body},
            "error": error if self.error_code else None,
        }
