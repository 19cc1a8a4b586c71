"""Shorthand for the domain's actions."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import change_service_status
from alerts.datatypes import MANUAL, IncidentPolicy, Source, StatusUpdate
from alerts.models import Service
from integrations_project.lib.ids import uuid7
from tests.factories import make_destination, make_service

PROBE = Source(kind="receiver", id=str(uuid4()), label="Probe")
OTHER = Source(kind="receiver", id=str(uuid4()), label="Other")


@pytest.fixture
def service(db):
    return make_service(name="API Gateway")


@pytest.fixture
def target(service):
    """A webhook that subscribes to nothing: only rules reach it."""
    return make_destination(organization=service.organization, event_types=[])


@pytest.fixture
def say(service):
    """Let a source say a status of the service."""

    def say(status, *, source=MANUAL, key="", message="", auto_create="never"):
        update = StatusUpdate(
            status=status,
            source=source,
            key=key,
            message=message,
            incidents=IncidentPolicy(auto_create=auto_create),
            trace=uuid7(),
            now=timezone.now(),
        )
        return change_service_status(service.pk, update, actor=SYSTEM)

    return say


@pytest.fixture
def status_now(service):
    return lambda: Service.objects.get(pk=service.pk).status
