"""What windows mean, in words."""

from __future__ import annotations

from datetime import datetime

from alerts.days import find_zone


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


def say_silenced(title: str, until: datetime, zone_name: str) -> str:
    """Return why rules do not tell something, as a sentence."""
    return f"Silenced by “{title}” until {say_until(until, zone_name)}."


def say_held_back(title: str) -> str:
    """Return why a delivery that waited is not sent, as a sentence."""
    return f"Silenced by “{title}”: what is still bad when it ends is told then."
