"""CloudEvents, read by the CNCF's own library."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.formats.json import JSONFormat

from tests.webhooks.formats.documented import change_event
from webhooks.datatypes import EVENT_TYPES
from webhooks.formats import get_format, render
from webhooks.formats.samples import build_sample

TYPES = [*EVENT_TYPES, "alert.device_boot", "test.verify"]


def read(body, content_type="application/cloudevents+json"):
    message = HTTPMessage({"content-type": content_type}, body.encode())
    return from_http_event(message, JSONFormat())


@pytest.mark.parametrize("event_type", TYPES)
def test_library_reads_it(event_type):
    sample = build_sample(event_type)
    event = read(render("cloudevents", sample))

    assert event.get_specversion() == "1.0"
    assert (event.get_id(), event.get_type()) == (sample.id, event_type)
    assert event.get_source() == f"/organizations/{sample.organization_id}"
    assert event.get_time() == sample.occurred_at
    assert event.get_datacontenttype() == "application/json"
    assert event.get_data() == sample.data | {"trace": sample.trace}


def test_data_is_that_of_standard():
    sample = change_event("alert.x", data={"device": "Büro", "share": 0.5})
    bodies = [json.loads(render(name, sample)) for name in ("cloudevents", "standard")]

    assert bodies[0]["data"] == bodies[1]["data"]


def test_subject_names_what_it_is_about():
    sample = build_sample("incident.opened")

    assert read(render("cloudevents", sample)).get_subject() == (
        f"incident/{sample.data['id']}"
    )


def test_event_about_nothing_has_no_subject():
    assert "subject" not in json.loads(render("cloudevents", build_sample("test.x")))


def test_time_is_rfc_3339():
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
    sample = dataclasses.replace(build_sample("alert.x"), occurred_at=moment)

    body = json.loads(render("cloudevents", sample))
    assert body["time"] == "2026-01-02T03:04:05.000006Z"


def test_media_type_says_the_mode():
    chosen = get_format("cloudevents")

    assert chosen.content_type == "application/cloudevents+json"
    assert read(chosen.render(build_sample("alert.x")), chosen.content_type)
