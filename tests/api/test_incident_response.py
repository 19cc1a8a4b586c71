"""Owners, services, merging and post-mortems of incidents over REST."""

from __future__ import annotations

import pytest

from tests.factories import make_incident, make_membership, make_service, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(organization):
    service = make_service(organization=organization, name="API")
    return make_incident(services=[service])


@pytest.fixture
def act(api, incident):
    def act(action, **body):
        return api.post(f"/api/v1/incidents/{incident.pk}/{action}", body)

    return act


def test_assign_by_id_and_by_address(act, incident):
    owner = make_membership(
        organization=incident.organization, user=make_user(name="Bob")
    ).user
    shown = act("assign", owner=str(owner.pk)).json()["owner"]
    assert shown == {"id": str(owner.pk), "name": "Bob"}
    assert act("assign", owner=None).json()["owner"] is None
    assert act("assign", owner=owner.email.upper()).json()["owner"] == shown


@pytest.mark.parametrize("owner", ["x", "stranger@example.com", 7, ["a"], "é" * 300])
def test_stranger_is_refused(act, owner):
    make_user(email="stranger@example.com")
    answer = act("assign", owner=owner)
    assert answer.status_code == 400
    assert "member" in answer.json()["errors"]["owner"][0]


def test_owner_must_be_said(act):
    assert act("assign").status_code == 400


def test_services_join_and_become_normal(act, incident):
    other = make_service(organization=incident.organization)
    joined = act("services", services=[str(other.pk)], state="affected").json()
    assert len(joined["services"]) == 2
    one = act("services", services=[str(other.pk)], state="normal").json()
    assert [bool(link["resolved_at"]) for link in one["affected"]] == [False, True]
    both = act("services", state="normal").json()
    assert all(link["resolved_at"] for link in both["affected"])
    assert both["status"] == "opened"


@pytest.mark.parametrize(
    "body",
    [{}, {"state": "bad"}, {"state": "affected"}, {"state": "normal", "services": "x"}],
    ids=str,
)
def test_bad_services_are_refused(act, body):
    assert act("services", **body).status_code == 400


def test_merge(act, incident):
    other = make_incident(organization=incident.organization)
    answer = act("merge", incidents=[str(other.pk)])
    assert answer.status_code == 200
    assert answer.json()["updates"][-1]["kind"] == "merged"
    other.refresh_from_db()
    assert other.merged_into == incident


def test_merge_is_refused_with_a_sentence(act, incident):
    foreign = make_incident()
    assert act("merge", incidents=[str(foreign.pk)]).status_code == 404
    assert act("merge", incidents=[]).status_code == 400
    itself = act("merge", incidents=[str(incident.pk)])
    assert itself.status_code == 400
    assert "into itself" in itself.json()["detail"]


def test_post_mortem_is_written_and_answer_may_be_sent_back(api, incident):
    url = f"/api/v1/incidents/{incident.pk}"
    shown = api.patch(url, {"post_mortem": "A disk."}).json()
    assert shown["post_mortem"] == "A disk."
    assert api.patch(url, shown).status_code == 200
    assert incident.entries.count() == 1


@pytest.mark.parametrize("field", ["owner", "services", "merged_into"])
def test_what_has_its_own_address_is_not_edited(api, incident, field):
    answer = api.patch(f"/api/v1/incidents/{incident.pk}", {field: "x"})
    assert answer.status_code == 400
    assert "POST /api/v1/incidents/<id>/" in answer.json()["errors"][field][0]


def test_over_is_over(api, organization):
    over = make_incident(organization=organization, status="resolved")
    answer = api.post(f"/api/v1/incidents/{over.pk}/services", {"state": "normal"})
    assert (answer.status_code, answer.json()["code"]) == (409, "incident_resolved")


def test_filters(api, organization, incident):
    owner = make_membership(organization=organization).user
    mine = make_incident(organization=organization, owner=owner, acknowledged=True)

    def found(query):
        answer = api.get(f"/api/v1/incidents?{query}").json()
        return {row["id"] for row in answer["results"]}

    assert found(f"owner={owner.pk}") == {str(mine.pk)}
    assert found("owner=none") == {str(incident.pk)}
    assert found("acknowledged=true") == {str(mine.pk)}
    assert found("acknowledged=false") == {str(incident.pk)}
    assert api.get("/api/v1/incidents?acknowledged=maybe").status_code == 400


def test_long_timeline_shows_its_end(api, incident, django_assert_max_num_queries):
    incident.entries.bulk_create(
        incident.entries.model(
            incident=incident, kind="update", message=str(n), actor_label="A"
        )
        for n in range(150)
    )
    with django_assert_max_num_queries(12):
        (shown,) = api.get("/api/v1/incidents").json()["results"]
    last = list(incident.entries.order_by("id").values_list("message", flat=True))
    assert [line["message"] for line in shown["updates"]] == last[-100:]
