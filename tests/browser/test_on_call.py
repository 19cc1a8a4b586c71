"""On-call in a browser: who is on, the calendar on any screen, and an override."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCREENS = [
    pytest.param(scheme, width, id=f"{scheme}-{width}")
    for scheme in ("light", "dark")
    for width in (1280, 390)
]


@pytest.fixture(scope="module")
def schedule(product):
    """The address of a schedule with day and night turns."""
    key = product.manage(
        "create_api_key", "--organization=default", "--name=on-call", "--role=admin"
    ).strip()
    person = {"user": "admin@example.com"}
    turns = {"kind": "daily", "starts_on": "2026-01-05", "members": [person]}
    rotations = [
        turns | {"name": "Days", "handover_time": "08:00", "active_from": "08:00",
                 "active_to": "20:00", "weekdays": [0, 1, 2, 3, 4]},
        turns | {"name": "Nights and weekends", "handover_time": "20:00",
                 "active_from": "20:00", "active_to": "08:00"},
    ]  # fmt: skip
    answer = requests.post(
        f"{product.url}/api/v1/on-call-schedules",
        json={"name": "Primary", "time_zone": "Europe/Berlin", "rotations": rotations},
        headers={"Authorization": f"Bearer {key}"},
        timeout=20,
    )
    assert answer.ok, answer.text
    return f"{product.url}/alerts/on-call/{answer.json()['id']}/"


def is_too_wide(page):
    """Whether the page itself, rather than a part of it, must be scrolled sideways."""
    return page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )


@pytest.mark.parametrize(("scheme", "width"), SCREENS)
def test_calendar_can_be_read(signed_in, schedule, find_barriers, scheme, width):
    page = signed_in
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for view in ("week", "two-weeks", "month"):
        page.goto(f"{schedule}?view={view}")
        expect(page.get_by_role("heading", name="Primary", exact=True)).to_be_visible()
        assert find_barriers(page) == []
        assert not is_too_wide(page)
    assert page.complaints == []


def test_somebody_is_put_in_and_taken_back(signed_in, schedule, find_barriers):
    page = signed_in
    page.goto(schedule)
    page.get_by_role("link", name="Add override").click()
    assert find_barriers(page) == []
    page.get_by_label("On call instead").select_option(index=1)
    page.get_by_label("From").fill("2040-01-02T10:00")
    page.get_by_label("Until").fill("2040-01-02T12:00")
    page.get_by_label("Reason").fill("Holiday")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is on call instead.")).to_be_visible()
    expect(page.get_by_text("Holiday")).to_be_visible()
    page.get_by_role("link", name=re.compile("Take back")).click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("The override is taken back.")).to_be_visible()
