"""Rules and policies whose webhooks are gone say so."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.datatypes import SYSTEM
from tests.factories import (
    make_api_key,
    make_destination,
    make_membership,
    make_network,
    make_policy,
    make_rule,
)
from webhooks.actions import delete_destination, disable_destination

pytestmark = pytest.mark.django_db
PATHS = {"rule": "/api/v1/rules", "policy": "/api/v1/escalation-policies"}
LISTS = {"rule": "alerts:rule-list", "policy": "alerts:escalation-list"}


@pytest.fixture
def target():
    return make_destination(label="Pager")


@pytest.fixture(params=["rule", "policy"])
def kind(request):
    return request.param


@pytest.fixture
def row(kind, target):
    """A rule, or a policy, that tells one webhook."""
    if kind == "rule":
        return make_rule(targets=[target])
    return make_policy(steps=[target])


@pytest.fixture
def read(kind, row):
    """Read the problems over REST, as the list and the row itself tell them."""
    _, key = make_api_key(organization=row.organization, scope="read")
    program = Client(headers={"Authorization": f"Bearer {key}"})

    def problems():
        shown = program.get(f"{PATHS[kind]}/{row.pk}").json()["problems"]
        assert program.get(PATHS[kind]).json()["results"][0]["problems"] == shown
        return shown

    return problems


def open_pages(kind, row):
    member = make_membership(organization=row.organization, role="admin")
    browser = Client()
    browser.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
    for path in (reverse(LISTS[kind]), row.get_absolute_url()):
        yield browser.get(path).content.decode()


def test_nothing_is_wrong(read, kind, row):
    assert read() == []
    assert not any("tells nobody" in page for page in open_pages(kind, row))


def test_deleted_webhook_leaves_nobody(read, kind, row, target):
    delete_destination(target, actor=SYSTEM)
    (problem,) = read()
    assert problem.startswith("It tells nobody:")
    assert all(problem in page for page in open_pages(kind, row))


def test_disabled_webhook_is_told_nothing(read, target):
    disable_destination(target, actor=SYSTEM)
    assert read() == ["The webhook “Pager” is switched off, so it is told nothing."]


def test_problems_are_read_only(kind, row):
    _, key = make_api_key(organization=row.organization, scope="write")
    program = Client(headers={"Authorization": f"Bearer {key}"})
    path, body = f"{PATHS[kind]}/{row.pk}", {"label": "New", "problems": ["mine"]}
    answer = program.patch(path, body, content_type="application/json")
    assert answer.status_code == 400 or answer.json()["problems"] == []


def test_rule_of_no_network_matches_nothing(target):
    network = make_network(organization=target.organization)
    rule = make_rule(targets=[target], company_wide=False, networks=[network])
    _, key = make_api_key(organization=rule.organization, scope="read")
    program = Client(headers={"Authorization": f"Bearer {key}"})
    path = f"/api/v1/rules/{rule.pk}"
    assert program.get(path).json()["problems"] == []
    rule.networks.clear()
    (problem,) = program.get(path).json()["problems"]
    assert problem.startswith("It matches nothing")
