"""Who one says one is: hosts, proxies, links and mail headers made up by a client."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from receivers.models import Receiver
from tests.security.addresses import list_pages
from tests.security.world import post_status

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "127.0.0.1@evil.test"])
def test_unknown_hosts_are_refused(ours, host):
    client = ours.sign_in("admin", raise_request_exception=False)
    for path in ("/", "/accounts/login/", "/services/", "/api/v1/"):
        answer = client.get(path, headers={"Host": host})
        if path != "/services/" or answer.status_code != 200:
            assert answer.status_code == 400
        assert "evil.test" not in answer.content.decode()


def test_forwarded_headers_change_no_address(ours, make_program):
    spoofed = {
        "X-Forwarded-Host": "evil.test",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Prefix": "/evil",
        "X-Original-URL": "/admin/",
        "X-Rewrite-URL": "/admin/",
        "Forwarded": "host=evil.test;for=203.0.113.9",
    }
    client = ours.sign_in("admin")
    for address in list_pages():
        answer = client.get(ours.url(address), headers=spoofed)
        assert "evil.test" not in answer.content.decode(), address.name
        assert "evil.test" not in answer.headers.get("Location", ""), address.name
    assert "evil.test" not in Client().get("/api/v1/", headers=spoofed).text


def test_sign_in_goes_on_to_no_foreign_site(ours):
    user = ours.people["viewer"]
    for target in (
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "javascript:x",
    ):
        answer = Client().post(
            "/accounts/login/?" + urlencode({"next": target}),
            {
                "username": user.email,
                "password": "correct horse battery",
                "next": target,
            },
        )
        assert answer.headers["Location"] == "/"
        switched = ours.sign_in().post(
            reverse("switch-organization"),
            {"organization": str(ours.organization.pk), "next": target},
        )
        assert switched.headers["Location"] == "/"


def test_password_links_lead_to_this_site(ours, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]
    Client().post(
        "/accounts/password_reset/",
        {"email": ours.people["viewer"].email},
        headers={"Host": "evil.test", "X-Forwarded-Host": "evil.test"},
    )
    assert settings.SITE_URL in mailoutbox[0].body
    assert "evil.test" not in mailoutbox[0].body


@pytest.mark.parametrize("email", ["a@b.c\nBcc: x@y.z", "a@b.c\r\nX: y", "a@b.c\0"])
def test_addresses_cannot_carry_mail_headers(ours, mailoutbox, email):
    client = ours.sign_in()
    client.post(reverse("accounts:member-add"), {"email": email, "role": "viewer"})
    Client().post("/accounts/password_reset/", {"email": email})
    assert not mailoutbox


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "198.51.100.7"),
        (1, "203.0.113.9, 192.0.2.5", "192.0.2.5"),
        (1, "", "198.51.100.7"),
        (2, "203.0.113.9, 192.0.2.5, 192.0.2.6", "192.0.2.5"),
        (2, "192.0.2.6", "198.51.100.7"),
        (1, "nonsense\x00' --", None),
    ],
)
def test_source_address_is_what_our_proxies_saw(
    ours, settings, proxies, forwarded, address
):
    settings.TRUSTED_PROXIES = proxies
    receipt = post_status(ours.rows[Receiver], X_Forwarded_For=forwarded)
    assert receipt.source_ip == address
