"""One run for `benchmarks.deliver`, in a process of its own; prints its figures."""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

import django
import requests

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_q.cluster import Cluster  # noqa: E402
from django_q.tasks import async_task  # noqa: E402

from accounts.models import Organization  # noqa: E402
from integrations_project.lib.ids import uuid7  # noqa: E402
from integrations_project.lib.signing import (  # noqa: E402
    generate_secret,
    sign_standard_webhooks,
)
from webhooks.actions import publish  # noqa: E402
from webhooks.datatypes import NewEvent  # noqa: E402
from webhooks.engine.pump import PumpRun  # noqa: E402
from webhooks.models import Attempt, Delivery, Destination, Event, Payload  # noqa: E402

BODY = json.dumps({"type": "incident.opened", "data": {"title": "x" * 400}})
DESTINATIONS = 20


def make_backlog(sink_url: str, count: int) -> None:
    """Make deliveries, each of an event of its own, with their settings as usual."""
    organization = Organization.objects.create(name="b", slug=str(uuid7()))
    destinations = Destination.objects.bulk_create(
        Destination(
            organization=organization,
            label=f"Webhook {number}",
            url=f"{sink_url}{number}",
            secret=generate_secret(),
            max_in_flight=20,
        )
        for number in range(DESTINATIONS)
    )
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
                destination=destinations[number % DESTINATIONS],
                event_type="incident.opened",
                trace=payload.event.trace,
            )
            for number, payload in enumerate(payloads)
        ),
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def run_pump(sink_url: str, count: int) -> dict[str, float]:
    make_backlog(sink_url, count)
    start, cpu = time.perf_counter(), time.process_time()
    summary = PumpRun(is_resident=False).run()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    assert summary.recorded_count == count, summary
    return {"per_second": count / seconds, "cpu_us": cpu / count * 1e6}


def deliver_one(delivery_id: int) -> None:
    """Do what most people write: load, sign, post, store."""
    delivery = Delivery.objects.select_related("destination", "payload").get(
        pk=delivery_id
    )
    assert delivery.payload is not None
    body, now = delivery.payload.body.encode(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": str(delivery.event_id),
        "webhook-timestamp": str(now),
        "webhook-signature": sign_standard_webhooks(
            [delivery.destination.secret],
            message_id=str(delivery.event_id),
            timestamp=now,
            body=body,
        ),
    }
    started_at = timezone.now()
    answer = requests.post(
        delivery.destination.url, data=body, headers=headers, timeout=30
    )
    with transaction.atomic():
        Attempt.objects.create(
            delivery=delivery,
            number=1,
            started_at=started_at,
            duration_ms=round(answer.elapsed.total_seconds() * 1000),
            status_code=answer.status_code,
            url=delivery.destination.url,
            request_headers=headers,
            response_headers=dict(answer.headers),
            response_body=answer.text,
        )
        delivery.status = Delivery.Status.DELIVERED
        delivery.save(update_fields=("status",))


def run_tasks(sink_url: str, count: int) -> dict[str, float]:
    make_backlog(sink_url, count)
    ids = list(Delivery.objects.pending().values_list("pk", flat=True))
    for delivery_id in ids:
        async_task("benchmarks.deliver_runs.deliver_one", delivery_id)
    cluster = Cluster()
    start = time.perf_counter()
    cluster.start()
    connection.close()
    # What it starts with is not what it does for hours: count from the first on.
    first, begun = count, start
    while left := Delivery.objects.pending().count():
        if first == count and left < count:
            first, begun = left, time.perf_counter()
        time.sleep(0.05)
    seconds = time.perf_counter() - begun
    cluster.stop()
    return {"per_second": first / seconds}


def run_publish(sink_url: str, count: int) -> dict[str, float]:
    organization = Organization.objects.create(name="p", slug=str(uuid7()))
    Destination.objects.bulk_create(
        Destination(
            organization=organization,
            label=f"Webhook {number}",
            url=sink_url,
            event_types=["incident.*"],
        )
        for number in range(count)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    times = []
    for _ in range(15):
        event: dict[str, Any] = {"data": {"title": "x" * 400}, "trace": uuid7()}
        start = time.perf_counter()
        with transaction.atomic():
            publish(
                organization,
                NewEvent(type="incident.opened", occurred_at=timezone.now(), **event),
            )
        times.append((time.perf_counter() - start) * 1000)
    return {"median_ms": statistics.median(times)}


if __name__ == "__main__":
    RUNS = {"pump": run_pump, "tasks": run_tasks, "publish": run_publish}
    print(json.dumps(RUNS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))))
