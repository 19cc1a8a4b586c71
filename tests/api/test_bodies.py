"""Bodies that are no JSON, too long, or anything at all."""

from __future__ import annotations

import json
import os

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organization
from integrations_project.error_pages import bad_request, server_error
from integrations_project.lib.api import problem_response
from tests import factories
from tests.api.conftest import Api
from tests.api.test_resources import ACTIONS, BODIES, assert_problem, make


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"{", "not_json", id="cut"),
        pytest.param(b'{"name": "x", "name": "y"}', "not_json", id="key-twice"),
        pytest.param(b'{"name": NaN}', "not_json", id="nan"),
        pytest.param(b'{"name": "\\u0000"}', "not_json", id="nul"),
        pytest.param(b'{"name": "\\ud800"}', "not_json", id="half-surrogate"),
        pytest.param(b'{"name": "\xff"}', "not_json", id="no-utf-8"),
        pytest.param(b'{"name": 1e999}', "not_json", id="too-large-a-number"),
        pytest.param(b'{"labels":' * 99 + b"1" + b"}" * 99, "not_json", id="deep"),
        pytest.param(b"[" * 100_000, "not_json", id="very-deep"),
        pytest.param(b"[]", "not_an_object", id="list"),
        pytest.param(b"null", "not_an_object", id="null"),
        pytest.param(b"7", "not_an_object", id="number"),
        pytest.param(b'"text"', "not_an_object", id="text"),
    ],
)
@pytest.mark.parametrize("key", ["", "one"])
def test_bad_body_is_said(api, body, code, key):
    headers = {"Idempotency_Key": key} if key else {}
    assert_problem(api.post("services", body, **headers), 400, code)


@pytest.mark.parametrize("key", ["", "one"])
def test_too_long_a_body_is_refused(api, key):
    headers = {"Idempotency_Key": key} if key else {}
    body = b'{"name": "' + b"x" * 1_100_000 + b'"}'
    assert_problem(api.post("services", body, **headers), 413, "too_large")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "x",
        "application/json; charset=latin-1",
        "multipart/form-data; boundary=x",
    ],
)
def test_content_type_does_not_matter(api, content_type):
    response = api.client.post(
        "/api/v1/services",
        b'{"name": "One"}',
        content_type=content_type,
        headers=api.headers,
    )
    assert response.status_code == 201, response.content


def test_multipart_is_refused(api):
    response = api.client.post("/api/v1/services", {"name": "One"}, headers=api.headers)
    assert_problem(response, 400, "not_json")


@pytest.mark.parametrize("accept", ["text/html", "image/png", "x", "*/*;q=0"])
def test_answer_is_json_whatever_is_accepted(api, accept):
    assert api.get("services", Accept=accept)["Content-Type"] == "application/json"


def test_lost_database_is_a_503():
    response = problem_response(OperationalError("gone"), {})
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.data["code"] == "database_unavailable"


def test_bug_is_not_explained_away():
    assert problem_response(KeyError("x"), {}) is None


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/x", "json"), ("/x", "html")])
def test_bug_is_a_problem_for_programs(rf, path, kind):
    response = server_error(rf.get(path))
    assert response.status_code == 500
    assert kind in response["Content-Type"]


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/x", "json"), ("/x", "html")])
def test_unreadable_request_is_a_problem_for_programs(rf, path, kind):
    response = bad_request(rf.get(path), ValueError("x"))
    assert response.status_code == 400
    assert kind in response["Content-Type"]


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = {
    "webhooks": [
        "label", "url", "format", "auth_method", "username", "password", "token",
        "secret", "generate_secret", "signature", "headers", "event_types", "networks",
        "enabled", "timeout_seconds", "max_in_flight", "retry_schedule", "health",
    ],
    "services": [
        "name", "description", "network", "group", "entity_type", "absolute_path",
        "labels", "status", "id",
    ],
    "receivers": [
        "name", "service", "service_name_field", "create_unknown_services",
        "status_field", "message_field", "key_field", "items_path", "mapping",
        "mapping_mode", "unmapped", "networks", "hmac_secret", "signature_header",
        "auto_create_incidents", "incident_severity", "auto_resolve_incidents",
        "enabled", "url",
    ],
    "incidents": ["title", "severity", "services", "message", "labels", "status"],
    "rules": [
        "label", "description", "enabled", "event_types", "company_wide", "networks",
        "excluded_networks", "services", "targets",
    ],
    "alerts": ["alert_name", "network_name", "timestamp", "data"],
    "api-keys": ["name", "scope", "expires_at"],
    "networks": ["label"],
}  # fmt: skip
ACTION_NAMES = [
    "status", "message", "reason", "overlap_hours", "secret", "body", "headers",
]  # fmt: skip
FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "12")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def bodies(name):
    """Return bodies that are right but for some fields."""
    good = BODIES[name][0] if name in BODIES else {}
    fields = st.dictionaries(st.sampled_from(NAMES[name]), VALUES, max_size=4)
    return fields.map(lambda given: {**good, **given})


@pytest.mark.parametrize("name", NAMES)
@FUZZ
@given(data=st.data())
def test_any_field_is_taken_or_refused(make_api, name, data):
    body = data.draw(bodies(name))
    owner = factories.make_organization()
    response = make_api("admin", owner=owner).post(name, body)
    assert response.status_code in (201, 400, 404), (body, response.content)
    assert json.loads(response.content)


@pytest.mark.parametrize("name", ["webhooks", "services", "receivers", "incidents"])
@FUZZ
@given(data=st.data())
def test_any_change_is_taken_or_refused(api, organization, name, data):
    row = make(name, Organization.objects.get(pk=organization.pk))
    fields = st.dictionaries(st.sampled_from(NAMES[name]), VALUES, max_size=4)
    response = api.patch(f"{name}/{row.pk}", data.draw(fields))
    assert response.status_code in (200, 400, 404), response.content


@pytest.mark.parametrize(("name", "action"), ACTIONS)
@settings(FUZZ, max_examples=6)
@given(body=st.dictionaries(st.sampled_from(ACTION_NAMES), VALUES, max_size=3))
def test_any_action_is_done_or_refused(api, organization, name, action, body):
    if action == "verify":
        return  # refuses every field; what it sends is tested elsewhere
    row = make(name, organization)
    response = api.post(f"{name}/{row.pk}/{action}", body)
    assert response.status_code < 500, response.content


@FUZZ
@given(body=st.binary(max_size=60))
def test_any_bytes_are_refused_or_taken(api, body):
    assert api.post("services", body or b"x").status_code in (201, 400)


@pytest.mark.parametrize("name", ["deliveries", "receipts", "incidents", "events"])
@FUZZ
@given(
    parameter=st.sampled_from(
        [
            "webhook",
            "status",
            "type",
            "since",
            "until",
            "receiver",
            "result",
            "service",
            "severity",
            "trace",
            "cursor",
            "limit",
        ]
    ),
    value=st.one_of(TEXTS, st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.{0,8}")),
)
def test_any_filter_is_taken_or_refused(api, name, parameter, value):
    response = api.client.get(
        f"/api/v1/{name}", {parameter: value}, headers=api.headers
    )
    assert response.status_code in (200, 400, 404), response.content


def test_unknown_key_does_not_reach_the_body(db):
    assert_problem(Api("sp_x").post("services", b"{"), 401)
