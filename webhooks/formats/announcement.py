"""An event in words, for the formats that people read: chat tools, mail, templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from webhooks.datatypes import EventSnapshot

#: The formats that show an announcement, and with it the links that act.
PEOPLE_FORMATS = ("message", "slack", "teams", "discord")
MAX_FACTS = 10
MAX_NAME_LENGTH = 60
MAX_VALUE_LENGTH = 300
MAX_TITLE_LENGTH = 250
#: Of a list, so many entries are told.
MAX_ENTRIES = 5
MAX_DEPTH = 4
Facts = list[tuple[str, Any]]
Told = tuple[str, str, Facts, str]  # title, text, facts, tone
_ACRONYMS = re.compile(
    r"\b(ap|cpu|dfs|dhcp|id|ip|isp|mac|nos|ssid|url|vlan|wan)\b", re.IGNORECASE
)
_TONES = {
    "operational": "good",
    "degraded": "warning",
    "down": "bad",
    "maintenance": "neutral",
}
_INCIDENTS = {
    "opened": ("Incident opened", "bad"),
    "acknowledged": ("Incident acknowledged", "warning"),
    "updated": ("Incident updated", "neutral"),
    "escalated": ("Nobody has taken this incident", "bad"),
    "reminder": ("Incident is still open", "bad"),
    "resolved": ("Incident resolved", "good"),
}
#: Links that act, by name, and what their buttons say.
_ACTIONS = {"acknowledge": "Acknowledge", "resolve": "Resolve"}
_DESTINATIONS = {
    "failing": ("is failing", "bad"),
    "recovered": ("works again", "good"),
    "disabled": ("was disabled", "bad"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a person is told of an event; plain text, nothing is escaped yet."""

    title: str  #: one line
    text: str  #: what was said of it; may be empty, may have several lines
    facts: tuple[tuple[str, str], ...]  #: name and value, at most ten
    url: str  #: the page that shows it; may be empty
    actions: tuple[tuple[str, str], ...]  #: label and link that does it, at most two
    tone: str  #: good, warning, bad or neutral


def announce(snapshot: EventSnapshot) -> Announcement:
    """Say an event in words; a type that nobody knows is told by its name."""
    group, _, happening = snapshot.type.partition(".")
    title, text, facts, tone = _WRITERS.get(group, _say_anything)(snapshot, happening)
    return Announcement(
        title=_one_line(title)[:MAX_TITLE_LENGTH],
        text=_clean(text),
        facts=tuple(_clean_facts(facts))[:MAX_FACTS],
        # Of a run, "url" is the page that was read.
        url=str(snapshot.data.get("run_url" if group == "monitor" else "url") or ""),
        tone=tone,
        actions=tuple(
            (label, snapshot.links[name])
            for name, label in _ACTIONS.items()
            if name in snapshot.links
        ),
    )


def _say_alert(snapshot: EventSnapshot, happening: str) -> Told:
    network = snapshot.data.get("network_name") or snapshot.network_name
    details = snapshot.data.get("data")
    details = dict(details) if isinstance(details, dict) else {}
    message = details.get("message")
    text = details.pop("message") if isinstance(message, str) else ""
    title = _words(happening) + (f" in {network}" if network else "")
    facts: Facts = [("Alert", snapshot.data.get("alert_name")), *_flatten(details)]
    return title, text, facts, "warning"


def _say_incident(snapshot: EventSnapshot, happening: str) -> Told:
    data = snapshot.data
    heading, tone = _INCIDENTS.get(happening, ("Incident", "neutral"))
    number = f"#{data['number']} " if data.get("number") else ""
    updates = data.get("updates") or [{}]
    facts: Facts = [
        ("Severity", _words(str(data.get("severity") or ""))),
        ("Services", ", ".join(s["name"] for s in data.get("services") or [])),
        ("Acknowledged by", data.get("acknowledged_by")),
        ("Opened", data.get("opened_at")),
        ("Resolved", data.get("resolved_at")),
        ("Source", data.get("source_label")),
    ]
    title = f"{heading}: {number}{data.get('title') or ''}"
    return title, str(updates[-1].get("message") or ""), facts, tone


def _say_service(snapshot: EventSnapshot, happening: str) -> Told:
    data = snapshot.data
    status = str(data.get("status") or "unknown")
    name = (data.get("service") or {}).get("name") or "A service"
    facts: Facts = [
        ("Before", _words(str(data.get("previous_status") or ""))),
        ("Source", (data.get("source") or {}).get("label")),
        ("Network", snapshot.network_name),
        ("Since", data.get("status_since")),
    ]
    verb = "is in" if status == "maintenance" else "is"
    verb = verb.replace("is", "is still", 1) if happening == "reminder" else verb
    tone = _TONES.get(status, "neutral")
    return f"{name} {verb} {status}", str(data.get("message") or ""), facts, tone


def _say_burning(snapshot: EventSnapshot, _happening: str) -> Told:
    data = snapshot.data
    name = (data.get("service") or {}).get("name") or "A service"
    facts: Facts = [
        ("Target", _percent(data.get("target_percent"))),
        ("Uptime", _percent(data.get("uptime_percent"))),
        ("Error budget left", _percent(data.get("budget_left_percent"))),
        ("Burns", f"{data.get('burn_rate')} times as fast as it may"),
    ]
    title = f"{name} burns its error budget fast"
    return title, str(data.get("message") or ""), facts, "bad"


def _say_post(snapshot: EventSnapshot, _happening: str) -> Told:
    data = snapshot.data
    post, page = data.get("post") or {}, data.get("page") or {}
    names = (str(each.get("name")) for each in data.get("components") or [])
    facts: Facts = [
        ("State", _words(str(post.get("state") or ""))),
        ("Affected", ", ".join(names)),
        ("At", post.get("created_at")),
    ]
    title = f"{page.get('title') or 'Status page'}: {post.get('title') or ''}"
    tone = "good" if post.get("state") in ("resolved", "completed") else "warning"
    return title, str(post.get("message") or ""), facts, tone


def _percent(value: Any) -> str | None:
    return None if value is None else f"{value} %"


def _say_job(snapshot: EventSnapshot, happening: str) -> Told:
    data = snapshot.data
    name = (data.get("monitor") or {}).get("name") or data.get("url") or "A monitor"
    facts: Facts = [
        ("Page", data.get("url")),
        ("Items", data.get("item_count")),
        ("New", data.get("added_count") or None),
        ("Gone", data.get("removed_count") or None),
        ("Changed", data.get("changed_count") or None),
        ("Completed", data.get("completed_at")),
    ]
    if happening == "job_failed":
        return f"{name} could not be read", str(data.get("error") or ""), facts, "bad"
    unmet = str(data.get("unmet") or "")
    if data.get("has_changes"):
        return f"{name} has changed", unmet, facts, "warning"
    tone = "warning" if unmet else "good"
    return f"{name} was read, nothing has changed", unmet, facts, tone


def _say_destination(snapshot: EventSnapshot, happening: str) -> Told:
    data = snapshot.data
    label = (data.get("webhook") or {}).get("label") or ""
    verb, tone = _DESTINATIONS.get(happening, (_words(happening), "neutral"))
    facts: Facts = [
        ("Failures in a row", data.get("consecutive_failures") or None),
        ("Failing since", data.get("failing_since")),
        ("Last error", data.get("last_error")),
    ]
    return f"The webhook {label} {verb}", str(data.get("message") or ""), facts, tone


def _say_anything(snapshot: EventSnapshot, happening: str) -> Told:
    is_test = snapshot.type == "test.verify"
    title = "Test from Signalpost" if is_test else _words(happening or snapshot.type)
    return title, str(snapshot.data.get("message") or ""), [], "neutral"


_WRITERS: dict[str, Callable[[EventSnapshot, str], Told]] = {
    "alert": _say_alert,
    "incident": _say_incident,
    "service": _say_service,
    "uptime": _say_burning,
    "status_page": _say_post,
    "monitor": _say_job,
    "destination": _say_destination,
}


def _flatten(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield the leaves of an alert's data, each with its path in words."""
    if len(path) > MAX_DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(inner, (*path, str(key)))
    elif isinstance(value, list) and any(isinstance(e, dict | list) for e in value):
        # The name of a list says no more than its entries do.
        for number, inner in enumerate(value[:MAX_ENTRIES], start=1):
            counted = (*path[:-1], str(number)) if len(value) > 1 else path[:-1]
            yield from _flatten(inner, counted)
    elif isinstance(value, list):
        yield _words(" ".join(path)), ", ".join(map(_plain, value[:MAX_ENTRIES]))
    else:
        yield _words(" ".join(path)), _plain(value)


def _clean_facts(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield name and value as short lines; what has no value is left out."""
    for name, value in facts:
        line = "" if value is None else _one_line(str(value))
        if line:
            cut = _one_line(name)[:MAX_NAME_LENGTH]
            yield cut or "Value", line[:MAX_VALUE_LENGTH]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _words(name: str) -> str:
    words = name.replace("_", " ").strip()
    words = _ACRONYMS.sub(lambda found: found[0].upper(), words)
    return words[:1].upper() + words[1:]


def _clean(text: str) -> str:
    """Return a text that has no control characters except line breaks."""
    return "\n".join(map(_one_line, text.strip().splitlines()))


def _one_line(text: str) -> str:
    """Return a text without line breaks and control characters."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())
