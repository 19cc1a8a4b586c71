from __future__ import annotations

import contextlib
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivers.exceptions import BodyNotJson
from receivers.extraction import read_body

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=cut-here"


def parts(*fields, boundary="cut-here"):
    """Return a multipart form; a field is the rest of its header, and its value."""
    lines = []
    for name, value in fields:
        disposition = f"Content-Disposition: form-data; {name}"
        lines += [f"--{boundary}", disposition, "", value]
    return "\r\n".join([*lines, f"--{boundary}--", ""]).encode()


UP = '{"status": "up"}'
BODIES = [
    ("json", b'{"status": "up"}', "application/json"),
    ("any-type", b'{"status": "up"}', "text/plain; charset=utf-8"),
    ("no-type", b'{"status": "up"}', ""),
    ("curl-d", b'{"status": "up"}', FORM),
    ("payload", urlencode({"payload": '{"status": "up"}'}).encode(), FORM),
    ("data", urlencode({"data": '{"status": "up"}'}).encode(), FORM),
    ("charset", b"payload=%7B%22status%22:%22up%22%7D", f"{FORM}; charset=UTF-8"),
    ("type-case", b"payload=%7B%22status%22:%22up%22%7D", FORM.title()),
    ("not-encoded", b'payload={"status": "up"}', FORM),
    ("no-form-type", b'payload={"status":+"up"}', "text/plain"),
    ("later", b'token=x&team=&payload={"status":"up"}&z', FORM),
    ("parts", parts(('name="payload"', UP)), PARTS),
    ("parts-data", parts(('name="token"', "x"), ('name="data"', UP)), PARTS),
    ("parts-file", parts(('name="payload"; filename="a.json"', UP)), PARTS),
    ("parts-name-bare", parts(("name=payload", UP)), PARTS),
    (
        "parts-quoted",
        parts(('name="payload"', UP), boundary="a b"),
        'Multipart/Form-Data; charset=utf-8; boundary="a b"',
    ),
    ("parts-first", parts(('name="payload"', UP), ('name="payload"', "x")), PARTS),
    ("json-as-parts", UP.encode(), PARTS),
    ("payload-first", b'data={"status":"no"}&payload={"status":"up"}', FORM),
]


@pytest.mark.parametrize(
    ("raw", "content_type"), [pytest.param(*row[1:], id=row[0]) for row in BODIES]
)
def test_read_body(raw, content_type):
    assert read_body(raw, content_type) == {"status": "up"}


def test_form_text_keeps_its_letters():
    raw = urlencode({"payload": '{"status": "Zürich + 50% & more"}'}).encode()

    assert read_body(raw, FORM) == {"status": "Zürich + 50% & more"}


@pytest.mark.parametrize(
    ("raw", "content_type", "part"),
    [
        pytest.param(b"", "", "The body is empty", id="empty"),
        pytest.param(b"{", "", "line 1, column 2", id="json"),
        pytest.param(b"{", FORM, "The body is not JSON", id="json-as-form"),
        pytest.param(b"status=up", FORM, 'without a field "payload"', id="flat-form"),
        pytest.param(b"status=up", "", "The body is not JSON", id="flat-no-type"),
        pytest.param(b"payload=x", FORM, 'In the form field "payload"', id="field"),
        pytest.param(b"data=", FORM, 'field "data": The body is empty', id="blank"),
        pytest.param(b"payload=%ff", FORM, "not UTF-8", id="field-not-utf-8"),
        pytest.param(b"\xff\xfe", FORM, "without a field", id="bytes-as-form"),
        pytest.param(b"--x--", "multipart/form-data", "no boundary", id="no-boundary"),
        pytest.param(parts(), PARTS, "without a field", id="no-parts"),
        pytest.param(parts(('name="a"', UP)), PARTS, "without a field", id="other"),
        pytest.param(
            parts(*[('name="a"', "x")] * 100, ('name="payload"', UP)),
            PARTS,
            "without a field",
            id="too-many-parts",
        ),
        pytest.param(b"--cut-here", PARTS, "without a field", id="cut-parts"),
        pytest.param(
            parts(('name="payload"', "{")), PARTS, 'field "payload"', id="part"
        ),
    ],
)
def test_refuses_a_body(raw, content_type, part):
    with pytest.raises(BodyNotJson) as caught:
        read_body(raw, content_type)

    assert part in caught.value.message
    assert caught.value.error_code == "not_json"


@given(st.binary(max_size=80), st.sampled_from(["", FORM, PARTS, "application/json"]))
def test_any_bytes_are_read_or_refused(raw, content_type):
    with contextlib.suppress(BodyNotJson):
        read_body(raw, content_type)
