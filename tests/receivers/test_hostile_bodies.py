"""Bodies no one should send: each gets its answer, none leaves half a row."""

from __future__ import annotations

import json

import pytest

from alerts.models import Incident, Service, ServiceSource, StatusChange
from receivers.models import LastApplied, Receipt
from tests.receivers import hostile_json as cases
from webhooks.models import Delivery, Event

ROWS = (
    Delivery, Event, Incident, LastApplied, Receipt, Service, ServiceSource,
    StatusChange,
)  # fmt: skip
MIB = 1024 * 1024


def ids(table):
    return [pytest.param(value, id=name) for name, value in table.items()]


def wrap(value):
    """Put a value into a body that says down."""
    return b'{"status":"down","more":' + value + b"}"


def count_rows():
    return {model.__name__: model.objects.count() for model in ROWS}


@pytest.fixture
def hostile(make_sender, settings):
    settings.RECEIVER_RATE_PER_MINUTE = 0
    return make_sender(auto_create_incidents="down")


def assert_taken(sender, body, **headers):
    """Check that it takes the service down, and put the service up again."""
    before = count_rows()
    response = sender.post(body, **headers)
    assert response.status_code == 200, response.content
    assert response.json()["result"] == "processed"
    after = count_rows()
    assert {name for name in after if after[name] == before[name] + 1} >= {
        "Receipt", "StatusChange", "Incident", "ServiceSource",
    }  # fmt: skip
    receipt = sender.last_receipt()
    assert (receipt.result, receipt.body_size) == ("processed", len(body))
    assert "\0" not in receipt.body
    assert sender.post({"status": "up"}).json()["result"] == "processed"


def assert_refused(sender, body, *, code="not_json", **headers):
    before = count_rows()
    response = sender.post(body, **headers)
    answer = response.json()
    assert (response.status_code, answer["result"]) == (400, "failed")
    assert answer["code"] == code
    assert answer["detail"].endswith(".")
    assert len(answer["detail"]) < 300
    assert count_rows() == before | {"Receipt": before["Receipt"] + 1}
    receipt = sender.last_receipt()
    assert (receipt.result, receipt.reason) == ("failed", code)
    assert answer["receipt"] == str(receipt.pk)
    sender.receiver.service.refresh_from_db()
    assert sender.receiver.service.status == "operational"


def test_values_that_are_taken(hostile, subtests):
    for name, value in (cases.TAKEN_VALUES | cases.DECIDED_TAKEN_VALUES).items():
        with subtests.test(name):
            assert_taken(hostile, wrap(value))


def test_values_that_are_refused(hostile, subtests):
    for name, value in (cases.REFUSED_VALUES | cases.DECIDED_REFUSED_VALUES).items():
        with subtests.test(name):
            assert_refused(hostile, wrap(value))


def test_bodies_that_are_taken(hostile, subtests):
    for name, body in cases.TAKEN_BODIES.items():
        with subtests.test(name):
            assert_taken(hostile, body)


def test_bodies_that_are_refused(hostile, subtests):
    for name, body in cases.REFUSED_BODIES.items():
        with subtests.test(name):
            assert_refused(hostile, body)


@pytest.mark.parametrize("body", ids(cases.NO_OBJECTS))
def test_body_without_a_status_says_so(hostile, body):
    code = "status_not_text" if b'"status":[' in body or b's":{' in body else None
    assert_refused(hostile, body, code=code or "status_missing")


@pytest.mark.parametrize("body", ids(cases.NO_OBJECTS))
@pytest.mark.parametrize("preset", ["detect", "alertmanager"])
def test_sender_that_posts_no_object(make_sender, preset, body):
    sender = make_sender(preset=preset, auto_create_incidents="down")
    before = count_rows()
    response = sender.post(body)
    assert response.status_code == 400
    assert response.json()["code"] in {
        "status_missing", "status_not_text", "body_unknown",
    }  # fmt: skip
    assert response.json()["detail"].endswith(".")
    assert count_rows() == before | {"Receipt": 1}


def test_one_byte_too_long(hostile):
    body = cases.STATUS.encode().ljust(MIB + 1)
    before = count_rows()
    response = hostile.post(body)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    assert count_rows() == before | {"Receipt": 1}
    assert hostile.last_receipt().body == ""


CONTENT_TYPES = (
    "", "text/plain", "text/html; charset=utf-16", "application/json; charset=latin-1",
    "application/xml", "image/png", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x", "multipart/form-data", "rubbish", "; = ;",
)  # fmt: skip


def test_content_type_does_not_matter(hostile, subtests):
    for content_type in CONTENT_TYPES:
        with subtests.test(content_type):
            assert_taken(hostile, cases.STATUS.encode(), content_type=content_type)


FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=cut"
PART = b'--cut\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--cut--\r\n'


@pytest.mark.parametrize("name", [b"payload", b"data"])
@pytest.mark.parametrize("kind", [FORM, PARTS])
def test_form_field_is_unwrapped(hostile, name, kind):
    value = cases.STATUS.encode()
    body = PART % (name, value) if kind == PARTS else name + b"=" + value
    assert_taken(hostile, body, content_type=kind)


FORMS = {
    "other_field": (b"status=down", FORM),
    "empty": (b"", FORM),
    "empty_field": (b"payload=", FORM),
    "half_an_escape": (b"payload=%7", FORM),
    "not_utf_8": (b"payload=%ff%fe", FORM),
    "nul": (b"payload=%00", FORM),
    "deep": (b"payload=" + b"%5b" * 100_000, FORM),
    "ampersands": (b"&" * 100_000, FORM),
    "beyond_100_fields": (b"a=1&" * 100 + b'payload={"status":"down"}', FORM),
    "parts_empty": (b"", PARTS),
    "parts_without_end": (b"--cut\r\n", PARTS),
    "parts_other_boundary": (PART.replace(b"cut", b"x") % (b"payload", b"{}"), PARTS),
    "parts_other_field": (PART % (b"status", b"down"), PARTS),
    "parts_no_json": (PART % (b"payload", b"down"), PARTS),
    "parts_many": (b"--cut\r\n\r\n\r\n" * 50_000, PARTS),
    "parts_long_head": (b"--cut\r\n" + b"a" * 500_000 + b"\r\n\r\n", PARTS),
    "parts_no_boundary": (b"--cut--", "multipart/form-data"),
    "parts_long_boundary": (b"--cut--", PARTS + "t" * 100),
    "parts_odd_boundary": (b"--cut--", 'multipart/form-data; boundary="'),
}


def test_forms_without_json_are_refused(hostile, subtests):
    for name, (body, content_type) in FORMS.items():
        with subtests.test(name):
            assert_refused(hostile, body, content_type=content_type)


WORDS = (
    0, 1.5, True, False, "x" * 9999, "  a  b ", "'; --", "<b>", "٣", 10**300, "🚨",
    "\x01\x1f\x7f",
)  # fmt: skip


def test_unknown_words_change_nothing(hostile, subtests):
    for word in WORDS:
        with subtests.test(str(word)[:20]):
            before = count_rows()
            response = hostile.post(json.dumps({"status": word}).encode())
            (item,) = response.json()["items"]
            assert response.status_code == 200
            assert (item["result"], item["reason"]) == ("ignored", "unmapped")
            assert count_rows() == before | {"Receipt": before["Receipt"] + 1}
