"""What a status page says of its services in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alerts.status_page.datatypes import ComponentData

#: Worst first: planned work is better than trouble, and no reason to be calm.
RANK = ("down", "degraded", "maintenance", "operational")
LABELS = {
    "operational": "Operational",
    "degraded": "Degraded",
    "down": "Down",
    "maintenance": "Maintenance",
}
STATES = {
    "down": "down",
    "degraded": "degraded",
    "maintenance": "under maintenance",
}


def find_worst(statuses: Iterable[str]) -> str:
    """Return the worst of the statuses; operational without any."""
    return min(statuses, key=RANK.index, default="operational")


def write_headline(components: Sequence[ComponentData]) -> str:
    """Say how the services do, by the worst of them, in a few words."""
    if not components:
        return "Nothing is shown here yet"
    worst = find_worst(each["status"] for each in components)
    if worst == "operational":
        return "All systems operational"
    state = STATES[worst]
    affected = [each["name"] for each in components if each["status"] == worst]
    if len(affected) == 1:
        return f"{affected[0]} is {state}"
    if len(affected) == len(components):
        return f"All systems are {state}"
    return f"{len(affected)} of {len(components)} systems are {state}"


def write_duration(seconds: float) -> str:
    """Say how long something lasted: ``under a minute``, ``20 min``, ``3 h 5 min``."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return "under a minute"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def write_day_note(*, down: float, degraded: float, maintenance: float) -> str:
    """Say what happened on a day, from the seconds in each state; "" for nothing."""
    parts = [
        f"{word} for {write_duration(seconds)}"
        for word, seconds in (
            ("down", down),
            ("degraded", degraded),
            ("under maintenance", maintenance),
        )
        if seconds > 0
    ]
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]
