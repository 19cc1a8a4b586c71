"""From a POST to a receiver to the endpoint having the webhook, on an idle system.

    python -m benchmarks.latency [--posts 200]

Starts the real product, on SQLite and on a private PostgreSQL, posts one status at a
time with pauses between, and prints how long each took to get through.
Goal: p50 at most 60 ms, p99 at most 300 ms.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from pathlib import Path

from cryptography.fernet import Fernet

from benchmarks.report import Figure, report
from tests.e2e.installation import Installation
from tests.http_server import Sink
from tests.postgres import private_server
from tests.processes import Product

SETTINGS = {
    "SECRET_KEY": "only-for-benchmarks-" + "0123456789abcdef" * 3,
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "DELIVERY_ALLOW_HTTP": "1",
    "DELIVERY_ALLOWED_NETWORKS": "127.0.0.0/8",
    "DEBUG": "0",
}
WARM_UP_POSTS = 5


def measure(database_url: str, posts: int) -> list[float]:
    """Return the milliseconds of each post, shortest first."""
    sink = Sink()
    with tempfile.TemporaryDirectory() as directory:
        url = database_url or f"sqlite:///{directory}/db.sqlite3"
        product = Product(Path(directory), url)
        try:
            product.manage("bootstrap")
            product.start()
            installation = Installation(product, sink)
            installation.set_up()
            for number in range(WARM_UP_POSTS):
                measure_one(installation, number)
            return sorted(measure_one(installation, number) for number in range(posts))
        finally:
            product.stop()
            sink.close()


def measure_one(installation: Installation, number: int) -> float:
    """Post once and return the milliseconds until the endpoint has it."""
    # Not in step with anything that polls.
    time.sleep(random.uniform(0.05, 0.25))
    message = f"{number} {time.time()}"
    start = time.time()
    assert installation.post(message=message).json()["result"] == "processed"
    request = installation.wait_for_message(message, 10)
    assert request, "The webhook did not come within 10 s."
    return (request.at - start) * 1000


def main() -> None:
    """Measure on both databases and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=200)
    posts = parser.parse_args().posts
    os.environ |= SETTINGS
    figures = []
    with private_server(durable=True) as server:
        for name, url in (("SQLite", ""), ("PostgreSQL", server.url())):
            times = measure(url, posts)
            p50 = statistics.median(times)
            p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
            figures.append(
                Figure(
                    f"POST in to webhook at the endpoint, idle system, {name}",
                    f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {times[-1]:.1f} ms",
                    "p50 ≤ 60 ms, p99 ≤ 300 ms",
                    p50 <= 60 and p99 <= 300,
                )
            )
    report("latency", figures, notes=[f"{posts} posts, one at a time."])


if __name__ == "__main__":
    main()
