"""A monitor, as a person with a browser makes it, and what it found."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.http_server import Answer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIST = "/monitors/"
HTML = [("Content-Type", "text/html; charset=utf-8")]
BEFORE = "<h1>Prices</h1><p>Basic costs 5 € a month.</p><h2>Team</h2><p>All of it.</p>"
AFTER = (
    "<h1>Prices</h1><p>Basic costs 6 € a month.</p>"
    "<h2>News</h2><p>We open an office in Lisbon.</p>"
)
SHOP = "".join(
    f'<div class="product"><h2>Lamp {n}</h2><b>${n}.50</b><a href="/l/{n}">x</a></div>'
    for n in range(3)
)


@pytest.fixture
def site(sink):
    """A local site; give it the page that it shows from now on."""
    sink.always(Answer(status=404), path="/robots.txt")

    def show(html):
        sink.always(Answer(body=html.encode(), headers=HTML), path="/prices")
        return f"{sink.url}prices"

    return show


@pytest.fixture
def changed(signed_in, product, site):
    """Open the page of a monitor whose second run found another page."""
    page = signed_in
    page.goto(f"{product.url}{LIST}add/?url={site(BEFORE)}")
    save(page)
    wait_for_runs(page, 1)
    site(AFTER)
    page.get_by_role("button", name="Run now").click()
    wait_for_runs(page, 2)
    return page


def save(page):
    page.get_by_role("button", name="Save", exact=True).last.click()


def wait_for_runs(page, count):
    ended = page.locator("#runs tbody tr").filter(has_text="Completed")
    expect(ended).to_have_count(count, timeout=30_000)


def test_monitor_is_made_and_tells_its_webhook(signed_in, site, sink, find_barriers):
    page = signed_in
    page.get_by_role("link", name="Monitors", exact=True).click()
    page.get_by_role("link", name="Add monitor").or_(
        page.get_by_role("button", name="Add monitor")
    ).first.wait_for()
    assert find_barriers(page) == []
    page.goto(f"{page.url}add/?url={site(BEFORE)}")
    preview = page.locator("#monitor-preview")
    expect(preview).to_contain_text("2 items", timeout=30_000)
    expect(preview).to_contain_text("Basic costs 5 € a month.")
    assert find_barriers(page) == []

    page.locator("#id_webhook_url").fill(f"{sink.url}hook")
    save(page)
    expect(page.get_by_role("heading", name="The monitor is made")).to_be_visible()
    secret = page.locator(".secret-once input").input_value()
    assert secret.startswith("whsec_")
    assert find_barriers(page) == []
    page.get_by_role("link", name="I have copied it").click()
    wait_for_runs(page, 1)
    page.get_by_role("button", name="Verify webhook").click()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    assert find_barriers(page) == []
    told = [each for each in sink.requests if each.path == "/hook"]
    assert {each.headers["X-Webhook-Secret"] for each in told} == {secret}


def test_change_is_read_in_its_run_and_its_diff(changed, find_barriers):
    page = changed
    row = page.locator("#runs tbody tr").first
    expect(row).to_contain_text("1 added, 1 removed, 1 changed")
    assert find_barriers(page) == []
    row.get_by_role("link").click()
    expect(page.get_by_text("We open an office in Lisbon.")).to_be_visible()
    page.get_by_role("link", name="JSON", exact=True).click()
    expect(page.locator("pre")).to_contain_text('"heading": "News"')

    page.get_by_role("link", name="Compare").click()
    expect(page.locator(".diff-text del")).to_have_text("5")
    expect(page.locator(".diff-text ins")).to_have_text("6")
    expect(page.locator(".is-added")).to_contain_text("Lisbon")
    expect(page.locator(".is-removed")).to_contain_text("All of it.")
    assert find_barriers(page) == []
    page.locator("select[name=to]").select_option(index=1)
    expect(page.get_by_text("The same", exact=True)).to_be_visible()


def test_unseen_changes_are_filtered_and_marked(changed, find_barriers):
    page = changed
    page.get_by_role("link", name="Unseen changes").click()
    expect(page.get_by_text("1 run with changes")).to_be_visible()
    assert find_barriers(page) == []
    page.get_by_label("Items with").fill("+lisbon -prices")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="News")).to_be_visible()
    page.get_by_role("link", name="Clear").click()
    page.get_by_role("button", name="Mark all as seen").click()
    expect(page.get_by_text("Everything is seen")).to_be_visible()
    page.get_by_role("link", name="Changelog").click()
    expect(page.get_by_role("main")).to_contain_text("Added: News")
    assert find_barriers(page) == []


def test_form_tells_what_it_would_read_and_when(signed_in, product, site):
    page = signed_in
    url = site(SHOP)
    page.goto(f"{product.url}{LIST}add/")
    preview, runs = page.locator("#monitor-preview"), page.locator("#next-runs")
    page.get_by_label("Page", exact=True).fill(url)
    page.get_by_label("Items, by CSS selectors").check()
    page.get_by_label("Each item").fill(".product")
    page.get_by_label("Its fields").fill("title: h2\nprice: b (number)\nlink: a@href")
    page.get_by_label("Its fields").blur()
    expect(preview).to_contain_text("3 items", timeout=30_000)
    expect(preview).to_contain_text("Lamp 2")
    expect(preview.get_by_role("link").first).to_have_attribute(
        "href", url.replace("prices", "l/0")
    )
    page.get_by_label("Its fields").fill("title h2")
    page.get_by_label("Its fields").blur()
    expect(preview).to_contain_text("Line 1 names no field")

    page.get_by_label("By a cron expression").check()
    page.get_by_label("Cron expression", exact=False).last.fill("0 9 29 2 *")
    expect(runs).to_contain_text("29 Feb 2028, 09:00")
    page.get_by_label("Cron expression", exact=False).last.fill("0 9 * *")
    expect(runs).to_contain_text("A cron expression has five fields")
    save(page)
    expect(page.get_by_label("Its fields")).to_be_focused()
    expect(page.get_by_label("Page", exact=True)).to_have_value(url)
    page.complaints[:] = [each for each in page.complaints if "422" not in each]


def test_page_drawn_by_scripts_is_said_to_be_so(signed_in, product, site):
    page = signed_in
    url = site('<script src="/app.js"></script><div id="root"></div>')
    page.goto(f"{product.url}{LIST}add/?url={url}")
    expect(page.locator("#monitor-preview")).to_contain_text(
        "JavaScript", timeout=30_000
    )


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_have_no_barriers(changed, product, find_barriers, width, scheme):
    page = changed
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{product.url}{LIST}")
    monitor = page.locator("a.row-link").first.get_attribute("href")
    page.goto(f"{product.url}{LIST}runs/")
    run = page.locator("a.row-link").first.get_attribute("href")
    page.goto(f"{product.url}{LIST}strategies/")
    strategy = page.locator("a.row-link").first.get_attribute("href")
    for path in (
        LIST,
        monitor,
        f"{monitor}edit/",
        f"{monitor}changes/",
        f"{monitor}changelog/",
        f"{monitor}secret/",
        f"{monitor}delete/",
        f"{LIST}runs/",
        run,
        f"{run}?view=json",
        f"{run}diff/",
        f"{LIST}strategies/",
        f"{LIST}strategies/add/",
        strategy,
        "/",
    ):
        page.goto(product.url + path)
        for part in page.locator("main summary").all():
            part.click()
        assert find_barriers(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
