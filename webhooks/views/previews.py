"""The sample beside the form: what a format, or a template, makes of an event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.permissions import access_of
from integrations_project.lib.exceptions import ProjectError
from webhooks.actions import fill_sample, list_known_alerts
from webhooks.actions.publishing import build_snapshot
from webhooks.chat.addresses import is_web_address
from webhooks.datatypes import EVENT_TYPES, TEST_EVENT_TYPE
from webhooks.exceptions import InvalidTemplate, UnsupportedEvent
from webhooks.formats import get_format, list_formats, template
from webhooks.formats.template import TemplateFormat
from webhooks.kinds import CHAT_FORMATS, DEFAULT_FORMAT, settle_kind
from webhooks.models import Destination, Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access
    from webhooks.datatypes import EventSnapshot
    from webhooks.formats import Format

Kind = Destination.Kind
DEFAULT_ALERT = "alert.device_offline"
#: Chooses the newest event that really happened.
LATEST = "latest"
#: Among so many events the newest that the format carries is looked for.
EVENTS_TRIED = 50
PLACES_SHOWN = 60
#: Filled, it is all that places can name.
EVERYTHING = json.dumps(
    {
        name: f"{{{{ {name} }}}}"
        for name in (
            "title",
            "text",
            "url",
            "type",
            "timestamp",
            "data",
            "network_name",
            "id",
            "trace",
        )
    }
)
VALUE_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Something of an event that a template can name."""

    text: str  # as it is written: {{ data.title }}
    value: str  # what is there in this event, cut


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest) -> HttpResponse:
    """Draw the sample of what is typed: ``kind``, ``format``, ``service_url``.

    Further ``sample`` for the event, ``event_types``, ``template``, and ``webhook``:
    the id of the stored one, whose address counts while no other is typed.
    """
    access = access_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    destination = Destination(
        organization=access.organization,
        kind=asked.get("kind", Kind.WEBHOOK),
        format=asked.get("format", ""),
        service_url=asked.get("service_url", "").strip(),
    )
    stored_id = asked.get("webhook", "")
    if stored_id and destination.kind == Kind.CHAT and not destination.service_url:
        destination.service_url = access.get(Destination, stored_id).service_url
    typed = asked.get("event_types", "").split()
    context = build_sample(
        access,
        destination,
        types=[asked.get("sample", ""), *typed],
        template_text=asked.get("template"),
    )
    return render(request, "webhooks/_sample.html", context | {"is_swapped": True})


def build_sample(
    access: Access,
    destination: Destination,
    *,
    types: list[str],
    template_text: str | None = None,
) -> dict[str, Any]:
    """Return what the sample shows, for the first of these types that is carried.

    Args:
        access: Whose newest event can be shown.
        destination: Not saved: its kind, its format (an unknown one is answered with
            the default), and its address, which may decide about the format.
        types: Event types, patterns (left out) or `LATEST`.
        template_text: As it is typed; None takes the default.
    """
    settle_kind(destination)
    kind = Kind(destination.kind) if destination.kind in Kind.values else Kind.WEBHOOK
    chosen = find_format(destination, kind)
    known = list_known_alerts(access.organization)
    # What can be shown: each type once, alerts by their catalogue.
    types_shown = [*EVENT_TYPES, DEFAULT_ALERT, *(each.type for each in known)]
    carried = [t for t in dict.fromkeys(types_shown) if chosen.carries(t)]
    carried += [TEST_EVENT_TYPE] if chosen.carries(TEST_EVENT_TYPE) else []
    latest = find_latest(access, chosen)
    wanted = next((t for t in types if t in carried or (t == LATEST and latest)), None)
    if wanted == LATEST and latest is not None:
        snapshot = take_snapshot(latest)
    else:
        snapshot = fill_sample(chosen.sample(wanted or carried[0]), known)
    return {
        "sample_kind": kind,
        "is_undecided": kind == Kind.CHAT and is_undecided(destination),
        "has_address": bool(destination.service_url),
        "sample_format": chosen,
        "sample_types": carried,
        "sample_type": wanted or snapshot.type,
        "latest": latest,
        **fill(chosen, snapshot, template_text),
    }


def find_format(destination: Destination, kind: str) -> Format:
    """Return the format that saving would settle on, or one of its kind."""
    try:
        chosen: Format = get_format(destination.format)
    except ProjectError:
        return list_formats(kind)[0]
    return chosen if kind in chosen.kinds else list_formats(kind)[0]


def is_undecided(destination: Destination) -> bool:
    """Tell whether a chat's address says nothing and its format was not chosen."""
    if is_web_address(destination.service_url):
        return destination.format not in CHAT_FORMATS
    return destination.format in ("", DEFAULT_FORMAT)


def fill(
    chosen: Format, snapshot: EventSnapshot, template_text: str | None
) -> dict[str, Any]:
    """Return the body, or what is wrong with the template, and its places."""
    if chosen.name != TemplateFormat.name:
        return {"sample_body": chosen.render(snapshot)}
    text = template.DEFAULT_TEMPLATE if template_text is None else template_text
    context: dict[str, Any] = {
        "is_template": True,
        "template_error": template.find_template_error(text),
    }
    try:
        context["places"] = list_places(snapshot)
        context["sample_body"] = template.render_template(text, snapshot)
    except (InvalidTemplate, UnsupportedEvent) as error:
        context["template_error"] = context["template_error"] or error.message
    return context


def find_latest(access: Access, chosen: Format) -> Event | None:
    """Return the organization's newest event that a format carries."""
    rows = access.rows(Event).select_related("network").order_by("-pk")
    newest = rows[:1] if chosen.carries(TEST_EVENT_TYPE) else rows[:EVENTS_TRIED]
    return next((each for each in newest if chosen.carries(each.type)), None)


def take_snapshot(event: Event) -> EventSnapshot:
    """Return a stored event as the formats see it."""
    network = event.network.label if event.network is not None else ""
    return build_snapshot(event, network_name=network)


def list_places(snapshot: EventSnapshot) -> list[Place]:
    """Return what a template can name in this event, the fixed names first."""
    root = json.loads(template.render_template(EVERYTHING, snapshot))
    paths = list(_walk(root, ""))[:PLACES_SHOWN]
    return [Place(text=f"{{{{ {path} }}}}", value=_cut(value)) for path, value in paths]


def _walk(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    parts: Any = ()
    if isinstance(node, dict):
        parts = node.items()
    elif isinstance(node, list):
        parts = enumerate(node[:2])
    if not parts:
        yield path, node
        return
    for name, value in parts:
        yield from _walk(value, f"{path}.{name}" if path else str(name))


def _cut(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= VALUE_LENGTH else f"{text[: VALUE_LENGTH - 1]}…"
