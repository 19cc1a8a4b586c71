"""Verify in every format: a real request with the sample, its media type, no trace."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM
from tests.factories import make_destination
from webhooks.actions import verify_destination
from webhooks.formats import list_formats
from webhooks.models import Delivery, Event

pytestmark = pytest.mark.django_db


def verify(**fields):
    destination = make_destination(**fields)
    return verify_destination(destination, actor=SYSTEM, now=timezone.now())


@pytest.mark.parametrize("each", list_formats("webhook"), ids=lambda each: each.name)
def test_sample_of_the_format_is_sent(each, sink):
    result = verify(
        url=sink.url, format=each.name, event_types=[], template='["{{ type }}"]'
    )

    [request] = sink.requests
    assert result.delivered
    assert result.request_body.encode() == request.body
    assert request.headers["content-type"] == each.content_type
    assert json.loads(request.body)
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


def test_template_is_tried_before_it_is_saved(sink):
    destination = make_destination(url=sink.url)
    destination.format = "template"
    destination.template = '{"is": "{{ type }}"}'

    verify_destination(destination, actor=SYSTEM, now=timezone.now())

    assert json.loads(sink.requests[0].body) == {"is": "test.verify"}


def test_broken_template_is_not_tried(sink):
    with pytest.raises(ValidationError, match="not JSON"):
        verify(url=sink.url, format="template", template="{")
    assert not sink.requests


def test_two_tests_of_incidents_with_one_idempotency_id_are_equal(sink):
    for _ in range(2):
        verify(url=sink.url, format="incident", event_types=["incident.*"])

    first, second = (request.body for request in sink.requests)
    assert first == second
