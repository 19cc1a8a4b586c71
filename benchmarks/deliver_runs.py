"""One run for `benchmarks.deliver`, in a process of its own; prints its figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import requests

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_q.cluster import Cluster  # noqa: E402
from django_q.tasks import async_task  # noqa: E402

from benchmarks import meter  # noqa: E402
from benchmarks.backlog import BODY, make_backlog  # noqa: E402
from integrations_project.lib.signing import sign_standard_webhooks  # noqa: E402
from webhooks.engine.pump import PumpRun  # noqa: E402
from webhooks.models import Attempt, Delivery  # noqa: E402

#: Until a worker that started has to have done something.
START_SECONDS = 60


def run_posts(sink_url: str, count: int) -> dict[str, float]:
    """Do nothing but `requests.post`, one after the other."""
    headers = {"Content-Type": "application/json"}
    requests.post(sink_url, data=BODY, headers=headers, timeout=30)
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        requests.post(sink_url, data=BODY, headers=headers, timeout=30)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {"per_second": count / seconds, "cpu_us": cpu / count * 1e6}


def run_pump(sink_url: str, count: int) -> dict[str, float]:
    make_backlog(sink_url, count)
    start, cpu = time.perf_counter(), time.process_time()
    summary = PumpRun(is_resident=False).run()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    assert summary.recorded_count == count, summary
    return {"per_second": count / seconds, "cpu_us": cpu / count * 1e6}


def run_metered(sink_url: str, count: int) -> dict[str, float]:
    """Tell which part of the pump takes which share of its CPU."""
    make_backlog(sink_url, count)
    used = meter.attach()
    assert PumpRun(is_resident=False).run().recorded_count == count
    return used.shares()


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
    """Have django-q2 deliver, as the settings say it is set up."""
    make_backlog(sink_url, count)
    for delivery_id in list(Delivery.objects.pending().values_list("pk", flat=True)):
        async_task("benchmarks.deliver_runs.deliver_one", delivery_id)
    cluster = Cluster()
    cluster.start()
    connection.close()
    try:
        return {"per_second": watch(count)}
    finally:
        cluster.stop()


def run_celery(sink_url: str, count: int) -> dict[str, float]:
    """Have Celery deliver; CELERY_URL names a Redis that is thrown away."""
    from benchmarks.celery_app import deliver

    make_backlog(sink_url, count)
    for delivery_id in list(Delivery.objects.pending().values_list("pk", flat=True)):
        deliver.delay(delivery_id)
    connection.close()
    worker = subprocess.Popen(
        [Path(sys.executable).with_name("celery"), "-A", "benchmarks.celery_app",
         "worker", "--pool=prefork", "--concurrency=4", "--loglevel=ERROR",
         "--without-gossip", "--without-mingle", "--without-heartbeat"],
        env=os.environ | {"C_FORCE_ROOT": "1"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        return {"per_second": watch(count)}
    finally:
        worker.terminate()
        worker.wait(timeout=30)


def watch(count: int) -> float:
    """Return the deliveries a second, from the first that was done to the last."""
    deadline = time.monotonic() + START_SECONDS
    first, begun = count, time.perf_counter()
    while left := Delivery.objects.pending().count():
        if first == count and left < count:
            # What it starts with is not what it does for hours.
            first, begun = left, time.perf_counter()
        if first == count and time.monotonic() > deadline:
            raise TimeoutError(f"Nothing was delivered in {START_SECONDS} s.")
        time.sleep(0.02)
    return first / (time.perf_counter() - begun)


RUNS: dict[str, Callable[[str, int], dict[str, Any]]] = {
    "posts": run_posts,
    "pump": run_pump,
    "metered": run_metered,
    "tasks": run_tasks,
    "celery": run_celery,
}

if __name__ == "__main__":
    print(json.dumps(RUNS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))))
