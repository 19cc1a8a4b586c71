from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from alerts.actions import create_service, delete_service, save_service
from alerts.models import Service, StatusChange
from tests.factories import make_network, make_organization, make_service


def create(organization, **fields):
    return create_service(organization, actor=SYSTEM, now=timezone.now(), **fields)


@pytest.mark.django_db
def test_new_service_is_operational():
    service = create(make_organization(), name=" API Gateway ")
    assert (service.name, service.status) == ("API Gateway", "operational")
    assert AuditEntry.objects.get().action == "service.created"
    assert StatusChange.objects.count() == 0


@pytest.mark.django_db
def test_new_service_may_be_down():
    service = create(make_organization(), name="API", status="down", message="Setup")
    assert (service.status, service.status_message) == ("down", "Setup")
    assert StatusChange.objects.get().status == "down"


def test_names_are_taken_in_any_case(service):
    with pytest.raises(ValidationError, match="exists already"):
        create(service.organization, name="api gateway")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"labels": ["a"]}, "labels"),
    ],
)
def test_bad_fields_are_refused(service, fields, field):
    with pytest.raises(ValidationError) as caught:
        create(service.organization, **{"name": "Search"} | fields)
    assert field in caught.value.message_dict


def test_foreign_network_is_refused(service):
    with pytest.raises(ValidationError, match="this organization"):
        create(service.organization, name="Search", network=make_network())


def test_saving_keeps_the_status(service, say):
    stale = Service.objects.get(pk=service.pk)
    say("down")
    stale.description = "Front door"
    save_service(stale, actor=SYSTEM)
    service.refresh_from_db()
    assert (service.status, service.description) == ("down", "Front door")
    entry = AuditEntry.objects.get(action="service.updated")
    assert entry.changes == {"description": ["", "Front door"]}


def test_unchanged_service_leaves_no_audit_entry(service):
    save_service(service, actor=SYSTEM)
    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db
def test_deleting_is_written_down():
    service = make_service()
    delete_service(service, actor=SYSTEM)
    assert Service.objects.count() == 0
    assert AuditEntry.objects.get().action == "service.deleted"
