"""Fixtures: a transport, servers of bytes, one pass of a pump, events to publish."""

from __future__ import annotations

import pytest
from django.utils import timezone

from integrations_project.lib.ids import uuid7
from tests.webhooks.clients import CLIENTS
from tests.webhooks.oauth2_server import TokenServer
from tests.webhooks.raw_server import RawServer
from tests.webhooks.sending import LOOPBACK
from webhooks.datatypes import NewEvent
from webhooks.engine.flight import shared_postman, shared_transport
from webhooks.engine.pump import PumpRun
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


@pytest.fixture(params=CLIENTS)
def ask(request):
    """Ask an address by each of the two clients in turn."""
    return CLIENTS[request.param]


@pytest.fixture
def pump_once():
    """Deliver everything that is due now, once; returns what the pump says."""

    def run(**options):
        return PumpRun(is_resident=False, **options).run()

    yield run
    shared_transport().close()
    shared_postman().close()


@pytest.fixture
def new_event():
    """Build an event that has just happened."""

    def build(event_type="incident.opened", **fields):
        defaults = {
            "data": {"title": "The gateway is down"},
            "occurred_at": timezone.now(),
            "trace": uuid7(),
        }
        return NewEvent(type=event_type, **defaults | fields)

    return build


@pytest.fixture
def token_server():
    """An OAuth2 token server that is an endpoint too."""
    started = TokenServer()
    yield started
    started.close()
