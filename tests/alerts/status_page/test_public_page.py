"""What visitors of a public status page get."""

from __future__ import annotations

import json
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts import actions
from alerts.datatypes import MANUAL, StatusUpdate
from alerts.models import IncidentEntry, StatusSnapshot
from alerts.status_page.serving import pages
from integrations_project.lib.ids import uuid7
from tests.factories import (
    make_incident,
    make_service,
    make_status_change,
    make_status_page,
    make_status_post,
    make_window,
)

pytestmark = pytest.mark.django_db
PARTS = (
    "/",
    ".json",
    "/feed.rss",
    "/feed.atom",
    "/badge.svg",
    "/style.css",
    "/widget.js",
    "/embed/",
)


@pytest.fixture(autouse=True)
def _no_memory():
    pages.clear()
    yield
    pages.clear()


@pytest.fixture
def api_gateway(db):
    return make_service(name="API Gateway", group="Edge")


@pytest.fixture
def status_page(api_gateway):
    return make_status_page(slug="acme", title="Acme", services=[api_gateway])


def get(client, path, **headers):
    pages.clear()
    return client.get(f"/status/acme{path}", headers=headers)


def read(client, path="/"):
    return get(client, path).content.decode()


def say(service, status):
    update = StatusUpdate(
        status=status, source=MANUAL, trace=uuid7(), now=timezone.now()
    )
    actions.change_service_status(service.pk, update, actor=SYSTEM)


def test_page_says_how_all_is(client, status_page):
    page = read(client)
    assert "All systems operational" in page
    assert "API Gateway" in page
    assert "Edge" in page


@pytest.mark.parametrize("path", PARTS)
def test_address_works_with_and_without_slash(client, status_page, path):
    assert get(client, path.rstrip("/")).status_code == 200
    assert get(client, f"{path.rstrip('/')}/").status_code == 200


@pytest.mark.parametrize("path", PARTS)
def test_same_answer_is_not_sent_again(client, status_page, path):
    first = get(client, path)
    again = get(client, path, If_None_Match=first.headers["ETag"])
    assert first.headers["Cache-Control"].startswith("public, max-age=2")
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("path", PARTS)
def test_head_has_the_length_and_no_body(client, status_page, path):
    whole = get(client, path)
    pages.clear()
    head = client.head(f"/status/acme{path}")
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(whole.content))


def test_visitors_leave_no_trace(client, status_page):
    answer = get(client, "/")
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "script" not in answer.content.decode()


def test_unknown_page_is_not_there(client, db):
    answer = client.get("/status/nobody/")
    assert answer.status_code == 404
    assert not answer.cookies


def test_change_shows_at_the_next_look(client, status_page, api_gateway):
    assert "All systems operational" in read(client)
    say(api_gateway, "down")
    assert "API Gateway is down" in read(client)
    assert json.loads(read(client, ".json"))["status"] == "down"
    say(api_gateway, "operational")
    assert "All systems operational" in read(client)


def test_state_is_stored_once_for_a_revision(client, status_page):
    read(client)
    first = StatusSnapshot.objects.get()
    read(client)
    assert StatusSnapshot.objects.get().built_at == first.built_at


def test_minute_old_state_is_built_anew(client, status_page):
    read(client)
    long_ago = timezone.now() - timedelta(seconds=61)
    StatusSnapshot.objects.update(built_at=long_ago)
    read(client)
    assert StatusSnapshot.objects.get().built_at > long_ago


def test_stored_state_is_read_by_other_processes(
    client, status_page, django_assert_max_num_queries
):
    read(client)
    with django_assert_max_num_queries(3):
        read(client)


def test_incident_is_told_with_its_updates(client, status_page, api_gateway):
    incident = make_incident(services=[api_gateway], title="Errors at the edge")
    for kind, message in (("opened", "host-7 <refused>"), ("update", "We <see> it.")):
        IncidentEntry.objects.create(
            incident=incident, kind=kind, message=message, actor_label="Ada"
        )
    actions.touch_status_pages([api_gateway.pk])
    page = read(client)
    assert "Errors at the edge" in page
    assert "We &lt;see&gt; it." in page
    # What a machine wrote, and who it was that did something, stays inside.
    assert "host-7" not in page
    assert "Ada" not in page


def test_posts_speak_for_their_incident(client, status_page, api_gateway):
    incident = make_incident(services=[api_gateway], title="pg-3 lost quorum")
    IncidentEntry.objects.create(
        incident=incident, kind="update", message="Internal", actor_label="Ada"
    )
    make_status_post(
        page=status_page, incident=incident, title="Slow answers", message="We look."
    )
    page = read(client)
    assert "Slow answers" in page
    assert "We look." in page
    assert "pg-3" not in page
    assert "Internal" not in page


def test_page_without_automatic_posts_keeps_incidents(client, api_gateway):
    make_status_page(slug="acme", services=[api_gateway], posts_automatically=False)
    make_incident(services=[api_gateway], title="Only inside")
    assert "Only inside" not in read(client)


def test_public_names_stand_in_titles_too(client, status_page, api_gateway):
    status_page.components.update(name="Shop")
    make_incident(services=[api_gateway], title="API Gateway is down")
    page = read(client)
    assert "Shop is down" in page
    assert "API Gateway" not in page


def test_foreign_incidents_are_not_told(client, status_page):
    make_incident(services=[make_service()], title="Somebody else's")
    assert "Somebody else" not in read(client)


def test_resolved_incident_is_past(client, status_page, api_gateway):
    now = timezone.now()
    make_incident(
        services=[api_gateway],
        title="Was short",
        status="resolved",
        opened_at=now - timedelta(days=1),
        resolved_at=now,
    )
    data = json.loads(read(client, ".json"))
    assert data["incidents"] == []
    assert [each["title"] for each in data["past_incidents"]] == ["Was short"]
    month = (now - timedelta(days=1)).strftime("%Y-%m")
    assert "Was short" in read(client, f"/history/{month}/")


def test_incident_has_a_page_of_its_own(client, status_page, api_gateway):
    incident = make_incident(services=[api_gateway], title="Alone")
    answer = get(client, f"/incidents/{incident.number}/")
    assert "Alone" in answer.content.decode()
    tag = answer.headers["ETag"]
    again = get(client, f"/incidents/{incident.number}/", If_None_Match=tag)
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/incidents/99/",
        "/incidents/99999999999999999999/",
        "/history/2026-13/",
        "/history/99999999999-01/",
        "/logo",
    ],
)
def test_what_is_not_there_says_so(client, status_page, path):
    answer = get(client, path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_maintenance_ahead_and_running(client, status_page, api_gateway):
    now = timezone.now()
    make_window(services=[api_gateway], title="Ahead")
    make_window(services=[api_gateway], title="Running", starts_at=now)
    make_window(services=[api_gateway], title="Hidden", is_public=False)
    make_window(services=[api_gateway], title="Cancelled", cancelled_at=now)
    data = json.loads(read(client, ".json"))
    assert [(each["title"], each["status"]) for each in data["maintenance"]] == [
        ("Running", "in_progress"),
        ("Ahead", "scheduled"),
    ]
    assert "Scheduled maintenance" in read(client)


def test_days_tell_of_trouble(client, status_page, api_gateway):
    now = timezone.now()
    type(api_gateway).objects.update(created_at=now - timedelta(days=40))
    for at, before, after in ((30, "operational", "down"), (29, "down", "operational")):
        make_status_change(
            service=api_gateway,
            previous_status=before,
            status=after,
            changed_at=now - timedelta(hours=at),
        )
    component = json.loads(read(client, ".json"))["groups"][0]["components"][0]
    assert 99 < component["uptime_percent"] < 100
    assert "down" in {day["status"] for day in component["days"]}
    assert "Down for" in read(client)


def test_page_may_show_no_uptime_at_all(client, status_page):
    status_page.components.update(shows_uptime=False)
    assert "API Gateway" in read(client)
    component = json.loads(read(client, ".json"))["groups"][0]["components"][0]
    assert (component["uptime_percent"], component["days"]) == (None, [])


def test_new_service_lists_no_days_before_its_own(client, status_page):
    component = json.loads(read(client, ".json"))["groups"][0]["components"][0]
    assert component["known_from"] == component["last_day"]
    assert component["days"] == []
    assert "no data" in read(client)


def test_page_without_services_is_friendly(client):
    make_status_page(slug="acme")
    assert "No service is shown on this page yet" in read(client)
    assert json.loads(read(client, ".json"))["status"] == "operational"


def test_feeds_are_well_formed(client, status_page, api_gateway):
    incident = make_incident(services=[api_gateway], title="A <b> & \x01 c")
    IncidentEntry.objects.create(
        incident=incident, kind="update", message="x < y & \x0b", actor_label="A"
    )
    rss = ElementTree.fromstring(get(client, "/feed.rss").content)
    atom = ElementTree.fromstring(get(client, "/feed.atom").content)
    assert rss.find("channel/item/title").text == "Update: A <b> &  c"
    name = "{http://www.w3.org/2005/Atom}"
    assert len(atom.findall(f"{name}entry")) == 1
    assert atom.find(f"{name}author/{name}name").text == "Acme"
    # Readers show it as HTML: what somebody wrote stays what they wrote.
    written = "<p>x &lt; y &amp; </p>"
    assert rss.find("channel/item/description").text.startswith(written)
    summary = atom.find(f"{name}entry/{name}summary")
    assert summary.get("type") == "html"
    assert summary.text.startswith(written)


def test_badge_says_the_word(client, status_page, api_gateway):
    say(api_gateway, "degraded")
    badge = get(client, "/badge.svg")
    assert ElementTree.fromstring(badge.content).get("aria-label") == "Acme: degraded"


def test_widget_may_stand_in_other_pages(client, status_page):
    frame = get(client, "/embed/")
    assert "frame-ancestors *" in frame.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in frame.headers
    assert "/status/acme/embed/" in read(client, "/widget.js")
    assert get(client, "/").headers["X-Frame-Options"] == "DENY"


def test_long_answers_are_packed_for_who_takes_it(client, status_page):
    answer = get(client, "/", Accept_Encoding="gzip, br")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_nobody_may_change_a_page_here(status_page):
    strict = Client(enforce_csrf_checks=True)
    for method in (strict.put, strict.delete, strict.patch):
        assert method("/status/acme/").status_code == 405


def test_password_of_a_public_page_leads_to_it(client, status_page):
    answer = client.post("/status/acme/", {"password": "x"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/status/acme/")


@pytest.mark.parametrize(
    ("part", "content_type"),
    [
        (".json", "application/problem+json"),
        ("/feed.rss", "text/plain; charset=utf-8"),
        ("/feed.atom", "text/plain; charset=utf-8"),
        ("/badge.svg", "text/plain; charset=utf-8"),
        ("/widget.js", "text/plain; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        ("/embed/", "text/html; charset=utf-8"),
    ],
)
def test_what_is_missing_is_told_to_whoever_asks(client, part, content_type):
    answer = client.get(f"/status/nobody{part}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == content_type
    text = answer.content.decode()
    assert "this status page is gone" in text
    if part == ".json":
        problem = answer.json()
        assert (problem["status"], problem["code"]) == (404, "not_found")
    assert ("<" in text) is content_type.startswith("text/html")
