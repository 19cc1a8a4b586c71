"""Who follows a status page is told to those who run it, and to nobody who looks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from alerts.models import Subscriber
from integrations_project.lib.encryption import hash_token
from integrations_project.lib.redaction import mask_emails, mask_url
from tests.factories import (
    make_api_key,
    make_attempt,
    make_delivery,
    make_destination,
    make_membership,
    make_status_page,
)

pytestmark = pytest.mark.django_db
ADDRESS = "ann.archer@example.com"
MASKED = "a…@example.com"
URL = "https://hooks.example.com/T0/secret-path"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def make_follower(page, *, kind):
    is_mail = kind == "email"
    address = ADDRESS if is_mail else URL
    said = f"The mail server refused the address {ADDRESS}: 550 no such user"
    destination = make_destination(
        organization=page.organization,
        label=f"Acme: {MASKED if is_mail else mask_url(URL)}",
        kind=kind,
        url=f"mailto:{ADDRESS}" if is_mail else URL,
        recipients=[ADDRESS] if is_mail else [],
        managed_by="status_page",
        last_error=said,
        consecutive_failures=1,
        last_failure_at=timezone.now(),
    )
    delivery = make_delivery(
        destination=destination,
        last_error=said,
        attempt_count=1,
        due_at=timezone.now() + timedelta(hours=1),
    )
    make_attempt(
        delivery=delivery,
        status_code=550,
        error=said,
        request_headers={"To": ADDRESS, "From": "page@signalpost.example"},
        response_headers={"X-Refused": ADDRESS},
        response_body=f"{ADDRESS}: 550 no such user",
    )
    Subscriber.objects.create(
        page=page,
        kind=kind,
        address=address,
        key=kind,
        key_hash=hash_token(kind),
        confirmed_at=timezone.now(),
        destination=destination,
    )
    return delivery


@pytest.fixture(params=["email", "webhook"])
def delivery(request):
    return make_follower(make_status_page(slug="acme"), kind=request.param)


def list_pages(delivery):
    destination = delivery.destination
    detail = reverse("webhooks:destination-detail", args=[destination.pk])
    return [
        delivery.get_absolute_url(),
        f"{delivery.get_absolute_url()}?attempt=1",
        reverse("webhooks:delivery-list"),
        detail,
        f"{reverse('webhooks:destination-list')}?state=managed",
        reverse("trace", args=[delivery.trace]),
    ]


def list_resources(delivery):
    webhooks = "/api/v1/webhooks"
    return [
        "/api/v1/deliveries",
        f"/api/v1/deliveries/{delivery.pk}",
        f"/api/v1/deliveries/{delivery.pk}/attempts",
        f"{webhooks}?managed_by=status_page",
        f"{webhooks}/{delivery.destination_id}",
    ]


def read_all(delivery, *, role, scope):
    """Return what somebody sees of a delivery, its page or resource first."""
    organization = delivery.organization
    member = make_membership(organization=organization, role=role)
    browser = Client()
    browser.force_login(member.user, BACKEND)
    _, key = make_api_key(organization=organization, scope=scope)
    program = Client(headers={"Authorization": f"Bearer {key}"})
    answers = {path: browser.get(path) for path in list_pages(delivery)}
    answers |= {path: program.get(path) for path in list_resources(delivery)}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: answer.content.decode() for path, answer in answers.items()}


def test_viewer_sees_masked_addresses(delivery):
    texts = read_all(delivery, role="viewer", scope="read")
    for path, text in texts.items():
        assert "archer" not in text, path
        assert "secret-path" not in text, path
    # What happened is told all the same.
    attempts = texts[f"/api/v1/deliveries/{delivery.pk}/attempts"]
    assert f"{MASKED}: 550 no such user" in attempts


def test_admin_sees_them_whole(delivery):
    texts = read_all(delivery, role="admin", scope="write")
    assert ADDRESS in texts[delivery.get_absolute_url()]
    assert ADDRESS in texts[f"/api/v1/deliveries/{delivery.pk}/attempts"]
    whole = delivery.destination.url.removeprefix("mailto:")
    assert whole in texts[f"/api/v1/webhooks/{delivery.destination_id}"]


def test_nothing_masked_is_stored(delivery):
    read_all(delivery, role="viewer", scope="read")
    delivery.refresh_from_db()
    assert ADDRESS in delivery.last_error
    assert "…" not in delivery.destination.url


def test_viewer_cannot_search_by_them(delivery):
    asked = "archer" if "archer" in delivery.destination.url else "secret-path"
    paths = (
        f"{reverse('webhooks:delivery-list')}?q={asked}",
        f"{reverse('webhooks:destination-list')}?state=managed&q={asked}",
    )
    found = {}
    for role in ("viewer", "admin"):
        member = make_membership(organization=delivery.organization, role=role)
        browser = Client()
        browser.force_login(member.user, BACKEND)
        found[role] = [
            delivery.destination.label in browser.get(path).content.decode()
            for path in paths
        ]
    assert found == {"viewer": [False, False], "admin": [True, True]}
    assert Membership.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param(ADDRESS, MASKED, id="alone"),
        pytest.param(f"<{ADDRESS}>: 550 b@b.example", f"<{MASKED}>: 550 b…@b.example",
                     id="in a sentence"),
        pytest.param("o'neil+x@a.example", "o…@a.example", id="odd signs"),
        pytest.param("jürgen@müller.example", "j…@müller.example", id="umlauts"),
        pytest.param("at 5 @ noon", "at 5 @ noon", id="no address"),
    ],
)  # fmt: skip
def test_addresses_in_texts(text, masked):
    assert mask_emails(text) == masked


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        (URL, "https://hooks.example.com/…"),
        ("https://me:pass@a.example:8443/x", "https://a.example:8443/…"),
        (f"mailto:{ADDRESS}", MASKED),
        ("", ""),
    ],
)
def test_urls(url, masked):
    assert mask_url(url) == masked
