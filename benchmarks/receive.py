"""How many POSTs a receiver takes, as a share of "hello world" on the same server.

    .venv/bin/python -m benchmarks.receive [seconds a run] [rounds]

One granian process with four threads, PostgreSQL (fsync on; `TEST_DATABASE_URL`, or a
private server), signed bodies, every tenth of which changes the status. Runs
alternate; the share is what counts. Writes `benchmarks/results/receive.txt`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.load import Load, Request, generate_load, wait_until_open
from benchmarks.report import Figure
from benchmarks.report import report as write_report
from benchmarks.stage import environment
from tests.postgres import create_database, drop_database, private_server
from tests.processes import free_port

SECRET = "benchmark"
CHANGES_EVERY = 10
#: Makes one receiver and prints its token.
MAKE_RECEIVER = f"""
from accounts.datatypes import SYSTEM
from accounts.models import Organization
from alerts.models import Service
from receivers.actions import create_receiver
organization = Organization.objects.create(name="B", slug="b")
service = Service.objects.create(organization=organization, name="API Gateway")
print(create_receiver(organization, actor=SYSTEM, name="B", service=service,
                      hmac_secret={SECRET!r}).token)
"""


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with ExitStack() as stack:
        url = os.environ.get("TEST_DATABASE_URL", "")
        url = url or stack.enter_context(private_server(durable=True)).url()
        name = f"benchmark_{secrets.token_hex(4)}"
        os.environ |= environment(create_database(url, name))
        os.environ["DJANGO_SETTINGS_MODULE"] = "integrations_project.settings"
        os.environ["RECEIVER_RATE_PER_MINUTE"] = "1000000"
        stack.callback(drop_database, url, name)
        hello = stack.enter_context(running_server("benchmarks.hello:application"))
        receiver = stack.enter_context(
            running_server("integrations_project.wsgi:application")
        )
        requests = build_requests(make_receiver())
        figures = [
            (
                generate_load(hello, [Request("/hello", b"{}")], seconds=seconds),
                generate_load(receiver, requests, seconds=seconds),
            )
            for _ in range(rounds)
        ]
        report(figures)


@contextmanager
def running_server(application: str) -> Iterator[int]:
    """Serve an application as the product does; yields its port."""
    port = free_port()
    process = subprocess.Popen(
        [
            Path(sys.executable).with_name("granian"), application,
            "--interface", "wsgi", "--http", "1", "--workers", "1",
            "--blocking-threads", "4", "--backlog", "1024", "--backpressure", "1024",
            "--port", str(port), "--no-access-log", "--log-level", "warning",
        ]
    )  # fmt: skip
    try:
        wait_until_open(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def make_receiver() -> str:
    """Migrate and return the token of a receiver."""
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], check=True)
    made = subprocess.run(
        [*manage, "shell", "-v0", "-c", MAKE_RECEIVER],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return made.stdout.split()[-1]


def build_requests(token: str) -> list[Request]:
    """Return twenty signed POSTs, of which two change the status."""
    statuses = ["down"] * CHANGES_EVERY + ["operational"] * CHANGES_EVERY
    return [build_request(token, status) for status in statuses]


def build_request(token: str, status: str) -> Request:
    body = json.dumps({"status": status, "message": "Measured"}).encode()
    signature = hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()
    return Request(
        f"/api/webhooks/incoming/{token}", body, {"X-Webhook-Signature": signature}
    )


def report(figures: list[tuple[Load, Load]]) -> None:
    """Print and keep each round and the median share."""
    lines = [
        f"hello {hello.per_second:8.0f}/s   receiver {receiver.per_second:8.0f}/s   "
        f"share {receiver.per_second / hello.per_second:.3f}   "
        f"p50 {receiver.p50_ms:.1f} ms   p99 {receiver.p99_ms:.1f} ms"
        for hello, receiver in figures
    ]
    share = statistics.median(
        receiver.per_second / hello.per_second for hello, receiver in figures
    )
    figure = Figure(
        "POSTs that a receiver takes, against hello world on the same server",
        f"{share:.3f}",
        "≥ 0.35",
        share >= 0.35,
    )
    write_report("receive", [figure], notes=lines)


if __name__ == "__main__":
    main()
