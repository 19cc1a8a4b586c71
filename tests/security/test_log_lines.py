"""Logs: one event is one line, and no secret is in it."""

from __future__ import annotations

import logging
from io import StringIO
from urllib.parse import quote

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from integrations_project.middleware import KnownErrorMiddleware
from receivers.models import Receiver
from tests.security.world import post_status

pytestmark = pytest.mark.django_db


@pytest.fixture
def console():
    """Return what the console handler of the settings writes."""
    stream = StringIO()
    handler = next(h for h in logging.getLogger().handlers if h.name == "console")
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


FORGED = "x\r\n2026-11-21 00:00:00,000 CRITICAL forged\x1b[2J\u2028\x85line"


def is_one_line(text: str) -> bool:
    return len(text.splitlines()) == 1 and text.strip().isprintable()


def test_labels_cannot_forge_log_lines(console):
    logging.getLogger("webhooks").warning("failing label=%s", FORGED)
    text = console.getvalue()
    assert is_one_line(text), repr(text)
    assert "CRITICAL forged" in text


def test_paths_cannot_forge_log_lines(ours, console):
    Client().get("/nothing/" + quote(FORGED))
    assert is_one_line(console.getvalue()), repr(console.getvalue())


def test_database_trouble_is_logged_in_one_line(console):
    def view(request):
        raise AssertionError

    request = RequestFactory().get("/" + quote(FORGED))
    middleware = KnownErrorMiddleware(view)
    answer = middleware.process_exception(request, OperationalError(FORGED))
    assert answer is not None
    assert answer.status_code == 503
    assert is_one_line(console.getvalue()), repr(console.getvalue())


def test_tokens_stay_out_of_the_log(ours, console):
    receiver = ours.rows[Receiver]
    client = Client(raise_request_exception=False)
    client.put(f"/api/webhooks/incoming/{receiver.token}")
    client.get(f"/api/webhooks/incoming/{receiver.token}/nothing")
    post_status(receiver)
    assert receiver.token not in console.getvalue()
