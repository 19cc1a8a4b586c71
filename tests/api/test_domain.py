"""Services, incidents, rules and alerts over REST."""

from __future__ import annotations

import pytest

from tests import factories
from tests.api.test_resources import assert_problem


@pytest.fixture
def service(organization):
    return factories.make_service(organization=organization, name="API Gateway")


def test_service_shows_its_fields(api, organization):
    network = factories.make_network(organization=organization)
    body = {
        "name": "Database",
        "description": "The main one.",
        "network": str(network.pk),
        "group": "Core",
        "entity_type": "table",
        "absolute_path": "DB.MAIN",
        "labels": {"team": "data"},
    }
    shown = api.post("services", body).json()
    assert {name: shown[name] for name in body} == body
    assert shown["status"] == "operational"
    assert shown["status_since"].endswith("Z")


def test_name_is_taken_once(api, service):
    problem = assert_problem(api.post("services", {"name": "api gateway"}), 400)
    assert list(problem["errors"]) == ["name"]


def test_status_is_pushed(api, service):
    body = {"status": "degraded", "message": "Slow."}
    shown = api.post(f"services/{service.pk}/status", body).json()
    assert (shown["status"], shown["status_message"]) == ("degraded", "Slow.")
    history = api.get(f"services/{service.pk}/history").json()["results"]
    assert len(history) == 1
    assert history[0]["previous_status"] == "operational"
    assert history[0]["source"] == {"kind": "manual", "id": None, "label": "Manual"}
    assert api.get("events?type=service.status_changed").json()["results"]


@pytest.mark.parametrize("status", ["broken", "", None, 3, ["down"]])
def test_unknown_status_is_said(api, service, status):
    response = api.post(f"services/{service.pk}/status", {"status": status})
    assert list(assert_problem(response, 400)["errors"]) == ["status"]


def test_status_is_not_edited(api, service):
    response = api.patch(f"services/{service.pk}", {"status": "down"})
    assert "/status" in assert_problem(response, 400)["errors"]["status"][0]


def test_service_starts_as_it_is_said(api):
    shown = api.post("services", {"name": "New", "status": "maintenance"}).json()
    assert shown["status"] == "maintenance"


def test_service_answer_can_be_sent_back(api, service):
    shown = api.get(f"services/{service.pk}").json()
    response = api.put(f"services/{service.pk}", shown | {"group": "Core"})
    assert response.json() == shown | {"group": "Core"}


def test_network_can_be_taken_off(api, organization):
    network = factories.make_network(organization=organization)
    service = factories.make_service(organization=organization, network=network)
    assert (
        api.patch(f"services/{service.pk}", {"network": None}).json()["network"] is None
    )


@pytest.mark.parametrize("kind", ["foreign", "unknown"])
def test_foreign_network_is_not_found(api, kind):
    network = factories.make_network().pk if kind == "foreign" else "x"
    response = api.post("services", {"name": "New", "network": str(network)})
    assert list(assert_problem(response, 404)["errors"]) == ["network"]


def test_delete_service(api, service):
    assert api.delete(f"services/{service.pk}/").status_code == 204
    assert api.get("services").json()["results"] == []


def test_incident_from_opening_to_end(api, service):
    body = {
        "title": "Checkout fails",
        "severity": "critical",
        "services": [str(service.pk)],
        "message": "We look.",
        "labels": {"cause": "deploy"},
    }
    incident = api.post("incidents", body).json()
    assert (incident["status"], incident["number"]) == ("opened", 1)
    assert incident["services"][0]["id"] == str(service.pk)
    path = f"incidents/{incident['id']}"

    acknowledged = api.post(f"{path}/acknowledge").json()
    assert acknowledged["acknowledged"] is True
    assert acknowledged["acknowledged_by"]
    again = api.post(f"{path}/acknowledge")
    assert again.json()["acknowledged_at"] == acknowledged["acknowledged_at"]

    posted = api.post(f"{path}/updates", {"message": "Rolled back."})
    assert posted.status_code == 201
    resolved = api.post(f"{path}/resolve", {"message": "Fine again."}).json()
    assert (resolved["status"], bool(resolved["resolved_at"])) == ("resolved", True)
    entries = api.get(f"{path}/updates").json()["results"]
    assert [each["kind"] for each in entries] == [
        "opened", "acknowledged", "update", "resolved",
    ]  # fmt: skip
    types = [row["type"] for row in api.get("events").json()["results"]]
    assert types == [
        "incident.resolved", "incident.updated", "incident.acknowledged",
        "incident.opened",
    ]  # fmt: skip


def test_resolved_incident_is_not_acknowledged(api, organization):
    incident = factories.make_incident(organization=organization, status="resolved")
    response = api.post(f"incidents/{incident.pk}/acknowledge")
    assert_problem(response, 409, "incident_resolved")


def test_incident_is_corrected(api, organization):
    incident = factories.make_incident(organization=organization)
    body = {"title": "Better", "severity": "minor", "labels": {"a": "b"}}
    shown = api.patch(f"incidents/{incident.pk}", body).json()
    assert {name: shown[name] for name in body} == body


def test_incident_status_is_not_edited(api, organization):
    incident = factories.make_incident(organization=organization)
    response = api.patch(f"incidents/{incident.pk}", {"status": "resolved"})
    assert "/resolve" in assert_problem(response, 400)["errors"]["status"][0]


@pytest.mark.parametrize("message", ["", " ", None, 5 * ["x"], "x" * 5001])
def test_update_needs_words(api, organization, message):
    incident = factories.make_incident(organization=organization)
    response = api.post(f"incidents/{incident.pk}/updates", {"message": message})
    assert list(assert_problem(response, 400)["errors"]) == ["message"]


def test_foreign_service_of_incident_is_not_found(api):
    body = {"title": "x", "services": [str(factories.make_service().pk)]}
    assert list(assert_problem(api.post("incidents", body), 404)["errors"]) == [
        "services"
    ]


@pytest.fixture
def webhook(organization):
    return factories.make_destination(organization=organization)


def make_rule_body(webhook, **fields):
    return {
        "label": "Page",
        "event_types": ["incident.opened"],
        "targets": [{"webhook": str(webhook.pk)}],
        **fields,
    }


def test_rule_is_made_changed_and_removed(api, webhook):
    made = api.post("rules", make_rule_body(webhook))
    assert made.status_code == 201, made.content
    rule = made.json()
    assert rule["targets"] == [{"webhook": str(webhook.pk), "url": webhook.url}]
    assert rule["company_wide"] is True
    path = f"rules/{rule['id']}"
    assert api.put(path, rule | {"label": "Call"}).json()["label"] == "Call"
    assert api.patch(path, {"enabled": False}).json()["targets"] == rule["targets"]
    assert api.delete(path).status_code == 204


def test_rule_errors_come_together(api):
    body = {"event_types": ["Nonsense"], "company_wide": False, "targets": "all"}
    problem = assert_problem(api.post("rules", body), 400)
    assert set(problem["errors"]) == {"label", "event_types", "networks", "targets"}


@pytest.mark.parametrize(
    "targets",
    [
        pytest.param([], id="none"),
        pytest.param([{}], id="no-webhook"),
        pytest.param([{"url": "https://example.com"}], id="only-a-url"),
        pytest.param([{"webhook": 1}], id="number"),
        pytest.param([{"webhook": "x", "color": 1}], id="unknown-field"),
        pytest.param([[]], id="list"),
        pytest.param(None, id="null"),
    ],
)
def test_bad_targets_are_said(api, webhook, targets):
    body = make_rule_body(webhook, targets=targets)
    assert list(assert_problem(api.post("rules", body), 400)["errors"]) == ["targets"]


def test_target_at_a_url_of_its_own(api, webhook):
    target = {"webhook": str(webhook.pk), "url": "http://127.0.0.1:47999/other"}
    made = api.post("rules", make_rule_body(webhook, targets=[target])).json()
    assert made["targets"] == [target]
    webhook.refresh_from_db()
    assert webhook.url != target["url"]


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("networks", factories.make_network),
        ("excluded_networks", factories.make_network),
        ("services", factories.make_service),
        ("targets", factories.make_destination),
    ],
)
def test_foreign_ids_in_rules_are_not_found(api, webhook, field, make):
    body = make_rule_body(webhook, **{field: [str(make().pk)]})
    assert list(assert_problem(api.post("rules", body), 404)["errors"]) == [field]


def test_alert_is_raised(api, webhook):
    body = {
        "alert_name": "ALERT_DEVICE_OFFLINE",
        "network_name": "Main Office",
        "timestamp": "2026-01-31T12:00:00Z",
        "data": {"device": {"label": "AP 1"}},
    }
    raised = api.post("alerts/", body).json()
    assert raised["type"] == "alert.device_offline"
    event = api.get(f"events/{raised['id']}").json()
    assert event["data"]["data"] == body["data"]
    assert event["deliveries"][0]["webhook"] == str(webhook.pk)
    assert api.get("networks?label=main office").json()["results"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_alerts_are_only_raised(api, method):
    assert_problem(api.send(method, "alerts"), 405)
