"""Pages about who is on call and about escalation, as people use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import AuditEntry
from alerts.models import (
    EscalationPolicy,
    OnCallMember,
    OnCallPerson,
    OnCallRotation,
    OnCallSchedule,
)
from tests.factories import (
    make_destination,
    make_membership,
    make_override,
    make_policy,
    make_rotation,
    make_schedule,
    make_user,
)

pytestmark = pytest.mark.django_db

LIST = reverse("alerts:on-call-list")
ADD = reverse("alerts:on-call-add")


@pytest.fixture
def ann(organization):
    user = make_user(name="Ann Archer")
    return make_membership(organization=organization, user=user)


@pytest.fixture
def rotation(organization, ann):
    schedule = make_schedule(organization=organization, name="Primary")
    return make_rotation(schedule=schedule, people=[ann], name="Everybody")


def page_of(row, page, *more):
    return reverse(f"alerts:on-call-{page}", args=[row.pk, *more])


def rotation_fields(*users, **fields):
    values = {
        "name": "Turns",
        "kind": "weekly",
        "handover_time": "09:00",
        "starts_on": "2026-01-05",
    }
    people = {f"person_{n}": str(user.pk) for n, user in enumerate(users)}
    return values | people | fields


def prefixed(fields):
    return {f"rotation-{name}": value for name, value in fields.items()}


def test_add_schedule_with_its_first_rotation(client, sign_in, ann):
    me = sign_in()
    sent = {"name": "Primary", "time_zone": "Europe/Berlin"}
    response = client.post(ADD, sent | prefixed(rotation_fields(ann.user, me.user)))
    schedule = OnCallSchedule.objects.get()
    assert response.url == schedule.get_absolute_url()
    people = [m.user for m in OnCallMember.objects.order_by("position")]
    assert people == [ann.user, me.user]
    assert schedule.rotations.get().shift_days == 7
    assert AuditEntry.objects.get(action="on_call_schedule.created").user == me.user


def test_a_rotation_needs_somebody(client, sign_in):
    sign_in()
    sent = {"name": "Primary", "time_zone": "UTC"} | prefixed(rotation_fields())
    response = client.post(ADD, sent)
    assert response.status_code == 422
    assert "Choose at least one person." in response.content.decode()
    assert not OnCallSchedule.objects.exists()


def test_people_of_elsewhere_cannot_be_chosen(client, sign_in, rotation):
    sign_in()
    path = page_of(rotation.schedule, "rotation-edit", rotation.pk)
    response = client.post(path, rotation_fields(make_membership().user))
    assert response.status_code == 422


def test_more_lines_keep_what_was_typed(client, sign_in, ann):
    sign_in()
    sent = {"name": "Typed", "time_zone": "UTC", "more": "1"}
    response = client.post(ADD, sent | prefixed(rotation_fields(ann.user)))
    page = response.content.decode()
    assert 'value="Typed"' in page
    assert 'name="rotation-person_5"' in page
    assert not OnCallSchedule.objects.exists()


def test_edit_rotation(client, sign_in, rotation, ann):
    me = sign_in()
    path = page_of(rotation.schedule, "rotation-edit", rotation.pk)
    assert client.get(path).status_code == 200
    told = make_destination(organization=rotation.schedule.organization)
    more = {"told_1": str(told.pk), "weekdays": ["0", "1"], "kind": "custom"}
    more |= {"shift_days": "3", "active_from": "22:00", "active_to": "06:00"}
    response = client.post(path, rotation_fields(ann.user, me.user, **more))
    assert response.status_code == 302
    rotation.refresh_from_db()
    assert (rotation.shift_days, rotation.weekdays) == (3, [0, 1])
    last = rotation.members.last()
    assert (last.user, last.destination) == (me.user, told)


def test_list_says_who_is_on_now(client, sign_in, rotation):
    sign_in("viewer")
    make_schedule(organization=rotation.schedule.organization, name="Empty")
    page = client.get(LIST).content.decode()
    assert "Ann Archer" in page
    assert "until" not in page, "nobody takes over from her"
    assert "Nobody" in page


@pytest.mark.parametrize("view", ["week", "two-weeks", "month", "nonsense"])
def test_calendar_shows_days_and_gaps(client, sign_in, rotation, view):
    sign_in("viewer")
    rotation.ends_on = rotation.starts_on + timedelta(days=1)
    rotation.save()
    query = {"view": view, "day": "2026-01-01"}
    response = client.get(rotation.schedule.get_absolute_url(), query)
    page = response.content.decode()
    assert "Ann Archer" in page
    assert "Nobody is on call for" in page
    days = {"week": 7, "month": 35}.get(view, 14)
    assert page.count('class="calendar-date"') == days


@pytest.mark.parametrize("day", ["x", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_day_of_no_calendar_shows_today(client, sign_in, rotation, day):
    sign_in()
    path = rotation.schedule.get_absolute_url()
    assert client.get(path, {"day": day}).status_code == 200


def test_duplicate_and_move_rotation(client, sign_in, rotation):
    sign_in()
    schedule = rotation.schedule
    client.post(page_of(schedule, "rotation-duplicate", rotation.pk))
    first, copy = schedule.rotations.all()
    assert copy.name == "Everybody (copy)"
    assert [m.user for m in copy.members.all()] == [m.user for m in first.members.all()]
    client.post(page_of(schedule, "rotation-move", copy.pk))
    assert list(schedule.rotations.all()) == [copy, first]


def test_delete_rotation_and_schedule(client, sign_in, rotation):
    sign_in()
    schedule = rotation.schedule
    client.post(page_of(schedule, "rotation-delete", rotation.pk))
    assert not OnCallRotation.objects.exists()
    client.post(page_of(schedule, "delete"))
    assert not OnCallSchedule.objects.exists()


def test_responder_adds_and_takes_back_an_override(client, sign_in, rotation):
    me = sign_in("responder")
    schedule = rotation.schedule
    OnCallSchedule.objects.update(time_zone="Europe/Berlin")
    sent = {
        "user": str(me.user.pk),
        "starts_at": "2026-10-24T09:00",
        "ends_at": "2026-10-25T09:00",
        "reason": "Swap",
    }
    assert client.post(page_of(schedule, "override-add"), sent).status_code == 302
    override = schedule.overrides.get()
    assert override.starts_at == datetime(2026, 10, 24, 7, tzinfo=UTC)
    assert override.ends_at - override.starts_at == timedelta(hours=25)
    client.post(page_of(schedule, "override-delete", override.pk))
    assert not schedule.overrides.exists()


@pytest.mark.parametrize(
    "change",
    [{"ends_at": "2026-10-24T08:00"}, {"starts_at": "soon"}, {"user": ""}],
)
def test_override_is_refused(client, sign_in, rotation, change):
    me = sign_in("responder")
    sent = {
        "user": str(me.user.pk),
        "starts_at": "2026-10-24T09:00",
        "ends_at": "2026-10-25T09:00",
    }
    path = page_of(rotation.schedule, "override-add")
    assert client.post(path, sent | change).status_code == 422
    assert not rotation.schedule.overrides.exists()


def read_feed(client, token):
    response = client.get(reverse("alerts:on-call-feed", args=[token]))
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/calendar")
    return Calendar.from_ical(response.content).walk("VEVENT")


def test_feed_has_the_shifts(client, rotation):
    events = read_feed(client, rotation.schedule.feed_token)
    assert len(events) > 90
    assert str(events[0]["summary"]) == "Ann Archer on call: Primary"
    assert events[0].end == events[1].start
    assert len({str(event["uid"]) for event in events}) == len(events)


def test_feed_says_how_often_to_look(client, rotation):
    path = reverse("alerts:on-call-feed", args=[rotation.schedule.feed_token])
    lines = client.get(path).content.decode().splitlines()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert "X-PUBLISHED-TTL:PT1H" in lines


def test_feed_keeps_its_ids(client, rotation):
    first = {str(e["uid"]) for e in read_feed(client, rotation.schedule.feed_token)}
    again = {str(e["uid"]) for e in read_feed(client, rotation.schedule.feed_token)}
    assert first == again


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 70, "%00"])
def test_unknown_token_is_not_found(client, rotation, token):
    assert client.get(f"/on-call/{token}.ics").status_code == 404


def test_new_address_ends_the_old_one(client, sign_in, rotation):
    sign_in()
    old = rotation.schedule.feed_token
    client.post(page_of(rotation.schedule, "rotate-feed"))
    rotation.schedule.refresh_from_db()
    assert read_feed(client, rotation.schedule.feed_token)
    path = reverse("alerts:on-call-feed", args=[old])
    assert client.get(path).status_code == 404


def test_feed_of_a_person_has_their_shifts_alone(client, sign_in, rotation):
    me = sign_in("viewer")
    now = timezone.now().replace(microsecond=0)
    make_override(
        schedule=rotation.schedule,
        user=me.user,
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=2),
    )
    client.post(reverse("alerts:on-call-my-feed"))
    token = OnCallPerson.objects.get(user=me.user).feed_token
    assert token in client.get(LIST).content.decode()
    client.logout()
    (event,) = read_feed(client, token)
    assert event.start == now + timedelta(days=1)
    me.delete()
    path = reverse("alerts:on-call-feed", args=[token])
    assert client.get(path).status_code == 404


def policy_fields(*targets, **fields):
    lines = {f"target_{n}": target for n, target in enumerate(targets)}
    return {"label": "Customers", "repeat_count": "1"} | lines | fields


def test_add_policy(client, sign_in, organization, rotation):
    sign_in()
    webhook = make_destination(organization=organization)
    targets = (f"schedule:{rotation.schedule.pk}", f"webhook:{webhook.pk}")
    sent = policy_fields(*targets, wait_0="7", is_default="on")
    response = client.post(reverse("alerts:escalation-add"), sent)
    assert response.status_code == 302
    first, second = EscalationPolicy.objects.get().steps.all()
    assert (first.schedule, first.wait_minutes) == (rotation.schedule, 7)
    assert second.destination == webhook
    assert "Primary" in client.get(response.url).content.decode()


def test_policy_needs_a_step(client, sign_in):
    sign_in()
    response = client.post(reverse("alerts:escalation-add"), policy_fields())
    assert response.status_code == 422
    assert "Add at least one step" in response.content.decode()


def test_edit_and_delete_policy(client, sign_in, organization):
    sign_in()
    first, second = (make_destination(organization=organization) for _ in range(2))
    policy = make_policy(steps=[first])
    path = policy.get_absolute_url()
    assert f'value="webhook:{first.pk}" selected' in client.get(path).content.decode()
    client.post(path, policy_fields(f"webhook:{second.pk}"))
    assert policy.steps.get().destination == second
    client.post(reverse("alerts:escalation-delete", args=[policy.pk]))
    assert not EscalationPolicy.objects.exists()


def test_deleting_a_webhook_says_who_is_not_told_by_it(client, sign_in, rotation):
    sign_in()
    webhook = make_destination(organization=rotation.schedule.organization)
    make_policy(label="Nights", steps=[webhook])
    rotation.members.update(destination=webhook)
    page = client.get(reverse("webhooks:delete", args=[webhook.pk])).content.decode()
    assert "Its steps in the escalation “Nights”" in page
    email = rotation.members.get().user.email
    assert f"{email} is told by e-mail when on call" in page


def test_policy_of_foreign_targets_is_refused(client, sign_in):
    sign_in()
    target = f"webhook:{make_destination().pk}"
    response = client.post(reverse("alerts:escalation-add"), policy_fields(target))
    assert response.status_code == 422
