"""The senders as a person chooses among them, and what each has to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

from receivers.presets import DETECT, list_presets

if TYPE_CHECKING:
    from receivers.presets import Preset

#: From here on a step holds something to paste: an object, or a command.
_TO_PASTE = re.compile(r"(?<=: )(?=[\[{]|curl |var |name: )|(?<=the parameters )")
#: What follows these words is pasted one by one.
PARAMETERS = "the parameters"


#: The tints of the senders that have a picture; any other gets one by its name.
_TINTS = {
    "alertmanager": 6,
    "azure": 5,
    "betterstack": 1,
    "bleemeo": 2,
    "datadog": 7,
    "gcp": 4,
    "github": 8,
    "grafana": 6,
    "healthchecks": 4,
    "metaplane": 3,
    "meter_content": 2,
    "meter_networks": 5,
    "nagios": 8,
    "openstatus": 7,
    "pagerduty": 4,
    "pagerduty_events": 2,
    "pingdom": 3,
    "sentry": 7,
    "signalpost": 1,
    "sns": 6,
    "statuspage": 5,
    "uptimekuma": 4,
    "uptimerobot": 2,
    "zabbix": 3,
}
TINT_COUNT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One choice of the first step."""

    name: str  # as a receiver stores it; "" for plain fields
    label: str
    about: str
    mark: str = ""  # two letters, where there is no picture
    icon: str = ""
    tint: int = 0  # one of the tints in tokens.css
    is_drawn: bool = False  # senders.svg has a picture of it


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpStep:
    """One instruction: words, and what to paste, if anything."""

    text: str
    to_paste: str = ""
    pairs: tuple[tuple[str, str], ...] = ()  # names and values, each pasted alone


#: First in the list: they fit every sender.
ANY_SENDER = (
    Sender(
        name=DETECT,
        label="Detect the sender",
        about="Recognises any sender of this list by what it posts.",
        icon="search",
    ),
    Sender(
        name="",
        label="Plain fields",
        about='For your own scripts: {"status": "down", "message": "…"}.',
        icon="braces",
    ),
)


def list_senders(query: str = "") -> list[Sender]:
    """Return the senders whose name or description has every word of a query."""
    known = [_describe(preset) for preset in list_presets()]
    words = query.lower().split()
    return [
        sender
        for sender in (*ANY_SENDER, *known)
        if all(word in f"{sender.label} {sender.about}".lower() for word in words)
    ]


def _describe(preset: Preset) -> Sender:
    drawn = _TINTS.get(preset.name)
    return Sender(
        name=preset.name,
        label=preset.label,
        about=preset.about,
        mark=make_mark(preset.label),
        tint=drawn or crc32(preset.name.encode()) % TINT_COUNT + 1,
        is_drawn=drawn is not None,
    )


def find_sender(name: str) -> Sender | None:
    """Return the sender with a name; None when there is no such."""
    return next((sender for sender in list_senders() if sender.name == name), None)


def make_mark(label: str) -> str:
    """Return two letters that stand for a sender: GH for GitHub, PA for two words."""
    words: list[str] = re.findall(r"[A-Z][a-z0-9]*|[A-Z]+(?![a-z])", label)
    if len(words) > 1:
        return words[0][0] + words[1][0]
    return label[:2].capitalize()


def list_steps(preset: Preset, url: str) -> list[SetUpStep]:
    """Return a sender's set-up steps; what is pasted has the receiver's URL in it."""
    return [_read_step(step, url) for step in preset.steps]


def _read_step(step: str, url: str) -> SetUpStep:
    found = _TO_PASTE.search(step)
    at = found.start() if found else len(step)
    # The URL stands beside the steps, with its own button to copy it.
    text = step[:at].replace("{url}", "the receiver's URL").strip()
    to_paste = step[at:].replace("{url}", url).rstrip(".")
    if not text.endswith(PARAMETERS):
        return SetUpStep(text=text, to_paste=to_paste)
    pairs = (part.partition(" ") for part in to_paste.split(", "))
    return SetUpStep(
        text=f"{text}:", pairs=tuple((name, value) for name, _, value in pairs)
    )
