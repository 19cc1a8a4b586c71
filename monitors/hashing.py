"""One hash for equal content, whatever its order, its white space, its counters.

The hash is SHA-256 over canonical JSON: texts in NFC with white space made single
and the ignored patterns taken out, keys sorted, ignored fields left out; items in
sorted order unless their order means something.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import re2

from monitors.exceptions import InvalidStrategy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from integrations_project.lib.json_types import JSONValue
    from monitors.datatypes import Item, Stable

MAX_PATTERNS = 20
MAX_PATTERN_LENGTH = 200
#: Bounds what a pattern such as (a{1000}){1000} may take to compile, in bytes.
MAX_PROGRAM_BYTES = 1 << 20


def hash_items(items: Sequence[Item], stable: Stable) -> str:
    """Return the hash of what was read, 64 hexadecimal digits."""
    texts = [canonical(item, stable) for item in items]
    if not stable.is_ordered:
        texts.sort()
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()


def hash_structure(items: Iterable[Item]) -> str:
    """Return the hash of the shapes of items: their fields and the types of these."""
    shapes = sorted({shape_of(item) for item in items})
    return hashlib.sha256("\n".join(shapes).encode()).hexdigest()


def shape_of(item: Item) -> str:
    """Return the shape of one item as text: ``price:number title:text``."""
    return " ".join(f"{name}:{_type_of(value)}" for name, value in sorted(item.items()))


def canonical(item: Item, stable: Stable) -> str:
    """Return an item as text that is equal for equal content."""
    kept = {n: v for n, v in item.items() if n not in stable.ignored_fields}
    return json.dumps(
        _normalize(kept, compile_patterns(tuple(stable.ignored_patterns))),
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )


@lru_cache(maxsize=256)
def compile_patterns(patterns: tuple[str, ...]) -> tuple[Any, ...]:
    """Compile the patterns that are taken out before anything is compared.

    Raises:
        InvalidStrategy: With a sentence that says what is wrong with one.
    """
    if len(patterns) > MAX_PATTERNS:
        raise InvalidStrategy(f"Ignore {MAX_PATTERNS} patterns at most.")
    return tuple(_compile(pattern) for pattern in patterns)


def _compile(pattern: str) -> Any:
    if not pattern or len(pattern) > MAX_PATTERN_LENGTH:
        message = f"A pattern has 1 to {MAX_PATTERN_LENGTH} letters."
        raise InvalidStrategy(message)
    options = re2.Options()
    options.max_mem = MAX_PROGRAM_BYTES
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        message = f"{pattern!r} is no pattern (RE2 syntax): {explain(error)}."
        raise InvalidStrategy(message) from error


def explain(error: re2.error) -> str:
    """Return what RE2 says of a pattern; it says it in bytes."""
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason


def _normalize(value: JSONValue, patterns: tuple[Any, ...]) -> JSONValue:
    match value:
        case str():
            return clean_text(value, patterns)
        case dict():
            return {key: _normalize(inner, patterns) for key, inner in value.items()}
        case list():
            return [_normalize(inner, patterns) for inner in value]
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)  # 5.0 and 5 are one price
        case _:
            return value


def clean_text(text: str, patterns: tuple[Any, ...] = ()) -> str:
    """Return a text as it is compared: patterns taken out, NFC, single spaces."""
    text = unicodedata.normalize("NFC", text)
    if patterns and not text.isascii():
        # RE2 works on UTF-8; a lone surrogate has none.
        text = text.encode("utf-8", "replace").decode()
    for pattern in patterns:
        text = pattern.sub(" ", text)
    return " ".join(text.split())


def _type_of(value: JSONValue) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes or no"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case _:
            return "object"
