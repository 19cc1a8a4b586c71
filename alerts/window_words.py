"""What windows mean, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from integrations_project.lib.zones import find_zone


def say_until(until: datetime, zone_name: str, *, now: datetime | None = None) -> str:
    """Return an end as people say it: 15:00, or Sat 22 Nov 15:00 on another day.

    Args:
        until: The end.
        zone_name: In whose time.
        now: Leaves out the day when it is today's; None always says it.
    """
    zone = find_zone(zone_name)
    local = until.astimezone(zone)
    is_today = now is not None and now.astimezone(zone).date() == local.date()
    clock = f"{local:%H:%M}" if is_today else f"{local:%a} {local.day} {local:%b %H:%M}"
    return f"{clock} ({zone_name})"


def say_window(
    title: str,
    until: datetime,
    zone_name: str,
    *,
    is_maintenance: bool,
    now: datetime,
) -> str:
    """Return what a window means for a service now."""
    begin = "Under maintenance" if is_maintenance else "Silenced"
    return f"{begin} until {say_until(until, zone_name, now=now)}: {title}"


def say_occurrence(starts_at: datetime, ends_at: datetime, zone_name: str) -> str:
    """Return from when to when, such as Mon 4 May 2026, 22:00 to 23:30."""
    zone = find_zone(zone_name)
    begin, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    last = f"{end:%H:%M}"
    if end.date() != begin.date():
        last = f"{end:%a} {end.day} {end:%b %H:%M}"
    return f"{begin:%a} {begin.day} {begin:%b %Y}, {begin:%H:%M} to {last}"


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def say_recurrence(recurrence: str, weekdays: Sequence[int], last: date | None) -> str:
    """Return how often a window comes, such as Weekly on Mon, Thu until 4 May 2026."""
    words = recurrence.capitalize()
    if recurrence == "weekly" and weekdays:
        words += " on " + ", ".join(_WEEKDAYS[day] for day in sorted(weekdays))
    return words + (f" until {last.day} {last:%b %Y}" if last else "")


def say_silenced(title: str, until: datetime, zone_name: str) -> str:
    """Return why rules do not tell something, as a sentence."""
    return f"Silenced by “{title}” until {say_until(until, zone_name)}."


def say_held_back(title: str) -> str:
    """Return why a delivery that waited is not sent, as a sentence."""
    return f"Silenced by “{title}”: what is still bad when it ends is told then."
