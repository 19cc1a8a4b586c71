"""Deliveries that wait, for twenty webhooks: what the benchmarks send.

Imported by processes whose environment names the database; sets Django up.
"""

from __future__ import annotations

import json

import django

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Organization  # noqa: E402
from integrations_project.lib.ids import uuid7  # noqa: E402
from integrations_project.lib.signing import generate_secret  # noqa: E402
from webhooks.models import Delivery, Destination, Event, Payload  # noqa: E402

BODY = json.dumps({"type": "incident.opened", "data": {"title": "x" * 400}})
DESTINATIONS = 20


def make_destinations(
    urls: list[str], *, max_in_flight: int = 20, event_types: tuple[str, ...] = ()
) -> list[Destination]:
    """Make a signed webhook for each address, all of one organization."""
    organization = Organization.objects.create(name="b", slug=str(uuid7()))
    return Destination.objects.bulk_create(
        Destination(
            organization=organization,
            label=f"Webhook {number}",
            url=url,
            secret=generate_secret(),
            max_in_flight=max_in_flight,
            event_types=list(event_types),
        )
        for number, url in enumerate(urls)
    )


def make_deliveries(destinations: list[Destination], count: int) -> None:
    """Make due deliveries, each of an event of its own, in turn for all webhooks."""
    organization = destinations[0].organization
    events = Event.objects.bulk_create(
        (
            Event(
                organization=organization,
                type="incident.opened",
                trace=uuid7(),
                occurred_at=timezone.now(),
            )
            for _ in range(count)
        ),
        batch_size=1000,
    )
    payloads = Payload.objects.bulk_create(
        (Payload(event=event, format="standard", body=BODY) for event in events),
        batch_size=1000,
    )
    Delivery.objects.bulk_create(
        (
            Delivery(
                organization=organization,
                event=payload.event,
                payload=payload,
                destination=destinations[number % len(destinations)],
                event_type="incident.opened",
                trace=payload.event.trace,
            )
            for number, payload in enumerate(payloads)
        ),
        batch_size=1000,
    )


def analyze() -> None:
    """Let the planner know the tables, as autovacuum would after a minute."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def make_backlog(sink_url: str, count: int) -> None:
    """Make so many deliveries for twenty webhooks."""
    urls = [f"{sink_url}{number}" for number in range(DESTINATIONS)]
    make_deliveries(make_destinations(urls), count)
    analyze()
