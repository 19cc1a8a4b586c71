"""A workflow of Slack gets one flat object of texts."""

from __future__ import annotations

import json

import pytest

from tests.webhooks.formats.documented import change_event
from webhooks.datatypes import EVENT_TYPES
from webhooks.formats import render
from webhooks.formats.samples import build_sample

ALWAYS = {"type", "title", "text", "facts", "url", "occurred_at"}


def variables(event):
    return json.loads(render("slack_workflow", event))


@pytest.mark.parametrize("event_type", [*EVENT_TYPES, "alert.x", "test.verify"])
def test_every_value_is_a_text(event_type):
    found = variables(build_sample(event_type))

    assert found.keys() >= ALWAYS
    assert {type(value) for value in found.values()} == {str}


def test_run_that_changed():
    found = variables(build_sample("monitor.job_completed"))

    assert (found["has_changes"], found["item_count"]) == ("true", "2")
    assert found["url"] == "https://example.com/products"
    assert found["metadata"] == '{"team":"data"}'
    assert found["error"] == ""


def test_run_that_failed_has_the_same_variables():
    failed = variables(build_sample("monitor.job_failed"))

    assert failed.keys() == variables(build_sample("monitor.job_completed")).keys()
    assert failed["error"] == "Page not accessible: 404 Not Found"
    assert failed["item_count"] == ""


def test_long_texts_are_cut():
    found = variables(change_event("monitor.job_failed", error="x" * 5_000))

    assert len(found["error"]) == 2_000
