"""Texts that are longer than a field takes are refused in a sentence."""

from __future__ import annotations

import pytest

from tests.factories import make_destination, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def bodies(organization):
    """Return for each resource a body that would be taken."""
    target = {"webhook": str(make_destination(organization=organization).pk)}
    service = make_service(organization=organization)
    return {
        "rules": {"label": "A", "event_types": ["*"], "company_wide": True,
                  "targets": [target]},
        "services": {"name": "A"},
        "escalation-policies": {"label": "A", "steps": [target]},
        "status-pages": {"title": "A", "slug": "a", "services": [str(service.pk)]},
        "windows": {"kind": "maintenance", "title": "A", "company_wide": True,
                    "starts_at": "2030-01-01T00:00:00Z",
                    "ends_at": "2030-01-01T01:00:00Z"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("resource", "field", "limit"),
    [
        ("rules", "description", 2000),
        ("services", "description", 2000),
        ("escalation-policies", "description", 2000),
        ("status-pages", "description", 2000),
        ("status-pages", "footer", 2000),
        ("windows", "description", 5000),
    ],
)
def test_too_long_is_told(make_api, bodies, resource, field, limit):
    api, path = make_api("admin"), f"/api/v1/{resource}"
    body = bodies[resource]
    refused = api.post(path, body | {field: "x" * (limit + 1)})
    assert refused.status_code == 400
    (sentence,) = refused.json()["errors"][field]
    assert f"{limit:,}" in sentence or str(limit) in sentence
    taken = api.post(path, body | {field: "x" * limit})
    assert taken.status_code == 201, taken.content
    changed = api.patch(f"{path}/{taken.json()['id']}", {field: "x" * (limit + 1)})
    assert changed.status_code == 400


def test_owner_that_is_no_id(api):
    answer = api.get("/api/v1/incidents?owner=nonsense")
    assert answer.status_code == 400
    assert answer.json()["errors"]["owner"] == ["Write the id of a member, or none."]


@pytest.mark.parametrize("given", ["10.0.0.0/8", 5, {}])
def test_list_is_asked_for_by_what_fits(api, given):
    answer = api.post("/api/v1/receivers", {"name": "A", "source_networks": given})
    (sentence,) = answer.json()["errors"]["source_networks"]
    assert sentence == 'Write a list such as ["203.0.113.0/24"].'
