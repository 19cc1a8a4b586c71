"""Statements that are written once, and run with other values."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.models import Service, StatusChange
from integrations_project.lib.ids import uuid7
from integrations_project.lib.prepared import Prepared
from integrations_project.lib.rows import insert_row
from receivers.models import Receipt
from tests.factories import make_receiver, make_service

pytestmark = pytest.mark.django_db
SAMPLE = UUID(int=1)


def test_returns_what_the_queryset_returns():
    services = [make_service(name=name) for name in ("One", "Two")]

    def build(service_id, name):
        rows = Service.objects.select_related("organization", "network")
        return rows.filter(pk=service_id, name=name, status="operational")

    prepared = Prepared(build, service_id=SAMPLE, name="<name>")
    for service in services * 2:
        values = {"service_id": service.pk, "name": service.name}
        with CaptureQueriesContext(connection) as ours:
            [found] = prepared.run(**values)
        with CaptureQueriesContext(connection) as django:
            [expected] = build(**values)
        assert ours.captured_queries[0]["sql"] == django.captured_queries[0]["sql"]
        assert found == expected
        assert vars(found).keys() == vars(expected).keys()
        assert found.labels == expected.labels
        assert found.status_since == expected.status_since
        assert found.organization == service.organization
        assert found.network is None
    assert prepared.run(service_id=services[0].pk, name="Two") == []


def test_takes_times():
    service = make_service()
    now = timezone.now()
    prepared = Prepared(
        lambda since: Service.objects.filter(created_at__gt=since),
        since=now.replace(year=2000),
    )
    assert prepared.run(since=now - timedelta(hours=1)) == [service]
    assert prepared.run(since=now + timedelta(hours=1)) == []


def test_value_that_is_no_parameter_is_refused():
    prepared = Prepared(
        lambda name: Service.objects.filter(name__contains=name), name="<name>"
    )
    with pytest.raises(ValueError, match="is not a parameter"):
        prepared.run(name="One")


def test_inserts_as_save_does():
    receiver = make_receiver()
    row = Receipt(
        organization=receiver.organization,
        receiver=receiver,
        received_at=timezone.now(),
        source_ip="2001:db8::1",
        result="ignored",
        items=[{"service": 'Ä "quoted" \\ 100%'}],
        headers={"Host": "x"},
        body="½ %s",
        trace=uuid7(),
    )
    insert_row(row)
    stored = Receipt.objects.get()
    for field in Receipt._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(row, field.attname), field.name


def test_inserts_in_one_statement():
    service = make_service()
    change = StatusChange(
        organization=service.organization,
        service=service,
        previous_status="operational",
        status="down",
        source_kind="manual",
        trace=uuid7(),
        changed_at=timezone.now(),
    )
    with CaptureQueriesContext(connection) as captured:
        insert_row(change)
    assert len(captured) == 1
    assert StatusChange.objects.get() == change
