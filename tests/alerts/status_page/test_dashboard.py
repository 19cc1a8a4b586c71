"""The pages of the dashboard on which a status page is set up."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from alerts.models import StatusPage
from tests.factories import make_service, make_status_page

pytestmark = pytest.mark.django_db
FIELDS = {"title": "Acme", "slug": "acme", "time_zone": "UTC", "public": "on"}
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


@pytest.fixture
def services(organization):
    return [make_service(organization=organization, name=name) for name in "AB"]


def row(service, **texts):
    prefix = f"components-{service.pk}"
    return {prefix: "1", f"{prefix}-uptime": "1"} | {
        f"{prefix}-{name}": text for name, text in texts.items()
    }


def test_page_is_made(client, sign_in, services):
    sign_in()
    first, second = services
    body = row(first, position="2", name="Shop") | row(second, position="1")
    answer = client.post("/status-pages/add/", FIELDS | body)
    page = StatusPage.objects.get()
    assert answer.headers["Location"] == page.get_absolute_url()
    shown = page.components.values_list("service", "name")
    assert list(shown) == [(second.pk, ""), (first.pk, "Shop")]
    assert "/status/acme/" in client.get("/status-pages/").content.decode()


def test_form_shows_what_is_stored(client, sign_in, services):
    sign_in()
    page = make_status_page(services=services[:1], title="Known", public=False)
    page.components.update(name="Public name")
    html = client.get(page.get_absolute_url()).content.decode()
    assert "Public name" in html
    assert "Nobody can see this page" in html


def test_wrong_fields_are_kept_and_told(client, sign_in, services):
    sign_in()
    body = row(services[0], position="first", name="Kept")
    wrong = {"time_zone": "Mars", "allowed_networks": "10.0.0.0/99"}
    answer = client.post("/status-pages/add/", FIELDS | wrong | body)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Write the position of A as a whole number" in html
    assert 'value="Kept"' in html
    answer = client.post("/status-pages/add/", FIELDS | wrong)
    html = answer.content.decode()
    assert "Write a time zone such as" in html
    assert "is no network" in html


def test_taken_address_is_told(client, sign_in):
    sign_in()
    make_status_page(slug="acme")
    answer = client.post("/status-pages/add/", FIELDS)
    assert "Another status page has this address" in answer.content.decode()


def test_logo_and_password_are_set_and_removed(client, sign_in, organization):
    sign_in()
    page = make_status_page(organization=organization, slug="acme")
    url = page.get_absolute_url()
    logo = SimpleUploadedFile("logo.png", PNG)
    client.post(url, FIELDS | {"new_logo": logo, "new_password": "sesame"})
    page.refresh_from_db()
    assert (bytes(page.logo), page.logo_type) == (PNG, "image/png")
    assert page.password
    client.post(url, FIELDS)
    page.refresh_from_db()
    assert page.password
    client.post(url, FIELDS | {"removes_logo": "on", "removes_password": "on"})
    page.refresh_from_db()
    assert (bytes(page.logo), page.password) == (b"", "")


def test_what_is_no_picture_is_refused(client, sign_in):
    sign_in()
    logo = SimpleUploadedFile("logo.png", b"<html>")
    answer = client.post("/status-pages/add/", FIELDS | {"new_logo": logo})
    assert answer.status_code == 422
    assert not StatusPage.objects.exists()


def test_page_is_deleted_after_a_question(client, sign_in, organization):
    sign_in()
    page = make_status_page(organization=organization)
    url = f"{page.get_absolute_url()}delete/"
    assert "Delete the status page" in client.get(url).content.decode()
    client.post(url)
    assert not StatusPage.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "responder", "network_admin"])
def test_others_read_only(client, sign_in, organization, role):
    sign_in(role)
    page = make_status_page(organization=organization)
    assert client.get(page.get_absolute_url()).status_code == 200
    assert client.get("/status-pages/").status_code == 200
    for url in (page.get_absolute_url(), "/status-pages/add/"):
        assert client.post(url, FIELDS).status_code == 403


def test_many_services_are_folded_by_their_group(client, sign_in, organization):
    sign_in()
    services = [
        make_service(
            organization=organization,
            name=f"Service {number:02}",
            group=("Shop", "Core", "")[number % 3],
        )
        for number in range(15)
    ]
    page = make_status_page(services=services[:2])
    html = client.get(page.get_absolute_url()).content.decode()
    parts = re.findall(r"<details class=\"fold\"( open)? .*?<summary>([^<]+?) <", html)
    assert parts == [
        (" open", "On the page"),
        ("", "Core"),
        ("", "Shop"),
        ("", "Without a group"),
    ]
    assert "data-filter-text hidden" in html
    assert html.count("data-filter-row=") == 15
    # What is folded is sent all the same.
    body = row(services[4], position="1") | row(services[0], position="2")
    client.post(page.get_absolute_url(), FIELDS | {"slug": page.slug} | body)
    shown = page.components.values_list("service", flat=True)
    assert list(shown) == [services[4].pk, services[0].pk]


def test_few_services_need_no_search(client, sign_in, services):
    sign_in()
    html = client.get("/status-pages/add/").content.decode()
    assert "data-filter-text" not in html
    assert html.count("data-filter-row=") == 2
