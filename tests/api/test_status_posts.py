"""Posts, templates and subscribers of status pages over the REST API."""

from __future__ import annotations

import pytest

from alerts.models import StatusPost, Subscriber
from tests.factories import (
    make_incident,
    make_service,
    make_status_page,
    make_status_post,
)


@pytest.fixture
def page(organization):
    service = make_service(organization=organization, name="Shop")
    return make_status_page(services=[service])


def test_notice_is_posted_corrected_and_taken_back(api, page):
    path = f"status-pages/{page.pk}/posts"
    made = api.post(path, {"title": "Soon", "state": "notice", "message": "Hi"})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["title"], body["services"]) == ("Soon", [])
    one = f"{path}/{body['id']}"
    assert api.patch(one, {"message": "Hello"}).json()["message"] == "Hello"
    assert api.get(path).json()["results"][0]["message"] == "Hello"
    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404


def test_template_fills_what_is_left_out(api, page):
    made = api.post(
        "post-templates",
        {"label": "Outage", "message": "{{ service }} fails.", "state": "identified"},
    )
    assert made.status_code == 201, made.content
    incident = make_incident(services=[page.services.get()], title="Down")
    body = {"incident": str(incident.pk), "template": made.json()["id"]}
    post = api.post(f"status-pages/{page.pk}/posts", body).json()
    assert (post["title"], post["state"]) == ("Down", "identified")
    assert post["message"] == "Shop fails."
    assert post["services"] == [str(page.services.get().pk)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"state": "notice"}, "title", id="no title"),
        pytest.param({"title": "A", "state": "fine"}, "state", id="state"),
        pytest.param({"title": "A", "colour": "red"}, "colour", id="unknown"),
    ],
)
def test_wrong_post_is_told(api, page, body, field):
    answer = api.post(f"status-pages/{page.pk}/posts", body)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {field}
    assert not StatusPost.objects.exists()


def test_service_that_is_not_on_the_page_is_told(api, page, organization):
    other = make_service(organization=organization)
    body = {"title": "A", "state": "notice", "services": [str(other.pk)]}
    answer = api.post(f"status-pages/{page.pk}/posts", body)
    assert answer.status_code == 400
    assert "stand on this page" in answer.json()["errors"]["services"][0]


def test_wrong_place_is_told(api):
    answer = api.post("post-templates", {"label": "A", "message": "{{ x }}"})
    assert answer.status_code == 400
    assert "Nothing fills" in answer.json()["errors"]["message"][0]


def test_post_of_another_page_is_not_found(api, page):
    other = make_status_post()
    answer = api.get(f"status-pages/{page.pk}/posts/{other.pk}")
    assert answer.status_code == 404
    assert api.get(f"status-pages/{page.pk}/posts/x").status_code == 404


def test_subscribers_are_listed_counted_and_removed(api, make_api, page):
    row = Subscriber.objects.create(page=page, address="ann@example.com", key="k")
    path = f"status-pages/{page.pk}/subscribers"
    (found,) = api.get(path).json()["results"]
    assert found["address"] == "ann@example.com"
    assert found["confirmed_at"] is None
    masked = make_api("read").get(f"{path}/{row.pk}").json()
    assert masked["address"] == "a…@example.com"
    assert api.get(f"status-pages/{page.pk}").json()["subscriber_count"] == 0
    assert make_api("read").delete(f"{path}/{row.pk}").status_code == 403
    assert api.delete(f"{path}/{row.pk}").status_code == 204
    assert not Subscriber.objects.exists()
