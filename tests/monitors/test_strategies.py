"""Strategies are checked when they are saved; a new way to read begins anew."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from monitors.actions.strategies import (
    change_strategy,
    create_strategy,
    delete_strategy,
)
from monitors.keeping import MAX_KEPT_BYTES, measure
from monitors.models import Job, Schedule, Strategy
from tests.factories import (
    make_delivery,
    make_destination,
    make_monitor,
    make_organization,
    make_run,
    make_strategy,
)
from webhooks.models import Destination

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SELECTORS = {"items": ".product", "fields": {"title": "h2", "link": "a@href"}}

pytestmark = pytest.mark.django_db


def create(**values):
    defaults = {"name": "Products", "url": "https://example.com/products"}
    return create_strategy(
        make_organization(), values=defaults | values, actor=SYSTEM, now=NOW
    )


def change(strategy, **values):
    return change_strategy(strategy, values=values, actor=SYSTEM, now=NOW)


def test_made_with_what_it_says():
    strategy = create(
        scraper_type="css",
        output_schema=SELECTORS,
        key_field=" link ",
        preview_data=[{"title": "Lamp"}],
        filter_config=None,
    )

    stored = Strategy.objects.get(pk=strategy.pk)
    assert (stored.output_schema, stored.key_field) == (SELECTORS, "link")
    assert (stored.preview_data, stored.filter_config) == ([{"title": "Lamp"}], {})
    assert AuditEntry.objects.get().action == "strategy.created"


REFUSED = [
    pytest.param({"name": " "}, "name", id="no name"),
    pytest.param({"name": "x" * 201}, "name", id="long name"),
    pytest.param({"url": ""}, "url", id="no page"),
    pytest.param({"url": "file:///etc/passwd"}, "url", id="no web page"),
    pytest.param({"url": "http://169.254.169.254/"}, "url", id="private address"),
    pytest.param({"scraper_type": "magic"}, "scraper_type", id="type"),
    pytest.param({"output_schema": [1]}, "output_schema", id="no object"),
    pytest.param(
        {"scraper_type": "css", "output_schema": {}}, "output_schema", id="nothing"
    ),
    pytest.param(
        {"scraper_type": "css", "output_schema": {"title": "string"}},
        "output_schema",
        id="shape only",
    ),
    pytest.param(
        {"scraper_type": "css", "output_schema": {"title": ":::"}},
        "output_schema",
        id="selector",
    ),
    pytest.param(
        {"scraper_type": "json", "output_schema": {"fields": {"a": 5}}},
        "output_schema",
        id="path",
    ),
    pytest.param({"filter_config": {"mode": "most"}}, "filter_config", id="filter"),
    pytest.param({"ignored_patterns": ["("]}, "ignored_patterns", id="pattern"),
    pytest.param({"ignored_patterns": "x"}, "ignored_patterns", id="no list"),
    pytest.param({"ignored_fields": [5]}, "ignored_fields", id="no field"),
    pytest.param({"parameters": {"a": None}}, "parameters", id="parameter"),
    pytest.param({"parameters": []}, "parameters", id="parameters no object"),
]


@pytest.mark.parametrize(("values", "field"), REFUSED)
def test_refused_with_a_sentence(values, field):
    with pytest.raises(ValidationError) as refused:
        create(**values)

    assert refused.value.message_dict[field][0].endswith((".", "…."))
    assert not Strategy.objects.exists()


def test_all_that_is_wrong_is_said_together():
    with pytest.raises(ValidationError) as refused:
        create(name="", url="x", ignored_patterns=["("])

    assert set(refused.value.message_dict) == {"name", "url", "ignored_patterns"}


def test_preview_is_bounded():
    strategy = create(preview_data=[{"text": "x" * 3_000}] * 1_000)

    assert measure(strategy.preview_data) <= MAX_KEPT_BYTES + 10


def test_other_reading_begins_anew():
    strategy = make_strategy()
    run = make_run(strategy=strategy, etag='"v1"')

    change(strategy, filter_config={"conditions": []})
    assert Strategy.objects.get().read_anew_at == NOW
    assert Job.objects.get(pk=run.pk).etag == ""


def test_other_name_changes_nothing_else():
    strategy = make_strategy()
    run = make_run(strategy=strategy, etag='"v1"')
    before = Strategy.objects.get().read_anew_at

    change(strategy, name="Prices", output_schema={})

    stored = Strategy.objects.get()
    assert (stored.name, stored.read_anew_at) == ("Prices", before)
    assert Job.objects.get(pk=run.pk).etag == '"v1"'
    assert AuditEntry.objects.get().changes["name"][1] == "Prices"


def test_refused_change_writes_nothing():
    strategy = make_strategy(name="Prices")

    with pytest.raises(ValidationError):
        change(strategy, name="Other", url="x")

    assert Strategy.objects.get().name == "Prices"


def test_delete_takes_schedules_and_runs_along():
    monitor = make_monitor()
    make_run(monitor=monitor)
    row = make_destination(organization=monitor.organization, managed_by="monitor")
    make_delivery(destination=row)
    Schedule.objects.update(destination=row)

    delete_strategy(monitor.strategy, actor=SYSTEM, now=NOW)

    assert not Strategy.objects.exists()
    assert not Schedule.objects.exists()
    assert not Job.objects.exists()
    assert not Destination.objects.get().enabled
    assert AuditEntry.objects.filter(action="strategy.deleted").exists()
