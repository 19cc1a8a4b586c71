"""A rule, as a person with a browser makes it, and what it would have matched."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = "/settings/integrations/notifications/"


@pytest.fixture
def call(product):
    """Call the REST API as an operator's script would."""
    key = product.manage(
        "create_api_key", "--organization=default", "--name=rules", "--role=admin"
    )

    def call(path, **body):
        answer = requests.post(
            f"{product.url}/api/v1/{path}",
            json=body,
            headers={"Authorization": f"Bearer {key.strip()}"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json()

    return call


def raise_boot(call, label):
    call(
        "alerts",
        alert_name="ALERT_DEVICE_BOOT",
        network_name="Main Office",
        data={"device": {"label": label, "device_type": "switch"}},
    )


def open_form_from_catalogue(page, find_barriers):
    page.get_by_role("link", name="Alerts", exact=True).click()
    page.get_by_role("link", name="Catalogue").click()
    assert find_barriers(page) == []
    page.get_by_role("link", name="Device boot").click()
    assert find_barriers(page) == []
    page.get_by_role("link", name="Add rule for this alert").click()
    expect(page.get_by_label("Label")).to_have_value("Device boot")
    expect(page.get_by_label("Switch", exact=True)).to_be_visible()
    expect(page.locator("#id_client_count_threshold")).to_be_hidden()


def ask_for_core_devices(page):
    page.get_by_text("Conditions on the data").click()
    page.locator("#id_condition_0_field").fill("device.label")
    page.locator("#id_condition_0_op").select_option("prefix")
    page.locator("#id_condition_0_value").fill("Core")


def test_rule_is_tried_on_what_happened_and_saved(signed_in, call, sink, find_barriers):
    page = signed_in
    raise_boot(call, "Core Switch 1")
    raise_boot(call, "Lab Switch 1")
    call("webhooks", label="Ops Slack", url=sink.url)
    open_form_from_catalogue(page, find_barriers)
    preview, tried = page.locator("#rule-preview"), page.locator("#rule-test")
    expect(preview).to_contain_text("This would have matched 2 events")
    ask_for_core_devices(page)
    expect(preview).to_contain_text("This would have matched 1 event in")
    # The last letters ask once more, and a new preview is closed again.
    page.wait_for_load_state("networkidle")

    tests = preview.get_by_role("button", name=re.compile("Test with this event"))
    page.get_by_text("Newest events that it does not match").click()
    tests.last.click()
    expect(page.get_by_role("heading", name="It does not match")).to_be_visible()
    expect(tried).to_contain_text("it is Lab Switch 1")
    page.get_by_label("Ops Slack").first.check()
    tests.first.click()
    expect(page.get_by_role("heading", name="It matches")).to_be_visible()
    assert find_barriers(page) == []
    page.get_by_role("button", name="Send it to Ops Slack as a test").click()
    expect(tried).to_contain_text("Sent")
    sent = sink.requests[0].json()
    assert sent["data"]["data"]["device"]["label"] == "Core Switch 1"

    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Rule “Device boot” is saved.")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(
        "Device boot, where device.label begins with Core, to Ops Slack."
    )


def test_mistake_loses_nothing_and_gets_the_focus(signed_in, product):
    page = signed_in
    page.goto(f"{product.url}{RULES}add/")
    page.get_by_label("Label").fill("Nights")
    page.get_by_role("button", name="incident.* Everything about incidents").click()
    page.get_by_label("Wait until it has lasted").fill("soon")
    page.get_by_label("Tell again every").fill("30 min")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_label("Wait until it has lasted")).to_be_focused()
    expect(page.get_by_label("Label")).to_have_value("Nights")
    expect(page.get_by_label("Tell again every")).to_have_value("30 min")
    expect(page.get_by_text("Write a time such as 5 min").first).to_be_visible()
    page.complaints[:] = [each for each in page.complaints if "422" not in each]


def test_options_appear_with_their_alert(signed_in, product):
    page = signed_in
    page.goto(f"{product.url}{RULES}add/")
    expect(page.locator("#id_threshold")).to_be_hidden()
    page.get_by_label("Search events").fill("high cpu")
    page.get_by_role("button", name="alert.high_cpu_usage High CPU usage").click()
    expect(page.locator("#id_threshold")).to_have_value("0.8")
    expect(page.get_by_label("Switch", exact=True)).to_be_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_have_no_barriers(signed_in, product, find_barriers, width, scheme):
    page = signed_in
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    for path in (
        "/alerts/",
        "/alerts/recent/",
        "/alerts/catalogue/",
        "/alerts/catalogue/ALERT_ROGUE_AP/",
        "/alerts/catalogue/WAN_FAILOVER/",
        "/alerts/catalogue/add/",
        f"{RULES}add/?event_types=*",
    ):
        page.goto(product.url + path)
        for part in page.locator("main summary").all():
            part.click()
        assert find_barriers(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
