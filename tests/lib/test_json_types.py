from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations_project.lib.json_types import (
    MAX_DEPTH,
    InvalidJson,
    describe_json,
    parse_strict_json,
    quote,
)

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5)
    ),
    max_leaves=20,
)


@given(documents, st.booleans())
def test_reads_what_json_writes(document, ensure_ascii):
    body = json.dumps(document, ensure_ascii=ensure_ascii).encode()

    assert parse_strict_json(body) == document


@given(st.binary(max_size=60) | st.text('[]{}",:\\u0dD8e-+.1naNI ').map(str.encode))
def test_any_bytes_parse_or_are_refused(body):
    with contextlib.suppress(InvalidJson):
        json.dumps(parse_strict_json(body), allow_nan=False).encode()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b'{"status": "down"}', {"status": "down"}, id="object"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', {"a": 1}, id="byte-order-mark"),
        pytest.param(b' \r\n\t{"a": 1}\n', {"a": 1}, id="space-around"),
        pytest.param('"Zürich 🚨"'.encode(), "Zürich 🚨", id="utf-8"),
        pytest.param(rb'"\ud83d\udea8"', "🚨", id="escaped-pair"),
        pytest.param(rb'"\\u0000 \\ud800"', r"\u0000 \ud800", id="escaped-backslash"),
        pytest.param(b"0.1e-400", 0.0, id="too-small-is-zero"),
        pytest.param(b"-" + b"9" * 300, -int("9" * 300), id="integer-within-double"),
        pytest.param(b"null", None, id="null"),
        pytest.param(b'{"a": 1, "A": 2}', {"a": 1, "A": 2}, id="keys-have-case"),
    ],
)
def test_accepts(body, expected):
    assert parse_strict_json(body) == expected


REFUSALS = [
    ("empty", b"", "The body is empty"),
    ("blank", b" \n", "The body is empty"),
    ("only-mark", b"\xef\xbb\xbf", "The body is empty"),
    ("text", b"status=down", "expecting value at line 1, column 1."),
    ("cut", b'{"a":\n "b"', "at line 2, column 5."),
    ("trailing", b'{"a": 1} x', "extra data at line 1, column 10."),
    ("comma", b'{"a": 1,}', "not JSON"),
    ("single-quotes", b"{'a': 1}", "not JSON"),
    ("raw-control", b'"a\nb"', "invalid control character at"),
    ("raw-nul", b'"a\0b"', "invalid control character at"),
    ("latin-1", b'"Z\xfcrich"', "not UTF-8: byte 0xfc at offset 2."),
    ("utf-16", '{"a": 1}'.encode("utf-16"), "not UTF-8: byte 0xff at offset 0."),
    ("raw-surrogate", b'"\xed\xa0\x80"', "not UTF-8"),
    ("same-key", b'{"a": 1, "b": {}, "a": 2}', 'key "a" appears twice in one object'),
    ("same-key-escaped", rb'{"a": 1, "\u0061": 2}', 'key "a" appears twice'),
    ("same-key-inside", b'[{"x": {"a": 1, "a": 1}}]', "appears twice"),
    ("same-key-surrogate", rb'{"\ud800": 1, "\ud800": 2}', r'key "\ud800" appears'),
    ("nan", b'{"a": "NaN", "b": NaN}', "NaN is no JSON number: it stands at line 1, c"),
    ("infinity", b"[Infinity]", "Infinity is no JSON number: it stands at line 1, col"),
    ("minus-infinity", b"[-Infinity]", "-Infinity is no JSON number"),
    ("huge-float", b'["1e400",\n1e400]', 'number "1e400" is too large at line 2, colu'),
    ("huge-integer", b"[" + b"9" * 400 + b"]", "is too large at line 1, column 2."),
    ("5000-digits", b"9" * 5000, "is too large"),
    ("escaped-nul", rb'["a\u0000"]', r"NUL (\u0000) at line 1, column 4."),
    ("nul-in-key", rb'{"\u0000": 1}', "the character NUL"),
    ("high-surrogate", rb'"\ud83d"', r"half a surrogate pair (\ud83d) at line 1, colu"),
    ("low-surrogate", rb'"\uDEA8"', "half a surrogate pair"),
    ("swapped-pair", rb'"\udea8\ud83d"', "half a surrogate pair"),
    ("two-high", rb'"\ud83d\ud83d\udea8"', r"(\ud83d) at line 1, column 2."),
    ("after-backslash", rb'"\\\ud83d"', r"(\ud83d) at line 1, column 4."),
]


@pytest.mark.parametrize(
    ("body", "part"), [pytest.param(*row[1:], id=row[0]) for row in REFUSALS]
)
def test_refuses_with_a_sentence(body, part):
    with pytest.raises(InvalidJson) as caught:
        parse_strict_json(body)

    assert part in caught.value.message
    assert caught.value.message.endswith(".")
    assert len(caught.value.message) < 200
    assert caught.value.error_code == "not_json"


def nest(depth, opening=b"[", closing=b"]"):
    return opening * depth + closing * depth


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(nest(MAX_DEPTH), id="lists"),
        pytest.param(b'{"a":' * 63 + b"{}" + b"}" * 63, id="objects"),
        pytest.param(b"[" + b",".join([nest(63)] * 50) + b"]", id="wide"),
        pytest.param(b'["' + b"[{" * 200 + b'"]', id="brackets-in-a-text"),
        pytest.param(b'["\\"' + b"[" * 200 + b'\\\\"]', id="after-an-escaped-quote"),
    ],
)
def test_depth_up_to_the_limit(body):
    parse_strict_json(body)


@pytest.mark.parametrize(
    ("body", "column"),
    [
        pytest.param(nest(65), 65, id="one-more"),
        pytest.param(nest(900), 65, id="900"),
        pytest.param(nest(100_000), 65, id="100000"),
        pytest.param(b"[" * 100_000, 65, id="never-closed"),
        pytest.param(b'{"a":' * 65 + b"1" + b"}" * 65, 321, id="objects"),
        pytest.param(b'["[[",' + nest(65) + b"]", 70, id="after-a-text"),
    ],
)
def test_refuses_depth(body, column):
    with pytest.raises(InvalidJson, match=f"64 levels at line 1, column {column}"):
        parse_strict_json(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 1_000_000, id="open-lists"),
        pytest.param(b"[" + b",".join([b"[]"] * 340_000) + b"]", id="empty-lists"),
        pytest.param(b"9" * 1_000_000, id="digits"),
        pytest.param(b'["' + rb"\u0041" * 170_000 + rb'\u0000"]', id="escapes"),
        pytest.param(b'"' * 1_000_000, id="quotes"),
        pytest.param(b'["' + b"\\" * 999_000 + b'\\ud800"]', id="backslashes"),
    ],
)
def test_a_hostile_mebibyte_is_quick(body):
    start = time.process_time()
    with contextlib.suppress(InvalidJson):
        parse_strict_json(body)

    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "a number"),
        (1.5, "a number"),
        ("", "an empty text"),
        ("x", "a text"),
        ([], "a list of 0 items"),
        ([1], "a list of 1 item"),
        ({"a": 1, "b": 2}, "an object with 2 keys"),
    ],
)
def test_describe_json(value, words):
    assert describe_json(value) == words


def test_quote_cuts_long_texts():
    assert quote("a" * 40) == f'"{"a" * 40}"'
    assert quote("a" * 41) == f'"{"a" * 39}…"'
