"""Pages and filters of lists."""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from integrations_project.lib.ids import uuid7
from tests import factories
from tests.api.test_resources import assert_problem
from webhooks.api import event_pages


def test_pages_hold_every_row_once(api, organization):
    rows = [factories.make_service(organization=organization) for _ in range(7)]
    seen, path = [], "services?limit=3"
    while path:
        page = api.get(path).json()
        seen += [row["id"] for row in page["results"]]
        path = page["next"]
    assert seen == [str(row.pk) for row in sorted(rows, key=lambda r: r.pk)][::-1]


def test_previous_leads_back(api, organization):
    for _ in range(4):
        factories.make_service(organization=organization)
    first = api.get("services?limit=2").json()
    second = api.get(first["next"]).json()
    assert first["previous"] is None
    assert api.get(second["previous"]).json()["results"] == first["results"]


def test_new_rows_do_not_shift_pages(api, organization):
    for _ in range(4):
        factories.make_service(organization=organization)
    first = api.get("services?limit=2").json()
    factories.make_service(organization=organization)
    second = api.get(first["next"]).json()
    ids = {row["id"] for row in first["results"] + second["results"]}
    assert len(ids) == 4


@pytest.mark.parametrize("name", ["services", "deliveries", "events"])
@pytest.mark.parametrize(
    "cursor",
    ["x", "%%%", "p=1", "p=abc", "o=x", "o=-1&p=1", "r=1&p=" + "9" * 60, "p=%00"],
)
def test_bad_cursor_is_said(api, name, cursor):
    encoded = base64.b64encode(cursor.encode()).decode()
    response = api.get(f"{name}?cursor={quote(encoded)}")
    if response.status_code != 200:
        assert "cursor" in assert_problem(response, 400)["errors"]


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "", "²", "9" * 20, "201"])
def test_bad_limit_is_said(api, limit):
    problem = assert_problem(api.get(f"services?limit={limit}"), 400, "invalid")
    assert problem["errors"] == {"limit": ["Write a number from 1 to 200."]}


def test_biggest_limit_is_taken(api, organization):
    factories.make_service(organization=organization)
    assert count(api, "services?limit=200") == 1


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        pytest.param(
            "deliveries?status=failed&status=pending",
            {
                "status": [
                    "This is there 2 times; write it once, with commas between the "
                    "values: status=a,b."
                ]
            },
            id="choice",
        ),
        pytest.param(
            "events?type=a.b&type=a.b&type=a.c",
            {"type": ["This is there 3 times; write it once."]},
            id="one value",
        ),
        pytest.param(
            "services?limit=5&limit=6",
            {"limit": ["This is there 2 times; write it once."]},
            id="limit",
        ),
    ],
)
def test_repeated_parameter_is_refused(api, query, errors):
    assert assert_problem(api.get(query), 400, "invalid")["errors"] == errors


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param("deliveries?status=lost", "status", id="unknown-choice"),
        pytest.param("deliveries?status=", "status", id="empty-choice"),
        pytest.param("deliveries?type=Incident", "type", id="no-event-type"),
        pytest.param("deliveries?since=yesterday", "since", id="no-time"),
        pytest.param("deliveries?until=2026-13-01T00:00:00Z", "until", id="month"),
        pytest.param(
            "events?since=0001-01-01T00:00:00%2B14:00", "since", id="before-time"
        ),
        pytest.param("events?trace=x", "trace", id="no-trace"),
        pytest.param("receipts?result=good", "result", id="result"),
        pytest.param("incidents?severity=huge", "severity", id="severity"),
        pytest.param("services?name=%00", "name", id="control-character"),
        pytest.param("services?colour=red", "colour", id="unknown-filter"),
    ],
)
def test_bad_filter_is_said(api, query, field):
    problem = assert_problem(api.get(query), 400, "invalid")
    assert list(problem["errors"]) == [field]


@pytest.mark.parametrize(
    "query", ["deliveries?webhook={}", "receipts?receiver={}", "incidents?service={}"]
)
@pytest.mark.parametrize("value", ["x", "foreign"])
def test_filter_by_foreign_id_is_not_found(api, query, value):
    foreign = {
        "deliveries?webhook={}": factories.make_destination,
        "receipts?receiver={}": factories.make_receiver,
        "incidents?service={}": factories.make_service,
    }[query]()
    path = query.format(foreign.pk if value == "foreign" else value)
    assert_problem(api.get(path), 404, "not_found")


def count(api, query):
    response = api.get(query)
    assert response.status_code == 200, response.content
    return len(response.json()["results"])


def test_filters_of_deliveries(api, organization):
    event = factories.make_event(organization=organization, type="alert.offline")
    destination = factories.make_destination(organization=organization)
    delivery = factories.make_delivery(
        destination=destination, event=event, status="failed"
    )
    factories.make_delivery(
        destination=factories.make_destination(organization=organization)
    )
    assert count(api, "deliveries") == 2
    assert count(api, f"deliveries?webhook={destination.pk}") == 1
    assert count(api, "deliveries?status=failed") == 1
    assert count(api, "deliveries?status=failed,pending") == 2
    assert count(api, "deliveries?type=alert.offline") == 1
    assert count(api, "deliveries?type=alert.*") == 1
    assert count(api, "deliveries?type=*") == 2
    assert count(api, f"deliveries?trace={delivery.trace}") == 1


def test_times_limit_a_list(api, organization):
    now = timezone.now()
    factories.make_event(organization=organization, occurred_at=now)
    hour_ago, later = now - timedelta(hours=1), now + timedelta(seconds=1)
    assert count(api, f"events?since={quote(hour_ago.isoformat())}") == 1
    assert count(api, f"events?since={hour_ago.isoformat()}") == 1  # plus not escaped
    assert count(api, f"events?since={later.strftime('%Y-%m-%dT%H:%M:%SZ')}") == 0
    assert count(api, f"events?until={hour_ago.strftime('%Y-%m-%dT%H:%M:%SZ')}") == 0
    shown = api.get("events").json()["results"][0]["occurred_at"]
    assert count(api, f"events?since={shown}") == 1
    assert count(api, f"events?until={shown}") == 0


def test_incidents_by_service_are_there_once(api, organization):
    service = factories.make_service(organization=organization)
    incident = factories.make_incident(services=[service])
    incident.affected.create(service=service, key="other")
    factories.make_incident(organization=organization, status="resolved")
    assert count(api, f"incidents?service={service.pk}") == 1
    assert count(api, "incidents?status=resolved") == 1
    assert count(api, "incidents?severity=major&status=opened") == 1


def test_receipts_by_receiver_and_result(api, organization):
    receiver = factories.make_receiver(
        service=factories.make_service(organization=organization)
    )
    factories.make_receipt(receiver=receiver, result="failed")
    factories.make_receipt(receiver=receiver)
    assert count(api, f"receipts?receiver={receiver.pk}") == 2
    assert count(api, "receipts?result=failed") == 1
    assert count(api, f"receipts?trace={uuid7()}") == 0


@pytest.mark.parametrize(
    "name", ["webhooks", "receivers", "incidents", "rules", "events", "deliveries"]
)
def test_list_takes_few_queries(api, organization, name, django_assert_max_num_queries):
    for _ in range(5):
        network = factories.make_network(organization=organization)
        service = factories.make_service(organization=organization, network=network)
        destination = factories.make_destination(
            organization=organization, networks=[network]
        )
        factories.make_delivery(destination=destination)
        factories.make_receipt(receiver=factories.make_receiver(service=service))
        factories.make_incident(services=[service])
        factories.make_rule(
            targets=[destination], networks=[network], services=[service]
        )
    with django_assert_max_num_queries(12):
        assert count(api, name) >= 5


def test_deliveries_are_searched_by_text(api, organization):
    destination = factories.make_destination(
        organization=organization, label="Pager of the night shift"
    )
    wanted = factories.make_delivery(destination=destination, last_error="No route.")
    factories.make_delivery(
        destination=factories.make_destination(organization=organization)
    )
    for text in ("night shift", "no route", str(wanted.pk), str(wanted.event_id)):
        assert count(api, f"deliveries?q={quote(text)}") == 1
    assert count(api, "deliveries?q=needle") == 0
    problem = assert_problem(api.get("deliveries?q=%00"), 400)
    assert list(problem["errors"]) == ["q"]


def test_pages_of_deliveries_lead_both_ways(api, organization):
    destination = factories.make_destination(organization=organization)
    rows = [factories.make_delivery(destination=destination) for _ in range(7)]
    pages, path = [], "deliveries?limit=3&status=pending"
    while path:
        pages.append(api.get(path).json())
        path = pages[-1]["next"]
    seen = [row["id"] for page in pages for row in page["results"]]
    assert seen == [str(row.pk) for row in rows[::-1]]
    back = api.get(pages[2]["previous"]).json()
    assert back["results"] == pages[1]["results"]
    assert api.get(back["previous"]).json()["results"] == pages[0]["results"]


def test_trace_of_deliveries_is_exact(api, organization):
    destination = factories.make_destination(organization=organization)
    delivery = factories.make_delivery(destination=destination)
    assert count(api, f"deliveries?trace={delivery.trace}") == 1
    assert count(api, f"deliveries?trace={delivery.trace}&status=failed,pending") == 1
    assert count(api, f"deliveries?trace={delivery.event_id}") == 0
    assert count(api, f"deliveries?trace={uuid7()}") == 0


def test_rare_events_are_found_page_by_page(api, organization, monkeypatch):
    monkeypatch.setattr(event_pages, "ROWS_TESTED", 3)
    kinds = ["alert.rare", *["incident.opened"] * 7, "alert.rare", "incident.opened"]
    for kind in kinds:
        factories.make_event(organization=organization, type=kind)
    found, pages, path = [], 0, "events?type=alert.*"
    while path:
        page = api.get(path).json()
        found += [row["type"] for row in page["results"]]
        pages, path = pages + 1, page["next"]
    assert found == ["alert.rare"] * 2
    assert pages == 4
    assert count(api, "events") == 10


def test_bad_cursor_with_a_filter_is_said(api):
    for cursor in ("x", base64.b64encode(b"p=abc").decode()):
        response = api.get(f"events?type=alert.*&cursor={quote(cursor)}")
        assert "cursor" in assert_problem(response, 400)["errors"]
