"""What a delivery waits for, over REST."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from tests import factories


def make_waiting(organization, **fields):
    now = timezone.now()
    webhook = factories.make_destination(organization=organization, **fields)
    return factories.make_delivery(
        destination=webhook, due_at=now - timedelta(minutes=5)
    )


def open_breaker(*, probe_in):
    now = timezone.now()
    return {
        "breaker_opened_at": now - timedelta(hours=1),
        "probe_at": now + probe_in,
        "consecutive_failures": 12,
    }


def limit_rate(*, slot_in):
    return {"rate_per_minute": 1, "next_slot_at": timezone.now() + slot_in}


@pytest.mark.parametrize("path", ["deliveries", "deliveries/{}"])
@pytest.mark.parametrize(
    ("gate", "column", "words"),
    [
        pytest.param(
            open_breaker(probe_in=timedelta(days=1)),
            "probe_at",
            "Waiting: the endpoint failed 12 times in a row; one request is tried at ",
            id="breaker",
        ),
        pytest.param(
            limit_rate(slot_in=timedelta(days=1)),
            "next_slot_at",
            "Waiting for its turn: at most 1 request a minute.",
            id="rate",
        ),
    ],
)
def test_delivery_says_what_it_waits_for(api, organization, path, gate, column, words):
    delivery = make_waiting(organization, **gate)

    shown = api.get(path.format(delivery.pk)).json()
    (shown,) = shown.get("results", [shown])

    assert shown["status"] == "pending"
    assert shown["reason"].startswith(words)
    moment = parse_datetime(shown["next_attempt_at"])
    assert abs(moment - gate[column]) < timedelta(seconds=1)


def test_delivery_that_ended_keeps_its_own_reason(api, organization):
    webhook = factories.make_destination(
        organization=organization, **open_breaker(probe_in=timedelta(days=1))
    )
    delivery = factories.make_delivery(
        destination=webhook, status="skipped", reason="The webhook is disabled."
    )

    shown = api.get(f"deliveries/{delivery.pk}").json()

    assert shown["reason"] == "The webhook is disabled."
    assert shown["next_attempt_at"] is None


@pytest.mark.parametrize("count", [1, 9])
def test_list_of_waiting_costs_the_same(
    api, organization, count, django_assert_max_num_queries
):
    for _ in range(count):
        make_waiting(organization, **limit_rate(slot_in=timedelta(days=1)))

    with django_assert_max_num_queries(7) as captured:
        assert len(api.get("deliveries").json()["results"]) == count

    statements = " ".join(query["sql"] for query in captured.captured_queries)
    assert '"webhooks_destination"."secret"' not in statements


def read_state(api, delivery):
    listed = api.get("webhooks").json()["results"][0]["health"]
    health = api.get(f"webhooks/{delivery.destination_id}").json()["health"]
    assert listed["state"] == health["state"]
    return health["state"], health["detail"]


def test_webhook_that_waits_for_its_rate_says_so(api, organization):
    delivery = make_waiting(organization, **limit_rate(slot_in=timedelta(days=1)))

    assert read_state(api, delivery) == (
        "waiting",
        "Waiting for its turn: at most 1 request a minute.",
    )


@pytest.mark.parametrize(
    ("gate", "status", "due_in"),
    [
        pytest.param(timedelta(hours=-1), "pending", -5, id="its slot is free"),
        pytest.param(timedelta(days=1), "delivered", -5, id="nothing is left"),
        pytest.param(timedelta(days=1), "pending", 5, id="nothing is due"),
    ],
)
def test_webhook_with_a_rate_is_not_always_waiting(
    api, organization, gate, status, due_in
):
    delivery = make_waiting(organization, **limit_rate(slot_in=gate))
    delivery.status = status
    delivery.due_at = timezone.now() + timedelta(minutes=due_in)
    delivery.save()

    assert read_state(api, delivery)[0] == "unknown"
