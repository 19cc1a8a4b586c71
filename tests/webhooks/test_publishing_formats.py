"""Publishing in every format: one body a format, a template's own, few statements."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_destination, make_organization
from webhooks.actions import publish
from webhooks.datatypes import NewEvent
from webhooks.formats import list_formats
from webhooks.formats.samples import build_sample
from webhooks.models import Payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def publish_sample(new_event):
    """Publish the sample of a type."""

    def run(organization, event_type, **fields):
        data = build_sample(event_type).data
        event: NewEvent = new_event(event_type, data=data, **fields)
        return publish(organization, event)

    return run


def make_template(organization, template, **fields):
    return make_destination(
        organization=organization, format="template", template=template, **fields
    )


def bodies_of(event):
    return {row.format: json.loads(row.body) for row in event.payloads.all()}


@pytest.mark.parametrize("each", list_formats(), ids=lambda each: each.name)
def test_what_a_format_carries_is_pending(each, publish_sample):
    organization = make_organization()
    make_destination(organization=organization, format=each.name)

    for event_type in ("incident.opened", "alert.x", "monitor.job_failed"):
        event = publish_sample(organization, event_type)
        status = event.deliveries.get().status
        assert status == ("pending" if each.carries(event_type) else "skipped")
        assert event.payloads.count() == each.carries(event_type)


def test_each_template_has_its_own_body(publish_sample):
    organization = make_organization()
    first = make_template(organization, '{"first": "{{ type }}"}')
    second = make_template(organization, '{"second": "{{ type }}"}')
    empty = make_template(organization, "")

    event = publish_sample(organization, "incident.opened")

    bodies = bodies_of(event)
    assert bodies[f"template:{first.pk}"] == {"first": "incident.opened"}
    assert bodies[f"template:{second.pk}"] == {"second": "incident.opened"}
    assert bodies[f"template:{empty.pk}"]["event"] == "incident.opened"
    for delivery in event.deliveries.select_related("payload"):
        assert delivery.payload.format == f"template:{delivery.destination_id}"


def test_template_that_cannot_be_filled_is_skipped(publish_sample):
    organization = make_organization()
    make_template(organization, "{")
    make_destination(organization=organization)

    event = publish_sample(organization, "incident.opened")

    skipped = event.deliveries.get(status="skipped")
    assert skipped.reason == (
        "The template cannot be filled with this event, or grows too long."
    )
    assert event.deliveries.filter(status="pending").count() == 1


def test_format_that_is_gone_hinders_nobody(publish_sample):
    organization = make_organization()
    make_destination(organization=organization, format="gone")
    make_destination(organization=organization)

    event = publish_sample(organization, "incident.opened")

    statuses = event.deliveries.order_by("status").values_list("status", "reason")
    assert list(statuses) == [
        ("pending", ""),
        ("skipped", "The format gone cannot carry incident.opened."),
    ]


def test_excluded_destination_is_not_told(publish_sample):
    organization = make_organization()
    failing = make_destination(organization=organization)
    other = make_destination(organization=organization)

    event = publish_sample(
        organization,
        "destination.failing",
        destination_ids=[failing.pk],
        excluded_destination_ids=[failing.pk],
    )

    assert [delivery.destination_id for delivery in event.deliveries.all()] == [
        other.pk
    ]


def test_statements_do_not_grow_with_webhooks(publish_sample):
    organization = make_organization()
    counts = []
    for _ in range(2):
        for each in list_formats():
            make_destination(organization=organization, format=each.name)
            make_template(organization, '["{{ type }}"]')
        with CaptureQueriesContext(connection) as captured:
            publish_sample(organization, "incident.opened")
        counts.append(len(captured))

    assert counts[0] >= counts[1]
    assert Payload.objects.count() > 20
