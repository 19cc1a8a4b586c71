"""Pages for those who know the password or come from a network."""

from __future__ import annotations

import base64

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from alerts.status_page import access
from alerts.status_page.serving import pages
from integrations_project.lib.shared_answers import TICKET_KEY
from tests.factories import make_service, make_status_page

pytestmark = pytest.mark.django_db
PROGRAMS = (
    ".json",
    "/feed.rss",
    "/feed.atom",
    "/badge.svg",
)
PEOPLE = ("/", "/embed/", "/history/2026-11/", "/incidents/1/")


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch):
    pages.clear()
    monkeypatch.setattr(access, "guard", access.Guard())
    yield
    pages.clear()


@pytest.fixture
def private_page():
    service = make_service(name="Secret service")
    return make_status_page(
        slug="acme",
        title="Secret title",
        services=[service],
        public=False,
        password=make_password("sesame"),
    )


def basic(password):
    token = base64.b64encode(f"anybody:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def tell_password(client, password="sesame"):
    return client.post("/status/acme/", {"password": password})


@pytest.mark.parametrize("path", [*PROGRAMS, *PEOPLE])
def test_stranger_learns_nothing(client, private_page, path):
    answer = client.get(f"/status/acme{path}")
    assert answer.status_code == (401 if path in PROGRAMS else 403)
    assert "Secret" not in answer.content.decode()
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/style.css", "/widget.js", "/logo"])
def test_what_pages_load_opens_no_window(client, private_page, path):
    answer = client.get(f"/status/acme{path}")
    assert answer.status_code == 403
    assert "WWW-Authenticate" not in answer.headers
    assert client.get(f"/status/acme{path}", headers=basic("sesame")).status_code in (
        200,
        404,  # there is no logo
    )


def test_password_opens_it_without_a_session(client, private_page):
    answer = tell_password(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/status/acme/")
    cookie = answer.cookies[f"status_{private_page.pk.hex}"]
    assert set(answer.cookies) == {cookie.key}
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    page = client.get("/status/acme/")
    assert "Secret service" in page.content.decode()
    assert page.headers["Cache-Control"] == "private, no-store"
    assert client.get("/status/acme.json").json()["status"] == "operational"


def test_wrong_password_is_told(client, private_page):
    answer = tell_password(client, "open")
    assert answer.status_code == 403
    assert "This is not the password." in answer.content.decode()
    assert not answer.cookies


def test_programs_send_the_password(client, private_page):
    right = client.get("/status/acme.json", headers=basic("sesame"))
    assert right.status_code == 200
    # A checked password is remembered: the next look costs no slow hash.
    assert client.get("/status/acme.json", headers=basic("sesame")).status_code == 200
    wrong = client.get("/status/acme.json", headers=basic("open"))
    assert wrong.status_code == 401
    assert wrong.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "header", ["Basic", "Basic é", "Basic %%%", "Bearer x", "Basic " + "A" * 5000]
)
def test_unreadable_authorization_is_refused(client, private_page, header):
    answer = client.get("/status/acme.json", headers={"Authorization": header})
    assert answer.status_code == 401


def test_new_password_closes_what_the_old_one_opened(client, private_page):
    tell_password(client)
    private_page.password = make_password("other")
    private_page.revision += 1
    private_page.save()
    pages.clear()
    assert client.get("/status/acme/").status_code == 403


def test_forged_cookie_opens_nothing(client, private_page):
    client.cookies[f"status_{private_page.pk.hex}"] = "x:1:forged"
    assert client.get("/status/acme/").status_code == 403


def test_cookie_of_another_page_opens_nothing(client, private_page):
    other = make_status_page(public=False, password=make_password("sesame"))
    value = access.build_cookie(other).value
    client.cookies[f"status_{private_page.pk.hex}"] = value
    assert client.get("/status/acme/").status_code == 403


def test_guessing_is_ended(client, private_page):
    for _ in range(access.FAILURES.count):
        tell_password(client, "guess")
    answer = tell_password(client)
    assert answer.status_code == 429
    assert "Too many wrong passwords" in answer.content.decode()
    assert 890 <= int(answer.headers["Retry-After"]) <= 900
    assert "Try again in 15 minutes." in answer.content.decode()
    # By Basic too, and only from this address.
    program = client.get("/status/acme.json", headers=basic("sesame"))
    assert program.status_code == 429
    elsewhere = Client(REMOTE_ADDR="198.51.100.9")
    assert tell_password(elsewhere).status_code == 303


def test_guesses_are_counted_over_all_processes(client, private_page, monkeypatch):
    for _ in range(access.FAILURES.count):
        # Each in a process that has seen nothing of the others.
        monkeypatch.setattr(access, "guard", access.Guard())
        tell_password(client, "guess")
    monkeypatch.setattr(access, "guard", access.Guard())
    assert tell_password(client).status_code == 429


def test_right_password_forgives(client, private_page):
    for _ in range(access.FAILURES.count - 1):
        tell_password(client, "guess")
    assert tell_password(client).status_code == 303
    tell_password(client, "guess")
    assert tell_password(client).status_code == 303


def test_network_needs_no_password(client, private_page):
    private_page.allowed_networks = ["10.0.0.0/8"]
    private_page.save()
    inside = client.get("/status/acme/", REMOTE_ADDR="10.3.4.5")
    assert inside.status_code == 200
    assert inside.headers["Cache-Control"] == "private, no-store"
    # What a client writes about itself proves nothing.
    forged = client.get("/status/acme/", headers={"X-Forwarded-For": "10.3.4.5"})
    assert forged.status_code == 403


def test_network_is_the_clients_behind_a_proxy(client, private_page, settings):
    settings.TRUSTED_PROXIES = 1
    private_page.allowed_networks = ["10.0.0.0/8"]
    private_page.save()
    header = {"X-Forwarded-For": "203.0.113.1, 10.3.4.5"}
    assert client.get("/status/acme/", headers=header).status_code == 200


@pytest.mark.parametrize("path", [*PROGRAMS, *PEOPLE])
def test_page_for_networks_alone_is_not_there_for_others(client, path):
    make_status_page(slug="acme", public=False, allowed_networks=["10.0.0.0/8"])
    unknown = client.get(f"/status/nobody{path}")
    known = client.get(f"/status/acme{path}")
    assert (known.status_code, known.content) == (404, unknown.content)
    assert tell_password(client).status_code == 404


def test_private_answers_are_never_shared(client, private_page):
    tell_password(client)
    answer = client.get("/status/acme/")
    assert answer.status_code == 200
    assert TICKET_KEY not in answer.wsgi_request.META


def test_public_answers_are(client):
    make_status_page(slug="acme")
    answer = client.get("/status/acme/")
    assert TICKET_KEY in answer.wsgi_request.META
