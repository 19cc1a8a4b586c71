"""One trace: all that one POST, one run of a monitor or one act set in motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alerts.models import Incident, StatusChange
from monitors.models import Job
from receivers.models import Receipt
from webhooks.hiding import hide_attempts, hide_deliveries
from webhooks.models import Attempt, Delivery, Event

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from accounts.permissions import Access

#: A trace of an event with a thousand destinations is cut, and says so.
DELIVERIES_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The rows of one trace, and how the page draws them."""

    receipts: list[Receipt]
    runs: list[Job]
    changes: list[StatusChange]
    incidents: list[Incident]
    events: list[Event]
    deliveries: list[Delivery]
    delivery_count: int
    entries: list[dict[str, Any]]

    @property
    def is_empty(self) -> bool:
        """Whether nothing of this organization has the trace."""
        return not self.entries


def find_trace(access: Access, trace: UUID) -> Trace:
    """Return all that carries this trace id, oldest first."""
    receipts = list(access.rows(Receipt).filter(trace=trace).select_related("receiver"))
    changes = list(
        access.rows(StatusChange).filter(trace=trace).select_related("service")
    )
    incidents = list(access.rows(Incident).filter(trace=trace))
    events = list(access.rows(Event).filter(trace=trace).order_by("id"))
    runs = _list_runs(access, events)
    rows = Delivery.objects.filter(event__in=events).select_related("destination")
    deliveries = list(rows.order_by("id")[:DELIVERIES_SHOWN])
    attempts = list(
        Attempt.objects.filter(delivery__in=deliveries).order_by("started_at", "id")
    )
    by_id = {delivery.pk: delivery for delivery in deliveries}
    for attempt in attempts:
        hide_attempts(access, by_id[attempt.delivery_id].destination, [attempt])
    hide_deliveries(access, deliveries)
    steps = [
        *((r.received_at, 0, _receipt_entry(r)) for r in receipts),
        *((j.created_at, 0, _run_entry(j)) for j in runs),
        *((c.changed_at, 1, _change_entry(c)) for c in changes),
        *((i.opened_at, 2, _incident_entry(i)) for i in incidents),
        *((e.created_at, 3, _event_entry(e)) for e in events),
        *((a.started_at, 4, _attempt_entry(a, by_id[a.delivery_id])) for a in attempts),
    ]
    # What is one transaction has nearly one time: the order of cause decides.
    order = sorted(steps, key=lambda step: (step[1] == 4, step[0], step[1]))
    waiting = [
        _waiting_entry(d) for d in deliveries if d.is_open or not d.attempt_count
    ]
    return Trace(
        receipts=receipts,
        runs=runs,
        changes=changes,
        incidents=incidents,
        events=events,
        deliveries=deliveries,
        delivery_count=rows.count(),
        entries=[entry for _, _, entry in order] + waiting,
    )


def _entry(
    icon: str, tone: str, title: str, at: datetime | None, **more: Any
) -> dict[str, Any]:
    return {"icon": icon, "tone": tone, "title": title, "at": at, **more}


def _receipt_entry(receipt: Receipt) -> dict[str, Any]:
    tones = {"processed": "ok", "ignored": "neutral"}
    read = f"Read “{receipt.raw_status}”" if receipt.raw_status else ""
    mapped = f", which means {receipt.status}." if receipt.status else ""
    return _entry(
        "inbox",
        tones.get(receipt.result, "bad"),
        f"{receipt.receiver.name} received a POST",
        receipt.received_at,
        text=f"{read}{mapped} {receipt.detail}".strip(),
        url=receipt.get_absolute_url(),
    )


def _list_runs(access: Access, events: list[Event]) -> list[Job]:
    """Return the runs that events tell of; they have the trace, but no index on it."""
    told = (each for each in events if each.type.startswith("monitor."))
    ids = [each.data.get("job_id") for each in told]
    if not any(ids):
        return []
    rows = access.rows(Job).filter(pk__in=ids).defer("results")
    return list(rows.select_related("schedule__strategy", "strategy"))


def _run_entry(run: Job) -> dict[str, Any]:
    if run.status == Job.Status.FAILED:
        tone, text = "bad", run.error
    else:
        tone, text = ("warn" if run.has_changes or run.unmet else "ok"), run.unmet
    found = "found a change" if run.has_changes else "found nothing new"
    if run.status == Job.Status.FAILED:
        found = "could not be read"
    return _entry(
        "eye",
        tone,
        f"{run.schedule or run.strategy} {found}",
        run.created_at,
        text=f"{run.url} {text}".strip(),
        url=run.get_absolute_url(),
    )


def _change_entry(change: StatusChange) -> dict[str, Any]:
    tones = {"operational": "ok", "degraded": "warn", "down": "bad"}
    return _entry(
        "activity",
        tones.get(change.status, "info"),
        f"{change.service.name}: {change.previous_status} → {change.status}",
        change.changed_at,
        text=change.message,
        by=change.source_label,
        url=change.service.get_absolute_url(),
    )


def _incident_entry(incident: Incident) -> dict[str, Any]:
    return _entry(
        "siren",
        "bad",
        f"Incident #{incident.number} opened: {incident.title}",
        incident.opened_at,
        url=incident.get_absolute_url(),
    )


def _event_entry(event: Event) -> dict[str, Any]:
    return _entry(
        "zap", "info", f"Event {event.type}", event.created_at, text=event.subject_label
    )


def _attempt_entry(attempt: Attempt, delivery: Delivery) -> dict[str, Any]:
    label = delivery.destination.label
    if attempt.is_success:
        title = f"{label} took {delivery.event_type}: {attempt.status_code}"
    else:
        title = f"{label} did not take {delivery.event_type}"
    return _entry(
        "send",
        "ok" if attempt.is_success else "bad",
        title,
        attempt.started_at,
        text=attempt.error,
        took=f"{attempt.duration_ms} ms",
        url=delivery.get_absolute_url(),
    )


def _waiting_entry(delivery: Delivery) -> dict[str, Any]:
    titles = {
        Delivery.Status.PENDING: "waits for its next attempt",
        Delivery.Status.SENDING: "is being sent",
        Delivery.Status.SKIPPED: "was skipped",
        Delivery.Status.CANCELLED: "was cancelled",
    }
    said = titles.get(Delivery.Status(delivery.status), "was not sent")
    return _entry(
        "clock",
        "neutral",
        f"{delivery.event_type} to {delivery.destination.label} {said}",
        delivery.next_attempt_at or delivery.created_at,
        text=delivery.reason,
        url=delivery.get_absolute_url(),
    )
