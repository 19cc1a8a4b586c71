"""A status page in a browser: set up, followed, posted on, left."""

from __future__ import annotations

import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.processes import Product
from tests.smtp_server import Mailbox

pytestmark = [pytest.mark.slow, pytest.mark.browser]
MAKE_PAGE = (
    "from accounts.models import Organization;"
    "from alerts.models import StatusPage;"
    "StatusPage.objects.create("
    "organization=Organization.objects.get(slug='default'),slug='calm',title='Calm')"
)


@pytest.fixture(scope="module")
def letters():
    server = Mailbox()
    yield server
    server.close()


@pytest.fixture(scope="module")
def product(database_template, tmp_path_factory, letters):
    """One product that sends its mail to a server of the test."""
    directory = tmp_path_factory.mktemp("posts")
    database = directory / "db.sqlite3"
    shutil.copy(database_template.removeprefix("sqlite:///"), database)
    started = Product(
        directory,
        f"sqlite:///{database}",
        {"EMAIL_URL": f"smtp://127.0.0.1:{letters.port}"},
    )
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def form_url(product):
    """Where a page is followed that no other test knows of."""
    product.manage("shell", "--no-imports", "-c", MAKE_PAGE)
    return f"{product.url}/status/calm/follow/"


def set_up(page, url):
    page.goto(f"{url}/services/add/")
    page.get_by_label("Name", exact=True).fill("Shop")
    page.get_by_role("button", name=re.compile("Add|Create|Save")).first.click()
    page.goto(f"{url}/status-pages/")
    page.get_by_role("link", name="Add status page").first.click()
    page.get_by_label("Title").fill("Acme")
    page.get_by_label("Address", exact=True).fill("acme")
    page.get_by_label("Shop", exact=True).check()
    page.get_by_role("button", name="Create status page").click()
    expect(page.get_by_role("heading", name="As visitors see it")).to_be_visible()


def follow(page, url, letters):
    page.goto(f"{url}/status/acme/")
    page.get_by_role("link", name="By e-mail or webhook").click()
    page.get_by_label(re.compile("E-mail address")).fill("ann@example.com")
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    mail = letters.wait_for(1, 60)[0]
    page.goto(re.search(r"http\S+/confirm/\S+", mail.message.get_content())[0])
    page.get_by_role("button", name="Yes, follow").click()
    expect(page.get_by_role("heading", name="You follow Acme")).to_be_visible()


def post(page, url):
    page.goto(f"{url}/status-pages/")
    page.get_by_role("link", name="Acme", exact=True).click()
    page.get_by_role("link", name="Posts", exact=True).click()
    page.get_by_label("Title").fill("We move house")
    page.get_by_label("State").select_option("notice")
    page.get_by_label("Message").fill("On Sunday.")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("1 who follow it are told")).to_be_visible()


def test_page_is_set_up_followed_posted_on_and_left(
    signed_in, product, letters, find_barriers
):
    page = signed_in
    set_up(page, product.url)
    assert find_barriers(page) == []
    follow(page, product.url, letters)
    assert find_barriers(page) == []
    post(page, product.url)
    assert find_barriers(page) == []
    mail = letters.wait_for(2, 60)[1]
    assert "On Sunday." in mail.part("plain")
    page.get_by_role("link", name="Subscribers").click()
    expect(page.get_by_text("ann@example.com")).to_be_visible()
    assert find_barriers(page) == []
    page.goto(re.search(r"http\S+/unsubscribe/\S+", mail.part("plain"))[0])
    page.get_by_role("button", name="Stop following").click()
    expect(page.get_by_role("heading", name=re.compile("any more"))).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_form_of_followers_fits(page, form_url, find_barriers, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(form_url)
    expect(page.get_by_role("heading", name="Follow Calm")).to_be_visible()
    expect(page.get_by_label(re.compile("E-mail address"))).to_be_visible()
    expect(page.get_by_role("button", name="Follow")).to_be_visible()
    assert find_barriers(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide
