"""The filter that people write over changes: ``+a -b "phrase" c``.

``+a`` must be there, ``-b`` must not, of the plain words ``a b`` at least one must
be there when no word is demanded by ``+``. Words are compared whole and without
regard to case; a phrase is its words one after the other; ``pric*`` is a beginning.

Source: the public client's documentation of `filter` (meter-sdk 0.8.0).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors.exceptions import InvalidFilter

if TYPE_CHECKING:
    from integrations_project.lib.json_types import JSONValue
    from monitors.datatypes import Item

MAX_LENGTH = 500
MAX_TERMS = 50
_TERM = re.compile(r'([+-]?)(?:"([^"]*)"|([^\s"]+))')
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Term:
    words: tuple[str, ...]
    is_prefix: bool

    def is_in(self, words: list[str]) -> bool:
        width = len(self.words)
        if self.is_prefix:
            last = self.words[-1]
            return any(
                tuple(words[i : i + width - 1]) == self.words[:-1]
                and words[i + width - 1].startswith(last)
                for i in range(len(words) - width + 1)
            )
        if width == 1:
            return self.words[0] in words
        return any(
            tuple(words[i : i + width]) == self.words
            for i in range(len(words) - width + 1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter, read."""

    demanded: tuple[_Term, ...]
    refused: tuple[_Term, ...]
    wanted: tuple[_Term, ...]

    def matches(self, item: Item) -> bool:
        """Whether an item is one of those that are asked for."""
        words = list(list_words(item.values()))
        if any(term.is_in(words) for term in self.refused):
            return False
        if not all(term.is_in(words) for term in self.demanded):
            return False
        if self.demanded or not self.wanted:
            return True
        return any(term.is_in(words) for term in self.wanted)


def parse_filter(text: str) -> Filter:
    """Read a filter; an empty one takes everything.

    Raises:
        InvalidFilter: With a sentence that says what to write.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidFilter(f"Write a filter of at most {MAX_LENGTH} letters.")
    if text.count('"') % 2:
        raise InvalidFilter('A phrase ends with ": "elon musk".')
    kinds: dict[str, list[_Term]] = {"+": [], "-": [], "": []}
    for sign, phrase, word in _TERM.findall(text):
        term = _build_term(phrase or word)
        if term is not None:
            kinds[sign].append(term)
    if sum(map(len, kinds.values())) > MAX_TERMS:
        raise InvalidFilter(f"Write at most {MAX_TERMS} words.")
    return Filter(
        demanded=tuple(kinds["+"]), refused=tuple(kinds["-"]), wanted=tuple(kinds[""])
    )


def list_words(values: Iterable[JSONValue]) -> Iterator[str]:
    """Yield the words in values, however deep, folded for comparison."""
    todo = list(values)[::-1]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo.extend(list(value.values())[::-1])
        elif isinstance(value, list):
            todo.extend(value[::-1])
        elif value is not None and not isinstance(value, bool):
            yield from _WORD.findall(_fold(str(value)))


def _build_term(text: str) -> _Term | None:
    words = tuple(_WORD.findall(_fold(text)))
    return _Term(words, text.endswith("*")) if words else None


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
