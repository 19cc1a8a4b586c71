"""Another organization's rows: not found by id, not listed, not reached from a body."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Membership, Network
from alerts.models import EscalationPolicy, Incident, Rule, Service
from integrations_project.lib.api.fields import Reference, References
from receivers.models import Receipt, Receiver
from tests.security.addresses import (
    METHODS,
    list_addresses,
    list_admin,
    list_pages,
    list_resources,
)
from tests.security.database import list_differences, take_snapshot, undone
from tests.security.html import Page
from webhooks.models import Delivery, Destination, Event

pytestmark = pytest.mark.django_db

#: What a field or a filter of this name refers to.
RELATIONS = {
    "service": Service,
    "services": Service,
    "network": Network,
    "networks": Network,
    "excluded_networks": Network,
    "targets": Destination,
    "webhook": Destination,
    "destination": Destination,
    "receiver": Receiver,
    "incident": Incident,
    "escalation_policy": EscalationPolicy,
}


def test_every_address_has_a_name():
    # What has none is not tried below. These answer the same whoever asks, or send
    # on to an address that has one.
    unnamed = {each.pattern for each in list_addresses() if not each.name}
    assert unnamed == {
        "api/webhooks/incoming/<str:token>/",
        "settings/integrations/",
        "api/v1",
        "^.*$",
        "<path:object_id>/",  # of the admin, like the next
        "(?P<url>.*)$",
    }


def test_pages_do_not_find_foreign_ids(ours, theirs):
    client = theirs.sign_in("admin", raise_request_exception=False)
    before = take_snapshot()
    faults = []
    for address in [each for each in list_pages() if each.parameters]:
        for method in METHODS:
            answer = client.generic(method, ours.url(address))
            if answer.status_code not in (404, 405):
                faults.append((method, address.name, answer.status_code))
            if ours.mark in answer.content.decode():
                faults.append((method, address.name, "leaks"))
    assert not faults
    assert not list_differences(before)


def test_pages_do_not_list_foreign_rows(ours, theirs):
    client = theirs.sign_in("admin")
    seen = set()
    for address in list_pages():
        page = client.get(theirs.url(address)).content.decode()
        assert ours.mark not in page, address.name
        seen |= {theirs.mark} if theirs.mark in page else set()
    assert seen, "the marks are shown nowhere: the test proves nothing"


def test_filters_of_pages_do_not_reach_foreign_rows(ours, theirs):
    client = theirs.sign_in("admin")
    for address in list_pages():
        url = theirs.url(address)
        page = Page(client.get(url).content.decode())
        for name in page.list_parameters(url):
            for value in _list_foreign_values(ours, name):
                answer = client.get(url, {name: value})
                # The word that was typed is shown again; nothing else is.
                page = answer.content.decode().replace(f'value="{ours.mark}"', "")
                assert answer.status_code < 500
                assert f"Service {ours.mark}" not in page, (url, name)
                assert f"Webhook {ours.mark}" not in page, (url, name)


def _list_foreign_values(ours, name):
    related = RELATIONS.get(name)
    if related is not None:
        return [ours.rows[related].pk]
    return [ours.rows[Event].trace, ours.mark]


@pytest.mark.parametrize(
    "model", [Service, Incident, Receiver, Destination, Receipt, Rule, Event, Delivery]
)
def test_search_does_not_find_foreign_ids(ours, theirs, model):
    row = ours.rows[model]
    path = reverse("search")
    assert ours.sign_in().get(path, {"q": str(row.pk)}).status_code == 302
    assert theirs.sign_in().get(path, {"q": str(row.pk)}).status_code == 200


def test_nobody_switches_to_a_foreign_organization(ours, theirs):
    client = theirs.sign_in()
    path = reverse("switch-organization")
    answer = client.post(path, {"organization": str(ours.organization.pk)})
    assert answer.status_code == 404
    assert ours.mark not in client.get("/").content.decode()


def test_a_session_does_not_outlive_the_membership(ours):
    client = ours.sign_in("viewer")
    Membership.objects.filter(user=ours.people["viewer"]).delete()
    answer = client.get("/")
    assert answer.status_code == 403
    assert ours.mark not in answer.content.decode().replace(
        ours.people["viewer"].name, ""
    )


def test_forms_refuse_foreign_ids(ours, theirs):
    client = theirs.sign_in("admin")
    before = take_snapshot()
    tried = set()
    for address in list_pages():
        url = theirs.url(address)
        for form in Page(client.get(url).content.decode()).forms:
            for name in form.fields.keys() & RELATIONS.keys():
                if form.method != "post":
                    continue
                foreign = str(ours.rows[RELATIONS[name]].pk)
                with undone():
                    answer = client.post(
                        form.action or url, form.fields | {name: foreign}
                    )
                assert answer.status_code == 422, (url, name)
                assert ours.mark not in answer.content.decode(), (url, name)
                tried.add(name)
    assert tried >= {"service", "services", "network", "networks", "targets"}
    assert not list_differences(before)


def test_api_does_not_find_foreign_ids(ours, theirs, make_program):
    program = make_program(theirs.api_keys["admin"])
    before = take_snapshot()
    faults = []
    for address in [each for each in list_resources() if each.parameters]:
        for method in METHODS:
            answer = program.send(method, ours.url(address))
            wanted = (404,) if method in address.actions else (404, 405)
            if answer.status_code not in wanted:
                faults.append((method, address.name, answer.status_code))
            if ours.mark in answer.content.decode():
                faults.append((method, address.name, "leaks"))
    assert not faults
    assert not list_differences(before)


def test_api_does_not_list_foreign_rows(ours, theirs, make_program):
    program = make_program(theirs.api_keys["admin"])
    for address in list_resources():
        if "GET" in address.actions:
            answer = program.send("GET", theirs.url(address))
            assert answer.status_code == 200, address.name
            assert ours.mark not in answer.content.decode(), address.name


def test_filters_of_the_api_do_not_reach_foreign_rows(ours, theirs, make_program):
    program = make_program(theirs.api_keys["admin"])
    for address in list_resources():
        if address.actions.get("GET") != "list":
            continue
        for name in address.resource.filters:
            for value in _list_foreign_values(ours, name):
                url = f"{theirs.url(address)}?{name}={value}"
                answer = program.send("GET", url)
                assert answer.status_code in (200, 400, 404), url
                if answer.status_code == 200:
                    assert answer.json()["results"] == [], url
                # A refusal says again what was typed, and nothing else of ours.
                text = answer.content.decode().replace(str(value), "")
                assert ours.mark not in text, url


def test_api_bodies_refuse_foreign_ids(ours, theirs, make_program):
    program = make_program(theirs.api_keys["admin"])
    before = take_snapshot()
    tried = set()
    for address in list_resources():
        for method in address.actions.keys() & {"POST", "PATCH"}:
            for name, relation in _list_references(address.resource).items():
                foreign = str(ours.rows[relation.model].pk)
                is_many = isinstance(relation, References)
                with undone():
                    answer = program.send(
                        method,
                        theirs.url(address),
                        {name: [foreign] if is_many else foreign},
                    )
                assert answer.status_code in (400, 404), (address.name, name)
                assert ours.mark not in answer.content.decode(), (address.name, name)
                if address.actions[method] in ("create", "partial_update"):
                    sentences = answer.json()["errors"].get(name, [])
                    assert any("There is no" in each for each in sentences), name
                    tried.add((address.name, name))
    assert tried
    assert not list_differences(before)


def _list_references(resource):
    serializer = getattr(resource, "serializer_class", None)
    fields = serializer().fields if serializer else {}
    return {
        name: each
        for name, each in fields.items()
        if isinstance(each, Reference | References) and not each.read_only
    }


def test_api_opens_no_incident_for_a_foreign_service(ours, theirs, make_program):
    program = make_program(theirs.api_keys["write"])
    body = {"title": "x", "services": [str(ours.rows[Service].pk)]}
    answer = program.send("POST", "/api/v1/incidents", body)
    assert answer.status_code == 404
    assert ours.mark not in answer.content.decode()


@pytest.mark.parametrize("name", ["organization", "organization_id", "id"])
def test_api_bodies_cannot_name_another_organization(ours, theirs, make_program, name):
    program = make_program(theirs.api_keys["admin"])
    body = {"name": "Moved", name: str(ours.organization.pk)}
    program.send("POST", "/api/v1/services", body)
    path = f"/api/v1/services/{theirs.rows[Service].pk}"
    program.send("PATCH", path, body)
    assert Service.objects.filter(organization=ours.organization).count() == 1
    theirs.rows[Service].refresh_from_db()
    assert theirs.rows[Service].organization == theirs.organization


@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_members_of_organizations_do_not_get_into_the_admin(ours, role):
    client = ours.sign_in(role, raise_request_exception=False)
    before = take_snapshot()
    for address in list_admin():
        url = ours.url(address)
        if url is None or address.name in ("admin:login", "admin:logout"):
            continue
        for method in ("GET", "POST"):
            answer = client.generic(method, url)
            assert answer.status_code in (302, 403, 404, 405), (method, url)
            assert ours.mark not in answer.content.decode(), url
    assert not list_differences(before)
