"""A status page in a browser: read by everybody, on any screen, without scripts."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import expect

from tests.http_server import Answer

pytestmark = [pytest.mark.slow, pytest.mark.browser]
LONG = "Payments-and-settlement-of-the-northern-region-with-a-long-name " * 3
#: What says that the page is the one that was asked for.
HEADINGS = {
    "history": re.compile("Incidents of"),
    "incident": "Checkout fails",
    "embed": "API Gateway is down",
    "empty": re.compile("Nothing is shown here yet"),
}


@pytest.fixture(scope="module")
def api(product):
    """Call the REST API of the running product as an Admin."""
    key = product.manage(
        "create_api_key", "--organization=default", "--name=page", "--role=admin"
    ).strip()

    def call(method, path, **body):
        answer = requests.request(
            method,
            f"{product.url}/api/v1/{path}",
            json=body,
            headers={"Authorization": f"Bearer {key}"},
            timeout=20,
        )
        assert answer.ok, answer.text
        return answer.json()

    return call


@pytest.fixture(scope="module")
def status_url(product, api):
    """A page with long names, trouble and an incident."""
    names = ("API Gateway", LONG.strip(), "Search", "Mail")
    services = [
        api("POST", "services", name=name, group="Core" if n < 2 else "")
        for n, name in enumerate(names)
    ]
    ids = [service["id"] for service in services]
    api(
        "POST",
        "status-pages",
        slug="acme",
        title="Acme",
        description="How the services of Acme do.",
        accent_colour="#ffcc00",
        services=ids,
    )
    api("POST", "status-pages", slug="empty", title="Empty", services=[])
    api("POST", f"services/{ids[0]}/status", status="down", message="No answer")
    api("POST", f"services/{ids[2]}/status", status="degraded", message="Slow")
    incident = api(
        "POST", "incidents", title="Checkout fails", services=ids[:1], severity="major"
    )
    api("POST", f"incidents/{incident['id']}/updates", message="We look into it.")
    return f"{product.url}/status/acme/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_everybody_can_read_it(page, status_url, find_barriers, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(status_url)
    expect(page.get_by_role("heading", name="API Gateway is down")).to_be_visible()
    expect(page.get_by_text("We look into it.")).to_be_visible()
    assert find_barriers(page) == []
    overflow = "document.documentElement.scrollWidth - window.innerWidth"
    assert page.evaluate(overflow) <= 0


@pytest.mark.parametrize("path", HEADINGS)
def test_other_pages_can_be_read_too(page, status_url, find_barriers, path):
    page.goto(status_url)
    if path == "history":
        page.get_by_role("link", name="History").click()
    elif path == "incident":
        page.get_by_role("link", name="Checkout fails").click()
    elif path == "embed":
        page.goto(f"{status_url}embed/")
    else:
        page.goto(status_url.replace("acme", "empty"))
    expect(page.get_by_role("heading", name=HEADINGS[path])).to_be_visible()
    assert find_barriers(page) == []


def test_it_needs_no_script(chromium, status_url):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(status_url)
    expect(page.get_by_text("API Gateway is down").first).to_be_visible()
    label = re.compile("API Gateway, last 90 days")
    expect(page.get_by_role("img", name=label)).to_be_visible()
    assert context.cookies() == []
    context.close()


def test_widget_stands_in_a_foreign_page(page, status_url, sink):
    script = f'<script src="{status_url}widget.js" data-height="120" async></script>'
    html = f"<!doctype html><title>Shop</title><h1>Shop</h1>{script}<p>End</p>"
    headers = [("Content-Type", "text/html"), ("Connection", "close")]
    sink.always(Answer(body=html.encode(), headers=headers))

    page.goto(f"http://localhost:{sink.port}/")  # another site than 127.0.0.1

    frame = page.frame_locator('iframe[title="Status of Acme"]')
    expect(frame.get_by_role("heading", name="API Gateway is down")).to_be_visible()
    assert frame.get_by_role("link").get_attribute("href") == status_url
    assert page.locator("iframe").get_attribute("height") == "120"
    assert page.context.cookies() == []
    assert page.complaints == []


def test_page_itself_stands_in_no_foreign_page(page, status_url, sink):
    headers = [("Content-Type", "text/html"), ("Connection", "close")]
    html = f'<!doctype html><title>Shop</title><iframe src="{status_url}"></iframe>'
    sink.always(Answer(body=html.encode(), headers=headers))

    page.goto(f"http://localhost:{sink.port}/")

    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("API Gateway is down")).to_have_count(0)
    assert any("frame" in each for each in page.complaints)
    page.complaints.clear()


def test_private_page_asks_for_its_password(page, api, product, find_barriers):
    api(
        "POST",
        "status-pages",
        slug="inside",
        title="Inside",
        services=[],
        public=False,
        password="open sesame",
    )
    page.goto(f"{product.url}/status/inside/")
    page.complaints.clear()  # the answer is 403
    assert find_barriers(page) == []
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Show the page").click()
    expect(page.get_by_text("Nothing is shown here yet")).to_be_visible()
    names = {cookie["name"] for cookie in page.context.cookies()}
    assert "sessionid" not in names


@pytest.mark.usefixtures("status_url")
def test_page_is_set_up_in_the_dashboard(signed_in, product, find_barriers):
    page = signed_in
    page.goto(f"{product.url}/status-pages/add/")
    assert find_barriers(page) == []
    page.get_by_label("Title").fill("Made by hand")
    page.get_by_label("Address").fill("by-hand")
    finder = page.get_by_role("searchbox", name="Find a service")
    if finder.count():  # another test has made so many that they are folded
        finder.fill("Search")
    page.get_by_role("checkbox", name="Search", exact=True).check()
    page.get_by_role("button", name="Create status page").click()
    page.get_by_role("link", name="Open the page").click()
    expect(page.get_by_text("Search is degraded").first).to_be_visible()


def test_service_is_found_among_many(signed_in, product, api, find_barriers):
    for number in range(14):
        api("POST", "services", name=f"Shard {number:02}", group="Storage")
    page = signed_in
    page.goto(f"{product.url}/status-pages/add/")
    assert find_barriers(page) == []
    wanted = page.get_by_role("checkbox", name="Shard 07", exact=True)
    expect(wanted).to_be_hidden()
    search = page.get_by_role("searchbox", name="Find a service")
    search.fill("shard 07")
    expect(wanted).to_be_visible()
    expect(page.get_by_role("checkbox", name="Shard 08", exact=True)).to_be_hidden()
    assert find_barriers(page) == []
    wanted.check()
    search.fill("nothing like that")
    expect(page.get_by_text("No service matches.")).to_be_visible()
    search.press("Enter")
    search.fill("")
    page.get_by_label("Title").fill("Of many")
    page.get_by_label("Address").fill("of-many")
    page.get_by_role("button", name="Create status page").click()
    expect(page.get_by_role("checkbox", name="Shard 07", exact=True)).to_be_checked()
