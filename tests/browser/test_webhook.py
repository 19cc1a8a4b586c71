"""A webhook, as a person with a browser makes it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.http_server import Answer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WEBHOOKS = "/settings/integrations/webhooks/"
SECRET = re.compile(r"^whsec_.{40,}")


def fill_in(page, url, label="Production alerts"):
    page.get_by_label("Label").fill(label)
    page.get_by_label("URL").fill(url)


def add_and_verify(page, sink):
    """Fill in the form, press Verify, and return the secret that was made."""
    page.get_by_role("link", name="Integrations").click()
    page.get_by_role("link", name="Add webhook").first.click()
    fill_in(page, f"{sink.url}hook")
    page.get_by_role("button", name="Generate").click()
    secret = page.get_by_label("Signing secret")
    expect(secret).to_have_value(SECRET)
    page.get_by_label("Authorization").select_option("bearer")
    page.get_by_label("Token").fill("a-token")
    page.get_by_role("button", name="incident.* Everything about incidents").click()
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    return secret.input_value()


def test_webhook_is_tried_saved_and_told(product, signed_in, sink, find_barriers):
    page = signed_in
    made = add_and_verify(page, sink)
    assert SECRET.match(made)
    expect(page.get_by_label("Label")).to_have_value("Production alerts")
    expect(page.get_by_label("Token")).to_have_value("a-token")
    tried = sink.requests[0]
    assert tried.headers["authorization"] == "Bearer a-token"
    assert tried.headers["webhook-signature"].startswith("v1,")
    assert tried.json()["type"] == "test.verify"
    assert find_barriers(page) == []

    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("“Production alerts” is saved.")).to_be_visible()
    assert made not in page.content()
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    page.goto(product.url + WEBHOOKS)
    row = page.get_by_role("row").filter(has_text=str(sink.port))
    expect(row).to_contain_text("Nothing sent yet")


def test_delivery_is_seen(product, signed_in, sink, find_barriers):
    page = signed_in
    page.goto(f"{product.url}{WEBHOOKS}add/")
    fill_in(page, sink.url, label="Pager")
    page.get_by_role("button", name="incident.* Everything about incidents").click()
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.goto(f"{product.url}/incidents/add/")
    page.get_by_label("Title").fill("The gateway is down")
    page.get_by_role("button", name="Open incident").click()
    assert sink.wait_for(1)[0].json()["type"] == "incident.opened"
    page.goto(f"{product.url}/deliveries/")
    row = page.get_by_role("row").filter(has_text="Pager")
    row.get_by_role("link", name="incident.opened").click()
    expect(page.get_by_text("at the first attempt")).to_be_visible()
    assert find_barriers(page) == []


def test_mistake_loses_nothing_and_gets_the_focus(signed_in, product, sink):
    page = signed_in
    page.goto(f"{product.url}{WEBHOOKS}add/")
    page.get_by_label("URL").fill("http://10.1.2.3/hook")
    page.get_by_label("Signing secret").fill("a-secret-of-mine")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("10.1.2.3 is a private address").first).to_be_visible()
    expect(page.get_by_label("URL")).to_be_focused()
    expect(page.get_by_label("Signing secret")).to_have_value("a-secret-of-mine")
    page.get_by_label("URL").fill(sink.url)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    expect(page.get_by_text("10.1.2.3 is a private address")).to_have_count(0)
    expect(page.locator("[aria-invalid]")).to_have_count(0)
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_label("Label")).to_be_focused()
    expect(page.get_by_label("Signing secret")).to_have_value("a-secret-of-mine")
    # The answers are 422, which a browser reports in its console.
    page.complaints[:] = [each for each in page.complaints if "422" not in each]


def test_failed_verify_says_what_to_try(signed_in, product, sink):
    page = signed_in
    sink.play(Answer(status=401, body=b"who are you"))
    page.goto(f"{product.url}{WEBHOOKS}add/")
    fill_in(page, sink.url)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", name="It did not arrive")).to_be_visible()
    expect(page.get_by_text("What to try:")).to_be_visible()
    expect(page.get_by_role("status").first).to_be_focused()


def test_sample_follows_the_format(signed_in, product):
    page = signed_in
    page.goto(f"{product.url}{WEBHOOKS}add/")
    sample = page.locator("#sample")
    expect(sample).to_contain_text('"type": "incident.opened"')
    page.get_by_label("Format").select_option("network_alert")
    expect(sample).to_contain_text("ALERT_DEVICE_OFFLINE")
    page.get_by_label("Format").select_option("standard")
    page.get_by_label("Sample of").select_option("service.status_changed")
    expect(sample).to_contain_text("previous_status")


def test_enter_in_a_field_saves(signed_in, product, sink):
    page = signed_in
    page.goto(f"{product.url}{WEBHOOKS}add/")
    fill_in(page, sink.url)
    page.get_by_label("Label").press("Enter")
    expect(page.get_by_text("“Production alerts” is saved.")).to_be_visible()
    assert sink.requests == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_have_no_barriers(signed_in, product, sink, find_barriers, width, scheme):
    page = signed_in
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{product.url}{WEBHOOKS}add/")
    fill_in(page, sink.url)
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("“Production alerts” is saved.")).to_be_visible()
    detail = page.url
    for url in (
        detail,
        f"{detail}edit/",
        f"{detail}delete/",
        f"{detail}rotate-secret/",
        f"{product.url}{WEBHOOKS}",
        f"{product.url}{WEBHOOKS}add/",
        f"{product.url}/deliveries/",
    ):
        page.goto(url)
        assert find_barriers(page) == [], url
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
