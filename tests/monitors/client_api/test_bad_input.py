"""What is missing, too much or cannot be used, and what the sentence says of it."""

from __future__ import annotations

import pytest

from tests.factories import make_run
from tests.monitors.client_api.conftest import check

pytestmark = pytest.mark.django_db

URL = "https://example.com/"


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
