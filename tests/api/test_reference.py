"""The schema, and the reference that a browser shows of it."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from integrations_project.api_urls import RESOURCES


@pytest.fixture
def schema(client):
    return client.get("/api/v1/schema/").json()


def test_schema_is_valid_and_complete(tmp_path):
    path = tmp_path / "schema.yml"
    call_command("spectacular", file=str(path), validate=True, fail_on_warn=True)
    assert "openapi: 3" in path.read_text()


@pytest.mark.parametrize("slash", ["", "/"])
def test_schema_opens_without_a_key(client, slash):
    response = client.get(f"/api/v1/schema{slash}")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/json")
    assert json.loads(response.content)["openapi"].startswith("3.")


def test_schema_names_every_resource(schema):
    named = {path.split("/")[3] for path in schema["paths"]}
    assert named == {*RESOURCES, "preferences"}


def test_every_operation_is_described(schema):
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)
            assert "default" in operation["responses"], (method, path)


def test_schema_names_filters_and_keys(schema):
    listed = schema["paths"]["/api/v1/deliveries/"]["get"]
    named = {each["name"] for each in listed["parameters"]}
    assert named >= {"webhook", "status", "type", "since", "until", "cursor", "limit"}
    posted = schema["paths"]["/api/v1/webhooks/"]["post"]
    assert "Idempotency-Key" in {each["name"] for each in posted["parameters"]}


def test_secrets_are_only_written(schema):
    shown = schema["components"]["schemas"]["Webhook"]["properties"]
    taken = schema["components"]["schemas"]["WebhookRequest"]["properties"]
    secrets = {"secret", "password", "token", "generate_secret"}
    assert not secrets & set(shown)
    assert secrets <= set(taken)


@pytest.mark.parametrize("slash", ["", "/"])
def test_reference_has_nothing_inline(client, slash):
    response = client.get(f"/api/v1/docs{slash}")
    page = response.content.decode()
    assert response.status_code == 200
    assert "<style" not in page
    assert "style=" not in page
    assert page.count("<script") == page.count("<script src=")


@pytest.mark.browser
def test_reference_works_in_a_browser(page, live_server):
    # Only what is in sight is drawn, so that one of the first resources is tried.
    page.set_default_timeout(30_000)
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.get_by_text("/api/v1/api-keys/", exact=True).first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".responses-table .response-col_status").get_by_text("401").wait_for()
    assert [each for each in page.complaints if "401" not in each] == []
    page.complaints.clear()  # the 401 that was asked for
