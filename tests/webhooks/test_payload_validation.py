"""Which format goes with which events, kind and template: said when it is saved."""

from __future__ import annotations

import pytest

from webhooks.formats import list_formats
from webhooks.models import Destination
from webhooks.validation import find_destination_errors

ALL_CARRYING = ("standard", "cloudevents", "slack", "teams", "discord", "template")


def find_error(field, **values):
    defaults = {"label": "Ops", "url": "http://127.0.0.1:9/hook"}
    destination = Destination(**defaults | values)
    return find_destination_errors(destination).get(field, [""])[0]


@pytest.mark.parametrize(
    ("format_name", "patterns"),
    [
        *((name, ["*"]) for name in ALL_CARRYING),
        ("network_alert", ["alert.*", "alert.made_up"]),
        ("incident", ["incident.*"]),
        ("content_change", ["monitor.*", "monitor.job_failed"]),
        ("status_event", ["service.*"]),
        ("status_update", ["service.status_changed"]),
    ],
)
def test_carried(format_name, patterns):
    assert find_error("event_types", format=format_name, event_types=patterns) == ""


@pytest.mark.parametrize(
    ("format_name", "pattern"),
    [
        ("network_alert", "*"),
        ("incident", "alert.device_boot"),
        ("content_change", "service.*"),
        ("status_event", "incident.opened"),
        ("status_update", "monitor.*"),
    ],
)
def test_uncarried(format_name, pattern):
    error = find_error("event_types", format=format_name, event_types=[pattern])

    assert error == (
        f"The format {format_name} cannot carry {pattern}; choose other event types "
        "or another format."
    )


@pytest.mark.parametrize("pattern", ["incident.exploded", "incidents.*", "test.verify"])
def test_unknown_type(pattern):
    assert "is no event type" in find_error("event_types", event_types=[pattern])


def test_unknown_format():
    assert "choose one of: standard, network_alert" in find_error(
        "format", format="xml"
    )


@pytest.mark.parametrize("each", list_formats(), ids=lambda each: each.name)
@pytest.mark.parametrize("kind", ["webhook", "email", "chat"])
def test_format_fits_its_kinds_only(each, kind):
    error = find_error("format", kind=kind, format=each.name)

    # A chat's format follows from its address, which is missing here.
    if kind in each.kinds or (kind, each.name) == ("chat", "standard"):
        assert error == ""
    else:
        assert f"is not for a destination of the kind {kind}; choose one of:" in error


def test_template_is_checked_for_its_format_only():
    assert find_error("template", format="template", template="{") != ""
    assert find_error("template", format="template", template="") != ""
    assert find_error("template", format="standard", template="{") == ""
    assert find_error("template", format="template", template='["{{ type }}"]') == ""
