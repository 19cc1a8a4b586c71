"""Organizations, networks, API keys and the audit log over REST."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.api.conftest import Api
from tests.api.test_resources import assert_problem


@pytest.fixture
def admin(make_api):
    return make_api("admin")


def test_own_organization_only(api, organization):
    other = factories.make_organization()
    shown = api.get("organizations").json()["results"]
    assert [row["slug"] for row in shown] == [organization.slug]
    assert api.get(f"organizations/{organization.pk}").json() == shown[0]
    assert_problem(api.get(f"organizations/{other.pk}"), 404)


def test_networks_need_an_admin(api, admin):
    assert_problem(api.post("networks", {"label": "West"}), 403, "role_required")
    made = admin.post("networks", {"label": "West"})
    assert made.status_code == 201
    path = f"networks/{made.json()['id']}"
    assert admin.patch(path, {"label": "East"}).json()["label"] == "East"
    assert api.get(path).json()["label"] == "East"
    assert admin.delete(path).status_code == 204


def test_network_label_is_taken_once(admin):
    admin.post("networks", {"label": "West"})
    problem = assert_problem(admin.post("networks", {"label": "WEST"}), 400)
    assert list(problem["errors"]) == ["label"]


def test_network_in_use_stays(admin, organization):
    network = factories.make_network(organization=organization)
    factories.make_destination(organization=organization, networks=[network])
    assert_problem(admin.delete(f"networks/{network.pk}"), 409)


def test_key_is_shown_once_and_works_until_revoked(admin):
    made = admin.post("api-keys", {"name": "CI", "scope": "write"}).json()
    key = Api(made["key"])
    assert key.get("services").status_code == 200
    path = f"api-keys/{made['id']}"
    shown = admin.get(path).json()
    assert "key" not in shown
    assert shown["prefix"] == made["key"][:10]
    assert shown["last_used_at"].endswith("Z")
    assert admin.delete(path).status_code == 204
    assert_problem(key.get("services"), 401)
    assert admin.get(path).json()["revoked_at"].endswith("Z")


def test_key_errors_come_together(admin):
    past = (timezone.now() - timedelta(days=1)).isoformat()
    body = {"name": "", "scope": "root", "expires_at": past}
    problem = assert_problem(admin.post("api-keys", body), 400)
    assert set(problem["errors"]) == {"name", "scope", "expires_at"}


@pytest.mark.parametrize(
    "expires_at", ["soon", 5, "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", {}]
)
def test_bad_expiry_is_said(admin, expires_at):
    response = admin.post("api-keys", {"name": "CI", "expires_at": expires_at})
    assert list(assert_problem(response, 400)["errors"]) == ["expires_at"]


def test_expired_key_is_refused(organization):
    _, text = factories.make_api_key(
        organization=organization, expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert_problem(Api(text).get("services"), 401)


def test_changes_are_in_the_audit_log(admin):
    admin.post("services", {"name": "API Gateway"})
    entry = admin.get("audit?action=service.created").json()["results"][0]
    assert entry["object"]["label"] == "API Gateway"
    assert entry["actor"].startswith("Tests")
    assert entry["ip_address"] == "127.0.0.1"
