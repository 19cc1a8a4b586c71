"""An incident, as somebody who looks after it sees and works it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MANY = (
    "from accounts.models import Organization;"
    "from alerts.models import *;"
    "from integrations_project.lib.ids import uuid7;"
    "o=Organization.objects.get(slug='default');"
    "i=Incident.objects.create(organization=o,number=900,title='W'*200,trace=uuid7());"
    "s=Service.objects.bulk_create("
    "Service(organization=o,name=f'Service {n:03}') for n in range(300));"
    "IncidentService.objects.bulk_create("
    "IncidentService(incident=i,service=each) for each in s);"
    "IncidentEntry.objects.bulk_create(IncidentEntry(incident=i,kind='update',"
    "message=f'Line {n}',actor_label='A') for n in range(1000));"
    "print(i.pk)"
)


def open_by_hand(page, product, title, *services):
    for name in services:
        page.goto(f"{product.url}/services/add/")
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_role("button", name="Create service").click()
    page.goto(f"{product.url}/incidents/add/")
    page.get_by_label("Title").fill(title)
    for name in services:
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="Open incident").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def test_from_the_first_line_to_the_post_mortem(product, signed_in, find_barriers):
    page = signed_in
    open_by_hand(page, product, "Checkout is slow", "Cart", "Search")
    for wanted in (
        page.get_by_role("button", name="Acknowledge"),
        page.get_by_role("button", name="Resolve"),
        page.get_by_role("button", name="Post update"),
        page.get_by_role("button", name="Assign"),
        page.get_by_role("heading", name="Affected services 2"),
        page.get_by_role("heading", name="Timeline"),
    ):
        box = wanted.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900
    assert find_barriers(page) == []

    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("is yours now")).to_be_visible()
    page.get_by_label("Owner").select_option(index=1)
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("sees to it now.")).to_be_visible()
    page.get_by_role("button", name="Mark Cart as normal").click()
    expect(page.get_by_role("heading", name="Affected services 1")).to_be_visible()
    page.get_by_label("Post an update").fill("We look at the cache.")
    page.get_by_role("button", name="Post update").click()
    expect(page.locator(".timeline")).to_contain_text("We look at the cache.")

    page.locator(".page-actions").get_by_text("More").click()
    page.get_by_role("link", name="Post-mortem…").click()
    page.get_by_label("Post-mortem").fill("One.\n\n<b>Two</b>.")
    assert find_barriers(page) == []
    page.get_by_role("button", name="Save post-mortem").click()
    expect(page.locator(".prose p")).to_have_text(["One.", "<b>Two</b>."])
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("is resolved.")).to_be_visible()
    assert find_barriers(page) == []


def test_merging_and_the_list(product, signed_in, find_barriers):
    page = signed_in
    open_by_hand(page, product, "Goes on")
    first = page.url
    open_by_hand(page, product, "Ends here")
    page.goto(f"{first}merge/")
    page.get_by_label("Ends here").check()
    assert find_barriers(page) == []
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_text("1 incident was merged into this one.")).to_be_visible()

    page.goto(f"{product.url}/incidents/?q=Goes")
    assert find_barriers(page) == []
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("1 resolved.")).to_be_visible()
    expect(page.get_by_text("No incident matches")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_many_services_and_lines_fit(product, signed_in, find_barriers, width):
    page = signed_in
    page.set_viewport_size({"width": width, "height": 900})
    if not hasattr(product, "many"):
        product.many = product.manage("shell", "--no-imports", "-c", MANY).split()[-1]
    page.goto(f"{product.url}/incidents/{product.many}/")
    expect(page.get_by_text("292 more", exact=True)).to_be_visible()
    expect(page.locator(".timeline-item")).to_have_count(100)
    wide = "document.documentElement.scrollWidth > window.innerWidth"
    assert page.evaluate(wide) is False
    assert find_barriers(page) == []
