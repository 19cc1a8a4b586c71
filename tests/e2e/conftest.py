"""Installations for the end-to-end tests."""

from __future__ import annotations

import pytest

from tests.e2e.endpoints import Endpoint
from tests.e2e.installation import Installation
from tests.e2e.meter_site import SHOP, Site, make_client
from tests.processes import make_products


@pytest.fixture
def installation(product, sink):
    """A running product that nothing was set up in."""
    return Installation(product, sink)


@pytest.fixture
def endpoint():
    """An endpoint that the test plays by hand."""
    with Endpoint() as each:
        yield each


@pytest.fixture(scope="module")
def shared_product(tmp_path_factory, database_template):
    """A product that the tests of a module share; each has a site of its own."""
    directory = tmp_path_factory.mktemp("meter")
    with make_products(directory, database_template) as make:
        started = make()
        started.start()
        yield started


@pytest.fixture(scope="module")
def client(shared_product):
    """The public client of content monitors, with a key that writes."""
    with make_client(shared_product) as made:
        yield made


@pytest.fixture
def site(make_sink):
    """A site whose pages a test changes."""
    return Site(make_sink())


@pytest.fixture
def docs(client, site):
    """A strategy that reads the site's documents section by section."""
    return client.extract_content(f"{site.url}/docs", "Docs")


@pytest.fixture
def shop(client, site):
    """A strategy that reads the site's products by CSS selectors."""
    return client.generate_strategy(
        f"{site.url}/shop", "Products and prices", "Shop", output_schema=SHOP
    )


@pytest.fixture
def hook(make_sink):
    """Where schedules push."""
    return make_sink()
