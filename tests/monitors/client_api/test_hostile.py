"""Whatever is sent in a field, the answer is a sentence and never a crash."""

from __future__ import annotations

import json

import pytest

from tests.e2e.meter_site import SHOP
from tests.factories import make_monitor, make_strategy

pytestmark = pytest.mark.django_db

VALUES: tuple[object, ...] = (
    None,
    True,
    -1,
    0,
    1e308,
    10**300,
    "",
    " \n\t",
    "a\0b",
    "\u202egnp.exe\u2066",
    "é" * 5_000,
    [],
    [[]],
    [None, {}],
    {},
    {"": None},
    {"conditions": [{"field": "a", "operator": "regex_match", "value": "(a+)+$"}]},
    "http://[::1",
    "http://127.0.0.1:0/",
    "0 0 31 2 *",
)
QUERIES = (
    "",
    "%00",
    "%ff",
    "é",
    "9" * 40,
    "-1",
    "NaN",
    "%22",
    "+-+",
    "0001-01-01T00:00Z",
)


def list_bodies(site, strategy):
    """Return a good body for each address that takes one."""
    url = f"{site.url}/docs"
    page = {"url": url, "name": "Docs", "description": "x"}
    run = {"strategy_id": str(strategy.pk), "url": url, "parameters": {"a": 1}}
    webhook = {
        "webhook_url": "https://example.com/hook",
        "webhook_metadata": {"a": 1},
        "webhook_secret": "x",
        "webhook_type": "standard",
    }
    times = {"interval_seconds": 60, "time_zone": "UTC", "name": "x", "enabled": True}
    reading = {
        "output_schema": SHOP,
        "filter_config": {"mode": "all", "conditions": []},
        "ignored_patterns": ["a"],
        "ignored_fields": ["a"],
        "key_field": "title",
        "is_ordered": True,
    }
    return {
        "strategies/generate": page | reading | {"scraper_type": "css"},
        "jobs": run,
        "jobs?batch": {"strategy_id": str(strategy.pk), "urls": [url]},
        "schedules": run | times | webhook,
        "schedules?cron": run | {"cron_expression": "0 9 * * *", "time_zone": "UTC"},
        "watch": page | {"interval_seconds": 60} | webhook,
        "webhooks/test": webhook,
    }


@pytest.mark.parametrize(
    "path",
    [
        "strategies/generate",
        "jobs",
        "jobs?batch",
        "schedules",
        "schedules?cron",
        "watch",
        "webhooks/test",
    ],
)
def test_fields_take_anything(program, organization, site, path):
    strategy = make_strategy(organization=organization)
    body = list_bodies(site, strategy)[path]
    for seed, name in enumerate(body):
        for turn in range(7):
            value = VALUES[(seed + 3 * turn) % len(VALUES)]
            check(program.post(path, body | {name: value}), name, value)


def test_changes_take_anything(program, organization, site):
    strategy = make_strategy(organization=organization)
    monitor = make_monitor(strategy=strategy)
    bodies = list_bodies(site, strategy)
    for path, body in (
        (f"strategies/{strategy.pk}", bodies["strategies/generate"]),
        (f"schedules/{monitor.pk}", bodies["schedules"]),
    ):
        for seed, name in enumerate(body):
            for turn in range(7):
                value = VALUES[(seed + 3 * turn) % len(VALUES)]
                check(program.patch(path, {name: value}), name, value)


@pytest.mark.parametrize("value", QUERIES)
def test_queries_take_anything(program, organization, value):
    monitor = make_monitor(organization=organization)
    names = ("limit", "offset", "since", "status", "strategy_id", "schedule_id")
    for name in names:
        check(program.get(f"jobs?{name}={value}"), name, value)
    for name in ("mark_seen", "include_items", "filter", "limit", "offset"):
        for path in ("changes", "changelog"):
            check(
                program.get(f"schedules/{monitor.pk}/{path}?{name}={value}"),
                name,
                value,
            )


def check(answer, name, value):
    said = f"{name}={json.dumps(value)[:60]}: {answer.content[:200]!r}"
    assert answer.status_code < 500, said
    if answer.status_code >= 400:
        assert answer.json()["detail"], said
