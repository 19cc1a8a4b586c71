"""A running product, a person signed in to it, and a judge of accessibility."""

from __future__ import annotations

import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.processes import Product

SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def product(database_template, tmp_path_factory):
    """One product for the tests of a module, web server and workers."""
    assert os.environ["DATABASE_URL"].startswith("sqlite")
    directory = tmp_path_factory.mktemp("browser")
    database = directory / "db.sqlite3"
    shutil.copy(database_template.removeprefix("sqlite:///"), database)
    started = Product(directory, f"sqlite:///{database}")
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture
def signed_in(product, page):
    """Give a page on which the first administrator is signed in."""
    page.goto(f"{product.url}/accounts/login/")
    page.get_by_label("E-mail").fill("admin@example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{product.url}/")
    return page


@pytest.fixture
def find_barriers():
    """Return what would keep somebody from using a page, as axe sees it."""

    def find(page):
        before = list(page.complaints)
        violations = Axe().run(page).response["violations"]
        # Axe tries inline styles, which the policy of our pages refuses.
        page.complaints[:] = before
        return [
            f"{each['id']}: {node['html'][:200]}"
            for each in violations
            if each["impact"] in SERIOUS
            for node in each["nodes"]
        ]

    return find
