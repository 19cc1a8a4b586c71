"""Status pages over the REST API."""

from __future__ import annotations

import base64

import pytest
from django.test import Client

from alerts.models import StatusPage
from alerts.status_page.serving import pages
from tests.factories import make_organization, make_service, make_status_page

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 20).decode()


@pytest.fixture(autouse=True)
def _no_memory():
    pages.clear()
    yield
    pages.clear()


@pytest.fixture
def services(organization):
    names = ("Zeta", "Alpha", "Mid")
    return [make_service(organization=organization, name=name) for name in names]


def ids(services):
    return [str(service.pk) for service in services]


def test_page_is_served_from_the_moment_it_is_made(api, services):
    made = api.post(
        "status-pages", {"slug": "acme", "title": "Acme", "services": ids(services)}
    )
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["slug"], body["title"], body["public"]) == ("acme", "Acme", True)
    assert body["services"] == ids(services)
    assert body["url"].endswith("/status/acme/")
    page = Client().get("/status/acme/").content.decode()
    assert page.index("Zeta") < page.index("Alpha") < page.index("Mid")


def test_order_is_kept_when_it_changes(api, services):
    page = make_status_page(services=services)
    turned = ids(reversed(services))
    answer = api.patch(f"status-pages/{page.pk}", {"services": turned})
    assert answer.json()["services"] == turned


def test_taken_address_is_refused_across_organizations(api):
    make_status_page(slug="acme")
    answer = api.post("status-pages", {"slug": "acme", "title": "Acme"})
    assert answer.status_code == 400
    assert answer.json()["errors"] == {
        "slug": ["Another status page has this address; choose another one."]
    }


def test_components_have_words_of_their_own(api, services):
    given = {
        "service": str(services[0].pk),
        "name": "Shop",
        "description": "Where people buy",
        "group": "Web",
        "shows_uptime": False,
    }
    made = api.post(
        "status-pages", {"slug": "acme", "title": "Acme", "components": [given]}
    )
    assert made.json()["components"] == [given]
    # A list of ids alone keeps the words.
    url = f"status-pages/{made.json()['id']}"
    answer = api.patch(url, {"services": ids(services[:2])}).json()
    assert answer["components"][0] == given
    assert answer["components"][1]["name"] == ""


def test_both_lists_must_agree(api, services):
    body = {
        "slug": "acme",
        "title": "Acme",
        "services": ids(services[:1]),
        "components": [{"service": str(services[1].pk)}],
    }
    answer = api.post("status-pages", body)
    assert "components" in answer.json()["errors"]


def test_answer_may_be_sent_back(api, services):
    page = make_status_page(services=services, slug="acme")
    url = f"status-pages/{page.pk}"
    body = api.get(url).json() | {"title": "Other"}
    answer = api.put(url, body)
    assert answer.status_code == 200, answer.content
    assert answer.json()["title"] == "Other"
    assert answer.json()["services"] == body["services"]


def test_password_is_hashed_and_never_shown(api):
    body = {"slug": "acme", "title": "A", "public": False, "password": "open sesame"}
    answer = api.post("status-pages", body)
    assert answer.json()["has_password"] is True
    assert "open sesame" not in answer.content.decode()
    stored = StatusPage.objects.get()
    assert stored.password
    assert "open sesame" not in stored.password
    url = f"status-pages/{answer.json()['id']}"
    assert api.patch(url, {"title": "B"}).json()["has_password"] is True
    assert api.patch(url, {"password": ""}).json()["has_password"] is False


def test_logo_is_taken_and_shown(api):
    body = {"slug": "acme", "title": "A", "logo": f"data:image/png;base64,{PNG}"}
    made = api.post("status-pages", body).json()
    answer = Client().get("/status/acme/logo")
    assert answer.headers["Content-Type"] == "image/png"
    assert "/status/acme/logo" in made["logo_url"]
    url = f"status-pages/{made['id']}"
    assert api.patch(url, {"logo": None}).json()["logo_url"] is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        pytest.param(
            {"logo": base64.b64encode(b"<html>").decode()},
            "PNG, JPEG, GIF, WebP or SVG",
            id="logo-html",
        ),
        pytest.param({"logo": "é"}, "This is no Base64", id="logo-no-base64"),
        pytest.param({"logo": 3}, "in Base64, not", id="logo-number"),
        pytest.param(
            {"allowed_networks": ["10.0.0.0/33"]}, "is no network", id="network"
        ),
        pytest.param(
            {"time_zone": "Mars/Olympus"}, "Write a time zone such as", id="zone"
        ),
        pytest.param({"accent_colour": "red"}, "Write a colour as", id="colour"),
        pytest.param({"support_url": "javascript:alert(1)"}, "valid URL", id="link"),
        pytest.param(
            {"components": [{"service": 1}]},
            "in quotation marks",
            id="component-number",
        ),
        pytest.param(
            {"components": [{"name": "x"}]}, "required", id="component-nameless"
        ),
        pytest.param({"components": "all"}, "list", id="components-text"),
        pytest.param({"password": 1.5, "logo": []}, "in Base64", id="logo-list"),
    ],
)
def test_wrong_value_is_told(api, wrong, sentence):
    answer = api.post("status-pages", {"slug": "acme", "title": "A"} | wrong)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_foreign_service_is_not_found(api):
    foreign = make_service(organization=make_organization())
    body = {"slug": "acme", "title": "A", "services": [str(foreign.pk)]}
    assert api.post("status-pages", body).status_code == 404
    assert not StatusPage.objects.exists()


def test_deleted_page_is_gone(api):
    made = api.post("status-pages", {"slug": "acme", "title": "A"}).json()
    assert Client().get("/status/acme/").status_code == 200
    assert api.delete(f"status-pages/{made['id']}").status_code == 204
    pages.clear()
    assert Client().get("/status/acme/").status_code == 404


def test_reader_makes_no_page(make_api):
    answer = make_api("read").post("status-pages", {"slug": "acme", "title": "A"})
    assert answer.status_code == 403
