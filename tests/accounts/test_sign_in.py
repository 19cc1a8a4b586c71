"""Signing in and out, and the password's pages."""

from __future__ import annotations

import re

import pytest

from accounts.models import AuditEntry
from tests.factories import PASSWORD, make_membership

pytestmark = pytest.mark.django_db


def sign_in(client, email, password=PASSWORD):
    return client.post("/accounts/login/", {"username": email, "password": password})


def test_sign_in_by_e_mail_in_any_case(client):
    membership = make_membership()
    answer = sign_in(client, membership.user.email.upper())
    assert answer.status_code == 302
    assert client.get("/").status_code == 200
    entry = AuditEntry.objects.get(action="user.signed_in")
    assert entry.organization == membership.organization
    assert entry.user == membership.user


def test_wrong_password_is_said_and_recorded(client):
    membership = make_membership()
    answer = sign_in(client, membership.user.email, "wrong")
    assert answer.status_code == 200
    assert "password" in answer.content.decode()
    assert AuditEntry.objects.filter(action="user.sign_in_failed").exists()


def test_guessing_is_locked_out(client, settings):
    settings.AXES_ENABLED = True
    email = make_membership().user.email
    codes = [sign_in(client, email, f"wrong {n}").status_code for n in range(11)]
    assert codes[-1] == 429
    assert sign_in(client, email).status_code == 429


def test_sign_out_is_a_post(client):
    client.force_login(
        make_membership().user, "django.contrib.auth.backends.ModelBackend"
    )
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="user.signed_out").exists()


def test_password_is_changed(client):
    user = make_membership().user
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    answer = client.post(
        "/accounts/password_change/",
        {
            "old_password": PASSWORD,
            "new_password1": "a much longer one 17",
            "new_password2": "a much longer one 17",
        },
    )
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.check_password("a much longer one 17")


def test_password_is_reset_by_e_mail(client, mailoutbox):
    user = make_membership().user
    answer = client.post("/accounts/password_reset/", {"email": user.email.upper()})
    assert answer.status_code == 302
    (mail,) = mailoutbox
    link = re.search(r"/accounts/reset/\S+", mail.body)
    assert link is not None
    form = client.get(link[0], follow=True)
    answer = client.post(
        form.redirect_chain[-1][0],
        {"new_password1": "entirely new 4711", "new_password2": "entirely new 4711"},
    )
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.check_password("entirely new 4711")


def test_reset_of_unknown_address_says_the_same(client, mailoutbox):
    answer = client.post("/accounts/password_reset/", {"email": "x@example.com"})
    assert answer.status_code == 302
    assert mailoutbox == []


@pytest.mark.parametrize(
    "path", ["/", "/services/", "/deliveries/", "/settings/team/", "/search/"]
)
def test_pages_ask_a_visitor_to_sign_in(client, path):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")
