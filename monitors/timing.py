"""When a schedule runs next: an interval or a cron expression with a zone. Pure.

Slots of an interval lie on a fixed grid from the moment it was set, so runs do not
drift; what was missed while nothing ran is one run, not many.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cronsim import CronSim, CronSimError

from integrations_project.lib.zones import load_zone
from monitors.exceptions import InvalidSchedule

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from monitors.models import Schedule

CRON_FIELDS = 5


def read_zone(name: str) -> ZoneInfo:
    """Return a time zone that a schedule names.

    Raises:
        InvalidSchedule: There is none of that name.
    """
    try:
        return load_zone(name)
    except ValueError as error:
        message = f"{name!r:.60} is no time zone; write one such as Europe/Berlin."
        raise InvalidSchedule(message) from error


def parse_cron(expression: str, zone: ZoneInfo, *, after: datetime) -> CronSim:
    """Return the times of a cron expression after a moment.

    Raises:
        InvalidSchedule: With a sentence that says what to write.
    """
    if len(expression.split()) != CRON_FIELDS:
        message = (
            "A cron expression has five fields, minute to day of the week, such as "
            "0 9 * * 1-5."
        )
        raise InvalidSchedule(message)
    try:
        return CronSim(expression, after.astimezone(zone))
    except CronSimError as error:
        message = f"{expression!r:.100} is no cron expression: {error}."
        raise InvalidSchedule(message) from error


def find_next_run(
    *,
    interval_seconds: int | None,
    cron_expression: str,
    time_zone: str,
    last: datetime,
    now: datetime,
) -> datetime:
    """Return the first slot after now.

    Args:
        interval_seconds: Between two slots; None with a cron expression.
        cron_expression: Five fields; used without an interval.
        time_zone: Of the cron expression.
        last: The slot before, or when the schedule was set.
        now: Slots up to here are over.

    Raises:
        InvalidSchedule: The expression or the zone cannot be read, or it never runs.
    """
    if interval_seconds is not None:
        step = timedelta(seconds=interval_seconds)
        passed = max(0, (now - last) // step)
        return last + step * (passed + 1)
    times = parse_cron(cron_expression, read_zone(time_zone), after=max(last, now))
    try:
        return next(times).astimezone(UTC)
    except StopIteration:
        raise InvalidSchedule("This cron expression never comes true.") from None


def find_next_slot(schedule: Schedule, *, last: datetime, now: datetime) -> datetime:
    """Return the first slot of a schedule after now; see `find_next_run`."""
    return find_next_run(
        interval_seconds=schedule.interval_seconds,
        cron_expression=schedule.cron_expression,
        time_zone=schedule.time_zone,
        last=last,
        now=now,
    )
