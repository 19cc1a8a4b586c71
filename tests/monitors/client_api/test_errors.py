"""What is refused, with which status, and the sentence that says what to send."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse

from monitors.models import Job, Schedule, Strategy
from tests.factories import make_monitor, make_organization, make_run, make_strategy
from tests.monitors.client_api.conftest import Program

pytestmark = pytest.mark.django_db

URL = "https://example.com/"
GENERATE = {"url": URL, "name": "Prices", "description": "All prices"}


@pytest.fixture
def strategy(organization):
    return make_strategy(organization=organization)


@pytest.fixture
def monitor(strategy):
    return make_monitor(strategy=strategy)


def check(answer, status, *words):
    """Check the shape of a refusal and what its sentence says."""
    body = answer.json()
    assert answer.status_code == status, body
    assert answer["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["title"]
    for word in words:
        assert word in body["detail"]


@pytest.fixture
def unchanged():
    """Whatever is refused leaves nothing behind."""
    yield
    assert not Job.objects.exists()
    assert Strategy.objects.count() + Schedule.objects.count() <= 2


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
        f"jobs/batch/{uuid4()}",
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


@pytest.mark.parametrize("row_id", ["x", "%00", "9" * 50, str(uuid4())])
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
        (f"strategy-groups/{uuid4()}/schedule/toggle", "POST /api/schedules"),
        ("workflows", "Workflows are not supported"),
        (f"workflows/{uuid4()}/runs/latest/output?flat=true", "Workflows"),
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
            {"scraper_type": "content", "strategy_group_id": str(uuid4())},
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


@pytest.mark.usefixtures("unchanged")
def test_what_is_missing_is_400(program, strategy, monitor):
    check(program.post("strategies/generate", {"name": "x"}), 400, "url")
    check(program.post("strategies/generate", {"url": URL}), 400, "name")
    check(program.post("jobs", {"strategy_id": str(strategy.pk)}), 400, "urls")
    check(program.post("jobs", {"url": URL}), 400, "strategy_id")
    check(program.post("jobs/execute", {"strategy_id": str(strategy.pk)}), 400, "url")
    body = {"strategy_id": str(strategy.pk), "url": URL}
    check(program.post("schedules", body), 400, "interval_seconds", "cron")
    check(program.post("watch", {"description": "x"}), 400, "url")
    check(program.post("webhooks/test", {}), 400, "webhook_url")
    path = f"schedules/{monitor.pk}/webhook-secret/regenerate"
    check(program.post(path), 422, "webhook")


@pytest.mark.usefixtures("unchanged")
def test_what_is_too_much_is_400(program, strategy, monitor):
    body = {"strategy_id": str(strategy.pk), "url": URL}
    check(program.post("jobs", body | {"urls": [URL]}), 400, "not both")
    times = {"interval_seconds": 60, "cron_expression": "0 9 * * *"}
    check(program.post("schedules", body | times), 400, "not both")
    path = f"schedules/{monitor.pk}"
    check(program.patch(path, times), 400, "not both")
    check(program.patch(path, {"url": URL, "urls": [URL]}), 400, "not both")


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"interval_seconds": 59}, "60"),
        ({"interval_seconds": 0}, "60"),
        ({"interval_seconds": -1}, "60"),
        ({"interval_seconds": "soon"}, "whole number"),
        ({"interval_seconds": True}, "whole number"),
        ({"interval_seconds": 10**12}, "seconds"),
        ({"cron_expression": "every day"}, "five fields"),
        ({"cron_expression": "61 * * * *"}, "cron"),
        ({"cron_expression": "0 0 30 2 *"}, "cron"),
        ({"cron_expression": "0 9 * * *", "time_zone": "Mars/X"}, "time zone"),
        ({"interval_seconds": 60, "webhook_url": "ftp://x.example/"}, "address"),
        ({"interval_seconds": 60, "webhook_url": "http://10.0.0.1/"}, "10.0.0.1"),
        ({"interval_seconds": 60, "webhook_type": "fax"}, "slack_workflow"),
        ({"interval_seconds": 60, "webhook_metadata": []}, "object"),
        ({"interval_seconds": 60, "webhook_secret": "x"}, "webhook_url"),
        ({"interval_seconds": 60, "parameters": [1]}, "object"),
        ({"interval_seconds": 60, "enabled": "maybe"}, "true or false"),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_schedules_that_cannot_be_are_422(program, strategy, more, word):
    body = {"strategy_id": str(strategy.pk), "url": URL}
    check(program.post("schedules", body | more), 422, word)


@pytest.mark.parametrize(
    "urls", [[], ["x"], "x", [URL] * 3 + ["ftp://x.example/"], [1], [None], [URL, ""]]
)
@pytest.mark.usefixtures("unchanged")
def test_lists_of_pages_that_cannot_be_are_422(program, strategy, urls):
    body = {"strategy_id": str(strategy.pk), "urls": urls}
    check(program.post("jobs", body), 422, "urls")
    check(program.post("schedules", body | {"interval_seconds": 60}), 422, "urls")


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff", b'"\\u0000"']
)
@pytest.mark.parametrize(
    "path", ["strategies/generate", "jobs", "schedules", "watch", "webhooks/test"]
)
def test_bodies_that_are_no_json_are_400(program, path, body):
    check(program.post(path, body), 400)


@pytest.mark.parametrize("value", ["2", "x", "", "yes please"])
def test_flags_of_queries_are_true_or_false(program, monitor, value):
    path = f"schedules/{monitor.pk}"
    check(program.get(f"{path}/changes?mark_seen={value}"), 422, "true or false")
    check(program.get(f"{path}/changelog?include_items={value}"), 422)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "offset=-1", "filter=%22a", "x=1"],
)
def test_queries_that_cannot_be_are_422(program, monitor, query):
    check(program.get(f"schedules/{monitor.pk}/changelog?{query}"), 422)


def test_jobs_that_are_not_completed_are_not_compared(program, strategy):
    done = make_run(strategy=strategy)
    failed = make_run(strategy=strategy, status="failed", error="No answer")
    check(program.get(f"jobs/{done.pk}/compare/{failed.pk}"), 422, "is failed")


def test_names_of_addresses_lead_to_them():
    assert reverse("client:watch") == "/api/watch"
    assert reverse("client:workflows") == "/api/workflows"
