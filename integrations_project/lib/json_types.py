"""JSON from strangers: the types, and a parser that refuses what trips others up."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from integrations_project.lib.exceptions import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterator

JSONScalar: TypeAlias = str | int | float | bool | None
JSONValue: TypeAlias = "JSONScalar | list[JSONValue] | dict[str, JSONValue]"
JSONObject: TypeAlias = dict[str, JSONValue]

MAX_DEPTH = 64
#: A double ends near 1.8e308; a longer integer is as unusable as 1e400 elsewhere.
MAX_INTEGER_DIGITS = 308
#: How much of a sender's own text a sentence repeats.
MAX_QUOTED = 40

_BOM = b"\xef\xbb\xbf"
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_STRING_BYTES = re.compile(_STRING.encode())
_TO_SQUARE = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_HEX = "[0-9a-fA-F]"
_SUSPECT_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
#: Reads escapes in order, so that a pair and an escaped backslash are not mistaken.
_ESCAPE = re.compile(
    rf"\\u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}"
    rf"|(?P<bad>\\u(?:0000|[dD][89a-fA-F]{_HEX}{{2}}))"
    r"|\\."
)
_BRACKET = re.compile(rf"{_STRING}|(?P<open>[\[{{])|(?P<close>[\]}}])")


class InvalidJson(ProjectError):
    """The body is not JSON that can be read safely."""

    code = "not_json"


def parse_strict_json(body: bytes) -> JSONValue:
    """Parse a JSON document that any other program would read the same way.

    The caller limits the size. A byte order mark is tolerated.

    Raises:
        InvalidJson: Not UTF-8, not JSON, a key twice in one object, NaN or
            Infinity, a number beyond a double, the character NUL, half a
            surrogate pair, or nested deeper than ``MAX_DEPTH``.

    Source: RFC 8259; RFC 7493 (I-JSON) for what is refused beyond it.
    """
    text = _decode(body)
    try:
        value: JSONValue = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        message = f"The body is not JSON: {_lower_first(error.msg)} at "
        raise InvalidJson(message + _place(text, error.pos) + ".") from error
    except _RefusedToken as error:
        raise InvalidJson(error.sentence(text)) from None
    except RecursionError:
        raise _too_deep(text) from None

    # Fewer opening brackets than the limit cannot nest beyond it: most bodies.
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_too_deep(body):
        raise _too_deep(text)
    if _SUSPECT_ESCAPE.search(text):
        _check_escapes(text)
    return value


def describe_json(value: JSONValue) -> str:
    """Return what kind of value this is, in words: ``a list of 2 items``."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number"
        case str():
            return "a text" if value else "an empty text"
        case list():
            return f"a list of {len(value)} item{'' if len(value) == 1 else 's'}"
        case dict():
            return f"an object with {len(value)} key{'' if len(value) == 1 else 's'}"


def quote(text: str) -> str:
    """Return a sender's text in quotation marks, cut to a readable length."""
    cut = text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…"
    return f'"{cut}"'


class _RefusedToken(Exception):
    """The parser met a number that Python would take and others would not."""

    def __init__(self, token: str, *, problem: str) -> None:
        super().__init__(token)
        self.token = token
        self.problem = problem

    def sentence(self, text: str) -> str:
        return f"{self.problem} at {_place(text, _find_token(text, self.token))}."


def _build_object(pairs: list[tuple[str, JSONValue]]) -> JSONObject:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            # Half a surrogate pair, not yet refused here, could not be shown.
            name = quote(key.encode(errors="backslashreplace").decode())
            raise InvalidJson(f"The key {name} appears twice in one object.")
        seen.add(key)
    return result


def _parse_integer(token: str) -> int:
    if len(token) > MAX_INTEGER_DIGITS:
        _refuse_number(token)
    return int(token)


def _parse_float(token: str) -> float:
    value = float(token)
    if math.isinf(value):
        _refuse_number(token)
    return value


def _refuse_number(token: str) -> NoReturn:
    raise _RefusedToken(token, problem=f"The number {quote(token)} is too large")


def _refuse_constant(token: str) -> NoReturn:
    raise _RefusedToken(token, problem=f"{token} is no JSON number: it stands")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_build_object,
    parse_int=_parse_integer,
    parse_float=_parse_float,
    parse_constant=_refuse_constant,
)


def _decode(body: bytes) -> str:
    try:
        text = body.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        message = f"The body is not UTF-8: byte 0x{byte:02x} at offset {error.start}."
        raise InvalidJson(message) from error
    if not text or text.isspace():
        message = 'The body is empty. Send a JSON object such as {"status": "down"}.'
        raise InvalidJson(message)
    return text


def _is_too_deep(body: bytes) -> bool:
    # Peels one level a round off the bare brackets of a valid document: several
    # times faster than a walk over 350,000 lists, which is what 1 MiB can hold.
    without_texts = _STRING_BYTES.sub(b"", body) if b'"' in body else body
    brackets = without_texts.translate(_TO_SQUARE, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return False
    return True


def _too_deep(text: str) -> InvalidJson:
    position = next(_positions_beyond(text, depth=MAX_DEPTH), 0)
    message = f"The body is nested deeper than {MAX_DEPTH} levels at "
    return InvalidJson(message + _place(text, position) + ".")


def _positions_beyond(text: str, *, depth: int) -> Iterator[int]:
    level = 0
    for match in _BRACKET.finditer(text):
        if match["open"]:
            level += 1
            if level > depth:
                yield match.start()
        elif match["close"]:
            level -= 1


def _check_escapes(text: str) -> None:
    for match in _ESCAPE.finditer(text):
        if match["bad"] is None:
            continue
        is_nul = match["bad"] == r"\u0000"
        what = "the character NUL" if is_nul else "half a surrogate pair"
        place = _place(text, match.start())
        raise InvalidJson(f"The body contains {what} ({match['bad']}) at {place}.")


def _find_token(text: str, token: str) -> int:
    # A million digits would take a second to compile; their beginning finds them.
    beginning = re.escape(token[:MAX_INTEGER_DIGITS])
    pattern = re.compile(rf"{_STRING}|(?P<token>{beginning})")
    found = (match.start() for match in pattern.finditer(text) if match["token"])
    return next(found, 0)


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return f"line {line}, column {column}"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
