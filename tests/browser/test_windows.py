"""Silences and maintenance, as somebody sets them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def service(product, signed_in):
    """A service of its own, on whose page the browser is."""
    page = signed_in
    page.goto(f"{product.url}/services/add/")
    page.get_by_label("Name", exact=True).fill("API Gateway")
    page.get_by_role("button", name="Create service").click()
    expect(page.get_by_role("heading", name="API Gateway")).to_be_visible()
    return page.url


def test_window_is_planned_and_a_service_silenced(
    product, signed_in, service, find_barriers
):
    page = signed_in
    page.goto(f"{product.url}/alerts/windows/")
    page.get_by_role("link", name="Add window").click()
    page.get_by_label("Title").fill("Database upgrade")
    day = (date.today() + timedelta(days=1)).isoformat()  # noqa: DTZ011  # as people say it
    page.get_by_label("From").fill(f"{day}T22:00")
    page.get_by_label("Until", exact=True).fill(f"{day}T23:30")
    page.get_by_label("How often").select_option("daily")
    page.get_by_role("button", name="Show when it is on").click()
    expect(page.locator("#window-preview li").first).to_contain_text("22:00 to 23:30")
    page.get_by_role("checkbox", name="API Gateway").check()
    assert find_barriers(page) == []
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("“Database upgrade” is saved")).to_be_visible()
    expect(page.get_by_role("heading", name="Upcoming")).to_be_visible()

    page.goto(service)
    page.get_by_text("Silence", exact=True).click()
    page.get_by_role("button", name="For 4 h").click()
    expect(page.get_by_text("Rules say nothing of API Gateway until")).to_be_visible()
    expect(page.locator(".notice-info").last).to_contain_text("Silenced until")
    assert find_barriers(page) == []

    page.goto(f"{product.url}/alerts/windows/")
    assert find_barriers(page) == []
    page.get_by_role("button", name="End now").click()
    expect(page.get_by_text("is over now.")).to_be_visible()
