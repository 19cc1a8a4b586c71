"""The Celery that the pump is compared with: prefork, Redis, nothing kept."""

from __future__ import annotations

import os

import django

django.setup()

from celery import Celery  # type: ignore[import-untyped]  # noqa: E402

from benchmarks.deliver_runs import deliver_one  # noqa: E402

app = Celery("benchmark", broker=os.environ["CELERY_URL"])
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=16,
    broker_connection_retry_on_startup=True,
)


@app.task
def deliver(delivery_id: int) -> None:
    """Deliver one, as `deliver_one` says."""
    deliver_one(delivery_id)
