"""The last runs of monitors as small columns, and the same in words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Q, Subquery

from monitors.models import Job, Schedule
from monitors.run_words import describe_change

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

RUNS_SHOWN = 24
_HEIGHT = 24
_LEAST = 8
_ENDED = (Job.Status.COMPLETED, Job.Status.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One run in the chart."""

    x: int
    height: int  #: of what changed; 0 without a change
    is_failed: bool
    title: str

    @property
    def y(self) -> int:
        """Where the column begins: they stand on one floor."""
        return _HEIGHT - self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """The last runs of one monitor, oldest first."""

    columns: tuple[Column, ...]
    text: str  #: the same in words

    @property
    def width(self) -> int:
        """How wide the chart is; the same for every monitor."""
        return RUNS_SHOWN * 6 - 2


def find_sparklines(schedules: Sequence[Schedule]) -> dict[UUID, Sparkline]:
    """Return the chart of each monitor, in two queries however many there are.

    The first finds how far back the last runs of each go, the second reads them,
    both in the index of a schedule's runs: a million runs cost no more than a few.
    """
    starts = _find_starts(schedules)
    wanted = Q(pk__in=())
    for schedule_id, start in starts.items():
        newer = Q(pk__gte=start) if start else Q()
        wanted |= Q(schedule_id=schedule_id) & newer
    found: defaultdict[UUID, list[Job]] = defaultdict(list)
    runs = Job.objects.filter(wanted).only(
        "schedule_id", "status", "has_changes", *_COUNTS
    )
    for run in runs.order_by("pk"):
        if run.schedule_id is not None:
            found[run.schedule_id].append(run)
    return {each.pk: build_sparkline(found[each.pk]) for each in schedules}


_COUNTS = ("added_count", "removed_count", "changed_count")


def _find_starts(schedules: Sequence[Schedule]) -> dict[UUID, UUID | None]:
    runs = Job.objects.filter(schedule=OuterRef("pk")).order_by("-pk").values("pk")
    last = Subquery(runs[RUNS_SHOWN - 1 : RUNS_SHOWN])
    rows = Schedule.objects.filter(pk__in=[each.pk for each in schedules])
    return dict(rows.order_by().values_list("pk", last))


def build_sparkline(runs: Sequence[Job]) -> Sparkline:
    """Return the chart of runs, oldest first; those that still go on are left out."""
    ended = [run for run in runs if run.status in _ENDED][-RUNS_SHOWN:]
    highest = max((count_changes(run) for run in ended), default=0)
    first = RUNS_SHOWN - len(ended)
    columns = tuple(
        Column(
            x=(first + number) * 6,
            height=_height(count_changes(run), highest) if run.has_changes else 0,
            is_failed=run.status == Job.Status.FAILED,
            title=describe_change(run),
        )
        for number, run in enumerate(ended)
    )
    return Sparkline(columns=columns, text=_describe(ended))


def count_changes(run: Job) -> int:
    """Return how many items came, went or changed."""
    return run.added_count + run.removed_count + run.changed_count


def _describe(ended: Sequence[Job]) -> str:
    if not ended:
        return "No run yet"
    changed = sum(run.has_changes for run in ended)
    failed = sum(run.status == Job.Status.FAILED for run in ended)
    runs = f"Last {len(ended)} runs" if len(ended) > 1 else "One run"
    return f"{runs}: {changed} with changes, {failed} failed"


def _height(count: int, highest: int) -> int:
    return round(_LEAST + (_HEIGHT - _LEAST) * count / highest) if highest else _LEAST
