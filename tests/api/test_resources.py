"""What holds for every resource alike."""

from __future__ import annotations

from typing import Any

import pytest

from integrations_project.api_urls import RESOURCES
from tests import factories
from tests.api.conftest import Api

URL = "http://127.0.0.1:47999/hook"

#: Resource to the factory of one of its rows.
MAKERS = {
    "webhooks": factories.make_destination,
    "deliveries": factories.make_delivery,
    "events": factories.make_event,
    "receivers": factories.make_receiver,
    "receipts": factories.make_receipt,
    "services": factories.make_service,
    "networks": factories.make_network,
    "incidents": factories.make_incident,
    "rules": factories.make_rule,
    "on-call-schedules": factories.make_schedule,
    "escalation-policies": factories.make_policy,
    "status-pages": factories.make_status_page,
}
#: Resource to a body that makes a row, and one that has several things wrong.
BODIES: dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    "webhooks": (
        {"label": "Ops", "url": URL},
        {"url": "ftp://x", "timeout_seconds": 99, "color": 1, "enabled": "maybe"},
        {"label", "url", "timeout_seconds", "color", "enabled"},
    ),
    "services": (
        {"name": "API Gateway"},
        {"labels": [], "group": "x" * 101, "entity_type": {}},
        {"name", "labels", "group", "entity_type"},
    ),
    "receivers": (
        {"name": "CI", "service_name_field": "service"},
        {"mapping": {"up": 1}, "unmapped": "x", "service": 3, "status_field": ""},
        {"name", "mapping", "unmapped", "service", "status_field"},
    ),
    "incidents": (
        {"title": "Checkout fails"},
        {"severity": "huge", "services": "all", "message": "x" * 5001},
        {"title", "severity", "services", "message"},
    ),
    "status-pages": (
        {"slug": "acme", "title": "Acme", "services": []},
        {"slug": "a b", "title": "", "public": "maybe", "logo": "?", "services": 3},
        {"slug", "title", "public", "logo", "services"},
    ),
    "on-call-schedules": (
        {"name": "Primary"},
        {"name": "", "time_zone": "Mars", "rotations": 3, "color": 1},
        {"name", "time_zone", "rotations", "color"},
    ),
    "alerts": (
        {"alert_name": "ALERT_DEVICE_OFFLINE", "network_name": "Main Office"},
        {"alert_name": "offline", "timestamp": "now", "data": []},
        {"alert_name", "network_name", "timestamp", "data"},
    ),
}
ACTIONS = (
    ("webhooks", "verify"),
    ("webhooks", "enable"),
    ("webhooks", "disable"),
    ("webhooks", "rotate-secret"),
    ("webhooks", "replay"),
    ("deliveries", "redeliver"),
    ("receivers", "rotate-token"),
    ("receivers", "preview"),
    ("receipts", "replay"),
    ("services", "status"),
    ("incidents", "acknowledge"),
    ("incidents", "resolve"),
    ("incidents", "updates"),
    ("on-call-schedules", "overrides"),
    ("on-call-schedules", "rotate-feed"),
)


def make(name: str, owner: Any) -> Any:
    """Make a row of a resource in one organization."""
    if name == "deliveries":
        destination = factories.make_destination(organization=owner)
        return factories.make_delivery(destination=destination)
    if name == "receipts":
        receiver = factories.make_receiver(
            service=factories.make_service(organization=owner)
        )
        return factories.make_receipt(receiver=receiver)
    return MAKERS[name](organization=owner)


@pytest.mark.parametrize("name", MAKERS)
def test_list_shows_own_rows_only(api, organization, name):
    own = make(name, organization)
    make(name, factories.make_organization())
    body = api.get(name).json()
    assert set(body) == {"results", "next", "previous"}
    assert [row["id"] for row in body["results"]] == [str(own.pk)]


@pytest.mark.parametrize("name", MAKERS)
def test_one_row_is_what_the_list_shows(api, organization, name):
    row = make(name, organization)
    assert api.get(f"{name}/{row.pk}").json() == api.get(name).json()["results"][0]


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_slash_does_not_matter(api, organization, name, slash):
    row = make(name, organization)
    assert api.get(f"{name}{slash}").status_code == 200
    assert api.get(f"{name}/{row.pk}{slash}").status_code == 200


@pytest.mark.parametrize("name", MAKERS)
def test_foreign_id_is_not_found(api, name):
    row = make(name, factories.make_organization())
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        response = api.send(method, f"{name}/{row.pk}", {})
        if response.status_code not in (403, 405):
            assert_problem(response, 404, "not_found")


@pytest.mark.parametrize(("name", "action"), ACTIONS)
def test_action_on_foreign_id_is_not_found(api, name, action):
    row = make(name, factories.make_organization())
    assert_problem(api.post(f"{name}/{row.pk}/{action}", {}), 404, "not_found")


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("row_id", ["x", "0", "1e9", "%00", "9" * 40, "é", "null"])
def test_malformed_id_is_not_found(api, name, row_id):
    assert_problem(api.get(f"{name}/{row_id}"), 404, "not_found")


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_create(api, name, slash):
    response = api.post(f"{name}{slash}", BODIES[name][0])
    assert response.status_code == 201, response.content
    assert isinstance(response.json()["id"], str)


@pytest.mark.parametrize("name", BODIES)
def test_all_errors_come_together(api, name):
    _, wrong, fields = BODIES[name]
    problem = assert_problem(api.post(name, wrong), 400, "invalid")
    assert set(problem["errors"]) == fields
    for field, sentences in problem["errors"].items():
        assert all(isinstance(each, str) and each for each in sentences)
        assert f"{field}: {sentences[0]}" in problem["detail"]


@pytest.mark.parametrize("name", BODIES)
def test_unknown_field_is_named(api, name):
    body = BODIES[name][0] | {"zebra": "red"}
    problem = assert_problem(api.post(name, body), 400, "invalid")
    assert problem["errors"] == {"zebra": ['There is no field "zebra" here.']}


@pytest.mark.parametrize("name", BODIES)
def test_read_scope_changes_nothing(make_api, name):
    response = make_api("read").post(name, BODIES[name][0])
    assert_problem(response, 403, "role_required")
    assert "scope write" in response.json()["detail"]


@pytest.mark.parametrize(("name", "action"), ACTIONS)
def test_read_scope_may_not_act(make_api, organization, name, action):
    row = make(name, organization)
    response = make_api("read").post(f"{name}/{row.pk}/{action}", {})
    assert_problem(response, 403, "role_required")


@pytest.mark.parametrize("name", ["api-keys", "audit"])
def test_admin_scope_is_needed(make_api, name):
    assert_problem(make_api("write").get(name), 403, "role_required")
    assert make_api("admin").get(name).status_code == 200


@pytest.mark.parametrize("name", RESOURCES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("key", ["", "sp_unknown", "é"])
def test_no_key_is_refused(db, name, method, key):
    response = Api(key).send(method, name, {})
    assert_problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("name", RESOURCES)
def test_wrong_method_is_a_problem(make_api, name):
    response = make_api("admin").put(name, {})
    assert_problem(response, 405, "method_not_allowed")
    assert response["Allow"]


@pytest.mark.parametrize("path", ["nothing", "webhooks/1/2/3", "nothing/", "a/b?c"])
def test_unknown_address_is_a_problem(api, path):
    assert_problem(api.get(path), 404, "not_found")


@pytest.mark.parametrize("slash", ["", "/"])
def test_index_lists_resources(client, slash):
    body = client.get(f"/api/v1{slash}").json()
    # Of preferences there is one; it is no list of rows.
    assert set(body["resources"]) == {*RESOURCES, "preferences"}


def assert_problem(response: Any, status: int, code: str = "") -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors"}
    assert problem["status"] == status
    assert problem["detail"].endswith(".")
    assert not code or problem["code"] == code
    return problem
