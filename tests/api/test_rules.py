"""Rules over REST: every field, previews, and tests with past events."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.api.test_resources import assert_problem
from webhooks.models import Delivery, Destination, Event

FIELDS = {
    "labels": {"team": "payments"},
    "minimum_severity": "major",
    "conditions": [{"field": "data.status", "op": "in", "value": ["down"]}],
    "allowed_names": [{"match": "prefix", "value": "db-"}],
    "ignored_names": [{"match": "regex", "value": "^test", "field": "service.group"}],
    "options": {"device_types": ["Switch"], "threshold": 0.8},
    "active_hours": {
        "time_zone": "Europe/Paris",
        "windows": [{"days": [0, 4], "from": "22:00", "to": "06:00"}],
    },
    "delay_seconds": 300,
    "repeat_seconds": 3600,
}


@pytest.fixture
def webhook(organization):
    return factories.make_destination(organization=organization, event_types=[])


def body(webhook, **fields):
    return {
        "label": "Page",
        "event_types": ["*"],
        "targets": [{"webhook": str(webhook.pk)}],
        **fields,
    }


def incident_event(organization, severity="major", **fields):
    data = {"severity": severity, "title": "Down", "services": []}
    return factories.make_event(
        organization=organization, data=data, subject_label="Down", **fields
    )


def test_every_field_is_kept(api, webhook):
    made = api.post("rules", body(webhook, **FIELDS)).json()
    assert {name: made[name] for name in FIELDS} == FIELDS
    read = api.get(f"rules/{made['id']}").json()
    assert read == made
    assert api.put(f"rules/{made['id']}", read).status_code == 200


def test_defaults(api, webhook):
    made = api.post("rules", body(webhook)).json()
    assert (made["delay_seconds"], made["repeat_seconds"]) == (0, None)
    assert made["minimum_severity"] == ""
    assert made["conditions"] == made["allowed_names"] == made["ignored_names"] == []
    assert made["labels"] == made["options"] == made["active_hours"] == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("labels", ["team"]),
        ("minimum_severity", "high"),
        ("conditions", {"field": "a"}),
        ("conditions", [{"field": "a", "op": "regex", "value": "(a"}]),
        ("allowed_names", [{"match": "exact"}]),
        ("ignored_names", "test"),
        ("options", {"unknown": 1}),
        ("active_hours", {"time_zone": "Mars/Base"}),
        ("delay_seconds", -1),
        ("delay_seconds", 86_401),
        ("repeat_seconds", 59),
        ("conditions", None),
        ("active_hours", None),
    ],
)
def test_wrong_fields_are_told(api, webhook, field, value):
    response = api.post("rules", body(webhook, **{field: value}))
    assert list(assert_problem(response, 400)["errors"]) == [field]


def test_wrong_fields_are_told_together(api, webhook):
    wrong = {"labels": 1, "conditions": 2, "options": 3, "active_hours": 4}
    response = api.post("rules", body(webhook, **wrong))
    assert assert_problem(response, 400)["errors"].keys() == wrong.keys()


def test_targets_with_and_without_urls(api, webhook):
    own = {"webhook": str(webhook.pk), "url": webhook.url}
    further = own | {"url": f"{webhook.url}/further"}
    made = api.post("rules", body(webhook, targets=[own, further])).json()
    assert made["targets"] == [own, further]
    (kept,) = api.get("webhooks?managed_by=rule").json()["results"]
    assert (kept["url"], kept["shares_with"]) == (further["url"], str(webhook.pk))
    assert len(api.get("webhooks").json()["results"]) == 1
    assert_problem(api.patch(f"webhooks/{kept['id']}", {"label": "Mine"}), 403)
    assert_problem(api.delete(f"webhooks/{kept['id']}"), 403)
    api.delete(f"rules/{made['id']}")
    assert Destination.objects.count() == 1


def test_deliveries_of_a_webhook_include_its_further_urls(api, organization, webhook):
    url = f"{webhook.url}/further"
    target = {"webhook": str(webhook.pk), "url": url}
    api.post("rules", body(webhook, targets=[target]))
    sent = factories.make_delivery(destination=Destination.objects.get(url=url))
    factories.make_delivery(
        destination=factories.make_destination(organization=organization)
    )
    for query in ("", "&status=pending"):
        found = api.get(f"deliveries?webhook={webhook.pk}{query}").json()["results"]
        assert [row["id"] for row in found] == [str(sent.pk)]
        assert found[0]["shares_with"] == str(webhook.pk)
        assert found[0]["webhook"] == str(sent.destination_id)


def test_preview_lists_what_would_have_matched(api, organization, webhook):
    matched = incident_event(organization)
    incident_event(organization, "minor")
    incident_event(organization, occurred_at=timezone.now() - timedelta(days=8))
    factories.make_event(data={"severity": "major"})
    asked = {"event_types": ["incident.*"], "minimum_severity": "major"}
    answer = api.post("rules/preview", asked).json()
    assert answer["matched_count"] == 1
    assert [event["id"] for event in answer["events"]] == [str(matched.pk)]
    assert answer["detail"] == "This would have matched 1 event in the last 7 days."
    assert not answer["is_cut"]
    assert not Delivery.objects.exists()
    made = api.post("rules", body(webhook, **asked)).json()
    assert api.post(f"rules/{made['id']}/preview", {}).json()["matched_count"] == 1


def test_preview_is_bounded(api, organization, monkeypatch):
    from alerts.actions import rule_previews

    monkeypatch.setattr(rule_previews, "MAX_EVENTS", 3)
    monkeypatch.setattr(rule_previews, "SHOWN", 2)
    for _ in range(5):
        incident_event(organization)
    answer = api.post("rules/preview", {"event_types": ["*"]}).json()
    assert (answer["matched_count"], answer["looked_at_count"]) == (3, 3)
    assert len(answer["events"]) == 2
    assert answer["is_cut"]
    assert "older ones were not looked at" in answer["detail"]


def test_preview_of_a_wrong_rule(api):
    response = api.post("rules/preview", {"event_types": ["x"], "conditions": [1]})
    assert assert_problem(response, 400)["errors"].keys() == {
        "event_types",
        "conditions",
    }


def test_test_says_why_not(api, organization, webhook):
    event = incident_event(organization, "minor")
    made = api.post("rules", body(webhook, minimum_severity="major")).json()
    answer = api.post(f"rules/{made['id']}/test", {"event": str(event.pk)}).json()
    assert not answer["matches"]
    failed = [each for each in answer["criteria"] if not each["passed"]]
    assert failed == [
        {
            "field": "minimum_severity",
            "passed": False,
            "reason": "It is minor, less than major.",
        }
    ]
    assert answer["sent"] is None


def test_test_sends_to_one_target(api, organization, webhook, sink):
    event = incident_event(organization)
    webhook.url = sink.url
    webhook.save()
    made = api.post("rules", body(webhook)).json()
    asked = {"event": str(event.pk), "target": str(webhook.pk)}
    answer = api.post(f"rules/{made['id']}/test", asked).json()
    (request,) = sink.requests
    assert answer["matches"]
    assert answer["sent"]["delivered"]
    assert b'"title": "Down"' in request.body or b'"title":"Down"' in request.body
    assert not Delivery.objects.exists()


def test_test_needs_an_event_of_ours(api, webhook):
    made = api.post("rules", body(webhook)).json()
    foreign = Event.objects.create(
        organization=factories.make_organization(),
        type="incident.opened",
        trace=factories.make_event().trace,
        occurred_at=timezone.now(),
    )
    path = f"rules/{made['id']}/test"
    for asked, status in (
        ({}, 400),
        ({"event": 3}, 400),
        ({"event": str(foreign.pk)}, 404),
    ):
        assert_problem(api.post(path, asked), status)
