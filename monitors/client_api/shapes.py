"""How strategies, runs and schedules are shown to the client.

Every row has its id twice, as ``id`` and as ``job_id`` and the like: the client's
documentation uses both. Source: https://docs.meter.sh/api-reference/rest (read
2026-11) and the docstrings of meter-sdk 0.8.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrations_project.lib.api.fields import write_time
from monitors.models import Job

if TYPE_CHECKING:
    from monitors.actions.pulling import Changelog, LogEntry, UnseenChanges
    from monitors.datatypes import Comparison
    from monitors.models import Schedule, Strategy

Shown = dict[str, Any]


def show_strategy(strategy: Strategy) -> Shown:
    """Return a strategy; ``strategy`` holds the selectors as the client names them."""
    schema = strategy.output_schema
    items = schema.get("items", schema.get("item"))
    fields = schema.get("fields")
    if fields is None:
        fields = {k: v for k, v in schema.items() if k not in ("items", "item")}
    return {
        "id": str(strategy.pk),
        "strategy_id": str(strategy.pk),
        "name": strategy.name,
        "description": strategy.description,
        "url": strategy.url,
        "scraper_type": strategy.scraper_type,
        "strategy": {"container": items or None, "fields": fields},
        "output_schema": schema or None,
        "api_parameters": strategy.parameters or None,
        "filter_config": strategy.filter_config or None,
        "strategy_group_id": None,
        "ignored_patterns": strategy.ignored_patterns,
        "ignored_fields": strategy.ignored_fields,
        "key_field": strategy.key_field,
        "is_ordered": strategy.is_ordered,
        "preview_data": strategy.preview_data,
        "created_at": write_time(strategy.created_at),
        "updated_at": write_time(strategy.updated_at),
    }


def show_job(job: Job) -> Shown:
    """Return a run; ``results`` is null until it is completed."""
    is_completed = job.status == Job.Status.COMPLETED
    return {
        **show_run(job),
        "parameters": job.parameters or None,
        "results": job.results if is_completed else None,
        "structural_signature": (
            {"hash": job.structure_hash, "item_count": job.item_count}
            if is_completed
            else None
        ),
        "notices": job.notices,
    }


def show_run(job: Job) -> Shown:
    """Return a run without its results, as a history tells it."""
    is_completed = job.status == Job.Status.COMPLETED
    return {
        "id": str(job.pk),
        "job_id": str(job.pk),
        "strategy_id": str(job.strategy_id),
        "schedule_id": _write_id(job.schedule_id),
        "batch_id": _write_id(job.batch_id),
        "url": job.url,
        "status": job.status,
        "item_count": job.item_count if is_completed else None,
        "has_changes": job.has_changes if is_completed else None,
        "content_hash": job.content_hash if is_completed else None,
        "error": job.error or None,
        "error_code": job.error_code or None,
        "status_code": job.status_code,
        "unmet": job.unmet or None,
        "created_at": write_time(job.created_at),
        "started_at": write_time(job.started_at),
        "completed_at": write_time(job.completed_at),
    }


def show_schedule(schedule: Schedule) -> Shown:
    """Return a schedule; its secret is never in it.

    ``url`` is null when the pages were given as a list, ``urls`` when they were not.
    """
    return {
        "id": str(schedule.pk),
        "schedule_id": str(schedule.pk),
        "strategy_id": str(schedule.strategy_id),
        "name": str(schedule),
        "url": None if schedule.is_batch else schedule.urls[0],
        "urls": schedule.urls if schedule.is_batch else None,
        "schedule_type": "interval" if schedule.interval_seconds else "cron",
        "interval_seconds": schedule.interval_seconds,
        "cron_expression": schedule.cron_expression or None,
        "time_zone": schedule.time_zone,
        "enabled": schedule.enabled,
        "webhook_url": schedule.webhook_url or None,
        "webhook_metadata": schedule.webhook_metadata or None,
        "webhook_type": schedule.webhook_type or None,
        "parameters": schedule.parameters or None,
        "next_run_at": write_time(schedule.next_run_at) if schedule.enabled else None,
        "last_run_at": write_time(schedule.last_run_at),
        "last_error": schedule.last_error or None,
        "networks": [str(each.pk) for each in schedule.networks.all()],
        "honours_robots": schedule.honours_robots,
        "service": _write_id(schedule.service_id),
        "expectations": schedule.expectations or None,
        "failure_status": schedule.failure_status,
        "failure_threshold": schedule.failure_threshold,
        "auto_create_incidents": schedule.auto_create_incidents,
        "incident_severity": schedule.incident_severity,
        "created_at": write_time(schedule.created_at),
        "updated_at": write_time(schedule.updated_at),
    }


def show_comparison(comparison: Comparison) -> Shown:
    """Return how two runs differ, as ``compare_jobs`` expects it."""
    return {
        "content_hash_match": comparison.content_hash_match,
        "structural_match": comparison.structural_match,
        "semantic_similarity": comparison.semantic_similarity,
        "item_count_diff": comparison.item_count_diff,
        "structural_changes": list(comparison.structural_changes),
    }


def show_changes(found: UnseenChanges, schedule: Schedule) -> Shown:
    """Return unseen changes; with a filter ``results`` has only what matches."""
    return {
        "schedule_id": str(schedule.pk),
        "count": len(found.changes),
        "marked_seen": found.is_marked,
        "has_more": found.has_more,
        "changes": [
            show_job(each.job)
            | {"results": each.items, "seen_at": write_time(each.job.seen_at)}
            for each in found.changes
        ],
    }


def show_changelog(found: Changelog, schedule: Schedule, page: Shown) -> Shown:
    """Return a page of the changelog; ``total`` is null when a filter is applied."""
    return {
        "schedule_id": str(schedule.pk),
        "count": len(found.entries),
        "total": found.total,
        "limit": page["limit"],
        "offset": page["offset"],
        "has_more": found.has_more,
        "entries": [
            _show_entry(each, with_items=page["include_items"])
            for each in found.entries
        ],
    }


def _show_entry(entry: LogEntry, *, with_items: bool) -> Shown:
    """Return what a run changed; a changed item is a removed and a new one."""
    job = entry.job
    items: Shown = {
        "new_items": entry.new_items,
        "removed_items": entry.removed_items,
        "changed_items": [
            {"before": each.before, "after": each.after} for each in entry.changed
        ],
    }
    return {
        "job_id": str(job.pk),
        "url": job.url,
        "completed_at": write_time(job.completed_at),
        "item_count": job.item_count,
        "content_hash": job.content_hash,
        "new_items_count": entry.new_items_count,
        "removed_items_count": entry.removed_items_count,
        **(items if with_items else {}),
    }


def _write_id(row_id: object) -> str | None:
    return None if row_id is None else str(row_id)
