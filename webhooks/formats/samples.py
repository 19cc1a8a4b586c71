"""Made-up events, one for each kind, as Verify sends them and help pages show them."""

from __future__ import annotations

from typing import Any

from webhooks.datatypes import TEST_EVENT_TYPE, EventSnapshot
from webhooks.formats.base import (
    SAMPLE_ID,
    SAMPLE_TIME,
    SAMPLE_TRACE,
    iso,
    iso_seconds,
)

NETWORK = "Example network"
_SERVICE = {"id": SAMPLE_ID, "name": "Example service"}


def build_sample(event_type: str) -> EventSnapshot:
    """Return a made-up event of a type; an unknown type gives a plain test event."""
    group = event_type.split(".", 1)[0]
    match group:
        case "alert":
            data = _alert(event_type)
        case "incident":
            data = _incident(event_type)
        case "service":
            data = _service_change()
        case _:
            event_type = TEST_EVENT_TYPE
            data = {"message": "This is a test from Signalpost; nothing has happened."}
    return EventSnapshot(
        id=SAMPLE_ID,
        type=event_type,
        occurred_at=SAMPLE_TIME,
        trace=SAMPLE_TRACE,
        network_name=NETWORK,
        data=data,
    )


def _alert(event_type: str) -> dict[str, Any]:
    name = event_type.split(".", 1)[1].upper()
    return {
        "alert_name": f"ALERT_{name}",
        "network_name": NETWORK,
        "timestamp": iso_seconds(SAMPLE_TIME),
        "data": {"message": "This is a test from Signalpost."},
    }


def _incident(event_type: str) -> dict[str, Any]:
    is_resolved = event_type == "incident.resolved"
    is_acknowledged = event_type == "incident.acknowledged"
    moment = iso(SAMPLE_TIME)
    return {
        "id": SAMPLE_ID,
        "number": 1,
        "title": "Example service is down (a test)",
        "status": "resolved" if is_resolved else "opened",
        "severity": "minor",
        "acknowledged": is_acknowledged,
        "acknowledged_at": moment if is_acknowledged else None,
        "acknowledged_by": "Signalpost" if is_acknowledged else None,
        "opened_at": moment,
        "resolved_at": moment if is_resolved else None,
        "updated_at": moment,
        "services": [_SERVICE],
        "labels": {},
        "source_kind": "manual",
        "source_label": "Manual",
    }


def _service_change() -> dict[str, Any]:
    return {
        "service": _SERVICE,
        "status": "degraded",
        "previous_status": "operational",
        "message": "This is a test from Signalpost.",
        "receipt": None,
    }
