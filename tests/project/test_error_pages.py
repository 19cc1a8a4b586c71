"""What is answered when a view gives up, or was never reached."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory

from integrations_project.error_pages import answer_known, server_error
from integrations_project.lib.encryption import SecretUnreadable
from tests.factories import make_destination, make_membership


@pytest.mark.parametrize("path", ["/services/", "/api/v1/services"])
def test_lost_database_before_the_view_is_503(path):
    try:
        raise OperationalError("connection refused")
    except OperationalError:
        answer = server_error(RequestFactory().get(path))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert b"database cannot be reached" in answer.content


@pytest.mark.parametrize("path", ["/services/", "/api/v1/services"])
def test_known_error_is_said_in_its_sentence(path):
    answer = answer_known(RequestFactory().get(path), SecretUnreadable())
    assert answer is not None
    assert answer.status_code == 409
    assert b"cannot be decrypted" in answer.content


@pytest.mark.django_db
def test_unknown_address_below_api_is_a_problem(client):
    answer = client.get("/api/nothing/here")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


@pytest.mark.django_db
def test_unknown_page_is_a_page(client):
    answer = client.get("/nothing/here/")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_bug_is_left_alone():
    assert answer_known(RequestFactory().get("/"), ValueError("a bug")) is None


@pytest.mark.django_db
def test_secret_that_no_key_opens_is_said_on_its_page(client):
    membership = make_membership()
    client.force_login(membership.user, "django.contrib.auth.backends.ModelBackend")
    webhook = make_destination(organization=membership.organization, secret="x" * 20)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE webhooks_destination SET secret = 'v1:spoiled'")
    answer = client.get(f"{webhook.get_absolute_url()}edit/")
    assert answer.status_code == 409
    assert b"cannot be decrypted" in answer.content
    assert b"spoiled" not in answer.content
