"""Creating, editing, pausing, rotating and deleting receivers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from alerts.actions import change_service_status
from alerts.datatypes import Source, StatusUpdate
from alerts.models import Incident, ServiceSource
from integrations_project.lib.ids import uuid7
from receivers.actions import (
    create_receiver,
    delete_receiver,
    pause_receiver,
    resume_receiver,
    rotate_hmac_secret,
    rotate_token,
    save_receiver,
)
from receivers.models import Receiver
from tests.factories import make_network, make_organization, make_receiver, make_service


def audit():
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_token_is_long_and_stored_encrypted(sender):
    token = sender.receiver.token
    assert len(token) == 64
    assert token.isalnum()
    assert token.isascii()
    assert Receiver.objects.get().token == token
    assert audit() == ["receiver.created"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"status_field": ""}, "status_field"),
        ({"status_field": "a..b"}, "status_field"),
        ({"status_field": "alerts[].status"}, "status_field"),
        ({"message_field": "$.message"}, "message_field"),
        ({"key_field": "a|"}, "key_field"),
        ({"items_path": "alerts"}, "items_path"),
        ({"mapping": ["down"]}, "mapping"),
        ({"mapping": {"purple": ["x"]}}, "mapping"),
        ({"mapping": {"down": ["x"], "degraded": ["X"]}}, "mapping"),
        ({"mapping_mode": "replace"}, "mapping"),
        ({"mapping_mode": "other"}, "mapping_mode"),
        ({"signature_header": "X Signature"}, "signature_header"),
        ({"signature_header": "Content-Length"}, "signature_header"),
        ({"hmac_secret": " secret"}, "hmac_secret"),
        ({"service": None}, "service"),
        ({"create_unknown_services": True}, "create_unknown_services"),
        ({"incident_severity": "worst"}, "incident_severity"),
        ({"unmapped": "purple"}, "unmapped"),
    ],
)
def test_wrong_settings_are_refused(make_sender, fields, field):
    with pytest.raises(ValidationError) as caught:
        make_sender(**{"organization": make_organization()} | fields)
    assert list(caught.value.message_dict) == [field]
    assert Receiver.objects.count() == 0


def test_all_errors_are_told_together(sender):
    receiver = sender.receiver
    receiver.status_field = "a..b"
    receiver.name = ""
    with pytest.raises(ValidationError) as caught:
        save_receiver(receiver, actor=SYSTEM)
    assert set(caught.value.message_dict) == {"status_field", "name"}


def test_foreign_rows_are_refused(make_sender):
    organization = make_organization()
    with pytest.raises(ValidationError, match="service of this organization"):
        make_sender(organization=organization, service=make_service())
    with pytest.raises(ValidationError, match="networks of this organization"):
        make_sender(organization=organization, networks=[make_network()])


def test_service_must_be_in_the_networks(make_sender):
    organization = make_organization()
    north, south = (make_network(organization=organization) for _ in range(2))
    service = make_service(organization=organization, network=north)
    with pytest.raises(ValidationError, match="own networks"):
        make_sender(service=service, networks=[south])
    make_sender(service=service, networks=[north])


def test_mapping_is_stored_in_lower_case(make_sender):
    sender = make_sender(mapping={"down": [" Kaputt ", "kaputt"]})
    assert sender.receiver.mapping == {"down": ["kaputt"]}
    assert sender.post({"status": "KAPUTT"}).json()["items"][0]["status"] == "down"


def test_saving_acts_at_once(sender):
    sender.post({"status": "up"})
    sender.receiver.status_field = "state"
    save_receiver(sender.receiver, actor=SYSTEM)
    assert sender.post({"status": "down"}).status_code == 400
    assert sender.post({"state": "down"}).status_code == 200
    entry = AuditEntry.objects.get(action="receiver.updated")
    assert entry.changes == {"status_field": ["status", "state"]}


def test_secret_that_was_not_entered_stays(make_sender):
    receiver = make_sender(hmac_secret="s3cret").receiver
    receiver.hmac_secret = ""
    save_receiver(receiver, actor=SYSTEM)
    assert Receiver.objects.get().hmac_secret == "s3cret"
    receiver.hmac_secret = ""
    save_receiver(receiver, actor=SYSTEM, entered_secrets=["hmac_secret"])
    assert Receiver.objects.get().hmac_secret == ""
    entry = AuditEntry.objects.get(action="receiver.updated")
    assert entry.changes == {"hmac_secret": ["***", ""]}


def test_changed_secret_refuses_the_old_one(make_sender):
    sender = make_sender(hmac_secret="old")
    sender.receiver.hmac_secret = "new"
    save_receiver(sender.receiver, actor=SYSTEM, entered_secrets=["hmac_secret"])
    assert sender.post_signed({"status": "up"}, secret="old").status_code == 401
    assert sender.post_signed({"status": "up"}, secret="new").status_code == 200


def test_rotated_secret_takes_both_for_a_while(make_sender):
    sender = make_sender(hmac_secret="old")
    now = timezone.now()
    rotate_hmac_secret(sender.receiver, new_secret="new", actor=SYSTEM, now=now)
    for secret in ("old", "new"):
        assert sender.post_signed({"status": "up"}, secret=secret).status_code == 200
    stored = Receiver.objects.get()
    later = now + timedelta(hours=24)
    assert stored.active_secrets(now=later) == ("new",)


def test_stale_form_does_not_bring_an_old_token_back(sender):
    stale = Receiver.objects.get()
    token = rotate_token(sender.receiver, actor=SYSTEM, now=timezone.now())
    stale.name = "Renamed"
    save_receiver(stale, actor=SYSTEM)
    stored = Receiver.objects.get()
    assert (stored.name, stored.token) == ("Renamed", token)


@pytest.mark.django_db
def test_pausing_twice_is_written_once():
    receiver = make_receiver()
    assert pause_receiver(receiver, actor=SYSTEM) is True
    assert pause_receiver(receiver, actor=SYSTEM) is False
    assert resume_receiver(receiver, actor=SYSTEM) is True
    assert Receiver.objects.get().enabled is True
    assert audit() == ["receiver.paused", "receiver.resumed"]


def test_deleting_takes_the_receipts(sender):
    sender.post({"status": "down"})
    delete_receiver(sender.receiver, actor=SYSTEM)
    assert Receiver.objects.count() == 0
    assert audit()[-1] == "receiver.deleted"


@pytest.mark.django_db
def test_health_counts_a_day(make_sender):
    sender = make_sender(hmac_secret="s3cret")
    now = timezone.now()
    sender.post({"status": "down"})
    sender.post_signed({"status": "down"}, secret="s3cret")
    sender.post_signed({"state": "down"}, secret="s3cret")
    old = sender.last_receipt()
    old.received_at = now - timedelta(hours=25)
    old.save()
    row = Receiver.objects.with_health(now=now).get()
    counts = (row.received_24h, row.processed_24h, row.failed_24h, row.auth_failed_24h)
    assert counts == (2, 1, 0, 1)
    # The newest is the one with the newest id, whatever its time was set to.
    assert row.last_received_at == old.received_at


def test_names_may_be_alike(make_sender):
    organization = make_organization()
    service = make_service(organization=organization)
    for _ in range(2):
        create_receiver(organization, actor=SYSTEM, name="Pipeline", service=service)
    assert Receiver.objects.count() == 2


def test_what_was_said_follows_changed_settings(make_sender):
    sender = make_sender(auto_create_incidents="never")
    sender.post({"status": "down"})
    service = sender.receiver.service
    now = timezone.now()
    window = StatusUpdate(
        status="maintenance",
        source=Source(kind="window", id="w", label="Window"),
        trace=uuid7(),
        now=now,
    )
    change_service_status(service.pk, window, actor=SYSTEM)
    receiver = Receiver.objects.get(pk=sender.receiver.pk)
    receiver.auto_create_incidents = "down"
    receiver.incident_severity = "critical"
    save_receiver(receiver, actor=SYSTEM)
    # Nothing is opened while people work on it; what still lasts is, when that ends.
    assert not Incident.objects.exists()
    over = replace(window, status="operational", now=now + timedelta(minutes=1))
    change_service_status(service.pk, over, actor=SYSTEM)
    assert Incident.objects.get().severity == "critical"


def test_settings_of_others_stay_as_they_are(make_sender):
    sender = make_sender(auto_create_incidents="down")
    sender.post({"status": "down"})
    (before,) = ServiceSource.objects.values_list("incident_policy", flat=True)
    other = make_receiver(organization=sender.receiver.organization)
    other.incident_severity = "minor"
    save_receiver(other, actor=SYSTEM)
    (after,) = ServiceSource.objects.values_list("incident_policy", flat=True)
    assert after == before
