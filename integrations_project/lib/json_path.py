"""Paths into a JSON document, as people write them in a form.

``data.attributes.state`` walks objects, ``alerts.0.status`` lists, ``header:X-State``
reads a request header, ``a ?? b`` takes the first that is there and not null, and
``Message|State`` decodes the text it finds at ``Message`` as JSON and goes on in it.
A key that itself has dots wins over the walk: the longest key that is there is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.json_types import (
    InvalidJson,
    JSONValue,
    parse_strict_json,
    quote,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LENGTH = 200
MAX_SEGMENTS = 16
MAX_ALTERNATIVES = 8

_HEADER_PREFIX = "header:"
_HEADER_NAME = re.compile(r"[A-Za-z0-9_-]+")
_INDEX = re.compile(r"[0-9]{1,9}")
_BRACKETED_INDEX = re.compile(r"\[([0-9]+)\]")
_ITEMS_MARK = "[]"


class InvalidPath(ProjectError):
    """The path cannot be read."""

    code = "invalid_path"


class _Missing(Enum):
    MISSING = "missing"


_MISSING: Final = _Missing.MISSING
#: Texts decoded during one search, so that eight alternatives decode a text once.
_Decoded: TypeAlias = dict[str, "JSONValue | _Missing"]


@dataclass(frozen=True, slots=True)
class Found:
    """A value that a path led to."""

    value: JSONValue
    where: str  #: for people: ``data.state``, ``header X-State``, ``the body``


@dataclass(frozen=True, slots=True)
class _Steps:
    """One dotted part: what each segment may be as a key or as a list index."""

    #: For each segment, the keys that start there, longest first, each with the
    #: number of the segment that follows it.
    keys: tuple[tuple[tuple[str, int], ...], ...]
    indexes: tuple[int | None, ...]

    def walk(self, node: JSONValue) -> JSONValue | _Missing:
        position = 0
        while position < len(self.keys):
            if isinstance(node, dict):
                for key, following in self.keys[position]:
                    if key in node:
                        node, position = node[key], following
                        break
                else:
                    return _MISSING
            elif isinstance(node, list):
                index = self.indexes[position]
                if index is None or index >= len(node):
                    return _MISSING
                node, position = node[index], position + 1
            else:
                return _MISSING
        return node


@dataclass(frozen=True, slots=True)
class _Alternative:
    """One way to the value: a header or the body, then one or more dotted parts."""

    where: str
    header: str | None
    parts: tuple[_Steps, ...]

    def find(
        self, body: JSONValue, headers: Mapping[str, str], decoded: _Decoded
    ) -> JSONValue | _Missing:
        node: JSONValue | _Missing
        if self.header is None:
            node, rest = self.parts[0].walk(body), self.parts[1:]
        else:
            node, rest = _find_header(headers, self.header), self.parts
        for part in rest:
            if node is _MISSING:
                return _MISSING
            inner = _decode_inner(node, decoded)
            node = inner if inner is _MISSING else part.walk(inner)
        return node


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path; made by :func:`compile_path`, shared and unchanging."""

    text: str
    alternatives: tuple[_Alternative, ...]

    def find(self, body: JSONValue, headers: Mapping[str, str]) -> Found | None:
        """Return the first value that is there and not null.

        When every alternative is missing or null, and one is null, that null is
        found; header names are compared without regard to case. The cost is bound
        by the path, not by the body, except for texts decoded on the way.
        """
        null: Found | None = None
        decoded: _Decoded = {}
        for alternative in self.alternatives:
            value = alternative.find(body, headers, decoded)
            if value is _MISSING:
                continue
            found = Found(value, alternative.where)
            if value is not None:
                return found
            null = null or found
        return null


@lru_cache(maxsize=2048)
def compile_path(text: str) -> Path:
    """Compile a path to one value.

    Raises:
        InvalidPath: With a sentence that says what to write instead.
    """
    _check_text(text)
    alternatives = _split_alternatives(text)
    for part in alternatives:
        if _ITEMS_MARK in part:
            message = (
                f"{quote(part)} names a whole list; [] belongs in the items path. "
                'For one entry write its number: "alerts.0.status".'
            )
            raise InvalidPath(message)
    return Path(
        text.strip(), tuple(_compile_alternative(part) for part in alternatives)
    )


@lru_cache(maxsize=512)
def compile_items_path(text: str) -> Path:
    """Compile a path to a list, written with ``[]`` at its end; ``[]`` is the body.

    What it finds may still be no list: the caller looks.

    Raises:
        InvalidPath: With a sentence that says what to write instead.
    """
    _check_text(text)
    alternatives = _split_alternatives(text)
    for part in alternatives:
        if not part.endswith(_ITEMS_MARK) or _ITEMS_MARK in part[: -len(_ITEMS_MARK)]:
            message = (
                f"{quote(part)} is not an items path: write the path to one list "
                'and [] after it, such as "alerts[]".'
            )
            raise InvalidPath(message)
    bases = [part.removesuffix(_ITEMS_MARK).strip() for part in alternatives]
    return Path(
        text.strip(),
        tuple(_compile_alternative(base, may_be_empty=True) for base in bases),
    )


def _check_text(text: str) -> None:
    if not text.strip():
        raise InvalidPath('The path is empty. Enter one such as "data.status".')
    if len(text) > MAX_LENGTH:
        message = (
            f"The path has {len(text)} characters; at most {MAX_LENGTH} are taken."
        )
        raise InvalidPath(message)
    if not text.isprintable():
        raise InvalidPath("The path contains a character that cannot be printed.")
    if text.strip().startswith("$."):
        message = 'Leave out "$." at the beginning: a path starts with a key.'
        raise InvalidPath(message)


def _split_alternatives(text: str) -> list[str]:
    alternatives = [part.strip() for part in text.split("??")]
    if len(alternatives) > MAX_ALTERNATIVES:
        message = (
            f"The path has {len(alternatives)} alternatives; "
            f"at most {MAX_ALTERNATIVES} are taken."
        )
        raise InvalidPath(message)
    if not all(alternatives):
        raise InvalidPath('Write a path on both sides of "??": "status ?? state".')
    return alternatives


def _compile_alternative(text: str, *, may_be_empty: bool = False) -> _Alternative:
    first, *rest = [part.strip() for part in text.split("|")]
    header = _read_header_name(first)
    dotted = rest if header else [first, *rest]
    segments = [_split_segments(part) for part in dotted]

    # Only the last part of an items path may be empty: the value itself is the list.
    checked = segments[:-1] if may_be_empty and segments else segments
    if not all(checked):
        message = f'Write a path on both sides of "|" in {quote(text)}.'
        raise InvalidPath(message)
    if sum(map(len, segments)) > MAX_SEGMENTS:
        message = f"The path {quote(text)} has more than {MAX_SEGMENTS} steps."
        raise InvalidPath(message)

    where = text.replace(first, f"header {header}", 1) if header else text
    return _Alternative(where or "the body", header, tuple(map(_build_steps, segments)))


def _read_header_name(text: str) -> str | None:
    if not text.lower().startswith(_HEADER_PREFIX):
        return None
    name = text[len(_HEADER_PREFIX) :].strip()
    if not _HEADER_NAME.fullmatch(name):
        message = f'{quote(name)} is no header name. Write "header:X-Status".'
        raise InvalidPath(message)
    return name


def _split_segments(part: str) -> tuple[str, ...]:
    dotted = _BRACKETED_INDEX.sub(r".\1", part)
    if part.startswith("["):
        dotted = dotted.removeprefix(".")
    if not dotted:
        return ()
    segments = tuple(dotted.split("."))
    if not all(segments):
        message = f"The path {quote(part)} has a dot with no key before or after it."
        raise InvalidPath(message)
    return segments


def _build_steps(segments: tuple[str, ...]) -> _Steps:
    count = len(segments)
    keys = tuple(
        tuple((".".join(segments[start:end]), end) for end in range(count, start, -1))
        for start in range(count)
    )
    indexes = tuple(
        int(segment) if _INDEX.fullmatch(segment) else None for segment in segments
    )
    return _Steps(keys, indexes)


def _find_header(headers: Mapping[str, str], name: str) -> str | _Missing:
    value = headers.get(name)
    if value is not None:
        return value
    wanted = name.lower()
    for key, text in headers.items():
        if key.lower() == wanted:
            return text
    return _MISSING


def _decode_inner(node: JSONValue, decoded: _Decoded) -> JSONValue | _Missing:
    # Some relays decode the text already: an object or a list is taken as it is.
    if isinstance(node, (dict, list)):
        return node
    if not isinstance(node, str):
        return _MISSING
    if node not in decoded:
        decoded[node] = _parse_or_missing(node)
    return decoded[node]


def _parse_or_missing(text: str) -> JSONValue | _Missing:
    try:
        return parse_strict_json(text.encode())
    except (InvalidJson, UnicodeEncodeError):
        return _MISSING
