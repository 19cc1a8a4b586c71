"""What is refused, with which status, and the sentence that says what to send."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import make_monitor, make_organization, make_run, make_strategy
from tests.monitors.client_api.conftest import Program, check

#: The id of nothing; the same in every process that collects the tests.
NOBODY = "0191d5c8-0000-7000-8000-00000000dead"

pytestmark = pytest.mark.django_db

URL = "https://example.com/"
GENERATE = {"url": URL, "name": "Prices", "description": "All prices"}


# Who asks


def test_no_key_and_a_wrong_one_are_401():
    check(Program().get("strategies"), 401, "credentials")
    answer = Program("sp_wrong").get("strategies")
    check(answer, 401, "unknown")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_key_that_reads_may_not_write(make_program, strategy):
    reader = make_program("read")
    check(reader.post("jobs", {}), 403, "scope write")
    check(reader.delete(f"strategies/{strategy.pk}"), 403, "scope write")
    check(reader.post("strategy-groups", {}), 403, "scope write")


def test_key_that_reads_may_look_but_not_mark(make_program, monitor):
    reader = make_program("read")
    path = f"schedules/{monitor.pk}/changes"
    check(reader.get(path), 403, "mark_seen=false")
    assert reader.get(f"{path}?mark_seen=false").status_code == 200


# What is there


def test_foreign_rows_are_not_found(program, organization):
    theirs = make_run(monitor=make_monitor(organization=make_organization()))
    own = make_run(strategy=make_strategy(organization=organization))
    for path in (
        f"strategies/{theirs.strategy_id}",
        f"jobs/{theirs.pk}",
        f"jobs/{own.pk}/compare/{theirs.pk}",
        f"jobs/strategies/{theirs.strategy_id}/history",
        f"jobs?strategy_id={theirs.strategy_id}",
        f"jobs?schedule_id={theirs.schedule_id}",
        f"jobs/batch/{NOBODY}",
        f"schedules/{theirs.schedule_id}",
        f"schedules/{theirs.schedule_id}/changes",
        f"schedules/{theirs.schedule_id}/changelog",
    ):
        check(program.get(path), 404, "There is no")
    body = {"strategy_id": str(theirs.strategy_id), "url": URL}
    for path in ("jobs", "jobs/execute", "schedules"):
        given = body | ({"interval_seconds": 60} if path == "schedules" else {})
        check(program.post(path, given), 404, "There is no strategy")
    for path in (
        f"schedules/{theirs.schedule_id}/webhook-secret/regenerate",
        f"strategies/{theirs.strategy_id}/refine",
    ):
        check(program.post(path), 404, "There is no")


@pytest.mark.parametrize("row_id", ["x", "%00", "9" * 50, NOBODY])
def test_ids_that_are_none_are_404(program, row_id):
    for path in ("strategies", "jobs", "schedules", "jobs/batch"):
        check(program.get(f"{path}/{row_id}"), 404, "There is no")


def test_other_methods_are_405(program, strategy):
    for method, path in (
        ("PUT", f"strategies/{strategy.pk}"),
        ("GET", "strategies/generate"),
        ("DELETE", "jobs"),
        ("GET", "watch"),
        ("PATCH", "webhooks/test"),
    ):
        answer = program.send(method, path)
        check(answer, 405, "Allow")
        assert answer["Allow"]


def test_addresses_end_in_a_slash_or_not(program, strategy):
    path = f"strategies/{strategy.pk}"
    assert program.get(path).json() == program.get(f"{path}/").json()


def test_addresses_that_are_none_answer_json(program):
    answer = program.get("jobs/a/b/c")
    assert answer.status_code == 404
    assert answer.json()["detail"]


# What is not supported


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("strategy-groups", "Strategy groups are not supported"),
        (f"strategy-groups/{NOBODY}/schedule/toggle", "POST /api/schedules"),
        ("workflows", "Workflows are not supported"),
        (f"workflows/{NOBODY}/runs/latest/output?flat=true", "Workflows"),
    ],
)
def test_groups_and_workflows_are_422(program, method, path, word):
    answer = program.send(method, path)
    word = "one schedule" if word == "POST /api/schedules" else word
    check(answer, 422, word)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        pytest.param({}, ['scraper_type "content"', "output_schema"], id="free text"),
        pytest.param(
            {"output_schema": {"title": "string", "price": "number"}},
            ["CSS selectors", 'scraper_type "content"'],
            id="a shape only",
        ),
        pytest.param({"output_schema": {}}, ["language model"], id="empty schema"),
        pytest.param({"force_api": True}, ['scraper_type "json"'], id="force_api"),
        pytest.param(
            {"scraper_type": "content", "strategy_group_id": NOBODY},
            ["groups are not supported"],
            id="a group",
        ),
        pytest.param(
            {"scraper_type": "content", "output_schema": {"a": "b"}},
            ["no output_schema"],
            id="content with selectors",
        ),
        pytest.param(
            {"scraper_type": "json", "output_schema": {"title": "name"}},
            ["data.products[]"],
            id="json without fields",
        ),
        pytest.param({"scraper_type": "magic"}, ["content, css"], id="unknown type"),
        pytest.param(
            {"output_schema": {"items": "..", "fields": {"a": "b"}}},
            ["no CSS selector"],
            id="wrong selector",
        ),
        pytest.param(
            {"scraper_type": "content", "filter_config": {"mode": "some"}},
            ["all", "any"],
            id="wrong filter",
        ),
        pytest.param(
            {"scraper_type": "content", "ignored_patterns": ["("]},
            ["no pattern"],
            id="wrong pattern",
        ),
        pytest.param(
            {"scraper_type": "content", "parameters": {"a": {}}},
            ["parameter"],
            id="wrong parameter",
        ),
        pytest.param({"scraper_type": "content", "x": 1}, ["no field"], id="unknown"),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_strategies_that_cannot_be_are_422(program, more, words):
    check(program.post("strategies/generate", GENERATE | more), 422, *words)


def test_names_of_addresses_lead_to_them():
    assert reverse("client:watch") == "/api/watch"
    assert reverse("client:workflows") == "/api/workflows"
