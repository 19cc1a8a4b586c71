from __future__ import annotations

import pytest

from tests.webhooks.raw_server import RawServer
from tests.webhooks.sending import LOOPBACK
from webhooks.engine.transport import Transport


@pytest.fixture
def transport():
    """A transport that may send to loopback."""
    made = Transport(LOOPBACK)
    yield made
    made.close()


@pytest.fixture
def make_raw():
    """Start servers of bytes: `make_raw(say(b"..."))`."""
    servers = []

    def make(behaviour):
        servers.append(RawServer(behaviour))
        return servers[-1]

    yield make
    for server in servers:
        server.close()
