"""What a form would do, before it is saved: the items it reads, its next runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.spans import read_seconds
from monitors.actions.jobs import read_once
from monitors.actions.strategies import find_schema_error
from monitors.exceptions import MonitorError
from monitors.models.schedule import MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS
from monitors.timing import find_next_run, parse_cron, read_zone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from monitors.datatypes import Item
    from monitors.forms import MonitorForm, StrategyForm

ITEMS_SHOWN = 10
RUNS_SHOWN = 3
#: Without these a page can be read, although the form cannot be saved.
_NEEDED = frozenset(
    {
        "pages",
        "url",
        "strategy",
        "scraper_type",
        "items_at",
        "fields_at",
        "filter_mode",
        "filter_lines",
        "ignored_patterns",
        "ignored_fields",
        "key_field",
        "parameters",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was read, or why nothing was."""

    url: str = ""
    items: tuple[Item, ...] = ()  #: the first `ITEMS_SHOWN`
    item_count: int = 0
    notices: tuple[str, ...] = ()
    obstacle: str = ""  #: what the form lacks
    error: str = ""  #: what went wrong with the page

    @property
    def left_out_count(self) -> int:
        """How many items there are besides."""
        return self.item_count - len(self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRuns:
    """When it would run next, or why that cannot be said."""

    moments: tuple[datetime, ...] = ()
    time_zone: str = "UTC"
    problem: str = ""
    is_cron: bool = field(default=False)


def look_at(form: MonitorForm | StrategyForm, *, now: datetime) -> Look:
    """Read the page that a form names, as it says; stores nothing."""
    form.full_clean()
    for name, sentences in form.errors.items():
        if name in _NEEDED:
            return Look(obstacle=str(sentences[0]))
    trial, url = form.build_trial()
    if problem := find_schema_error(trial.scraper_type, trial.output_schema):
        return Look(url=url, obstacle=problem)
    try:
        found = read_once(trial, url=url, parameters=_parameters(form), now=now)
    except ProjectError as error:
        return Look(url=url, error=error.message)
    except ValidationError as error:
        return Look(url=url, error=" ".join(error.messages))
    return Look(
        url=url,
        items=tuple(found.items[:ITEMS_SHOWN]),
        item_count=len(found.items),
        notices=found.notices,
    )


def list_next_runs(form: MonitorForm, *, now: datetime) -> NextRuns:
    """Return the next runs of what is typed."""

    def typed(name: str) -> str:
        value: Any = form[name].value()
        return str(value or "").strip()

    zone = typed("time_zone") or "UTC"
    if typed("timing") == "cron":
        return _list_cron_runs(typed("cron_expression"), zone, now=now)
    every = form["every"].value()
    seconds = every if isinstance(every, int) else read_seconds(str(every or ""))
    if not seconds or not MIN_INTERVAL_SECONDS <= seconds <= MAX_INTERVAL_SECONDS:
        return NextRuns(problem="Write how often, such as 5 min; 1 min to 365 d.")
    return NextRuns(moments=tuple(_step(seconds, now)))


def _step(seconds: int, now: datetime) -> Iterator[datetime]:
    last = now
    for _ in range(RUNS_SHOWN):
        last = find_next_run(
            interval_seconds=seconds,
            cron_expression="",
            time_zone="UTC",
            last=last,
            now=last,
        )
        yield last


def _list_cron_runs(expression: str, zone_name: str, *, now: datetime) -> NextRuns:
    if not expression:
        return NextRuns(problem="Write an expression such as 0 9 * * 1-5.")
    try:
        zone = read_zone(zone_name)
        times = tuple(islice(parse_cron(expression, zone, after=now), RUNS_SHOWN))
    except MonitorError as error:
        return NextRuns(problem=error.message, is_cron=True)
    if not times:
        return NextRuns(problem="This cron expression never comes true.", is_cron=True)
    return NextRuns(moments=times, time_zone=zone_name, is_cron=True)


def _parameters(form: MonitorForm | StrategyForm) -> dict[str, Any] | None:
    return form.cleaned_data.get("parameters") or None
