"""One body for one event: over retries, redeliveries, edits and restarts."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.datatypes import SYSTEM
from alerts.actions import (
    acknowledge_incident,
    edit_incident,
    open_incident,
    post_incident_update,
    resolve_incident,
)
from alerts.models import Incident, Service
from tests.factories import make_destination, make_service
from tests.http_server import Answer
from tests.webhooks.test_killed_pump import database_url
from webhooks.actions import redeliver
from webhooks.formats import list_formats
from webhooks.models import Attempt, Delivery, Destination

CARRYING = [each.name for each in list_formats("webhook") if each.carries("incident.x")]
FAILURES = (Answer(500), Answer(instead="reset"), Answer(429))
PUMP = """
import django
django.setup()
from webhooks.engine.pump import PumpRun
PumpRun(is_resident=False).run()
"""
STEPS = {
    "acknowledge": lambda incident, now: acknowledge_incident(
        incident, actor=SYSTEM, now=now
    ),
    "post": lambda incident, now: post_incident_update(
        incident, message="We look at it", actor=SYSTEM, now=now
    ),
    "edit": lambda incident, now: edit_incident(
        incident, actor=SYSTEM, now=now, title=f"{incident.title}!"
    ),
    "rename": lambda incident, _now: Service.objects.filter(
        affecting__incident=incident
    ).update(name=f"Renamed {timezone.now()}", labels={"new": "label"}),
    "resolve": lambda incident, now: resolve_incident(incident, actor=SYSTEM, now=now),
}


def open_it(service, now):
    return open_incident(
        service.organization,
        actor=SYSTEM,
        now=now,
        title="Late",
        severity="minor",
        services=[service],
    )


def make_due():
    Delivery.objects.filter(status="pending").update(
        due_at=timezone.now() - dt.timedelta(seconds=1)
    )
    Destination.objects.update(breaker_opened_at=None, probe_at=None)


def redeliver_all():
    for delivery in Delivery.objects.filter(status__in=("delivered", "failed")):
        redeliver(delivery, actor=SYSTEM, now=timezone.now())


def test_every_carrying_format_is_tried():
    assert {"standard", "incident", "cloudevents", "slack", "template"} <= set(CARRYING)


@pytest.mark.django_db
@pytest.mark.parametrize("format_name", CARRYING)
def test_attempts_send_the_same_bytes(format_name, sink, pump_once):
    service = make_service()
    destination = make_destination(
        organization=service.organization,
        url=sink.url,
        format=format_name,
        template='{"is": "{{ data.status }}", "title": "{{ title }}"}',
        retry_schedule=[1, 1, 1],
    )
    incident = open_it(service, timezone.now())
    sink.play(*FAILURES)

    for _ in range(4):
        make_due()
        pump_once()
    # What the body was made of changes, without an event that is told.
    STEPS["rename"](incident, None)
    Incident.objects.update(title="Another title")
    Destination.objects.update(template='{"other": "{{ type }}"}')
    redeliver_all()
    pump_once()

    assert len(sink.requests) == 5
    assert len({request.body for request in sink.requests}) == 1
    assert len({request.headers["webhook-id"] for request in sink.requests}) == 1
    assert destination.deliveries.get().status == "delivered"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "after", "content_type"),
    [
        ("incident", "cloudevents", "application/json"),
        ("template", "cloudevents", "application/json"),
        ("cloudevents", "standard", "application/cloudevents+json"),
    ],
)
def test_content_type_stays_with_the_bytes(
    sink, pump_once, before, after, content_type
):
    service = make_service()
    make_destination(
        organization=service.organization,
        url=sink.url,
        format=before,
        template='{"title": "{{ title }}"}',
        retry_schedule=[1, 1, 1],
    )
    open_it(service, timezone.now())
    sink.play(Answer(500))
    pump_once()

    destination = Destination.objects.get()
    destination.format = after
    destination.save()
    make_due()
    pump_once()

    first, second = sink.requests
    assert first.body == second.body
    types = [request.headers.get_all("Content-Type") for request in sink.requests]
    assert types == [[content_type]] * 2
    stored = Attempt.objects.values_list("request_headers", flat=True)
    assert [headers["Content-Type"] for headers in stored] == [content_type] * 2


@pytest.mark.django_db
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.integers(-2000, 2000)), max_size=6
    ),
    failures=st.lists(st.sampled_from(FAILURES), max_size=8),
)
def test_one_idempotency_id_one_body(steps, failures, sink, pump_once):
    Destination.objects.all().delete()
    service = make_service()
    for _ in range(2):
        make_destination(
            organization=service.organization,
            url=sink.url,
            format="incident",
            retry_schedule=[1] * 10,
        )
    now = timezone.now()
    incident = open_it(service, now)
    sink.requests.clear()
    sink.play(*failures)

    for name, microseconds in steps:
        if incident.is_open or name in ("post", "edit", "rename"):
            STEPS[name](incident, now + dt.timedelta(microseconds=microseconds))
        make_due()
        pump_once()
    redeliver_all()
    for _ in failures:
        make_due()
        pump_once()
    pump_once()

    bodies, events = defaultdict(set), defaultdict(set)
    for request in sink.requests:
        key = json.loads(request.body)["idempotencyId"]
        bodies[key].add(request.body)
        events[key].add(request.headers["webhook-id"])
    assert all(len(each) == 1 for each in bodies.values())
    assert all(len(each) == 1 for each in events.values())
    told = incident.organization.events.filter(type__startswith="incident.")
    assert len(bodies) == told.count()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_another_process_sends_the_same_bytes(sink, pump_once):
    service = make_service()
    make_destination(
        organization=service.organization,
        url=sink.url,
        format="template",
        template='{"all": "{{ data }}", "title": "{{ title }}"}',
        retry_schedule=[1, 1],
    )
    open_it(service, timezone.now())
    sink.play(Answer(500))
    pump_once()

    Destination.objects.update(template='{"other": 1}')
    make_due()
    ended = subprocess.run(
        [sys.executable, "-c", PUMP],
        env=os.environ | {"DATABASE_URL": database_url()},
        cwd=Path(__file__).parents[2],
        check=False,
        timeout=60,
    )

    assert ended.returncode == 0
    first, second = sink.requests
    assert first.body == second.body
    assert Delivery.objects.get().status == "delivered"
