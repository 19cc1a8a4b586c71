"""What the mapping editor shows: a body, where things were read, what it would do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from integrations_project.lib.json_path import compile_path
from receivers import actions
from receivers.body_tree import TreeRow, build_tree, find_first_item
from receivers.cache import build_spec
from receivers.curl import build_sample
from receivers.exceptions import ReceiverError
from receivers.extraction import read_body
from receivers.presets import DETECT, get_preset
from receivers.sender_time import parse_sender_time
from receivers.story import Foreseen, tell_foreseen
from receivers.understanding import Paths, understand

if TYPE_CHECKING:
    from datetime import datetime

    from integrations_project.lib.json_types import JSONValue
    from receivers.datatypes import ItemOutcome
    from receivers.models import Receiver

#: Reasons of receipts without a body of their own.
NO_BODY = Q(body="") | Q(result="auth_failed")
#: Nobody can point at a value of what is no JSON.
NO_TREE = NO_BODY | Q(reason="not_json")
#: So many items of a body are told one by one.
MAX_FORETOLD = 50
SAMPLE, LAST, EXAMPLE, PASTED = "sample", "last", "example", "pasted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body that the editor can show."""

    origin: str
    label: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a receiver makes of a body, without any effect."""

    tree: list[TreeRow] = field(default_factory=list)
    headers: list[TreeRow] = field(default_factory=list)
    outcomes: list[ItemOutcome] = field(default_factory=list)
    foreseen: list[Foreseen] = field(default_factory=list)  # the first of them
    preset: str = ""  # the sender that it was read as
    taken: Mapping[str, str] = field(default_factory=dict)  # field to path in use
    error: str = ""

    @property
    def untold_count(self) -> int:
        """How many items do something that is not told."""
        return len(self.outcomes) - len(self.foreseen)


def list_bodies(receiver: Receiver) -> list[Body]:
    """Return the bodies that there are, the best to work on first."""
    bodies = []
    if receiver.sample:
        bodies.append(
            Body(
                origin=SAMPLE,
                label="The chosen sample",
                text=_indent(receiver.sample),
                headers=receiver.sample_headers,
            )
        )
    last = receiver.receipts.exclude(NO_TREE).order_by("-id").first()
    if last is not None:
        bodies.append(
            Body(
                origin=LAST,
                label="The last POST",
                text=_indent(last.body),
                headers=last.headers,
            )
        )
    return [*bodies, _make_example(receiver)]


def find_body(receiver: Receiver, receipt_id: str) -> Body | None:
    """Return the body of one receipt of a receiver; None when there is none."""
    try:
        found = receiver.receipts.exclude(NO_BODY).filter(pk=receipt_id).first()
    except (ValidationError, ValueError):
        return None
    if found is None:
        return None
    label = f"The POST of {timezone.localtime(found.received_at):%H:%M:%S}"
    text, headers = _indent(found.body), found.headers
    return Body(origin=str(found.pk), label=label, text=text, headers=headers)


def _make_example(receiver: Receiver) -> Body:
    has_preset = receiver.preset not in ("", DETECT)
    preset = get_preset(receiver.preset) if has_preset else None
    return Body(
        origin=EXAMPLE,
        label=f"{preset.label}'s example" if preset else "An example",
        text=_indent(json.dumps(build_sample(receiver), ensure_ascii=False)),
        headers=preset.sample_headers if preset else {},
    )


def look_at(receiver: Receiver, body: Body, *, now: datetime) -> Look:
    """Return what a receiver, saved or not, makes of a body; nothing is written."""
    raw = body.text.encode("utf-8", "surrogatepass")
    if len(raw) > settings.RECEIVER_MAX_BODY_BYTES:
        most = settings.RECEIVER_MAX_BODY_BYTES
        text = f"It has {len(raw):,} bytes; this installation takes {most:,}."
        return Look(error=text)
    try:
        document = read_body(raw, body.headers.get("Content-Type", ""))
    except ReceiverError as error:
        return Look(error=error.message)
    try:
        spec = build_spec(receiver, now=now)
        understood = understand(spec, document, body.headers)
        outcomes = actions.preview(receiver, body=raw, headers=body.headers, now=now)
    except ReceiverError as error:
        return Look(
            tree=build_tree(document, items_path=receiver.items_path),
            headers=_list_headers(body.headers, {}),
            error=error.message,
        )
    paths = understood.paths
    read_at = _find_read(paths, document, body.headers)
    return Look(
        tree=build_tree(document, items_path=paths.items_path, read_at=read_at),
        headers=_list_headers(body.headers, read_at),
        outcomes=outcomes,
        foreseen=[tell_foreseen(item) for item in outcomes[:MAX_FORETOLD]],
        preset=understood.preset,
        taken=_list_taken(paths),
    )


def _list_taken(paths: Paths) -> dict[str, str]:
    return {
        "items_path": paths.items_path,
        "status_field": paths.status_field,
        "service_name_field": paths.service_name_field,
        "message_field": paths.message_field,
        "key_field": paths.key_field,
        "time_field": paths.time_field,
    }


def _find_read(
    paths: Paths, document: JSONValue, headers: Mapping[str, str]
) -> dict[str, str]:
    """Return what is read to where it is read, in the first item."""
    item = find_first_item(document, paths.items_path)
    wanted = {
        "status": paths.status_field,
        "service": "" if paths.service_id else paths.service_name_field,
        "message": paths.message_field,
        "key": paths.key_field,
        "time": _find_time_path(paths.time_field, item, headers),
    }
    found = {
        what: compile_path(path).find(item, headers)
        for what, path in wanted.items()
        if path
    }
    return {what: each.where for what, each in found.items() if each is not None}


def _find_time_path(path: str, item: JSONValue, headers: Mapping[str, str]) -> str:
    """Return the first of a path's alternatives that leads to a time."""
    for part in path.split("??") if path else ():
        found = compile_path(part).find(item, headers)
        if found is not None and parse_sender_time(found.value) is not None:
            return part
    return ""


def _list_headers(
    headers: Mapping[str, str], read_at: Mapping[str, str]
) -> list[TreeRow]:
    return [
        TreeRow(
            depth=0,
            name=name,
            text=str(value),
            path=f"header:{name}",
            marks=tuple(w for w, at in read_at.items() if at == f"header {name}"),
        )
        for name, value in headers.items()
    ]


def _indent(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
