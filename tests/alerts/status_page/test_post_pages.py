"""The pages of the dashboard about posts, templates and subscribers."""

from __future__ import annotations

import pytest
from django.utils import timezone

from alerts.models import PostTemplate, StatusPost, Subscriber
from tests.factories import (
    make_incident,
    make_service,
    make_status_page,
    make_status_post,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(organization):
    service = make_service(organization=organization, name="Shop")
    return make_status_page(services=[service], title="Acme", slug="acme")


@pytest.fixture
def template(organization):
    return PostTemplate.objects.create(
        organization=organization,
        label="Outage",
        message="{{ service }} fails.",
        state="identified",
    )


def url(page, end):
    return f"/status-pages/{page.pk}/{end}"


def test_post_is_written(client, sign_in, page):
    sign_in("responder")
    body = {"title": "We move", "state": "notice", "message": "Soon."}
    answer = client.post(url(page, "posts/"), body, follow=True)
    assert "“We move” is on the page" in answer.content.decode()
    assert StatusPost.objects.get().message == "Soon."


def test_template_fills_the_form_and_posts_nothing(client, sign_in, page, template):
    sign_in()
    incident = make_incident(services=[page.services.get()], title="Down")
    body = {"incident": incident.pk, "template": template.pk, "fill": "1"}
    html = client.post(url(page, "posts/"), body).content.decode()
    assert "Shop fails." in html
    assert not StatusPost.objects.exists()
    body |= {"state": "identified", "message": "Shop fails."}
    del body["fill"]
    client.post(url(page, "posts/"), body)
    post = StatusPost.objects.get()
    assert (post.title, post.incident) == ("Down", incident)


def test_wrong_post_is_kept_and_told(client, sign_in, page):
    sign_in()
    body = {"state": "notice", "message": "Kept words"}
    answer = client.post(url(page, "posts/"), body)
    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()


def test_post_is_corrected_and_deleted(client, sign_in, page):
    sign_in()
    post = make_status_post(page=page, title="Old", state="notice")
    one = url(page, f"posts/{post.pk}/")
    client.post(one, {"title": "New", "state": "notice"})
    assert StatusPost.objects.get().title == "New"
    client.post(f"{one}delete/")
    assert not StatusPost.objects.exists()


def test_viewer_reads_posts_only(client, sign_in, page):
    sign_in("viewer")
    html = client.get(url(page, "posts/")).content.decode()
    assert "Write a post" not in html
    body = {"title": "A", "state": "notice"}
    assert client.post(url(page, "posts/"), body).status_code == 403


def test_template_is_made_changed_and_deleted(client, sign_in):
    sign_in()
    assert "Add template" in client.get("/status-pages/templates/").content.decode()
    body = {"label": "A", "state": "notice", "message": "{{ wrong }}"}
    answer = client.post("/status-pages/templates/add/", body)
    assert "Nothing fills" in answer.content.decode()
    client.post("/status-pages/templates/add/", body | {"message": "{{ service }}"})
    row = PostTemplate.objects.get()
    client.post(f"/status-pages/templates/{row.pk}/", body | {"message": "Plain"})
    row.refresh_from_db()
    assert row.message == "Plain"
    client.post(f"/status-pages/templates/{row.pk}/delete/")
    assert not PostTemplate.objects.exists()


@pytest.fixture
def subscriber(page):
    return Subscriber.objects.create(
        page=page, address="ann@example.com", key="k", confirmed_at=timezone.now()
    )


def test_viewer_sees_masked_addresses(client, sign_in, page, subscriber):
    sign_in("viewer")
    html = client.get(url(page, "subscribers/")).content.decode()
    assert "a…@example.com" in html
    assert "ann@" not in html
    assert client.get(url(page, "subscribers.csv")).status_code == 403


def test_export_holds_no_formula(client, sign_in, page, subscriber):
    Subscriber.objects.update(address="=cmd|' /C calc'!A0@example.com")
    sign_in()
    answer = client.get(url(page, "subscribers.csv"))
    text = answer.content.decode()
    assert text.splitlines()[0] == "kind,address,services,asked at,confirmed at"
    assert ",'=cmd" in text


def test_subscriber_is_removed(client, sign_in, page, subscriber):
    sign_in()
    client.post(url(page, f"subscribers/{subscriber.pk}/remove/"))
    assert not Subscriber.objects.exists()


def test_setup_shows_preview_badge_and_widget(client, sign_in, page):
    type(page).objects.update(accent_colour="#ffee00")
    sign_in()
    html = client.get(page.get_absolute_url()).content.decode()
    assert "badge.svg" in html
    assert "widget.js" in html
    assert "has a contrast of" in html
    answer = client.get(url(page, "preview/"))
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "Shop" in answer.content.decode()
