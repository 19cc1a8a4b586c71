"""The form of a webhook in a browser: its kinds, its template, its keys; a replay."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WEBHOOKS = "/settings/integrations/webhooks/"


def quiet(page):
    """Forget the answers 422, which a browser reports in its console."""
    page.complaints[:] = [each for each in page.complaints if "422" not in each]


def add_webhook(page, product, *, url, label):
    """Add a webhook for incidents; returns the address of its page."""
    page.goto(f"{product.url}{WEBHOOKS}add/")
    page.get_by_label("Label").fill(label)
    page.get_by_label("URL").fill(url)
    page.get_by_role("button", name="incident.* Everything about incidents").click()
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("is saved.")).to_be_visible()
    return page.url


def test_each_kind_asks_only_for_what_it_needs(signed_in, product, find_barriers):
    page = signed_in
    page.goto(f"{product.url}{WEBHOOKS}add/")
    page.get_by_label("Label").fill("On call")
    page.get_by_label("URL").fill("https://kept.example.com/hook")
    page.get_by_role("radio", name="E-mail").check()
    expect(page.get_by_label("Recipients")).to_be_visible()
    expect(page.get_by_label("URL")).to_have_count(0)
    expect(page.get_by_label("Authorization")).to_have_count(0)
    assert find_barriers(page) == []
    page.get_by_role("radio", name="Chat").check()
    expect(page.get_by_label("Address")).to_be_visible()
    expect(page.get_by_label("Recipients")).to_have_count(0)
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_label("Address")).to_be_focused()
    expect(page.get_by_label("Label")).to_have_value("On call")
    page.get_by_role("radio", name="Webhook").check()
    expect(page.get_by_label("URL")).to_have_value("https://kept.example.com/hook")
    quiet(page)


def test_mail_is_saved_with_its_people(signed_in, product):
    page = signed_in
    page.goto(f"{product.url}{WEBHOOKS}add/")
    page.get_by_label("Label").fill("On call")
    page.get_by_role("radio", name="E-mail").check()
    page.get_by_label("Recipients").fill("not an address")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("is no e-mail address").first).to_be_visible()
    page.get_by_label("Recipients").fill("ops@example.com\nboss@example.com")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("“On call” is saved.")).to_be_visible()
    expect(page.get_by_text("boss@example.com").first).to_be_visible()
    quiet(page)


def test_authorization_and_keys_show_their_fields(signed_in, product):
    page = signed_in
    page.goto(f"{product.url}{WEBHOOKS}add/")
    for choice, fields in (
        ("basic", ["User", "Password"]),
        ("bearer", ["Token"]),
        ("oauth2", ["OAuth2 server", "Client id", "Client secret"]),
        ("client_certificate", ["Certificate", "Private key"]),
    ):
        page.get_by_label("Authorization").select_option(choice)
        for label in fields:
            expect(page.get_by_label(label, exact=True)).to_be_visible()
    page.get_by_label("Authorization").select_option("none")
    expect(page.get_by_label("OAuth2 server")).to_be_hidden()
    signature = page.get_by_label("Signature", exact=True)
    signature.select_option("hmac_hex")
    expect(page.get_by_label("Header name")).to_be_visible()
    signature.select_option("ed25519")
    expect(page.get_by_label("Header name")).to_be_hidden()
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_label("Signing secret")).to_have_value(re.compile(r"^whsk_"))
    public = page.get_by_label("Public key, for the receivers")
    expect(public).to_have_value(re.compile(r"^whpk_"))
    signature.select_option("none")
    expect(page.get_by_label("Signing secret")).to_be_hidden()


def test_template_is_tried_as_it_is_typed(signed_in, product, sink, find_barriers):
    page = signed_in
    page.goto(f"{product.url}{WEBHOOKS}add/")
    page.get_by_label("Label").fill("Templated")
    page.get_by_label("URL").fill(sink.url)
    page.get_by_label("Format").select_option("template")
    sample = page.locator("#sample")
    expect(sample).to_contain_text('"event": "incident.opened"')
    editor = page.get_by_label("Template", exact=True)
    editor.fill('{"summary": "{{ data.title }} ({{ type }})"}')
    expect(sample).to_contain_text('"summary": "Example service is down (a test)')
    expect(page.locator("#template-check")).to_contain_text("Fits every type")
    page.get_by_label("Sample of").select_option("service.status_changed")
    expect(sample).to_contain_text("(service.status_changed)")
    editor.fill('{"summary": "{{ nonsense }}"}')
    expect(page.locator("#template-check")).to_contain_text('No event has "nonsense"')
    page.get_by_text("Places you can use").click()
    expect(sample).to_contain_text("{{ data.service.name }}")
    assert find_barriers(page) == []
    editor.fill('{"summary": "{{ title }}"}')
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    assert list(sink.requests[0].json()) == ["summary"]


def test_sample_of_a_chat_follows_its_address(signed_in, product, find_barriers):
    page = signed_in
    page.goto(f"{product.url}{WEBHOOKS}add/")
    page.get_by_role("radio", name="Chat").check()
    sample = page.locator("#sample")
    expect(sample).to_contain_text("Enter the address")
    address = page.get_by_label("Address")
    address.fill("https://hooks.slack.com/services/T0/B0/x")
    address.blur()
    expect(sample).to_contain_text('"blocks"')
    address.fill("https://discord.com/api/webhooks/1/x")
    address.blur()
    expect(sample).to_contain_text('"embeds"')
    assert find_barriers(page) == []
    page.get_by_role("radio", name="E-mail").check()
    expect(sample).to_contain_text("Message:")
    page.get_by_label("Sample of").select_option("service.status_changed")
    expect(sample).to_contain_text("Message:")
    expect(sample).to_contain_text("status")
    assert page.complaints == []


def test_result_of_verify_is_outdated_by_a_change(
    signed_in, product, sink, find_barriers
):
    page = signed_in
    page.goto(f"{product.url}{WEBHOOKS}add/")
    page.get_by_label("URL").fill(sink.url)
    verify = page.get_by_role("button", name="Verify")
    verify.click()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    outdated = page.get_by_text("The form was changed after this test.")
    expect(outdated).to_be_hidden()
    page.get_by_label("Format").select_option("slack")
    expect(outdated).to_be_visible()
    assert find_barriers(page) == []
    verify.click()
    expect(outdated).to_be_hidden()
    page.get_by_label("URL").fill(f"{sink.url}/other")
    expect(outdated).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_missed_events_are_replayed(
    signed_in, product, sink, find_barriers, width, scheme
):
    page = signed_in
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    webhook = add_webhook(page, product, url=sink.url, label=f"Replayed {width}")
    page.get_by_role("link", name="Disable…").click()
    page.get_by_role("button", name="Disable webhook").click()
    page.goto(f"{product.url}/incidents/add/")
    page.get_by_label("Title").fill("Missed while disabled")
    page.get_by_role("button", name="Open incident").click()
    page.goto(webhook)
    expect(page.get_by_text("This webhook is disabled")).to_be_visible()
    page.get_by_role("button", name="Enable").click()
    page.get_by_role("link", name="Replay…").click()
    missed = page.get_by_text("Missed while it was disabled: 1 delivery.")
    expect(missed).to_be_visible()
    assert find_barriers(page) == []
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_text("1 queued to be sent again")).to_be_visible(timeout=30_000)
    assert find_barriers(page) == []
    assert sink.wait_for(1)[0].json()["data"]["title"] == "Missed while disabled"
    page.get_by_role("link", name="See these deliveries").click()
    row = page.get_by_role("row").filter(has_text="Missed while disabled")
    expect(row).to_contain_text("incident.opened")
    assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_filters_of_a_webhook_stay_in_the_address(signed_in, product, sink):
    page = signed_in
    page.goto(f"{product.url}/deliveries/?status=failed&q=nothing")
    expect(page.get_by_text("No delivery matches")).to_be_visible()
    expect(page.get_by_label("Find", exact=True)).to_have_value("nothing")
    page.get_by_label("When").select_option("between")
    page.wait_for_url(re.compile("since=between"))
    expect(page.get_by_label("From (UTC)")).to_be_visible()
    page.get_by_label("From (UTC)").fill("2026-01-01T00:00")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url(re.compile("from=2026-01-01T00%3A00"))
    page.get_by_role("link", name="Clear").click()
    expect(page.get_by_label("From (UTC)")).to_be_hidden()
