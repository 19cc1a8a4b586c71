"""A refusal is one line of the log; a fault keeps its traceback."""

from __future__ import annotations

import io
import logging

import pytest
from django.core.exceptions import PermissionDenied

from integrations_project.lib.log_redaction import DropRefusalTraces
from tests.factories import make_destination, make_membership


@pytest.fixture
def log():
    """What the server's log says."""
    (console,) = (
        handler
        for handler in logging.getLogger().handlers
        if type(handler) is logging.StreamHandler
    )
    written = io.StringIO()
    before = console.setStream(written)
    yield written
    console.setStream(before)


@pytest.mark.django_db
def test_role_refusal_is_one_line(client, log):
    destination = make_destination()
    member = make_membership(organization=destination.organization, role="viewer")
    client.force_login(member.user)
    path = f"{destination.get_absolute_url()}edit/"

    assert client.get(path).status_code == 403

    (line,) = log.getvalue().splitlines()
    assert line.endswith(f"Forbidden (Permission denied): {path}")


@pytest.mark.parametrize(
    ("level", "error"),
    [
        pytest.param(logging.ERROR, PermissionDenied(), id="error"),
        pytest.param(logging.WARNING, ValueError(), id="other"),
    ],
)
def test_fault_keeps_its_traceback(level, error):
    exc_info = (type(error), error, None)
    record = logging.LogRecord("django", level, "", 0, "said", None, exc_info)

    assert DropRefusalTraces().filter(record)

    assert record.exc_info == exc_info
