"""A receiver, as a person with a browser makes it and teaches it."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RECEIVERS = "/settings/integrations/receivers/"
TRIGGERED = {"status": "kaputt", "data": {"state": "firing", "id": "7"}}


def choose_sender(page, product, name, *, search=""):
    """Open the first step and take a sender."""
    page.goto(f"{product.url}{RECEIVERS}add/")
    if search:
        page.get_by_label("Search the senders").press_sequentially(search)
    expect(page.get_by_role("link", name="Detect the sender")).to_have_count(
        0 if search else 1
    )
    page.get_by_role("link", name=name, exact=True).click()


def make_plain(page, product, *, service):
    """Make a receiver of plain fields and return its URL."""
    choose_sender(page, product, "Plain fields")
    page.get_by_label("Name", exact=True).fill(f"Script of {service}")
    page.get_by_label("A new one").check()
    page.get_by_label("Name of the new service").fill(service)
    page.get_by_label("Open an incident").select_option("down")
    page.get_by_role("button", name="Make the URL").click()
    return page.get_by_label("URL of the receiver").input_value()


def test_three_steps_from_the_sender_to_the_first_post(
    product, signed_in, find_barriers
):
    page = signed_in
    choose_sender(page, product, "Prometheus Alertmanager", search="alertman")
    expect(page.get_by_label("Name", exact=True)).to_have_value(
        "Prometheus Alertmanager"
    )
    assert find_barriers(page) == []
    page.get_by_label("The one that the body names").check()
    expect(page.get_by_label("Name of the new service")).to_be_hidden()
    page.get_by_label("Create services that are not there yet").check()
    page.get_by_role("button", name="Make the URL").click()

    expect(page.get_by_role("heading", name="Set up Prometheus")).to_be_visible()
    waiting = page.get_by_text("Waiting for the first POST…")
    expect(waiting).to_be_visible()
    url = page.get_by_label("URL of the receiver").input_value()
    expect(page.locator(".set-up")).to_contain_text(url)
    assert find_barriers(page) == []

    command = page.locator(".code-block").first.inner_text()
    body = re.search(r"-d '(.*)'", command, re.DOTALL)
    answer = requests.post(
        url,
        data=body.group(1),
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert answer.json()["result"] == "processed"
    expect(page.get_by_text("The first POST came in.")).to_be_visible()
    expect(page.get_by_text("API Gateway: operational → down.").first).to_be_visible()
    assert find_barriers(page) == []


def test_mapping_is_made_by_pointing(product, signed_in, find_barriers):
    page = signed_in
    url = make_plain(page, product, service="Billing")
    requests.post(url, json=TRIGGERED, timeout=10)
    expect(page.get_by_text("The first POST came in.")).to_be_visible()
    page.get_by_role("link", name="Mapping editor").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text('The value "kaputt" means no status here.')
    assert find_barriers(page) == []

    preview.get_by_role("button", name="Degraded").click()
    expect(preview).to_contain_text("Billing: operational → degraded")
    page.get_by_role("button", name='"firing"').click()
    expect(page.locator("#id_status_field")).to_have_value("data.state")
    expect(preview).to_contain_text("Billing: operational → down")
    expect(preview).to_contain_text("It would open an incident.")
    page.get_by_label("Key", exact=True).first.check()
    page.get_by_role("button", name='"7"').click()
    expect(page.locator("#id_key_field")).to_have_value("data.id")
    page.locator("#id_message_field").fill("data..id")
    page.locator("#id_message_field").press("Tab")
    expect(preview).to_contain_text("Mend the fields first")
    page.locator("#id_message_field").fill("message")
    page.locator("#id_message_field").press("Tab")
    expect(preview).to_contain_text("Billing: operational → down")
    assert find_barriers(page) == []

    preview.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The mapping is saved.")).to_be_visible()
    expect(page.locator("#id_status_field")).to_have_value("data.state")
    answer = requests.post(url, json=TRIGGERED, timeout=10).json()
    assert answer["items"][0]["status"] == "down"
    assert answer["items"][0]["incident"]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_have_no_barriers(product, signed_in, find_barriers, width, scheme):
    page = signed_in
    url = make_plain(page, product, service=f"Service {width}")
    requests.post(url, json=TRIGGERED, timeout=10)
    detail = page.url
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    for address in (
        detail,
        f"{detail}edit/",
        f"{detail}mapping/",
        f"{detail}mapping/import/",
        f"{detail}rotate/",
        f"{product.url}{RECEIVERS}",
        f"{product.url}{RECEIVERS}add/",
        f"{product.url}{RECEIVERS}add/?sender=github",
        f"{product.url}/receipts/",
    ):
        page.goto(address)
        assert find_barriers(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
