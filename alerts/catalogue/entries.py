"""The network alerts that Meter's pages name, read once from `network_alerts.json`.

Source: https://docs.meter.com/reference/webhooks/alert-events and the pages below it
(read 2026-11). What the pages do not show is not made up: some alerts have a name
but no documented data, and some only a title. The examples are those that the formats
send as samples (`webhooks.alert_samples`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from webhooks.datatypes import ALERT_SAMPLES, alert_event_type

_FILE = Path(__file__).with_name("network_alerts.json")


class Evidence(StrEnum):
    """How much of an alert is documented."""

    PAYLOAD = "payload"  # its name, its fields and an example
    NAME = "name"  # its name only; its data are free
    TITLE = "title"  # not even its name
    OWN = "own"  # the organization's own words


class AlertField(NamedTuple):
    """A value that alerts of a type carry."""

    path: str  # from the payload's root: data.ip_conflicts[].ip
    type: str  # one of `alerts.catalogue.checking.TYPES`
    description: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEntry:
    """One type of alert, of the catalogue or an organization's own."""

    name: str  # ALERT_DEVICE_BOOT; empty when only the title is documented
    title: str
    category: str = ""
    when: str = ""
    fields: tuple[AlertField, ...] = ()
    example: Mapping[str, Any] = field(default_factory=dict)  # its data
    aliases: tuple[str, ...] = ()
    evidence: Evidence = Evidence.OWN
    source: str = ""  # the page that it was read from
    id: str = ""  # of the organization's own
    created_at: datetime | None = None  # as well
    updated_at: datetime | None = None

    @property
    def event_type(self) -> str:
        """The type of its events; empty without a name."""
        return alert_event_type(self.name) if self.name else ""

    @property
    def slug(self) -> str:
        """What stands for it in addresses: its name, or its title written like one."""
        return self.name or "_".join(self.title.upper().split())

    @property
    def is_own(self) -> bool:
        """Whether the organization added it."""
        return self.evidence is Evidence.OWN

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it goes by, the usual one first."""
        return (self.name, *self.aliases) if self.name else ()

    def matches(self, words: str) -> bool:
        """Whether each of the words is in its names, title, category or sentence."""
        types = map(alert_event_type, self.names)
        said = (*self.names, *types, self.title, self.category, self.when)
        text = " ".join(said).lower()
        return all(word in text for word in words.lower().split())


def find_entry(name: str) -> AlertEntry | None:
    """Return the documented alert of a name or an alias, such as ALERT_ROGUE_AP."""
    return _BY_NAME.get(name)


def list_categories(
    entries: Iterable[AlertEntry],
) -> list[tuple[str, list[AlertEntry]]]:
    """Return entries by category, in the order in which they come."""
    found: dict[str, list[AlertEntry]] = {}
    for each in entries:
        found.setdefault(each.category or "Others", []).append(each)
    return list(found.items())


def _load() -> tuple[AlertEntry, ...]:
    document = json.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(_read(each) for each in document["alerts"])


def _read(row: Mapping[str, Any]) -> AlertEntry:
    example = ALERT_SAMPLES.get(alert_event_type(row["name"]), {})
    evidence = Evidence.TITLE
    if row["name"]:
        evidence = Evidence.PAYLOAD if example else Evidence.NAME
    return AlertEntry(
        name=row["name"],
        title=row["title"],
        category=row["category"],
        when=row["when"],
        fields=tuple(
            AlertField(path, each["type"], each["description"])
            for path, each in row["fields"].items()
        ),
        example=example,
        aliases=tuple(row["aliases"]),
        evidence=evidence,
        source=row["source"],
    )


#: Every network alert that is documented, those without a name last.
CATALOGUE = _load()
_BY_NAME = {name: entry for entry in CATALOGUE for name in entry.names}
