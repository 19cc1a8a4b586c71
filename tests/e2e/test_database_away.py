"""The database goes and comes back; the product stays and goes on."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager

import psycopg
import pytest
import requests
from psycopg import sql

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@contextmanager
def database_away(name):
    """Cut every connection to a database and take no new one."""
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [name],
        )
        try:
            yield
        finally:
            server.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_product_stays_while_the_database_is_away(installation):
    installation.set_up()
    product = installation.product
    with database_away(product.directory.name):
        wait_for(lambda: not product.is_ready(), 10)
        response = installation.post("down")
        assert response.status_code == 503
        assert response.headers["Retry-After"]
        health = requests.get(f"{product.url}/healthz", timeout=5)
        assert health.json() == {"status": "ok"}
        time.sleep(8)
        assert product.process.poll() is None
    product.wait_until_ready(30)
    assert installation.tell("Back again")
    assert installation.wait_for_message("Back again", 20)
    assert product.terminate() == 0
