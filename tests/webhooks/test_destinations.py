"""What can happen to a destination, its secrets above all."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from tests.factories import (
    make_delivery,
    make_destination,
    make_network,
    make_organization,
)
from webhooks.actions import (
    delete_destination,
    disable_destination,
    enable_destination,
    rotate_secret,
    save_destination,
)
from webhooks.models import Delivery, Destination

pytestmark = pytest.mark.django_db

HERE = "http://127.0.0.1:47999/hook"


def save(destination, **options):
    options = {"entered_secrets": ()} | options
    return save_destination(destination, actor=SYSTEM, **options)


def make_secret_destination(**fields):
    defaults = {
        "secret": "s3cret",
        "auth_method": "bearer",
        "token": "t0ken",
        "headers": {"X-Api-Key": "k3y", "X-Team": "ops"},
    }
    return make_destination(**defaults | fields)


def test_new_destination_is_stored_and_audited():
    organization = make_organization()
    network = make_network(organization=organization)

    save(
        Destination(
            organization=organization,
            label="Ops",
            url=HERE,
            secret="s3cret",
            event_types=["incident.*", "*", "*"],
        ),
        networks=[network],
        entered_secrets=["secret"],
    )

    stored = Destination.objects.get()
    assert (stored.secret, stored.event_types) == ("s3cret", ["*", "incident.*"])
    assert list(stored.networks.all()) == [network]
    entry = AuditEntry.objects.get(action="webhook.created")
    assert entry.changes["secret"] == ["", "***"]
    assert "s3cret" not in str(entry.changes)


def test_mistakes_are_reported_together():
    destination = Destination(
        organization=make_organization(), label="", url="ftp://x", format="xml"
    )

    with pytest.raises(ValidationError) as caught:
        save(destination)

    assert set(caught.value.message_dict) == {"label", "url", "format"}
    assert not Destination.objects.exists()


def test_network_of_another_organization_is_refused():
    destination = make_destination()

    with pytest.raises(ValidationError, match="this organization"):
        save(destination, networks=[make_network()])


def test_unchanged_destination_leaves_no_audit_entry():
    save(make_destination())

    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        pytest.param("http://127.0.0.1:47999/other?x=1", True, id="path"),
        pytest.param("HTTP://127.0.0.1:47999/hook", True, id="spelling"),
        pytest.param("http://127.0.0.1:47998/hook", False, id="port"),
        pytest.param("http://127.0.0.2:47999/hook", False, id="host"),
        pytest.param("https://127.0.0.1:47999/hook", False, id="scheme"),
    ],
)
def test_secrets_stay_with_their_host(url, is_kept):
    destination = make_secret_destination()
    destination.url = url

    save(destination)

    stored = Destination.objects.get()
    kept = ("s3cret", "t0ken", "bearer", {"X-Api-Key": "k3y", "X-Team": "ops"})
    cleared = ("", "", "none", {"X-Team": "ops"})
    found = (stored.secret, stored.token, stored.auth_method, stored.headers)
    assert found == (kept if is_kept else cleared)


def test_secrets_entered_again_go_to_the_new_host():
    destination = make_secret_destination()
    destination.url = "http://127.0.0.2:47999/"
    destination.token = "new"

    save(destination, entered_secrets=["secret", "headers"])

    stored = Destination.objects.get()
    assert (stored.secret, stored.token) == ("s3cret", "new")
    assert stored.auth_method == "bearer"
    assert stored.headers["X-Api-Key"] == "k3y"


def test_secret_in_overlap_is_cleared_with_the_host():
    destination = make_destination(secret="one")
    rotate_secret(destination, actor=SYSTEM, now=timezone.now())
    destination.url = "http://127.0.0.2:47999/"

    save(destination)

    assert Destination.objects.get().active_secrets(now=timezone.now()) == []


def test_rotation_lets_both_sign_for_a_while():
    destination = make_destination(secret="one")
    now = timezone.now()

    new = rotate_secret(destination, actor=SYSTEM, now=now, overlap_hours=2)

    stored = Destination.objects.get()
    assert new.startswith("whsec_")
    assert stored.active_secrets(now=now) == [new, "one"]
    assert stored.active_secrets(now=now + dt.timedelta(hours=2)) == [new]
    assert destination.secret == new


def test_rotation_refuses_a_bad_secret():
    destination = make_destination(secret="one")

    with pytest.raises(ValidationError, match="not base64"):
        rotate_secret(
            destination, actor=SYSTEM, now=timezone.now(), new_secret="whsec_!"
        )

    assert Destination.objects.get().secret == "one"


def test_disabling_skips_what_waits_and_says_why():
    delivery = make_delivery()

    assert disable_destination(delivery.destination, actor=SYSTEM, reason="Broken.")

    delivery.refresh_from_db()
    stored = Destination.objects.get()
    assert (delivery.status, delivery.reason) == ("skipped", "The webhook is disabled.")
    assert (stored.enabled, stored.disabled_reason) == (False, "Broken.")
    assert not disable_destination(stored, actor=SYSTEM)
    assert AuditEntry.objects.filter(action="webhook.disabled").count() == 1


def test_enabling_forgets_the_reason():
    destination = make_destination(
        enabled=False, disabled_reason="Broken.", consecutive_failures=9
    )

    assert enable_destination(destination, actor=SYSTEM)

    stored = Destination.objects.get()
    assert (stored.enabled, stored.disabled_reason) == (True, "")
    assert stored.consecutive_failures == 0
    assert not enable_destination(stored, actor=SYSTEM)


def test_saving_as_disabled_skips_what_waits():
    delivery = make_delivery()
    delivery.destination.enabled = False

    save(delivery.destination)

    assert Delivery.objects.get().status == "skipped"


def test_deleting_takes_its_deliveries_along():
    delivery = make_delivery()

    delete_destination(delivery.destination, actor=SYSTEM)

    assert not Delivery.objects.exists()
    assert AuditEntry.objects.get().action == "webhook.deleted"
