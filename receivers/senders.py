"""The senders as a person chooses among them, and what each has to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from receivers.presets import DETECT, list_presets

if TYPE_CHECKING:
    from receivers.presets import Preset

#: From here on a step holds something to paste: an object, or a command.
_TO_PASTE = re.compile(r"(?<=: )(?=[\[{]|curl |var |name: )|(?<=the parameters )")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One choice of the first step."""

    name: str  # as a receiver stores it; "" for plain fields
    label: str
    about: str
    mark: str = ""  # two letters, where there is no icon
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpStep:
    """One instruction: words, and what to paste, if anything."""

    text: str
    to_paste: str = ""


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
    known = [
        Sender(name=p.name, label=p.label, about=p.about, mark=make_mark(p.label))
        for p in list_presets()
    ]
    words = query.lower().split()
    return [
        sender
        for sender in (*ANY_SENDER, *known)
        if all(word in f"{sender.label} {sender.about}".lower() for word in words)
    ]


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
    return SetUpStep(text=text, to_paste=step[at:].replace("{url}", url).rstrip("."))
