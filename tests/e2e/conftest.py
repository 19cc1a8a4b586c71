"""Installations for the end-to-end tests."""

from __future__ import annotations

import pytest

from tests.e2e.endpoints import Endpoint
from tests.e2e.installation import Installation


@pytest.fixture
def installation(product, sink):
    """A running product that nothing was set up in."""
    return Installation(product, sink)


@pytest.fixture
def endpoint():
    """An endpoint that the test plays by hand."""
    with Endpoint() as each:
        yield each
