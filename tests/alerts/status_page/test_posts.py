"""Posts on status pages: by themselves from incidents and windows, and by people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from alerts import actions
from alerts.models import PostTemplate, StatusPage, StatusPost, Window
from tests.factories import (
    make_incident,
    make_service,
    make_status_page,
    make_window,
)
from webhooks.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    return make_service(name="db-prod-7")


@pytest.fixture
def page(service):
    page = make_status_page(services=[service], title="Acme")
    page.components.update(name="Database")
    return page


def now():
    return timezone.now()


def open_incident(service, **fields):
    return actions.open_incident(
        service.organization,
        title="db-prod-7 is down",
        severity="major",
        services=[service],
        actor=SYSTEM,
        now=now(),
        **fields,
    )


def posts(page):
    rows = StatusPost.objects.filter(page=page).order_by("created_at", "pk")
    return [(post.state, post.message) for post in rows]


def events():
    rows = Event.objects.filter(type="status_page.posted").order_by("id")
    return [row.data for row in rows]


def test_incident_posts_from_beginning_to_end(page, service):
    incident = open_incident(service, message="disk /dev/sda1 at 100 %")
    actions.acknowledge_incident(incident, actor=SYSTEM, now=now())
    actions.post_incident_update(
        incident, message="We add disks to db-prod-7.", actor=SYSTEM, now=now()
    )
    actions.resolve_incident(incident, actor=SYSTEM, now=now())
    assert posts(page) == [
        ("investigating", "We are looking into it."),
        ("investigating", "We add disks to Database."),
        ("resolved", "This incident is resolved."),
    ]
    titles = set(StatusPost.objects.values_list("title", flat=True))
    assert titles == {"Database is down"}


def test_each_post_is_told_once_with_its_page(page, service):
    incident = open_incident(service)
    (data,) = events()
    post = StatusPost.objects.get()
    assert data["page"] == {"id": str(page.pk), "slug": page.slug, "title": "Acme"}
    assert data["post"]["id"] == str(post.pk)
    assert data["incident"] == str(incident.pk)
    names = [each["name"] for each in data["components"]]
    assert names == ["Database"]
    assert data["url"].endswith(f"/status/{page.slug}/incidents/{incident.number}/")


def test_page_is_marked_with_its_post(page, service):
    open_incident(service)
    assert StatusPage.objects.get().revision > page.revision


def test_page_that_posts_by_hand_is_left_alone(page, service):
    StatusPage.objects.update(posts_automatically=False)
    open_incident(service)
    assert not StatusPost.objects.exists()


def test_incident_elsewhere_is_not_told(page):
    open_incident(make_service(organization=page.organization))
    assert not StatusPost.objects.exists()


def test_merged_incident_is_not_called_resolved(page, service):
    one, two = open_incident(service), open_incident(service)
    actions.merge_incidents(one, [two], actor=SYSTEM, now=now())
    assert [state for state, _ in posts(page)] == ["investigating"] * 2


def test_page_joins_when_its_service_does(page, service):
    other = make_service(organization=page.organization)
    incident = open_incident(other)
    assert posts(page) == []
    actions.link_service(incident, [service], actor=SYSTEM, now=now())
    assert [state for state, _ in posts(page)] == ["investigating"]


def test_window_is_told_on_pages_that_it_touches(page, service):
    window = make_window(services=[service], title="Work on db-prod-7")
    elsewhere = make_status_page(organization=page.organization)
    for state in ("scheduled", "in_progress", "completed"):
        assert actions.post_window(window, state, now=now()) == 1
    assert [state for state, _ in posts(page)] == [
        "scheduled",
        "in_progress",
        "completed",
    ]
    assert posts(elsewhere) == []
    assert "Planned from" in posts(page)[0][1]
    assert StatusPost.objects.first().title == "Work on Database"


@pytest.mark.parametrize("field", [{"is_public": False}, {"kind": "silence"}])
def test_hidden_window_is_not_told(page, service, field):
    window = make_window(services=[service], **field)
    assert actions.post_window(window, "scheduled", now=now()) == 0


def test_person_posts_a_notice(page):
    post = StatusPost(page=page, title="We move", state="notice", message="Soon.")
    actions.create_status_post(post, actor=SYSTEM, now=now())
    (data,) = events()
    assert data["components"] == []
    assert data["post"]["message"] == "Soon."
    assert AuditEntry.objects.filter(action="status_post.created").exists()


def test_post_about_an_incident_takes_its_title_and_services(page, service):
    incident = make_incident(services=[service], title="Down")
    post = StatusPost(page=page, incident=incident, state="identified", message="x")
    actions.create_status_post(post, actor=SYSTEM, now=now())
    assert post.title == "Down"
    assert [str(each) for each in post.components.all()] == ["Database"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        pytest.param({"title": " "}, "title", id="no title"),
        pytest.param({"title": "x" * 201}, "title", id="long title"),
        pytest.param({"message": "x" * 5001}, "message", id="long message"),
        pytest.param({"state": "fine"}, "state", id="unknown state"),
    ],
)
def test_wrong_post_is_refused(page, fields, wrong):
    post = StatusPost(page=page, **{"title": "A", "state": "notice"} | fields)
    with pytest.raises(ValidationError) as caught:
        actions.create_status_post(post, actor=SYSTEM, now=now())
    assert set(caught.value.message_dict) == {wrong}
    assert not StatusPost.objects.exists()


def test_incident_of_strangers_is_refused(page):
    post = StatusPost(page=page, incident=make_incident(), title="A")
    with pytest.raises(ValidationError, match="of this organization"):
        actions.create_status_post(post, actor=SYSTEM, now=now())


def test_corrected_post_is_told_to_nobody(page):
    post = StatusPost(page=page, title="A", state="notice")
    actions.create_status_post(post, actor=SYSTEM, now=now())
    post.message = "Better."
    assert actions.edit_status_post(post, actor=SYSTEM)
    assert not actions.edit_status_post(post, actor=SYSTEM)
    assert len(events()) == 1
    actions.delete_status_post(post, actor=SYSTEM)
    kinds = AuditEntry.objects.filter(action__startswith="status_post.")
    assert kinds.count() == 3
    assert not StatusPost.objects.exists()


def template(page, **fields):
    defaults = {"label": "Outage", "message": "{{ service }} does not answer."}
    return PostTemplate(organization=page.organization, **defaults | fields)


def test_template_is_filled(page, service):
    incident = make_incident(services=[service], title="Down")
    row = template(page, title="{{ title ?? service }} at {{ page }}")
    actions.save_post_template(row, actor=SYSTEM)
    filled = actions.fill_template(
        row,
        page,
        now=now(),
        components=list(page.components.all()),
        incident=incident,
    )
    assert filled == ("Down at Acme", "investigating", "Database does not answer.")


def test_template_tells_when_maintenance_is(page, service):
    begin = now().replace(month=7, day=1, hour=10, minute=0) + timedelta(days=365)
    page.time_zone = "Europe/Berlin"
    window = make_window(services=[service], starts_at=begin)
    row = template(page, message="From {{ starts_at }} to {{ ends_at }}")
    filled = actions.fill_template(row, page, now=now(), window=window)
    assert "12:00" in filled.message
    assert "13:00" in filled.message


@pytest.mark.parametrize(
    "text", ["{{ secret }}", "{{ service", "{{ title ?? nothing }}", "{{ }}"]
)
def test_place_that_nothing_fills_is_refused(page, text):
    with pytest.raises(ValidationError) as caught:
        actions.save_post_template(template(page, message=text), actor=SYSTEM)
    assert set(caught.value.message_dict) == {"message"}


def test_name_of_a_template_is_its_own(page):
    actions.save_post_template(template(page), actor=SYSTEM)
    with pytest.raises(ValidationError, match="Another template"):
        actions.save_post_template(template(page), actor=SYSTEM)


def test_window_posts_by_itself_when_it_begins_and_ends(page, service):
    moment = now()
    window = Window(
        organization=page.organization,
        title="Work",
        starts_at=moment + timedelta(hours=1),
        ends_at=moment + timedelta(hours=2),
    )
    scope = {"services": [service], "networks": []}
    actions.save_window(window, actor=SYSTEM, now=moment, **scope)
    for minutes in (61, 62, 121, 122):
        actions.run_windows(now=moment + timedelta(minutes=minutes))
    assert [state for state, _ in posts(page)] == [
        "scheduled",
        "in_progress",
        "completed",
    ]
