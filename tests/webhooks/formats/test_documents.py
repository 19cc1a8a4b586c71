"""docs/formats.md tells of every format, and its examples are what is sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from webhooks.formats import list_formats, render
from webhooks.formats.samples import build_sample

DOCUMENT = (Path(__file__).parents[3] / "docs/formats.md").read_text()
SECTIONS = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", DOCUMENT, re.M | re.S))
EXAMPLE = re.compile(r"^Example, `([\w.]+)`:\n\n```json\n(.*?)^```", re.M | re.S)
EXAMPLES = [
    pytest.param(name, event_type, body, id=f"{name} {event_type}")
    for name, section in SECTIONS.items()
    for event_type, body in EXAMPLE.findall(section)
]


def test_every_format_has_a_section_with_an_example():
    assert list(SECTIONS) == [each.name for each in list_formats()]
    assert {example.values[0] for example in EXAMPLES} == set(SECTIONS)


@pytest.mark.parametrize(("name", "event_type", "body"), EXAMPLES)
def test_example_is_what_is_sent(name, event_type, body):
    sent = render(name, build_sample(event_type))

    assert json.dumps(json.loads(sent)) == json.dumps(json.loads(body))


@pytest.mark.parametrize("each", list_formats(), ids=lambda each: each.name)
def test_overview_says_what_is_carried(each):
    [row] = re.findall(
        rf"^\| \[`{each.name}`\]\(#{each.name}\) \| (.+?) \|", DOCUMENT, re.M
    )
    pattern = "*" if row == "everything" else row.strip("`")

    group = pattern.partition(".")[0]
    assert each.carries("incident.opened") == (group in ("*", "incident"))
    assert each.carries("alert.any") == (group in ("*", "alert"))
    assert each.carries("monitor.job_failed") == (group in ("*", "monitor"))
    assert each.carries("service.status_changed") == (group in ("*", "service"))
    assert each.carries("destination.failing") == (group == "*")
