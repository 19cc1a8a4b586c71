"""How many POSTs a receiver takes, beside "hello world" and a plain view.

    .venv/bin/python -m benchmarks.ingest [seconds a run] [rounds]

PostgreSQL (fsync on; `TEST_DATABASE_URL`, or a private server), signed bodies, every
tenth of which changes the status. All three are served by the web server of `serve`,
front included, one process each: the receiver; a Django view that says hello, without
any middleware; and the same work as a plain DRF view with the ORM. Runs alternate; the
ratios are what counts. Hello world under the same server's WSGI interface, without our
front, is told beside them. Then the receiver gets half of what it took, alone and with
fifty senders that drip. Writes `benchmarks/results/ingest.txt`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import stage
from benchmarks.load import (
    Load,
    Request,
    generate_load,
    generate_steady_load,
    wait_until_open,
)
from benchmarks.report import Figure
from benchmarks.report import report as write_report
from tests.processes import free_port

SECRET = "benchmark"
CHANGES_EVERY = 10
DRIPPING = 50
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
SETTINGS = {
    "RECEIVER_RATE_PER_MINUTE": "100000000",
    "DJANGO_SETTINGS_MODULE": "integrations_project.settings",
}


@dataclass(frozen=True, slots=True)
class Round:
    """What each took in one round."""

    hello: Load
    bare_hello: Load
    plain: Load
    receiver: Load


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with ExitStack() as stack:
        server = stack.enter_context(stage.server())
        environment = stack.enter_context(stage.database("PostgreSQL", server))
        environment |= SETTINGS
        token = make_receiver(environment)
        hello = [Request("/hello", b"{}")]
        plain = build_requests(f"/api/webhooks/plain/{token}")
        requests = build_requests(f"/api/webhooks/incoming/{token}")
        figures = [
            Round(
                hello=measure(only("benchmarks.hello", environment), hello, seconds),
                bare_hello=measure(bare_server(), hello, seconds),
                plain=measure(
                    only("benchmarks.plain_receiver", environment), plain, seconds
                ),
                receiver=measure(running_server(environment), requests, seconds),
            )
            for _ in range(rounds)
        ]
        half = statistics.median(each.receiver.per_second for each in figures) / 2
        port = stack.enter_context(running_server(environment))
        calm = steady(port, requests, half, seconds, rounds)
        with dripping(port, f"/api/webhooks/incoming/{token}"):
            dripped = steady(port, requests, half, min(seconds, 7), rounds)
        report(figures, calm, dripped)


def measure(
    server: AbstractContextManager[int], requests: list[Request], seconds: float
) -> Load:
    """Load a server that runs for this alone."""
    with server as port:
        return generate_load(port, requests, seconds=seconds)


def only(urls: str, environment: dict[str, str]) -> AbstractContextManager[int]:
    """Serve these addresses alone."""
    changes = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.ingest_settings",
        "BENCHMARK_URLS": urls,
    }
    return running_server(environment | changes)


def running_server(environment: dict[str, str]) -> AbstractContextManager[int]:
    """Serve as `serve` does; yields the port."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.ingest_server", str(port)]
    return running(command, port, environment)


def bare_server() -> AbstractContextManager[int]:
    """Serve hello world under the WSGI interface of the same server."""
    port = free_port()
    command = [
        str(Path(sys.executable).with_name("granian")), "benchmarks.hello:application",
        "--interface", "wsgi", "--http", "1", "--workers", "1",
        "--blocking-threads", "8", "--backpressure", "1024",
        "--port", str(port), "--no-access-log", "--log-level", "error",
    ]  # fmt: skip
    return running(command, port, dict(os.environ))


@contextmanager
def running(
    command: list[str], port: int, environment: dict[str, str]
) -> Iterator[int]:
    process = subprocess.Popen(command, env=environment)
    try:
        wait_until_open(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def make_receiver(environment: dict[str, str]) -> str:
    """Return the token of a new receiver."""
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", MAKE_RECEIVER],
        check=True, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    return made.stdout.split()[-1]


def build_requests(path: str) -> list[Request]:
    """Return twenty signed POSTs, of which two change the status."""
    statuses = ["down"] * CHANGES_EVERY + ["operational"] * CHANGES_EVERY
    return [build_request(path, status) for status in statuses]


def build_request(path: str, status: str) -> Request:
    body = json.dumps({"status": status, "message": "Measured"}).encode()
    signature = hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()
    return Request(path, body, {"X-Webhook-Signature": signature})


def steady(
    port: int, requests: list[Request], rate: float, seconds: float, rounds: int
) -> list[Load]:
    """Send so many a second, some times over."""
    return [
        generate_steady_load(port, requests, per_second=rate, seconds=seconds)
        for _ in range(rounds)
    ]


@contextmanager
def dripping(port: int, path: str) -> Iterator[None]:
    """Keep fifty senders at it that send a byte a second, and come again."""
    ended = threading.Event()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999\r\n\r\n"
    wires: list[socket.socket] = []

    def drip() -> None:
        while not ended.wait(1):
            for wire in wires:
                try:
                    wire.sendall(b" ")
                except OSError:
                    wires.remove(wire)
            while len(wires) < DRIPPING:
                wires.append(socket.create_connection(("127.0.0.1", port)))
                wires[-1].sendall(head.encode())

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for wire in wires:
            wire.close()


def report(figures: list[Round], calm: list[Load], dripped: list[Load]) -> None:
    """Print and keep each round, the median ratios and the waits."""
    lines = [
        f"hello {each.hello.per_second:.0f}/s, without our front "
        f"{each.bare_hello.per_second:.0f}/s; plain view "
        f"{each.plain.per_second:.0f}/s; receiver {each.receiver.per_second:.0f}/s "
        f"(p50 {each.receiver.p50_ms:.1f} ms, p99 {each.receiver.p99_ms:.1f} ms)"
        for each in figures
    ]
    share = statistics.median(
        each.receiver.per_second / each.hello.per_second for each in figures
    )
    bare = statistics.median(
        each.receiver.per_second / each.bare_hello.per_second for each in figures
    )
    plain = statistics.median(
        each.receiver.per_second / each.plain.per_second for each in figures
    )
    taken = statistics.median(each.receiver.per_second for each in figures)
    calm_p99 = statistics.median(each.p99_ms for each in calm)
    slow_p99 = statistics.median(each.p99_ms for each in dripped)
    rate = f"{taken / 2:.0f} a second"
    write_report(
        "ingest",
        [
            Figure(
                "POSTs that a receiver takes (PostgreSQL, HMAC, 10 % change the "
                "status), against a hello world view in the very same server",
                f"{share:.2f} ({taken:.0f} a second)",
                "≥ 0.35",
                share >= 0.35,
            ),
            Figure("The same, against hello world without our front", f"{bare:.2f}"),
            Figure("The same, against a plain DRF view with the ORM", f"{plain:.1f} ×"),
            Figure(
                f"Answer at half of that load ({rate}), p99",
                f"{calm_p99:.1f} ms",
                "≤ 10 ms",
                calm_p99 <= 10,
            ),
            Figure(
                f"The same with {DRIPPING} senders that drip their bodies, p99",
                f"{slow_p99:.1f} ms",
                "≤ 200 ms",
                slow_p99 <= 200,
            ),
        ],
        notes=lines,
    )


if __name__ == "__main__":
    main()
