"""Publish that a run ended: to rules, subscriptions and the schedule's own webhook."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.conf import settings

from alerts import actions as alerts
from monitors.keeping import MAX_TOLD_BYTES, bound_items
from monitors.models import Job
from webhooks.datatypes import NewEvent

if TYPE_CHECKING:
    from accounts.models import Network
    from monitors.models import Schedule
    from webhooks.models import Event

EVENT_TYPES = {
    Job.Status.COMPLETED: "monitor.job_completed",
    Job.Status.FAILED: "monitor.job_failed",
}


def publish_run(job: Job) -> Event:
    """Publish a run that ended; each destination gets it once, whoever asks for it.

    In the caller's transaction. The results in the event are bounded.
    """
    schedule = job.schedule
    network = _find_network(schedule)
    own = schedule.destination_id if schedule is not None else None
    service_id = schedule.service_id if schedule is not None else None
    assert job.completed_at is not None  # it ended
    subject = schedule or job.strategy
    event = NewEvent(
        type=EVENT_TYPES[Job.Status(job.status)],
        data=build_run_snapshot(job),
        occurred_at=job.completed_at,
        trace=job.trace,
        subject_kind="monitor" if schedule is not None else "strategy",
        subject_id=str(subject.pk),
        subject_label=str(subject)[:200],
        network_id=network.pk if network is not None else None,
        network_name=network.label if network is not None else "",
        destination_ids=frozenset({own} if own is not None else ()),
    )
    return alerts.routing.publish_event(
        job.organization,
        event,
        service_ids=[service_id] if service_id is not None else (),
    )


def build_run_snapshot(job: Job) -> dict[str, Any]:
    """Return a run as events carry it.

    ``results``, ``item_count``, ``has_changes``, ``content_hash`` and the counts are
    there when it completed, ``error`` when it failed.
    """
    schedule = job.schedule
    ended_at = job.completed_at
    assert ended_at is not None
    data: dict[str, Any] = {
        "monitor": {
            "id": str(schedule.pk) if schedule is not None else None,
            "name": str(schedule or job.strategy),
        },
        "job_id": str(job.pk),
        "schedule_id": str(schedule.pk) if schedule is not None else None,
        "strategy_id": str(job.strategy_id),
        "url": job.url,
        "status": job.status,
        "completed_at": ended_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "run_url": settings.SITE_URL + job.get_absolute_url(),
        "metadata": schedule.webhook_metadata if schedule is not None else {},
    }
    if job.status == Job.Status.FAILED:
        return data | {"error": job.error, "status_code": job.status_code}
    told = bound_items(job.results, max_bytes=MAX_TOLD_BYTES)
    return data | {
        "results": told.items,
        "results_truncated": told.is_cut or len(told.items) < job.item_count,
        "item_count": job.item_count,
        "has_changes": job.has_changes,
        "added_count": job.added_count,
        "removed_count": job.removed_count,
        "changed_count": job.changed_count,
        "content_hash": job.content_hash,
        "status_code": job.status_code,
        "unmet": job.unmet,
        "notices": job.notices,
    }


def _find_network(schedule: Schedule | None) -> Network | None:
    """Return the network that a run belongs to: the schedule's only one, if any."""
    if schedule is None:
        return None
    networks = list(schedule.networks.all()[:2])
    if len(networks) == 1:
        return networks[0]
    return schedule.service.network if schedule.service is not None else None
