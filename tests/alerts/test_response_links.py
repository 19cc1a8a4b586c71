"""Links in messages: they ask first, work once, and only people get them."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts.datatypes import Actor
from alerts.actions import acknowledge_incident, open_incident, resolve_incident
from alerts.links import SALT, build_links
from alerts.models import Incident, UsedLink
from tests.factories import make_destination, make_incident, make_service
from webhooks.models import Delivery, Event, Payload

pytestmark = pytest.mark.django_db
ANNA = Actor(label="Anna")
LINK = re.compile(r"http://127\.0\.0\.1:8000(/respond/[^/\s\"<>|)]+/)")


@pytest.fixture
def visitor():
    """A browser that is not signed in, and checks CSRF as a real one would."""
    return Client(enforce_csrf_checks=True)


def find_path(incident, action="acknowledge", *, age=timedelta(0)):
    links = build_links(
        incident, "opened", trace=incident.trace, now=timezone.now() - age
    )
    return links[action].removeprefix("http://127.0.0.1:8000")


def open_for(destinations):
    organization = destinations[0].organization
    service = make_service(organization=organization, name="API")
    return open_incident(
        organization,
        title="It burns",
        severity="major",
        services=[service],
        actor=ANNA,
        now=timezone.now(),
    )


def text_of(answer):
    return answer.content.decode()


def test_looking_changes_nothing(visitor):
    incident = make_incident(title="Disk <full>")
    path = find_path(incident)
    for method in (visitor.get, visitor.head, visitor.get):
        answer = method(path)
        assert answer.status_code == 200
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
    assert "Acknowledge this incident?" in text_of(answer)
    assert "Disk &lt;full&gt;" in text_of(answer)
    incident.refresh_from_db()
    assert not incident.acknowledged
    assert not UsedLink.objects.exists()


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_a_click_acts_once(visitor, action):
    incident = make_incident()
    path = find_path(incident, action)
    answer = visitor.post(path)
    assert answer.status_code == 200
    assert f"The incident is {action}d" in text_of(answer)
    incident.refresh_from_db()
    assert (incident.acknowledged, incident.is_open) == (
        (True, True) if action == "acknowledge" else (False, False)
    )
    assert incident.entries.get().actor_label == "A link in a message"
    again = visitor.post(path)
    assert (again.status_code, visitor.get(path).status_code) == (410, 410)
    assert "was used already" in text_of(again)
    assert Event.objects.count() == 1


def test_other_links_of_the_message_still_work(visitor):
    incident = make_incident()
    paths = find_path(incident), find_path(incident, "resolve")
    assert [visitor.post(path).status_code for path in paths] == [200, 200]
    incident.refresh_from_db()
    assert not incident.is_open


def test_acknowledged_before_is_said(visitor):
    incident = make_incident()
    path = find_path(incident)
    acknowledge_incident(incident, actor=ANNA, now=timezone.now())
    assert "Anna said so before" in text_of(visitor.get(path))
    assert "was acknowledged before" in text_of(visitor.post(path))
    incident.refresh_from_db()
    assert incident.acknowledged_by == "Anna"


def test_resolved_one_has_nothing_left_to_do(visitor):
    incident = make_incident()
    path = find_path(incident)
    resolve_incident(incident, actor=ANNA, now=timezone.now())
    answers = visitor.get(path), visitor.post(path)
    assert [answer.status_code for answer in answers] == [410, 410]
    assert "resolved already" in text_of(answers[1])
    assert not UsedLink.objects.exists()


def test_old_link_is_told(visitor):
    incident = make_incident()
    fresh = find_path(incident, age=timedelta(hours=23, minutes=59))
    old = find_path(incident, age=timedelta(hours=24, minutes=1))
    assert visitor.get(fresh).status_code == 200
    assert visitor.post(old).status_code == 410
    assert "for a day" in text_of(visitor.get(old))
    incident.refresh_from_db()
    assert not incident.acknowledged


def test_forged_links_find_nothing(visitor):
    incident = make_incident()
    path = find_path(incident)
    foreign = signing.dumps([1, incident.pk.hex, "opened", "x", 10**10, ""])
    shaped = signing.dumps(["x"], salt=SALT)
    forged = [
        path[:-2] + ("a" if path[-2] != "a" else "b") + "/",
        path[:30] + "/",
        f"/respond/{foreign}/",
        f"/respond/{shaped}/",
        f"/respond/{'a' * 3000}/",
        "/respond/%00/",
        "/respond/é:ü/",
    ]
    for each in forged:
        answers = visitor.get(each), visitor.post(each)
        assert [answer.status_code for answer in answers] == [404, 404], each
    incident.refresh_from_db()
    assert not incident.acknowledged


def test_deleted_incident_is_not_found(visitor):
    incident = make_incident()
    path = find_path(incident)
    incident.delete()
    assert visitor.post(path).status_code == 404


def test_other_methods_are_refused(visitor):
    assert visitor.delete(find_path(make_incident())).status_code == 405


def test_one_address_may_not_try_for_ever(visitor):
    path = find_path(make_incident())
    codes = [visitor.get(path).status_code for _ in range(31)]
    assert set(codes[:30]) == {200}
    assert codes[30] == 429
    assert 55 <= int(visitor.post(path)["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("kind", "format_name", "has_links"),
    [
        ("email", "message", True),
        ("webhook", "slack", True),
        ("webhook", "teams", True),
        ("webhook", "discord", True),
        ("webhook", "standard", False),
        ("webhook", "incident", False),
        ("webhook", "cloudevents", False),
    ],
)
def test_only_people_get_links(kind, format_name, has_links):
    destination = make_destination(
        kind=kind, format=format_name, recipients=["ops@example.com"]
    )
    open_for([destination])
    body = Payload.objects.get().body
    assert len(LINK.findall(body)) == (2 if has_links else 0)
    json.loads(body)
    assert "/respond/" not in json.dumps(Event.objects.get().data)


def test_template_cannot_name_them():
    destination = make_destination(
        format="template", template='{"all": "{{ data }}", "l": "{{ links }}"}'
    )
    open_for([destination])
    assert not LINK.search("".join(Payload.objects.values_list("body", flat=True)))


def test_message_has_what_is_left_to_do():
    destination = make_destination(kind="email", format="message", recipients=["a@b.c"])
    incident = open_for([destination])
    acknowledge_incident(incident, actor=ANNA, now=timezone.now())
    resolve_incident(incident, actor=ANNA, now=timezone.now())
    labels = [
        [label for label, _ in json.loads(body).get("actions", [])]
        for body in Payload.objects.order_by("pk").values_list("body", flat=True)
    ]
    assert labels == [["Acknowledge", "Resolve"], ["Resolve"], []]


def test_holder_is_named_by_where_the_message_went(visitor):
    destination = make_destination(
        kind="email", format="message", recipients=["a@b.c"], label="On call"
    )
    make_destination(organization=destination.organization, label="Machine")
    incident = open_for([destination])
    (path, _) = LINK.findall(Payload.objects.get(format="message").body)
    visitor.post(path)
    incident.refresh_from_db()
    assert incident.acknowledged_by == "A link in a message to On call"


@pytest.mark.parametrize("format_name", ["message", "slack", "teams", "discord"])
def test_nobody_gets_a_live_link_from_the_log(client, sign_in, format_name):
    membership = sign_in("viewer")
    destination = make_destination(
        organization=membership.organization,
        kind="email" if format_name == "message" else "webhook",
        format=format_name,
        recipients=["ops@example.com"],
    )
    open_for([destination])
    delivery = Delivery.objects.get()
    live = LINK.findall(delivery.payload.body)
    delivery.attempts.create(
        number=1,
        started_at=timezone.now(),
        duration_ms=1,
        status_code=200,
        url=destination.url,
    )
    page = text_of(client.get(f"/deliveries/{delivery.pk}/"))
    assert "respond/[redacted]" in page
    assert not [path for path in live if path in page]
    assert not Incident.objects.filter(acknowledged=True).exists()
