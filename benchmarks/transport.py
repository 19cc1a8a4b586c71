"""Compare our transport with `requests`: small signed POSTs to a local sink.

    .venv/bin/python -m benchmarks.transport [requests per run]

Runs alternate, so that a busy machine slows all alike; the ratios are what counts.
"""

from __future__ import annotations

import functools
import statistics
import sys
import time
from collections.abc import Callable

import requests

from benchmarks.report import Figure, report
from benchmarks.sink import running_sink
from integrations_project.lib.net_policy import NetPolicy
from integrations_project.lib.signing import generate_secret, sign_standard_webhooks
from webhooks.engine.transport import HttpRequest, Transport

BODY = b'{"type":"incident.opened","data":{"title":"%s"}}' % (b"x" * 400)
POLICY = NetPolicy.build(allow_http=True, networks=["127.0.0.0/8"])
SECRET = generate_secret()
ROUNDS = 3
#: One `requests.post` costs as much as dozens of ours: fewer give the same accuracy.
SHARE_OF_REQUESTS = 20


def build_headers(number: int) -> list[tuple[str, str]]:
    message_id, timestamp = f"evt_{number}", int(time.time())
    signature = sign_standard_webhooks(
        [SECRET], message_id=message_id, timestamp=timestamp, body=BODY
    )
    return [
        ("Content-Type", "application/json"),
        ("User-Agent", "Signalpost/benchmark"),
        ("webhook-id", message_id),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", signature),
    ]


def send_all(transport: Transport, url: str, count: int, *, in_flight: int) -> None:
    started = finished = 0
    while finished < count:
        while started < count and transport.in_flight < in_flight:
            transport.start(
                HttpRequest(
                    key=started,
                    url=f"{url}hook/{started % 20}",
                    headers=build_headers(started),
                    body=BODY,
                    timeout_seconds=30.0,
                )
            )
            started += 1
        for outcome in transport.poll(1.0):
            assert outcome.ok, outcome.error
            finished += 1


def post_all(post: Callable[..., requests.Response], url: str, count: int) -> None:
    for number in range(count):
        answer = post(url, data=BODY, headers=dict(build_headers(number)), timeout=30)
        assert answer.status_code == 200


def measure(name: str, run: Callable[[int], None], count: int) -> tuple[float, float]:
    """Return requests a second and microseconds of our CPU each."""
    run(max(100, count // 20))
    wall, cpu = time.perf_counter(), time.process_time()
    run(count)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"  {name:28}{count / wall:10,.0f}/s{cpu / count * 1e6:10.1f} µs CPU each")
    return count / wall, cpu / count * 1e6


def main(count: int) -> None:
    rates: dict[str, list[tuple[float, float]]] = {}
    with running_sink() as url, requests.Session() as session:
        transports = {number: Transport(POLICY) for number in (64, 128, 256)}
        runs: dict[str, tuple[Callable[[int], None], int]] = {
            "requests.post": (
                functools.partial(post_all, requests.post, url),
                count // SHARE_OF_REQUESTS,
            ),
            "requests.Session.post": (
                functools.partial(post_all, session.post, url),
                count // SHARE_OF_REQUESTS,
            ),
        }
        for number, transport in transports.items():
            send = functools.partial(send_all, transport, url, in_flight=number)
            runs[f"transport, {number} in flight"] = (
                send,
                count,
            )
        for round_number in range(ROUNDS):
            print(f"round {round_number + 1}")
            for name, (run, size) in runs.items():
                rates.setdefault(name, []).append(measure(name, run, size))
        for transport in transports.values():
            transport.close()
    report("transport", compare(rates), notes=[f"Medians of {ROUNDS} rounds."])


def compare(rates: dict[str, list[tuple[float, float]]]) -> list[Figure]:
    """Return each way of sending beside `requests.post`."""
    base_rate = statistics.median(rate for rate, _ in rates["requests.post"])
    base_cpu = statistics.median(cpu for _, cpu in rates["requests.post"])
    figures = []
    for name, results in rates.items():
        rate = statistics.median(rate for rate, _ in results)
        cpu = statistics.median(cpu for _, cpu in results)
        value = (
            f"{rate / base_rate:.1f} × the rate, {cpu / base_cpu:.3f} of the CPU "
            f"({rate:,.0f}/s, {cpu:.1f} µs)"
        )
        figures.append(Figure(f"{name}, against `requests.post`", value))
    return figures


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
