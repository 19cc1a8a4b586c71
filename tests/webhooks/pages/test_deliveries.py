"""The pages of deliveries: the list with its filters, and one delivery."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import (
    make_attempt,
    make_delivery,
    make_destination,
    make_event,
)
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db

LIST = "/deliveries/"


@pytest.fixture
def webhook(organization):
    return make_destination(organization=organization, label="Pager")


def ids(page):
    return [line.delivery.pk for line in page.context["lines"]]


def test_empty_list_says_what_to_do(client, sign_in, organization):
    sign_in()
    assert "Add webhook" in client.get(LIST).content.decode()
    make_destination(organization=organization)
    assert "Go to services" in client.get(LIST).content.decode()


def test_list_is_of_one_organization(client, sign_in, webhook):
    sign_in("viewer")
    mine = make_delivery(destination=webhook)
    make_delivery()
    assert ids(client.get(LIST)) == [mine.pk]


def test_filters_narrow_the_list(client, sign_in, webhook, organization):
    sign_in()
    other = make_destination(organization=organization)
    event = make_event(organization=organization, type="alert.device_offline")
    failed = make_delivery(destination=webhook, status="failed")
    alert = make_delivery(destination=other, event=event)
    old = make_delivery(destination=other, status="delivered",
                        created_at=timezone.now() - timedelta(days=2))  # fmt: skip
    for query, expected in (
        ("status=failed", [failed.pk]),
        (f"webhook={webhook.pk}", [failed.pk]),
        (f"webhook={other.pk}", [old.pk, alert.pk]),
        ("type=alert.*", [alert.pk]),
        ("type=alert.device_offline", [alert.pk]),
        ("type=*", [old.pk, alert.pk, failed.pk]),
        ("since=24h", [alert.pk, failed.pk]),
        ("since=7d&status=delivered", [old.pk]),
        ("status=nonsense", []),
        ("webhook=nonsense", []),
        ("since=nonsense", []),
    ):
        assert ids(client.get(f"{LIST}?{query}")) == expected, query


def test_filters_stay_in_the_pages_links(client, sign_in, webhook, organization):
    sign_in()
    for _ in range(51):
        make_delivery(destination=webhook, event=make_event(organization=organization))
    first = client.get(f"{LIST}?status=pending")
    assert len(ids(first)) == 50
    assert "status=pending" in first.context["older_url"]
    second = client.get(first.context["older_url"])
    assert len(ids(second)) == 1


@pytest.mark.parametrize("count", [1, 20])
def test_list_costs_the_same(client, sign_in, webhook, assert_queries, count):
    sign_in()
    for _ in range(count):
        make_delivery(destination=webhook,
                      event=make_event(organization=webhook.organization))  # fmt: skip
    with assert_queries(12):
        client.get(LIST)


def test_waiting_delivery_says_until_when_and_why(client, sign_in, webhook):
    sign_in()
    now = timezone.now()
    delivery = make_delivery(
        destination=webhook,
        attempt_count=1,
        due_at=now + timedelta(seconds=39),
        last_status_code=429,
        last_error="The endpoint answered 429.",
    )
    make_attempt(
        delivery=delivery,
        started_at=now - timedelta(seconds=1),
        status_code=429,
        error_code="http_error",
        error="The endpoint answered 429.",
        response_headers={"Retry-After": "40"},
    )
    page = client.get(delivery.get_absolute_url()).content.decode()
    assert "Waiting until" in page
    assert "the endpoint asked for 40 s (429 Retry-After)" in page
    assert "Attempt 2 is due" in page


def test_timeline_names_the_time_of_the_probe(client, sign_in, organization):
    sign_in()
    now = timezone.now()
    webhook = make_destination(
        organization=organization,
        breaker_opened_at=now,
        probe_at=now + timedelta(minutes=4),
    )
    delivery = make_delivery(destination=webhook, due_at=now - timedelta(minutes=9))

    entries = client.get(delivery.get_absolute_url()).context["entries"]

    assert (entries[-1]["title"], entries[-1]["at"]) == (
        "Attempt 1 is due",
        webhook.probe_at,
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "sending"}, "Being sent right now"),
        (
            {"status": "failed", "reason": "Gave up after 10 attempts."},
            "Gave up after 10 attempts.",
        ),
        (
            {"status": "skipped", "reason": "The webhook is disabled."},
            "The webhook is disabled.",
        ),
        ({"status": "cancelled"}, "Cancelled."),
        ({"status": "delivered", "attempt_count": 3}, "after 3 attempts"),
    ],
)
def test_each_fate_has_a_sentence(client, sign_in, webhook, fields, words):
    sign_in()
    delivery = make_delivery(destination=webhook, **fields)
    assert words in client.get(delivery.get_absolute_url()).content.decode()


def test_detail_shows_the_wire(client, sign_in, webhook):
    sign_in("viewer")
    delivery = make_delivery(destination=webhook, status="delivered")
    make_attempt(
        delivery=delivery,
        status_code=503,
        error_code="http_error",
        error="The endpoint answered 503.",
        request_headers={"Authorization": "Bearer [redacted]", "webhook-id": "abc"},
    )
    make_attempt(delivery=delivery, response_body="thanks")
    page = client.get(delivery.get_absolute_url())
    text = page.content.decode()
    for words in ("thanks", "incident.opened", "?attempt=1#exchange"):
        assert words in text
    assert f"/traces/{delivery.trace}/" in text
    assert "Redeliver" not in text

    first = client.get(f"{delivery.get_absolute_url()}?attempt=1")
    assert "Bearer [redacted]" in first.context["curl"]
    assert "-H 'webhook-id: abc'" in first.context["curl"]
    assert first.context["curl"].startswith("curl -X POST http://127.0.0.1:47999/hook")


@pytest.mark.parametrize("number", ["9", "x", "999999999999"])
def test_attempt_that_never_was_is_not_there(client, sign_in, webhook, number):
    sign_in()
    delivery = make_delivery(destination=webhook)
    url = f"{delivery.get_absolute_url()}?attempt={number}"
    assert client.get(url).status_code == 404


def test_detail_costs_the_same(client, sign_in, webhook, assert_queries):
    sign_in()
    delivery = make_delivery(destination=webhook)
    for _ in range(9):
        make_attempt(delivery=delivery)
    with assert_queries(12):
        client.get(delivery.get_absolute_url())


def test_foreign_delivery_is_not_there(client, sign_in):
    sign_in()
    foreign = make_delivery(status="failed")
    assert client.get(foreign.get_absolute_url()).status_code == 404
    answer = client.post(f"{foreign.get_absolute_url()}redeliver/")
    assert answer.status_code == 404
    assert client.get(f"{LIST}99999999999999999999/").status_code == 404


def test_redeliver_queues_one_attempt(client, sign_in, webhook):
    sign_in()
    delivery = make_delivery(destination=webhook, status="failed")
    url = f"{delivery.get_absolute_url()}redeliver/"
    assert client.get(url).status_code == 405
    page = client.post(url, follow=True).content.decode()
    assert "It is sent again now." in page
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.PENDING
    assert delivery.is_manual


def test_refused_redelivery_says_why(client, sign_in, webhook):
    sign_in()
    webhook.enabled = False
    webhook.save()
    delivery = make_delivery(destination=webhook, status="skipped")
    url = f"{delivery.get_absolute_url()}redeliver/"
    assert "The webhook is disabled" in client.post(url, follow=True).content.decode()


@pytest.mark.parametrize("role", ["viewer", "responder"])
def test_redeliver_is_refused_with_the_role(client, sign_in, webhook, role):
    sign_in(role)
    delivery = make_delivery(destination=webhook, status="failed")
    answer = client.post(f"{delivery.get_absolute_url()}redeliver/")
    assert answer.status_code == 403
    assert "This needs the role Admin or Network Admin" in answer.content.decode()
