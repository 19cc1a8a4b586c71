"""Compare our pump with tuned django-q2, one task and one `requests.post` a delivery.

    .venv/bin/python -m benchmarks.deliver [deliveries of ours] [rounds]

Both take signed POSTs for 20 destinations from the same tables of one PostgreSQL
(fsync on; `TEST_DATABASE_URL`, or a private server), send them to the same local
sink and write down what came back. Runs alternate; the ratio is what counts.
Writes `benchmarks/results/deliver.txt`.
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from cryptography.fernet import Fernet

from benchmarks.sink import running_sink
from tests.postgres import create_database, drop_database, private_server

RESULTS = Path(__file__).parent / "results" / "deliver.txt"
#: One delivery by a task costs as much as dozens of ours.
SHARE_OF_DELIVERIES = 20


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with ExitStack() as stack:
        url = os.environ.get("TEST_DATABASE_URL", "")
        url = url or stack.enter_context(private_server(durable=True)).url()
        name = f"benchmark_{secrets.token_hex(4)}"
        os.environ |= environment(create_database(url, name))
        stack.callback(drop_database, url, name)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
        sink_url = stack.enter_context(running_sink())
        report(measure(sink_url, count, rounds))


def environment(database_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "SECRET_KEY": secrets.token_hex(32),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DELIVERY_ALLOW_HTTP": "1",
        "DELIVERY_ALLOWED_NETWORKS": "127.0.0.0/8",
        "BROKER_URL": "",
        "DEBUG": "0",
    }


def measure(
    sink_url: str, count: int, rounds: int
) -> list[dict[str, dict[str, float]]]:
    figures = []
    for number in range(rounds):
        figures.append(
            {
                "tasks": run("tasks", sink_url, count // SHARE_OF_DELIVERIES),
                "pump": run("pump", sink_url, count),
            }
        )
        print(f"round {number + 1} of {rounds}: {figures[-1]}", flush=True)
    figures.append({"publish": run("publish", sink_url, 1000)})
    return figures


def run(what: str, sink_url: str, count: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.deliver_runs", what, sink_url, str(count)],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def report(figures: list[dict[str, dict[str, float]]]) -> None:
    *rounds, last = figures
    tasks = [each["tasks"]["per_second"] for each in rounds]
    pump = [each["pump"]["per_second"] for each in rounds]
    cpu = [each["pump"]["cpu_us"] for each in rounds]
    ratios = [ours / theirs for ours, theirs in zip(pump, tasks, strict=True)]
    lines = [
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, PostgreSQL, fsync on, "
        f"medians of {len(rounds)} alternating rounds",
        f"django-q2 tuned, 4 workers, a task a delivery  "
        f"{statistics.median(tasks):8.0f} deliveries/s",
        f"the pump, one process                          "
        f"{statistics.median(pump):8.0f} deliveries/s, "
        f"{statistics.median(cpu):.0f} us of its CPU each",
        f"ratio                                          "
        f"{statistics.median(ratios):8.1f} (goal 15, later 25)",
        f"one event to 1,000 destinations                "
        f"{last['publish']['median_ms']:8.1f} ms in the transaction (goal 12)",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text)


if __name__ == "__main__":
    main()
