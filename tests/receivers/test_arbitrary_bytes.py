"""Whatever a sender sends, it is never our fault."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.receivers.conftest import Sender

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
BODIES = (
    st.binary(max_size=300)
    | JSON_VALUES.map(lambda value: json.dumps({"status": value}).encode())
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | st.text().map(
        lambda text: json.dumps(
            {"status": "down", "message": text, "key": text}
        ).encode()
    )
)
quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module", autouse=True)
def _many_requests():
    from django.test import override_settings

    with override_settings(RECEIVER_RATE_PER_MINUTE=0):
        yield


@quick
@given(body=BODIES)
def test_no_body_makes_a_5xx(keyed: Sender, body):
    response = keyed.post(body)
    assert response.status_code in (200, 400)
    assert keyed.last_receipt().pk is not None


@quick
@given(
    body=st.binary(max_size=50),
    content_type=st.text(max_size=30),
    value=st.text(st.characters(max_codepoint=255), max_size=50),
)
def test_no_header_makes_a_5xx(keyed: Sender, body, content_type, value):
    response = keyed.client.generic(
        "POST",
        keyed.path,
        data=body,
        content_type=content_type,
        headers={"X-Status": value, "X-Forwarded-For": value},
    )
    assert response.status_code in (200, 400)


@pytest.fixture
def keyed(make_sender):
    return make_sender(status_field="status ?? header:X-Status", key_field="key")
