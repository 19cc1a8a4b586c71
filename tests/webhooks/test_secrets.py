"""Secrets that follow their scheme and stay with their host."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from integrations_project.lib.signing import generate_ed25519_secret, generate_secret
from tests.factories import make_destination
from webhooks.actions import rotate_secret, save_destination
from webhooks.engine.signers import make_signer, make_signers
from webhooks.models import Destination
from webhooks.previous_secrets import MAX_PREVIOUS

pytestmark = pytest.mark.django_db

OAUTH2 = {
    "auth_method": "oauth2",
    "oauth2_token_url": "http://127.0.0.1:47998/token",
    "oauth2_client_id": "signalpost",
    "oauth2_client_secret": "cl1ent",
}


def save(destination, *entered):
    return save_destination(destination, actor=SYSTEM, entered_secrets=entered)


def rotate(destination, **options):
    return rotate_secret(destination, actor=SYSTEM, now=timezone.now(), **options)


@pytest.mark.parametrize(
    ("signature", "prefix"),
    [
        pytest.param("standard_webhooks", "whsec_", id="standard"),
        pytest.param("ed25519", "whsk_", id="ed25519"),
        pytest.param("hmac_hex", "whsec_", id="hex"),
        pytest.param("hmac_sha256_prefixed", "whsec_", id="prefixed"),
        pytest.param("shared_secret", "whsec_", id="shared"),
    ],
)
def test_rotation_makes_what_the_scheme_needs(signature, prefix):
    old = generate_ed25519_secret() if signature == "ed25519" else "old"
    destination = make_destination(signature=signature, secret=old)

    new = rotate(destination)

    assert new.startswith(prefix)
    stored = Destination.objects.get()
    assert stored.active_secrets(now=timezone.now()) == [new, old]
    assert rotate(destination, overlap_hours=0)
    assert Destination.objects.get().previous_secret == ""


def rotate_at(destination, now, hours, secret):
    return rotate_secret(
        destination, actor=SYSTEM, now=now, overlap_hours=hours, new_secret=secret
    )


def test_each_secret_before_signs_until_its_own_end():
    destination = make_destination(secret="one")
    start = timezone.now().replace(microsecond=0)
    rotate_at(destination, start, 24, "two")
    rotate_at(destination, start, 1, "three")
    stored = Destination.objects.get()

    assert stored.previous_secret_expires_at == start + dt.timedelta(hours=24)
    signers = make_signers(stored)
    for hours, active in (
        (0, ["three", "two", "one"]),
        (1, ["three", "one"]),
        (24, ["three"]),
    ):
        at = start + dt.timedelta(hours=hours)
        assert stored.active_secrets(now=at) == active
        expected = make_signer("standard_webhooks", active)("evt", 17, b"{}")
        assert signers.at(at.timestamp())("evt", 17, b"{}") == expected


def test_oldest_secret_leaves_when_there_are_many():
    destination = make_destination(secret="0")
    start = timezone.now()
    for number in range(1, MAX_PREVIOUS + 3):
        rotate_at(destination, start, 24, str(number))

    assert Destination.objects.get().active_secrets(now=start) == list("765432")


def test_ended_secrets_are_forgotten_and_none_signs_twice():
    destination = make_destination(secret="one")
    start = timezone.now()
    later = start + dt.timedelta(hours=3)
    rotate_at(destination, start, 2, "two")
    rotate_at(destination, start, 24, "three")
    rotate_at(destination, later, 24, "two")

    stored = Destination.objects.get()
    assert stored.active_secrets(now=later) == ["two", "three"]
    assert stored.previous_secret == "three"


def test_all_secrets_before_are_cleared_with_the_host():
    destination = make_destination(secret="one")
    rotate(destination)
    rotate(destination)
    destination.url = "http://127.0.0.2:47999/"

    save(destination)

    stored = Destination.objects.get()
    assert stored.active_secrets(now=timezone.now()) == []
    assert (stored.previous_secret, stored.previous_secret_expires_at) == ("", None)


def test_scheme_takes_those_secrets_before_that_fit():
    destination = make_destination(secret="sécret")
    start = timezone.now()
    rotate_at(destination, start, 24, "two")
    rotate_at(destination, start, 24, "three")
    destination.signature = "shared_secret"

    save(destination)

    assert Destination.objects.get().active_secrets(now=start) == ["three", "two"]


def test_rotation_refuses_what_the_scheme_cannot_use():
    destination = make_destination(
        signature="ed25519", secret=generate_ed25519_secret()
    )

    with pytest.raises(ValidationError, match="whsk_"):
        rotate(destination, new_secret=generate_secret())


@pytest.mark.parametrize(
    ("signature", "is_kept"),
    [
        pytest.param("hmac_hex", True, id="fits both"),
        pytest.param("none", True, id="none"),
        pytest.param("shared_secret", False, id="unfit"),
    ],
)
def test_overlap_ends_when_the_new_scheme_cannot_use_it(signature, is_kept):
    destination = make_destination(secret="sécret")
    rotate(destination)
    destination.signature = signature

    save(destination)

    assert bool(Destination.objects.get().previous_secret) is is_kept


def test_typed_secret_ends_the_overlap():
    destination = make_destination(secret="one")
    rotate(destination)
    destination.secret = "three"

    save(destination, "secret")

    stored = Destination.objects.get()
    assert stored.active_secrets(now=timezone.now()) == ["three"]
    assert stored.previous_secret_expires_at is None


def test_scheme_keeps_its_name_when_the_host_takes_its_secret():
    destination = make_destination(signature="hmac_hex", secret="s3cret")
    destination.url = "http://127.0.0.2:47999/"

    save(destination)

    stored = Destination.objects.get()
    assert (stored.signature, stored.secret) == ("hmac_hex", "")
    with pytest.raises(ValidationError, match="Enter the secret"):
        save(stored)


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        pytest.param("http://127.0.0.1:47998/other", True, id="path"),
        pytest.param("http://127.0.0.2:47998/token", False, id="host"),
        pytest.param("http://127.0.0.1:47997/token", False, id="port"),
    ],
)
def test_client_secret_stays_with_the_token_url(url, is_kept):
    destination = make_destination(secret="s3cret", **OAUTH2)
    destination.oauth2_token_url = url

    save(destination)

    stored = Destination.objects.get()
    found = (stored.oauth2_client_secret, stored.auth_method)
    assert found == (("cl1ent", "oauth2") if is_kept else ("", "none"))
    assert stored.secret == "s3cret"  # it belongs to the endpoint


def test_client_secret_entered_again_goes_to_the_new_token_url():
    destination = make_destination(**OAUTH2)
    destination.oauth2_token_url = "http://127.0.0.2:47998/token"

    save(destination, "oauth2_client_secret")

    stored = Destination.objects.get()
    assert (stored.oauth2_client_secret, stored.auth_method) == ("cl1ent", "oauth2")


def test_client_secret_is_cleared_with_the_endpoint_too():
    destination = make_destination(**OAUTH2)
    destination.url = "http://127.0.0.2:47999/"

    save(destination)

    assert Destination.objects.get().oauth2_client_secret == ""


def test_audit_names_what_changed_and_shows_no_secret():
    destination = make_destination(**OAUTH2)
    destination.oauth2_client_secret = "n3w one"
    destination.oauth2_scope = "events"

    save(destination, "oauth2_client_secret")

    changes = AuditEntry.objects.get(action="webhook.updated").changes
    assert set(changes) == {"oauth2_client_secret", "oauth2_scope"}
    assert "n3w one" not in str(changes)
    assert "cl1ent" not in str(changes)
