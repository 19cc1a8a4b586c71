"""A worker whose clock is two minutes ahead neither steals work nor delays it."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

import psycopg
import pytest

from tests.e2e.endpoints import OK
from tests.http_server import Answer

# On SQLite all workers are on one machine, which has one clock.
pytestmark = [pytest.mark.slow, pytest.mark.timed, pytest.mark.postgres]

SKEW_SECONDS = 120
#: As long as a request is on the wire: a claim that looks old to the other worker.
HELD_SECONDS = 3.0
#: The first retry comes after 5 s ± 20 %; the rest is for a machine under load.
RETRY_SECONDS = (3.9, 10.0)
#: First attempts that fail: too few for the breaker.
FAILED_COUNT = 5
NO = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
LIVE_PUMPS = """
SELECT process_id FROM webhooks_pump
 WHERE finished_at IS NULL AND beat_at > clock_timestamp() - interval '5 s'
"""
ATTEMPTS = """
SELECT count(*) FILTER (WHERE started_at <= clock_timestamp()),
       count(*) FILTER (WHERE started_at > clock_timestamp() + interval '1 min')
  FROM webhooks_attempt
"""
#: What a worker runs, turn after turn.
PUMP = """
from webhooks.engine.pump import PumpRun
while True:
    PumpRun().run()
"""


@pytest.fixture
def database(installation):
    """A connection to the database of the installation."""
    with psycopg.connect(installation.product.database_url, autocommit=True) as each:
        yield each


@pytest.fixture
def ahead(installation, make_product):
    """A worker of a second machine, whose clock is ahead."""
    product = make_product(
        PYTHONPATH=str(Path(__file__).with_name("skewed_clock")),
        SKEW_SECONDS=str(SKEW_SECONDS),
    )
    product.database_url = installation.product.database_url
    product.start("shell", "--no-imports", "-c", PUMP)
    return product


def has_pump(product, database):
    """Whether a pump is alive among the processes of this product."""
    ids = {process_id for (process_id,) in database.execute(LIVE_PUMPS)}
    return bool(ids & {each.pid for each in product.processes()})


def test_neither_steals_nor_delays(installation, ahead, endpoint, database):
    installation.set_up()
    installation.sink.always(Answer(delay_seconds=HELD_SECONDS))
    arrived = defaultdict(list)

    def fail_the_first_attempts(arrival):
        times = arrived[arrival.headers["webhook-id"]]
        times.append(time.monotonic())
        is_failing = len(times) == 1 and len(arrived) <= FAILED_COUNT
        arrival.answer(NO if is_failing else OK)

    endpoint.serve(fail_the_first_attempts)
    installation.call(
        "POST", "webhooks", label="Fails at first", url=endpoint.url,
        event_types=["service.status_changed"],
    )  # fmt: skip
    wait_until(lambda: has_pump(ahead, database), seconds=60)
    posted = post_until_both_have_sent(installation, database)

    installation.sink.wait_for(posted, seconds=20)
    wait_until(lambda: sum(map(len, arrived.values())) == posted + FAILED_COUNT)
    waits = [times[1] - times[0] for times in arrived.values() if len(times) == 2]
    assert len(waits) == FAILED_COUNT
    assert RETRY_SECONDS[0] < min(waits)
    assert max(waits) < RETRY_SECONDS[1]
    # Nobody was told twice while the other worker waited for the answer.
    time.sleep(HELD_SECONDS + 1)
    ids = [each.headers["webhook-id"] for each in installation.sink.requests]
    assert len(ids) == len(set(ids)) == posted


def post_until_both_have_sent(installation, database):
    """Return after how many posts both workers saw what the other one held."""
    for posted in range(1, 120):
        assert installation.tell(f"post {posted}.")
        time.sleep(0.1)
        right, skewed = database.execute(ATTEMPTS).fetchone()
        if posted > FAILED_COUNT and right and skewed:
            return posted
    pytest.fail(f"attempts of the one: {right}, of the other: {skewed}")


def wait_until(condition, seconds=30):
    """Wait until this is so, and fail after the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
