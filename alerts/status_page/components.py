"""A page's components from their rows: names, states and days."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from alerts.snapshots import format_time
from alerts.staleness import find_stale_since
from alerts.status_page.words import find_worst, write_day_note
from alerts.uptime import add_up, describe_share

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from alerts.models import StatusPageComponent
    from alerts.status_page.datatypes import ComponentData, DayData, GroupData
    from alerts.uptime import Policy, Seconds


class DayCount(Protocol):
    """One day of a component, as it was counted."""

    @property
    def day(self) -> date: ...

    @property
    def status(self) -> str:
        """The worst of the day; "" when nothing is known."""
        ...

    @property
    def seconds(self) -> Seconds: ...

    @property
    def share(self) -> float | None: ...


def build_component(
    component: StatusPageComponent, days: Sequence[DayCount], *, policy: Policy
) -> ComponentData:
    """Return a component as the public sees it; calm days are not listed."""
    service = component.service
    shown = days if component.shows_uptime else ()
    states = [each.status for each in shown]
    known = next((n for n, status in enumerate(states) if status), len(states))
    told = [(shown[n], states[n]) for n in range(known, len(states))]
    return {
        "id": str(service.pk),
        "name": component.name or service.name,
        "description": component.description,
        "group": component.group or service.group,
        "status": service.status,
        "status_since": format_time(service.status_since) or "",
        "stale_since": format_time(find_stale_since(service)) or "",
        "shows_uptime": component.shows_uptime,
        "uptime_percent": find_percent(
            policy.find_share(add_up(each.seconds for each in shown))
        ),
        "first_day": shown[0].day.isoformat() if shown else "",
        "last_day": shown[-1].day.isoformat() if shown else "",
        "known_from": told[0][0].day.isoformat() if told else "",
        "days": [
            _build_day(each, status) for each, status in told if status != "operational"
        ],
    }


def find_percent(share: float | None) -> float | None:
    """Return a share in percent as screens say it: never rounded up to 100."""
    if share is None:
        return None
    return float(describe_share(share).removesuffix(" %"))


def group_components(components: Sequence[ComponentData]) -> list[GroupData]:
    """Return the components by group, in the order of the page.

    A group stands where the first of its components does.
    """
    order = {name: n for n, name in reversed(list(enumerate(_groups(components))))}
    ordered = sorted(components, key=lambda each: order[each["group"]])
    groups: list[GroupData] = []
    for name, members in groupby(ordered, key=lambda each: each["group"]):
        found = list(members)
        status = find_worst(each["status"] for each in found)
        groups.append({"name": name, "status": status, "components": found})
    return groups


def _groups(components: Sequence[ComponentData]) -> list[str]:
    return [each["group"] for each in components]


def _build_day(each: DayCount, status: str) -> DayData:
    seconds = each.seconds
    return {
        "day": each.day.isoformat(),
        "status": status,
        "uptime_percent": find_percent(each.share),
        "note": write_day_note(
            down=seconds.down,
            degraded=seconds.degraded,
            maintenance=seconds.maintenance,
        ),
    }
