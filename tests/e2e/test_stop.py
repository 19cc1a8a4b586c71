"""Everything ends when it is told to, and nothing is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from tests.http_server import Answer
from tests.processes import MANAGE

pytestmark = [pytest.mark.slow, pytest.mark.timed]

STOP_SECONDS = 10


def stop(product, *signals):
    """Send the signals, wait for the end and return exit code and seconds."""
    start = time.monotonic()
    for each in signals:
        product.process.send_signal(each)
        time.sleep(0.1)
    code = product.process.wait(timeout=STOP_SECONDS + 5)
    product.wait_until_gone(1)
    return code, time.monotonic() - start


@pytest.mark.parametrize(
    "signals",
    [
        pytest.param([signal.SIGTERM], id="SIGTERM"),
        pytest.param([signal.SIGINT], id="Ctrl-C"),
        pytest.param([signal.SIGINT, signal.SIGINT], id="Ctrl-C twice"),
        pytest.param([signal.SIGHUP], id="terminal closed"),
    ],
)
def test_idle_product_ends(product, signals):
    code, seconds = stop(product, *signals)
    assert code == 0
    assert seconds < STOP_SECONDS


def test_product_ends_when_make_is_killed(make_product):
    product = make_product()
    shell = f"{sys.executable} {MANAGE} serve --end-with-parent & wait"
    with product.log.open("ab") as output:
        product.process = subprocess.Popen(
            ["sh", "-c", shell], cwd=product.directory, env=product.environment,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    product.wait_until_ready()
    product.process.kill()
    product.wait_until_gone(STOP_SECONDS)


def test_product_ends_with_requests_on_the_wire(installation):
    installation.sink.always(Answer(instead="never"))
    installation.set_up()
    installation.post("down", "Held")
    installation.sink.wait_for(1)
    code, seconds = stop(installation.product, signal.SIGTERM)
    assert code == 0
    assert seconds < STOP_SECONDS
    # Its lease was given back: the next start sends it at once.
    installation.sink.always(Answer())
    installation.product.start()
    first, second = installation.sink.wait_for(2, seconds=10)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_second_product_on_one_port_is_told(product, make_product):
    other = make_product()
    other.port = product.port
    other.start(wait=False)
    assert other.process.wait(timeout=30) == 1
    last = other.output().strip().splitlines()[-1]
    assert f"Port {product.port} on 127.0.0.1 is taken by another program" in last
    assert product.is_ready()


def test_workers_alone_deliver(installation):
    installation.set_up()
    installation.sink.play(Answer(status=500))
    installation.post("down", "Sent again by the workers")
    installation.sink.wait_for(1)
    product = installation.product
    assert stop(product, signal.SIGTERM)[0] == 0
    product.start("qcluster")
    installation.sink.wait_for(2, seconds=30)
    assert not product.find("web")
    assert stop(product, signal.SIGTERM)[0] == 0
