"""Which monitors and which runs a list shows, as its address says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from monitors.models import Job, Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

STATES = (
    ("working", "Working"),
    ("failing", "Failing"),
    ("changed", "With unseen changes"),
    ("new", "Not run yet"),
    ("paused", "Paused"),
)
RUN_STATES = (
    ("changed", "With changes"),
    ("failed", "Failed"),
    ("completed", "Completed"),
    ("open", "Pending or running"),
)
MAX_WORDS = 200


def filter_monitors(
    rows: QuerySet[Schedule], chosen: Mapping[str, str]
) -> QuerySet[Schedule]:
    """Return the monitors that the words and the state of an address ask for."""
    if words := chosen["q"]:
        rows = rows.filter(
            Q(name__icontains=words)
            | Q(strategy__name__icontains=words)
            | Q(urls__icontains=words)
        )
    match chosen["state"]:
        case "working":
            rows = rows.filter(
                enabled=True, consecutive_failures=0, last_run_at__isnull=False
            )
        case "failing":
            rows = rows.filter(enabled=True, consecutive_failures__gt=0)
        case "changed":
            rows = rows.filter(Exists(unseen_changes().filter(schedule=OuterRef("pk"))))
        case "new":
            rows = rows.filter(last_run_at=None)
        case "paused":
            rows = rows.filter(enabled=False)
    return rows


def filter_runs(rows: QuerySet[Job], chosen: Mapping[str, str]) -> QuerySet[Job]:
    """Return the runs that an address asks for."""
    if words := chosen["q"]:
        rows = rows.filter(url__icontains=words)
    match chosen["state"]:
        case "changed":
            rows = rows.filter(has_changes=True)
        case "failed" | "completed":
            rows = rows.filter(status=chosen["state"])
        case "open":
            rows = rows.filter(status__in=(Job.Status.PENDING, Job.Status.RUNNING))
    return rows


def unseen_changes() -> QuerySet[Job]:
    """Return the changes that nobody has pulled or marked as seen."""
    return Job.objects.filter(has_changes=True, seen_at=None)


def read_chosen(
    query: Mapping[str, str], states: tuple[tuple[str, str], ...]
) -> dict[str, str]:
    """Return words and state of an address; what makes no sense is left out."""
    state = query.get("state", "")
    words = query.get("q", "").replace("\x00", "").strip()[:MAX_WORDS]
    return {"q": words, "state": state if state in dict(states) else ""}
