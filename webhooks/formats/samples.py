"""Made-up events, one for each type, as Verify sends them and help pages show them.

Their data has every field that a published event of the type has.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from webhooks.alert_samples import ALERT_SAMPLES
from webhooks.datatypes import EVENT_TYPES, TEST_EVENT_TYPE, EventSnapshot
from webhooks.formats.base import (
    SAMPLE_ID,
    SAMPLE_TIME,
    SAMPLE_TRACE,
    iso,
    iso_seconds,
)

NETWORK = "Main Office"
ORGANIZATION_ID = "01890000-0000-7000-8000-000000000003"
NETWORK_ID = "01890000-0000-7000-8000-000000000004"
SERVICE_ID = "01890000-0000-7000-8000-000000000005"
OBJECT_ID = "01890000-0000-7000-8000-000000000006"
MESSAGE = "This is a test from Signalpost; nothing has happened."
_PAGE = "https://signalpost.example.com"
_SERVICE: dict[str, Any] = {
    "id": SERVICE_ID,
    "name": "Example service",
    "group": "Example group",
    "entity_type": "table",
    "absolute_path": "EXAMPLE_DB.EXAMPLE_SCHEMA.orders",
    "labels": {"team": "data"},
    "network": {"id": NETWORK_ID, "label": NETWORK},
}
#: Each happening of an incident makes it another minute old.
_MINUTES = {
    "opened": 0,
    "acknowledged": 1,
    "updated": 2,
    "resolved": 3,
    "escalated": 5,
    "reminder": 60,
}


def build_sample(event_type: str) -> EventSnapshot:
    """Return a made-up event of a type; an unknown type gives a plain test event."""
    group, _, happening = event_type.partition(".")
    if group == "alert":
        data = _alert(event_type)
    elif event_type not in EVENT_TYPES:
        event_type, data = TEST_EVENT_TYPE, {"message": MESSAGE}
    elif group == "incident":
        data = _incident(happening)
    elif group == "service":
        data = _service_change()
    elif group == "uptime":
        data = _burning()
    elif group == "status_page":
        data = _post()
    elif group == "monitor":
        data = _job(is_failed=happening == "job_failed")
    else:
        data = _destination(happening)
    return EventSnapshot(
        id=SAMPLE_ID,
        type=event_type,
        occurred_at=SAMPLE_TIME,
        trace=SAMPLE_TRACE,
        network_name=NETWORK,
        organization_id=ORGANIZATION_ID,
        subject=_subject(group),
        data=data,
    )


def _subject(group: str) -> str:
    match group:
        case "service" | "uptime":
            return f"service/{SERVICE_ID}"
        case "alert":
            return f"network/{NETWORK_ID}"
        case "incident" | "monitor" | "status_page":
            return f"{group}/{OBJECT_ID}"
        case "destination":
            return f"webhook/{OBJECT_ID}"
        case _:
            return ""


def _alert(event_type: str) -> dict[str, Any]:
    name = event_type.split(".", 1)[1].upper()
    return {
        "alert_name": f"ALERT_{name}",
        "network_name": NETWORK,
        "timestamp": iso_seconds(SAMPLE_TIME),
        "data": ALERT_SAMPLES.get(event_type, {"message": MESSAGE}),
    }


def _incident(happening: str) -> dict[str, Any]:
    opened_at = iso(SAMPLE_TIME)
    moment = iso(SAMPLE_TIME + timedelta(minutes=_MINUTES[happening]))
    is_resolved = happening == "resolved"
    is_acknowledged = happening == "acknowledged"
    return {
        "id": OBJECT_ID,
        "number": 1,
        "title": "Example service is down (a test)",
        "status": "resolved" if is_resolved else "opened",
        "severity": "minor",
        "acknowledged": is_acknowledged,
        "acknowledged_at": moment if is_acknowledged else None,
        "acknowledged_by": "Signalpost" if is_acknowledged else None,
        "owner": None,
        "opened_at": opened_at,
        "resolved_at": moment if is_resolved else None,
        "updated_at": moment,
        "services": [_SERVICE | {"status": "down"}],
        "affected": [_link(opened_at, moment if is_resolved else None)],
        "receiver": None,
        "monitors": [],
        "labels": {"team": "data"},
        "post_mortem": "",
        "merged_into": None,
        "updates": [_update(happening, moment)],
        "url": f"{_PAGE}/incidents/{OBJECT_ID}/",
        "source_kind": "manual",
        "source_label": "Manual",
        "trace": SAMPLE_TRACE,
    }


def _link(linked_at: str, resolved_at: str | None) -> dict[str, Any]:
    return {
        "id": "1",
        "service": SERVICE_ID,
        "key": "",
        "group": None,
        "source_kind": "manual",
        "source_label": "Manual",
        "linked_at": linked_at,
        "resolved_at": resolved_at,
    }


def _update(happening: str, moment: str) -> dict[str, Any]:
    return {
        "id": SAMPLE_ID,
        "kind": "update" if happening == "updated" else happening,
        "message": MESSAGE,
        "actor": "Signalpost",
        "created_at": moment,
    }


def _service_change() -> dict[str, Any]:
    return {
        "service": _SERVICE,
        "status": "degraded",
        "previous_status": "operational",
        "message": MESSAGE,
        "receipt": None,
        "source": {"kind": "manual", "label": "Manual"},
        "status_since": iso(SAMPLE_TIME),
        "previous_status_since": iso(SAMPLE_TIME - timedelta(minutes=3)),
        "changes_last_hour": 2,
        "stale_since": None,
        "url": f"{_PAGE}/services/{SERVICE_ID}/",
    }


def _burning() -> dict[str, Any]:
    return {
        "service": _SERVICE,
        "target_percent": 99.9,
        "uptime_percent": 99.87,
        "budget_left_percent": -30.0,
        "budget_left_seconds": -777.6,
        "burn_rate": 15.2,
        "burn_window_seconds": 3600,
        "burning_since": iso(SAMPLE_TIME),
        "message": MESSAGE,
        "url": f"{_PAGE}/services/{SERVICE_ID}/",
    }


def _post() -> dict[str, Any]:
    return {
        "page": {"id": OBJECT_ID, "slug": "example", "title": "Example status"},
        "post": {
            "id": SAMPLE_ID,
            "title": "Example service is down (a test)",
            "state": "investigating",
            "message": MESSAGE,
            "created_at": iso(SAMPLE_TIME),
        },
        "incident": OBJECT_ID,
        "components": [{"id": "1", "name": "Example service", "status": "down"}],
        "url": f"{_PAGE}/status/example/",
    }


def _job(*, is_failed: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "status": "completed",
        "results": [
            {"title": "Product A", "price": "$19.99"},
            {"title": "Product B", "price": "$29.99"},
        ],
        "results_truncated": False,
        "item_count": 2,
        "has_changes": True,
        "added_count": 1,
        "removed_count": 0,
        "changed_count": 1,
        "content_hash": "7f3d9a2b4c1e",
        "status_code": 200,
        "unmet": "",
        "notices": [],
    }
    if is_failed:
        told = {
            "status": "failed",
            "error": "Page not accessible: 404 Not Found",
            "status_code": 404,
        }
    return {
        "monitor": {"id": OBJECT_ID, "name": "Example products"},
        "job_id": SAMPLE_ID,
        "schedule_id": OBJECT_ID,
        "strategy_id": SERVICE_ID,
        "url": "https://example.com/products",
        **told,
        "completed_at": iso_seconds(SAMPLE_TIME),
        "run_url": f"{_PAGE}/monitors/runs/{SAMPLE_ID}/",
        "metadata": {"team": "data"},
    }


def _destination(happening: str) -> dict[str, Any]:
    is_well = happening == "recovered"
    return {
        "webhook": {
            "id": OBJECT_ID,
            "label": "Example webhook",
            "kind": "webhook",
            "host": "hooks.example.com",
        },
        "status": happening,
        "message": MESSAGE,
        "consecutive_failures": 0 if is_well else 4,
        "failing_since": None if is_well else iso(SAMPLE_TIME - timedelta(minutes=36)),
        "last_error": "" if is_well else "The endpoint answered 500.",
        "url": f"{_PAGE}/settings/integrations/webhooks/{OBJECT_ID}/",
    }
