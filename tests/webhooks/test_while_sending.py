"""Statements whose wait is used by somebody else."""

from __future__ import annotations

import select

import pytest
from django.db import DatabaseError, OperationalError, connection

from webhooks.engine.while_sending import run_while_sending, use_waits

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _nobody_waits():
    yield
    use_waits(None, print)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        pytest.param("bigint", [1, -(2**40), None], id="numbers and none"),
        pytest.param("integer", [7, 7, 7], id="all the same"),
        pytest.param("float8", [0.5, None, 1e300], id="fractions"),
        pytest.param("boolean", [True, False, None], id="truths"),
        pytest.param("text", ["", 'é \\ " {}', None, "NULL"], id="texts"),
        pytest.param("text", [None, None], id="only none"),
        pytest.param("bigint", [], id="empty"),
    ],
)
def test_lists_arrive_as_they_were_sent(kind, values):
    place = f"%(values)b::{kind}[]"
    sql = f"SELECT v FROM unnest({place}) WITH ORDINALITY t(v, n) ORDER BY n"

    rows = run_while_sending(sql, {"values": values})

    assert [value for (value,) in rows] == values


def test_wait_is_used():
    connection.ensure_connection()
    waited = []

    def note(fd):
        waited.append(fd)
        select.select([fd], [], [])

    use_waits(connection.connection.pgconn.socket, note)
    rows = run_while_sending("SELECT %(a)s::int, pg_sleep(0.05)::text", {"a": 3})

    assert rows == [(3, "")]
    assert set(waited) == {connection.connection.pgconn.socket}


def test_error_leaves_the_connection_as_it_was():
    with pytest.raises(DatabaseError, match="division by zero"):
        run_while_sending("SELECT 1 / %(zero)s::int", {"zero": 0})

    assert run_while_sending("SELECT 2", {}) == [(2,)]


def test_lost_connection_is_no_fault_of_the_data():
    end = "SELECT pg_terminate_backend(pg_backend_pid())"

    with pytest.raises(OperationalError):
        run_while_sending(end, {})

    connection.close()
    assert run_while_sending("SELECT 2", {}) == [(2,)]
