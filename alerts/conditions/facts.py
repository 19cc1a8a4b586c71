"""What rules look at in an event, found in its snapshot alone: pure.

The data says everything, so that a stored event is judged like a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from webhooks.datatypes import patterns_for

#: What an event says of something that can be bad for a while.
Phase = Literal[
    "bad",  # it became bad, or bad in another way
    "ongoing",  # something happened while it is bad
    "over",  # it is well again, or under maintenance
    "point",  # it is about a moment: nothing lasts, nothing recovers
]

SEVERITY_RANK = {"minor": 1, "major": 2, "critical": 3}
#: A service has no severity of its own.
STATUS_SEVERITY = {"degraded": "minor", "down": "major"}
_BAD_STATUSES = frozenset(STATUS_SEVERITY)
#: Keys of an alert's data that name something: the last word of the key counts, so
#: that connected_switch_label is one.
NAMING_WORDS = frozenset(
    {"label", "name", "hostname", "mac", "macs", "ip", "ips", "ssid", "ssids", "bssid"}
)
_ADDRESS_KEYS = ("mac_address", "mac_addresses", "ip_address", "ip_addresses")
MAX_NAME_DEPTH = 8


@dataclass(frozen=True, kw_only=True)
class EventFacts:
    """An event as rules see it."""

    type: str
    data: Mapping[str, Any]
    occurred_at: datetime
    network_id: UUID | None = None
    #: Services that it is about beside those in its data.
    further_service_ids: Collection[UUID] = ()
    #: What was found at paths: a thousand rules look at the same few.
    values_at: dict[str, list[Any]] = field(default_factory=dict, repr=False)

    @cached_property
    def patterns(self) -> list[str]:
        """Every pattern that means its type."""
        return patterns_for(self.type)

    @cached_property
    def phase(self) -> Phase:
        """What it says of something that lasts."""
        group, _, happening = self.type.partition(".")
        if group == "incident":
            phases: dict[str, Phase] = {"opened": "bad", "resolved": "over"}
            return phases.get(happening, "ongoing")
        if group == "service":
            return "bad" if self.data.get("status") in _BAD_STATUSES else "over"
        return "point"

    @cached_property
    def subject(self) -> tuple[str, UUID] | None:
        """What can be bad for a while: its kind and its id; None for a moment."""
        if self.phase == "point":
            return None
        group = self.type.partition(".")[0]
        about = self.data if group == "incident" else self.data.get("service")
        key = _read_id(about.get("id")) if isinstance(about, Mapping) else None
        return None if key is None else (group, key)

    @cached_property
    def severity(self) -> str:
        """Return how bad it is, or was before it was over; empty: nothing is said."""
        if self.type.startswith("incident."):
            return str(self.data.get("severity", ""))
        if self.type.startswith("service."):
            is_over = self.phase == "over"
            said = self.data.get("previous_status" if is_over else "status")
            return STATUS_SEVERITY.get(str(said), "")
        return ""

    @cached_property
    def services(self) -> list[Mapping[str, Any]]:
        """The services that it is about, as its data shows them."""
        one, several = self.data.get("service"), self.data.get("services")
        found = [one] if one else several if isinstance(several, list) else []
        return [each for each in found if isinstance(each, Mapping)]

    @cached_property
    def service_ids(self) -> frozenset[UUID]:
        """The ids of these services."""
        ids = (_read_id(service.get("id")) for service in self.services)
        return frozenset({key for key in ids if key} | set(self.further_service_ids))

    @cached_property
    def label_sets(self) -> list[Mapping[str, Any]]:
        """The labels of each service, each with the incident's own added."""
        own = _as_mapping(self.data.get("labels"))
        each: list[Mapping[str, Any]] = [
            {**_as_mapping(s.get("labels")), **own} for s in self.services
        ]
        return each or [own]

    @cached_property
    def documents(self) -> list[Any]:
        """Where paths begin: the data and, of an alert, the alert's own data too."""
        inner = self.data.get("data") if self.type.startswith("alert.") else None
        return [self.data] if inner is None else [self.data, inner]

    @cached_property
    def things(self) -> list[frozenset[str]]:
        """The names of each thing that it is about.

        A service has its name and its absolute path. In an alert, each entry of a
        list of objects is a thing (one rogue access point of three), with the names
        that stand outside of lists added to each; without lists it is about one.
        """
        if self.type.startswith("alert."):
            return list_alert_things(self.data.get("data"))
        return [
            frozenset(
                str(service[key])
                for key in ("name", "absolute_path")
                if service.get(key)
            )
            for service in self.services
        ]


def list_alert_things(data: Any) -> list[frozenset[str]]:
    """Return the names of each thing that an alert's data is about."""
    common = frozenset(_list_names(data, into_lists=False))
    entries = [
        common | frozenset(_list_names(entry, into_lists=True))
        for value in (data.values() if isinstance(data, Mapping) else ())
        if isinstance(value, list)
        for entry in value
        if isinstance(entry, Mapping)
    ]
    return entries or [common]


def _list_names(node: Any, *, into_lists: bool, depth: int = 0) -> Iterator[str]:
    if depth > MAX_NAME_DEPTH or not isinstance(node, Mapping):
        return
    for key, value in node.items():
        if _is_naming(key):
            yield from _list_texts(value)
        elif isinstance(value, Mapping):
            yield from _list_names(value, into_lists=into_lists, depth=depth + 1)
        elif into_lists and isinstance(value, list):
            for each in value:
                yield from _list_names(each, into_lists=True, depth=depth + 1)


def _is_naming(key: str) -> bool:
    lower = key.lower()
    return lower.rpartition("_")[2] in NAMING_WORDS or lower.endswith(_ADDRESS_KEYS)


def _list_texts(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str) and each:
            yield each


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _read_id(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
