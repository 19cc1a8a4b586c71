"""A JSON document of one's own, with places that an event fills.

``{{ path }}`` inside a text is a place. The document is parsed first, then its texts
are filled, then it is written as JSON: no value can break out of its quotation marks,
and there is no logic to hang in. What paths may be is in
`integrations_project.lib.json_path`; headers and inner JSON are not for templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from integrations_project.lib.json_path import InvalidPath, compile_path
from integrations_project.lib.json_types import (
    InvalidJson,
    JSONValue,
    parse_strict_json,
    quote,
)
from webhooks.alert_samples import ALERT_SAMPLES
from webhooks.datatypes import EVENT_TYPES, TEST_EVENT_TYPE, EventSnapshot
from webhooks.exceptions import InvalidTemplate, UnsupportedEvent
from webhooks.formats.announcement import announce
from webhooks.formats.base import JSON, WEBHOOK_ONLY, dump, iso
from webhooks.formats.samples import build_sample

MAX_LENGTH = 20_000
MAX_PLACES = 100
#: Of the filled document: a hundred places may each name all of the data.
MAX_BODY_LENGTH = 1024 * 1024
DEFAULT_TEMPLATE = """{
  "event": "{{ type }}",
  "title": "{{ title }}",
  "text": "{{ text }}",
  "url": "{{ url }}",
  "occurred_at": "{{ timestamp }}",
  "data": "{{ data }}"
}"""
_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class TemplateFormat:
    """The destination's own document; without one, `DEFAULT_TEMPLATE`."""

    name = "template"
    label = "Template"
    description = "A JSON document of your own, with {{ path }} places."
    kinds = WEBHOOK_ONLY
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry every type of event."""
        return bool(event_type)

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the default document, filled."""
        return render_template(DEFAULT_TEMPLATE, snapshot)

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up event of the type, else a plain test event."""
        return build_sample(event_type)


def render_template(text: str, snapshot: EventSnapshot) -> str:
    """Return a template filled with an event, as compact JSON.

    A place that is a whole text keeps the type of what it finds: a number stays a
    number, an object an object, and null when nothing is there. A place within a
    text gives text: objects and lists as JSON, nothing when nothing is there.

    Args:
        text: The template, as it is stored.
        snapshot: Beside ``id``, ``type``, ``timestamp``, ``trace``,
            ``network_name`` and ``data``, places may name ``title``, ``text`` and
            ``url``: the event in words.

    Raises:
        InvalidTemplate: It is no template; `find_template_error` says why before.
        UnsupportedEvent: The filled document has more than 1 MiB.
    """
    filler = _Filler(_build_root(snapshot))
    body = dump(filler.fill(_parse(text)))
    if len(body) > MAX_BODY_LENGTH:
        raise _too_long()
    return body


def find_template_error(text: str) -> str:
    """Return what is wrong with a template, as a sentence; empty when it is fine.

    It is checked against a sample of every type of event: it must fill, and what its
    places name must be there in one of them, as far as that is fixed.
    """
    try:
        for path in _list_paths(_parse(text)):
            _check_path(path)
        for event_type in (*EVENT_TYPES, *ALERT_SAMPLES, TEST_EVENT_TYPE):
            render_template(text, build_sample(event_type))
    except (InvalidTemplate, UnsupportedEvent) as error:
        return error.message
    return ""


class _Filler:
    """Fills a document, and stops as soon as the result would be too long."""

    def __init__(self, root: dict[str, JSONValue]) -> None:
        self.root = root
        self.left = MAX_BODY_LENGTH

    def fill(self, node: JSONValue) -> Any:
        if isinstance(node, dict):
            return {key: self.fill(value) for key, value in node.items()}
        if isinstance(node, list):
            return [self.fill(value) for value in node]
        if not isinstance(node, str):
            return node
        whole = _PLACE.fullmatch(node)
        if whole and "{{" not in whole[1]:
            return self._take(_find(self.root, whole[1]))
        return _PLACE.sub(lambda place: self._write(place[1]), node)

    def _write(self, path: str) -> str:
        value = self._take(_find(self.root, path))
        if isinstance(value, str):
            return value
        return "" if value is None else dump(value)

    def _take(self, value: JSONValue) -> JSONValue:
        self.left -= len(value) if isinstance(value, str) else len(dump(value))
        if self.left < 0:
            raise _too_long()
        return value


def _build_root(snapshot: EventSnapshot) -> dict[str, JSONValue]:
    words = announce(snapshot)
    return {
        "id": snapshot.id,
        "type": snapshot.type,
        "timestamp": iso(snapshot.occurred_at),
        "trace": snapshot.trace,
        "network_name": snapshot.network_name,
        "data": snapshot.data,
        "title": words.title,
        "text": words.text,
        "url": words.url,
    }


def _find(root: dict[str, JSONValue], path: str) -> JSONValue:
    found = compile_path(path.strip()).find(root, {})
    return None if found is None else found.value


@lru_cache(maxsize=128)
def _parse(text: str) -> JSONValue:
    # Shared by all who ask: filling makes new objects and never changes it.
    if not text.strip():
        raise InvalidTemplate('Enter a JSON document, such as {"text": "{{ title }}"}.')
    if len(text) > MAX_LENGTH:
        message = f"The template has {len(text)} characters; at most {MAX_LENGTH} fit."
        raise InvalidTemplate(message)
    try:
        document = parse_strict_json(text.encode(errors="surrogatepass"))
    except InvalidJson as error:
        message = error.message.replace("The body", "The template", 1)
        if "{{" in text:
            message += ' Write places inside quotation marks: {"count": "{{ path }}"}.'
        raise InvalidTemplate(message) from None
    paths = list(_list_paths(document))
    if len(paths) > MAX_PLACES:
        message = f"The template has {len(paths)} places; at most {MAX_PLACES} fit."
        raise InvalidTemplate(message)
    return document


def _list_paths(node: JSONValue) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if "{{" in key:
                message = f"The key {quote(key)} has a place; only values may have one."
                raise InvalidTemplate(message)
            yield from _list_paths(value)
    elif isinstance(node, list):
        for value in node:
            yield from _list_paths(value)
    elif isinstance(node, str):
        if "{{" in _PLACE.sub("", node):
            message = f"In {quote(node)} a place is not closed: write {{{{ path }}}}."
            raise InvalidTemplate(message)
        yield from (place[1].strip() for place in _PLACE.finditer(node))


def _check_path(path: str) -> None:
    try:
        compile_path(path)
    except InvalidPath as error:
        message = f"In {{{{ {path:.60} }}}}: {error.message}"
        raise InvalidTemplate(message) from None
    for alternative in path.split("??"):
        if "|" in alternative or alternative.strip().lower().startswith("header:"):
            message = (
                f"{{{{ {path:.60} }}}} reads a header or a text within; a place names "
                "a value of the event, such as data.title."
            )
            raise InvalidTemplate(message)
        _check_known(alternative.strip())


def _check_known(path: str) -> None:
    """Refuse a path whose beginning no event has: it would always be empty."""
    first, _, rest = path.partition(".")
    second = re.split(r"[.\[]", rest, maxsplit=1)[0]
    known = _known_names()
    if first not in known:
        names = ", ".join(known)
        message = f"No event has {quote(path)}; a place begins with one of: {names}."
        raise InvalidTemplate(message)
    if first == "data" and second and second not in known["data"]:
        message = (
            f"No event has {quote(path)}; look at a sample of the event, in the "
            "format standard, for what its data holds."
        )
        raise InvalidTemplate(message)


@lru_cache(maxsize=1)
def _known_names() -> dict[str, frozenset[str]]:
    """Return the names at the root, and for ``data`` those in it of any event."""
    types = (*EVENT_TYPES, "alert.device_boot", TEST_EVENT_TYPE)
    samples = [build_sample(event_type) for event_type in types]
    data = frozenset(name for sample in samples for name in sample.data)
    return {
        name: data if name == "data" else frozenset()
        for name in _build_root(samples[0])
    }


def _too_long() -> UnsupportedEvent:
    return UnsupportedEvent(
        "The filled template would be longer than 1 MiB; name less of the data."
    )
