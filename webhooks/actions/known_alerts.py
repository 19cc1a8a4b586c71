"""Alert types with titles and examples: for pickers of events and for samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from webhooks.datatypes import EVENT_TYPES, EventSnapshot, KnownAlert

if TYPE_CHECKING:
    from accounts.models import Organization

ListAlerts = Callable[["Organization"], Iterable[KnownAlert]]
_listers: list[ListAlerts] = []
#: Groups that pickers offer before the types.
_GROUPS = [
    ("*", "Everything"),
    ("incident.*", "Everything about incidents"),
    ("service.*", "Everything about services"),
    ("alert.*", "Every network alert"),
]


def know_alerts_by(list_alerts: ListAlerts) -> None:
    """Let the app that has the catalogue of alerts tell of it; it calls this.

    Nothing here knows the catalogue, which is above it.
    """
    if list_alerts not in _listers:
        _listers.append(list_alerts)


def list_known_alerts(organization: Organization) -> list[KnownAlert]:
    """Return the alert types that an organization has titles for."""
    return [each for list_all in _listers for each in list_all(organization)]


def list_event_choices(organization: Organization) -> list[tuple[str, str]]:
    """Return what a picker of events offers: patterns and what they mean."""
    alerts = [(each.type, each.title) for each in list_known_alerts(organization)]
    return [*_GROUPS, *EVENT_TYPES.items(), *alerts]


def fill_sample(sample: EventSnapshot, known: Iterable[KnownAlert]) -> EventSnapshot:
    """Return a sample with the example of its alert type, when there is one."""
    data = next((each.data for each in known if each.type == sample.type), None)
    if not data:
        return sample
    return replace(sample, data=sample.data | {"data": dict(data)})
