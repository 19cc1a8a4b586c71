"""On-call schedules and escalation policies over REST."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.models import EscalationPolicy, OnCallOverride, OnCallSchedule
from tests.factories import (
    make_destination,
    make_membership,
    make_override,
    make_policy,
    make_rotation,
    make_schedule,
    make_service,
    make_user,
)

PATH = "on-call-schedules"


@pytest.fixture
def ann(organization):
    user = make_user(email="ann@example.com", name="Ann")
    return make_membership(organization=organization, user=user).user


@pytest.fixture
def document(ann):
    return {
        "name": "Primary",
        "time_zone": "Europe/Berlin",
        "rotations": [
            {
                "name": "Day",
                "kind": "weekly",
                "starts_on": "2026-01-05",
                "handover_time": "09:00",
                "active_from": "08:00",
                "active_to": "18:00",
                "weekdays": [0, 1, 2, 3, 4],
                "members": [{"user": "ann@example.com"}],
            }
        ],
    }


def test_schedule_is_one_document(api, document, ann):
    made = api.post(PATH, document)
    assert made.status_code == 201
    body = made.json()
    rotation = body["rotations"][0]
    assert rotation["shift_days"] == 7
    assert rotation["members"] == [
        {
            "user": str(ann.pk),
            "name": "Ann",
            "email": "ann@example.com",
            "webhook": None,
        }
    ]
    again = api.put(f"{PATH}/{body['id']}", body)
    assert again.status_code == 200
    assert again.json()["rotations"] == body["rotations"]


def test_change_of_the_name_leaves_rotations(api, document):
    row_id = api.post(PATH, document).json()["id"]
    changed = api.patch(f"{PATH}/{row_id}", {"name": "Second"}).json()
    assert (changed["name"], len(changed["rotations"])) == ("Second", 1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"members": []}, "Choose at least one person.", id="nobody"),
        pytest.param({"members": [{"user": "x@y.z"}]}, "no member of", id="stranger"),
        pytest.param({"members": "Ann"}, "write a list such as", id="members"),
        pytest.param({"members": [{"name": "Ann"}]}, "id or e-mail", id="no-user"),
        pytest.param({"starts_on": "soon"}, "a day such as", id="day"),
        pytest.param({"starts_on": "1600-01-01"}, "this century", id="century"),
        pytest.param({"handover_time": 9}, "a time such as", id="time"),
        pytest.param({"active_to": None}, "Enter both times", id="half"),
        pytest.param({"active_to": "08:00"}, "another time", id="no-time"),
        pytest.param({"weekdays": [7]}, "0 for Monday", id="weekday"),
        pytest.param({"weekdays": "Mon"}, "0 for Monday", id="weekdays"),
        pytest.param({"ends_on": "2026-01-01"}, "not before the first", id="end"),
        pytest.param({"kind": "hourly"}, "none of these", id="kind"),
        pytest.param({"kind": "custom", "shift_days": 0}, "shift_days", id="length"),
        pytest.param({"color": 1}, "no field", id="unknown"),
        pytest.param({"id": "x"}, "no rotation", id="id"),
    ],
)
def test_rotation_is_refused_with_a_sentence(api, document, change, sentence):
    document["rotations"][0] |= change
    answer = api.post(PATH, document)
    assert answer.status_code == 400
    assert sentence in " ".join(answer.json()["errors"]["rotations"])
    assert not OnCallSchedule.objects.exists()


@pytest.mark.parametrize("rotations", ["x", {}, [3], [None], [[]]])
def test_rotations_of_no_shape_are_refused(api, document, rotations):
    answer = api.post(PATH, document | {"rotations": rotations})
    assert answer.status_code == 400
    assert answer.json()["errors"]["rotations"]


def test_zone_must_exist(api, document):
    answer = api.post(PATH, document | {"time_zone": "Mars/Olympus"})
    assert "Europe/Berlin" in answer.json()["errors"]["time_zone"][0]


def test_name_is_taken(api, document):
    api.post(PATH, document)
    answer = api.post(PATH, document)
    assert answer.status_code == 400
    assert answer.json()["errors"]["name"]


def test_feed_address_is_for_those_who_edit(api, make_api, organization):
    row = make_schedule(organization=organization)
    path = f"{PATH}/{row.pk}"
    assert row.feed_token in api.get(path).json()["feed_url"]
    assert make_api("read").get(path).json()["feed_url"] is None
    renewed = api.post(f"{path}/rotate-feed").json()["feed_url"]
    assert renewed.endswith(".ics")
    assert row.feed_token not in renewed
    assert make_api("read").post(f"{path}/rotate-feed").status_code == 403


def test_now(api, organization):
    ann = make_membership(organization=organization)
    rotation = make_rotation(organization=organization, people=[ann])
    override = make_override(schedule=rotation.schedule, reason="Swap")
    body = api.get(f"{PATH}/{rotation.schedule.pk}/now").json()
    assert body["on_call"]["user"]["id"] == str(override.user.pk)
    assert (body["on_call"]["is_override"], body["on_call"]["reason"]) == (True, "Swap")
    assert [each["user"]["id"] for each in body["others"]] == [str(ann.user.pk)]
    assert body["next"]["user"]["id"] == str(ann.user.pk)
    empty = make_schedule(organization=organization)
    assert api.get(f"{PATH}/{empty.pk}/now").json()["on_call"] is None


def test_somebody_alone_is_on_call_without_an_end(api, organization):
    rotation = make_rotation(organization=organization)
    body = api.get(f"{PATH}/{rotation.schedule.pk}/now").json()
    assert body["on_call"]["ends_at"] is None
    assert body["next"] is None


def test_shifts_over_the_change_of_clocks(api, organization):
    rotation = make_rotation(organization=organization)
    OnCallSchedule.objects.update(time_zone="Europe/Berlin")
    path = f"{PATH}/{rotation.schedule.pk}/shifts"
    query = "since=2026-03-28T08:00:00Z&until=2026-03-30T07:00:00Z"
    body = api.get(f"{path}?{query}").json()
    assert [each["ends_at"] for each in body["shifts"]] == [
        "2026-03-29T07:00:00.000000Z",
        "2026-03-30T07:00:00.000000Z",
    ]
    assert body["gaps"] == []


def test_gaps_are_told(api, organization):
    schedule = make_schedule(organization=organization)
    body = api.get(f"{PATH}/{schedule.pk}/shifts").json()
    assert (body["shifts"], len(body["gaps"])) == ([], 1)


@pytest.mark.parametrize(
    "query",
    [
        "since=soon",
        "since=9999-12-31T23:00:00Z",
        "until=0001-01-01T00:00:00Z",
        "since=2026-01-01&until=2025-01-01",
        "since=2026-01-01T00:00:00Z&until=2028-01-01T00:00:00Z",
        "color=red",
    ],
)
def test_period_is_refused_with_a_sentence(api, organization, query):
    schedule = make_schedule(organization=organization)
    assert api.get(f"{PATH}/{schedule.pk}/shifts?{query}").status_code == 400


def test_override_is_made_listed_and_removed(api, organization, ann):
    schedule = make_schedule(organization=organization)
    path = f"{PATH}/{schedule.pk}/overrides"
    now = timezone.now()
    body = {
        "user": "ann@example.com",
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(hours=4)).isoformat(),
    }
    made = api.post(path, body)
    assert made.status_code == 201
    assert made.json()["user"]["id"] == str(ann.pk)
    assert api.get(path).json()["results"] == [made.json()]
    assert api.delete(f"{path}/{made.json()['id']}").status_code == 204
    assert api.delete(f"{path}/{made.json()['id']}").status_code == 404
    assert api.delete(f"{path}/x").status_code == 404
    assert not OnCallOverride.objects.exists()


def test_override_is_refused_with_sentences(api, organization):
    schedule = make_schedule(organization=organization)
    body = {"user": "nobody@example.com", "starts_at": "x", "ends_at": None}
    answer = api.post(f"{PATH}/{schedule.pk}/overrides", body)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"user", "starts_at", "ends_at"}


def test_override_must_end_later(api, organization, ann):
    schedule = make_schedule(organization=organization)
    at = "2026-01-01T00:00:00Z"
    body = {"user": str(ann.pk), "starts_at": at, "ends_at": at}
    answer = api.post(f"{PATH}/{schedule.pk}/overrides", body)
    assert answer.status_code == 400
    assert "after the start" in answer.json()["errors"]["ends_at"][0]


def test_policy_is_one_document(api, organization):
    webhook = make_destination(organization=organization)
    schedule = make_schedule(organization=organization)
    made = api.post(
        "escalation-policies",
        {
            "label": "Customers",
            "is_default": True,
            "minimum_severity": "major",
            "repeat_count": 2,
            "steps": [
                {"webhook": str(webhook.pk), "wait_minutes": 3},
                {"schedule": str(schedule.pk)},
            ],
        },
    )
    assert made.status_code == 201
    body = made.json()
    assert [each["wait_minutes"] for each in body["steps"]] == [3, 5]
    path = f"escalation-policies/{body['id']}"
    assert api.put(path, body).json()["steps"] == body["steps"]
    changed = api.patch(path, {"minimum_severity": None}).json()
    assert (changed["minimum_severity"], len(changed["steps"])) == (None, 2)


def test_there_is_one_default_policy(api, organization):
    former = make_policy(organization=organization, is_default=True)
    webhook = make_destination(organization=organization)
    body = {"label": "New", "is_default": True, "steps": [{"webhook": str(webhook.pk)}]}
    assert api.post("escalation-policies", body).status_code == 201
    former.refresh_from_db()
    assert not former.is_default


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([], id="none"),
        pytest.param("x", id="text"),
        pytest.param([3], id="number"),
        pytest.param([{}], id="no-target"),
        pytest.param([{"webhook": "x"}], id="unknown"),
        pytest.param([{"webhook": 3}], id="no-id"),
        pytest.param([{"wait_minutes": "5"}], id="wait"),
        pytest.param([{"color": 1}], id="field"),
    ],
)
def test_steps_are_refused_with_sentences(api, steps):
    answer = api.post("escalation-policies", {"label": "x", "steps": steps})
    assert answer.status_code == 400
    assert answer.json()["errors"]["steps"]
    assert not EscalationPolicy.objects.exists()


def test_foreign_and_managed_webhooks_are_refused(api, organization):
    foreign = make_destination()
    managed = make_destination(organization=organization, managed_by="on_call")
    for webhook in (foreign, managed):
        body = {"label": "x", "steps": [{"webhook": str(webhook.pk)}]}
        assert api.post("escalation-policies", body).status_code == 400


def test_service_names_its_policy(api, organization):
    service = make_service(organization=organization)
    policy = make_policy(organization=organization)
    path = f"services/{service.pk}"
    body = api.patch(path, {"escalation_policy": str(policy.pk)}).json()
    assert body["escalation_policy"] == str(policy.pk)
    foreign = {"escalation_policy": str(make_policy().pk)}
    assert api.patch(path, foreign).status_code == 404
    assert api.patch(path, {"escalation_policy": None}).status_code == 200
