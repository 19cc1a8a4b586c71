"""Jobs of content monitors, completed and failed."""

from __future__ import annotations

import json

import pytest

from tests.webhooks.formats.documented import change_event, compact, read_payload
from webhooks.exceptions import UnsupportedEvent
from webhooks.formats import find_uncarried_type, render

PAGE = "https://example.com/products"


def test_documented_completed_body():
    documented = read_payload("content_change_completed")
    event = change_event(
        "monitor.job_completed", **documented, url=PAGE, metadata={"team": ["data"]}
    )

    body = json.loads(render("content_change", event))
    # The newer pages have these two as well.
    assert (body.pop("url"), body.pop("metadata")) == (PAGE, {"team": ["data"]})
    assert compact(body) == compact(documented)


def test_documented_failed_body():
    documented = read_payload("content_change_failed")
    event = change_event("monitor.job_failed", **documented)

    assert render("content_change", event) == compact(documented)


def test_failed_body_has_no_results():
    event = change_event("monitor.job_failed", results=[1], item_count=1)

    assert not {"results", "item_count", "has_changes", "content_hash"} & set(
        json.loads(render("content_change", event))
    )


def test_job_without_changes():
    event = change_event(
        "monitor.job_completed", results=[], item_count=0, has_changes=False
    )

    body = json.loads(render("content_change", event))
    assert (body["results"], body["item_count"], body["has_changes"]) == ([], 0, False)


def test_time_has_whole_seconds():
    event = change_event(
        "monitor.job_completed", completed_at="2025-01-15T10:30:12.987654Z"
    )

    body = json.loads(render("content_change", event))
    assert body["completed_at"] == "2025-01-15T10:30:12Z"


def test_others_are_refused():
    with pytest.raises(UnsupportedEvent, match="it is for jobs of monitors only"):
        render("content_change", change_event("alert.x"))
    assert find_uncarried_type("content_change", "monitor.*") is None
    assert find_uncarried_type("content_change", "*") == "incident.opened"


def test_results_that_were_cut_say_so():
    event = change_event("monitor.job_completed", results_truncated=True)

    assert json.loads(render("content_change", event))["results_truncated"] is True
