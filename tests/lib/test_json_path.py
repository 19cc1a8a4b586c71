from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations_project.lib.json_path import (
    InvalidPath,
    compile_items_path,
    compile_path,
)

BODY = {
    "status": "down",
    "a.b": "literal",
    "a": {"b": "walked", "c": "only walked"},
    "labels": {"app.kubernetes.io/name": {"value": "api"}, "with space": 1},
    "alerts": [{"status": "firing"}, {"status": "resolved"}],
    "matrix": [[1, 2], [3, 4]],
    "numbered": {"0": "zero"},
    "empty": None,
    "no": False,
    "blank": "",
    "Message": '{"NewStateValue": "ALARM", "Trigger": {"list": [7]}}',
    "Broken": "not json",
    "Twice": '"{\\"x\\": 5}"',
    "Decoded": {"NewStateValue": "OK"},
}
documents = st.none() | st.text() | st.lists(st.integers()) | st.booleans()

HEADERS = {"X-State": "Up", "X-Json": '{"state": "up"}'}


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        pytest.param("status", "down", "status", id="key"),
        pytest.param(" status ", "down", "status", id="trimmed"),
        pytest.param("a.c", "only walked", "a.c", id="dots"),
        pytest.param("a.b", "literal", "a.b", id="literal-key-wins"),
        pytest.param(
            "labels.app.kubernetes.io/name.value",
            "api",
            "labels.app.kubernetes.io/name.value",
            id="literal-key-on-the-way",
        ),
        pytest.param("labels.with space", 1, "labels.with space", id="space-in-key"),
        pytest.param("alerts.1.status", "resolved", "alerts.1.status", id="index"),
        pytest.param("alerts[0].status", "firing", "alerts[0].status", id="brackets"),
        pytest.param("matrix.1.0", 3, "matrix.1.0", id="list-in-list"),
        pytest.param("matrix[0][1]", 2, "matrix[0][1]", id="two-brackets"),
        pytest.param("numbered.0", "zero", "numbered.0", id="number-as-key"),
        pytest.param("no", False, "no", id="false-is-there"),
        pytest.param("blank ?? status", "", "blank", id="blank-is-there"),
        pytest.param("empty", None, "empty", id="null"),
        pytest.param("empty ?? status", "down", "status", id="null-falls-back"),
        pytest.param("gone??status", "down", "status", id="missing-falls-back"),
        pytest.param("gone ?? empty", None, "empty", id="null-at-last"),
        pytest.param("empty ?? gone", None, "empty", id="null-before-missing"),
        pytest.param("header:X-State", "Up", "header X-State", id="header"),
        pytest.param("Header: x-state", "Up", "header x-state", id="header-any-case"),
        pytest.param(
            "header:X-Gone ?? status", "down", "status", id="header-falls-back"
        ),
        pytest.param(
            "header:X-Json|state", "up", "header X-Json|state", id="json-in-a-header"
        ),
        pytest.param(
            "Message|NewStateValue", "ALARM", "Message|NewStateValue", id="decode"
        ),
        pytest.param("Message | Trigger.list.0", 7, None, id="decode-then-walk"),
        pytest.param("Decoded|NewStateValue", "OK", None, id="decoded-already"),
        pytest.param("Broken|x ?? status", "down", "status", id="broken-falls-back"),
    ],
)
def test_finds(path, value, where):
    found = compile_path(path).find(BODY, HEADERS)

    assert found is not None
    assert found.value == value
    assert type(found.value) is type(value)
    assert found.where == (where or path)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("gone", id="missing"),
        pytest.param("status.x", id="through-a-text"),
        pytest.param("empty.x", id="through-null"),
        pytest.param("alerts.2.status", id="index-too-large"),
        pytest.param("alerts.-1", id="no-negative-index"),
        pytest.param("alerts.status", id="key-into-a-list"),
        pytest.param("alerts.²", id="digit-that-is-no-index"),
        pytest.param("alerts.99999999999", id="index-far-too-large"),
        pytest.param("header:X-Gone", id="header"),
        pytest.param("Broken|x", id="not-json"),
        pytest.param("Message|gone", id="not-in-the-inner"),
        pytest.param("gone|x", id="nothing-to-decode"),
        pytest.param("no|x", id="false-is-not-json-text"),
        pytest.param("Twice|x", id="inner-is-a-text"),
        pytest.param("STATUS", id="keys-have-case"),
    ],
)
def test_finds_nothing(path):
    assert compile_path(path).find(BODY, HEADERS) is None


def test_decodes_twice():
    assert compile_path("Twice|0 ?? Twice|x|y").find(BODY, {}) is None
    assert compile_path("m|n|o").find({"m": '{"n": "{\\"o\\": 1}"}'}, {}).value == 1


def test_eight_alternatives_decode_a_text_once():
    path = compile_path(" ?? ".join(f"m|{key}" for key in "abcdefgh"))
    body = {"m": "[" + ",".join(["[]"] * 700_000) + "]"}
    start = time.process_time()

    assert path.find(body, {}) is None
    assert time.process_time() - start < 2


def test_longest_key_is_taken_for_good():
    body = {"a.b": {"x": 1}, "a": {"b": {"c": 2}}}

    assert compile_path("a.b.x").find(body, {}).value == 1
    assert compile_path("a.b.c").find(body, {}) is None


def test_a_list_at_the_root():
    assert compile_path("1.status").find(BODY["alerts"], {}).value == "resolved"
    assert compile_path("[1].status").find(BODY["alerts"], {}).value == "resolved"


@pytest.mark.parametrize("body", [None, True, 3, "down", [], {}])
def test_any_root_is_fine(body):
    assert compile_path("status ?? 0.x").find(body, {}) is None


@pytest.mark.parametrize(
    ("path", "part"),
    [
        pytest.param("", "The path is empty", id="empty"),
        pytest.param("  ", "The path is empty", id="blank"),
        pytest.param("a" * 201, "has 201 characters; at most 200", id="long"),
        pytest.param("a..b", "dot with no key", id="two-dots"),
        pytest.param(".a", "dot with no key", id="leading-dot"),
        pytest.param("a.", "dot with no key", id="trailing-dot"),
        pytest.param("$.a", 'Leave out "$."', id="jsonpath"),
        pytest.param("a\nb", "cannot be printed", id="line-break"),
        pytest.param("a\0b", "cannot be printed", id="nul"),
        pytest.param("a ??", 'both sides of "??"', id="no-fallback"),
        pytest.param("?? a", 'both sides of "??"', id="no-first"),
        pytest.param("a|", 'both sides of "|"', id="no-inner"),
        pytest.param("|a", 'both sides of "|"', id="no-outer"),
        pytest.param("header:", "no header name", id="no-header"),
        pytest.param("header:a b", "no header name", id="bad-header"),
        pytest.param("alerts[].status", "belongs in the items path", id="items"),
        pytest.param(".".join("a" * 17), "more than 16 steps", id="steps"),
        pytest.param("|".join("a" * 17), "more than 16 steps", id="decoding-steps"),
        pytest.param("??".join("a" * 9), "has 9 alternatives; at most 8", id="many"),
    ],
)
def test_refuses_a_path(path, part):
    with pytest.raises(InvalidPath) as caught:
        compile_path(path)

    assert part in caught.value.message
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        pytest.param("alerts[]", BODY["alerts"], "alerts", id="list"),
        pytest.param("matrix.0[]", [1, 2], "matrix.0", id="inner"),
        pytest.param("[]", BODY, "the body", id="root"),
        pytest.param("gone[] ?? alerts[]", BODY["alerts"], "alerts", id="fallback"),
        pytest.param("Message|Trigger.list[]", [7], None, id="decoded"),
        pytest.param("status[]", "down", "status", id="what-is-there"),
    ],
)
def test_items_path(path, value, where):
    found = compile_items_path(path).find(BODY, {})

    assert found is not None
    assert found.value == value
    assert where is None or found.where == where


def test_items_path_to_a_decoded_root():
    assert compile_items_path("m|[]").find({"m": "[1, 2]"}, {}).value == [1, 2]


@pytest.mark.parametrize(
    "path",
    ["alerts", "alerts[].x", "a[].b[]", "alerts[] ?? b", "", "a.[]", "|[]", "[][]"],
)
def test_refuses_an_items_path(path):
    with pytest.raises(InvalidPath) as caught:
        compile_items_path(path)

    assert caught.value.message.endswith(".")


def test_compiles_once():
    assert compile_path("data.once") is compile_path("data.once")


@given(st.text("ab.0[]|?:$ -header", max_size=40), st.booleans())
def test_any_path_compiles_or_is_refused(text, is_items):
    body = {"a": [{"b": '{"a": 0}'}], "b": {"0": None}}
    with contextlib.suppress(InvalidPath):
        path = (compile_items_path if is_items else compile_path)(text)
        path.find(body, {"a": "b"})


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=8), documents)
def test_a_literal_key_is_always_found(segments, value):
    path = ".".join(segments)

    found = compile_path(path).find({"a": {"b": "walked"}, path: value}, {})

    assert found is not None
    assert found.value == value
