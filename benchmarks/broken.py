"""What ten thousand due rows of one broken webhook do to another's latency.

    .venv/bin/python -m benchmarks.broken [rounds] [seconds]

Fifty times a second an event comes in for a healthy webhook; one pump sends. Beside
it nothing, or a webhook with ten thousand deliveries due whose endpoint refuses the
connection or never answers in time. The runs alternate; the ratio of the medians is
what counts.
"""

from __future__ import annotations

import socket
import statistics
import sys
from collections import defaultdict

from benchmarks import stage
from benchmarks.report import Figure, report
from benchmarks.sink import running_sink

ROWS = 10_000
GOAL = 1.2
HOW = ("calm", "refusing", "hanging")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 12
    figures = []
    with stage.server() as server_url, running_sink() as sink_url:
        for kind in stage.DATABASES:
            p99, attempts = defaultdict(list), defaultdict(list)
            for number in range(rounds):
                for how in HOW:
                    found = measure(kind, server_url, sink_url, seconds, how=how)
                    p99[how].append(found["p99"])
                    attempts[how].append(found["attempts"])
                    print(f"{kind}, round {number + 1}, {how}: {found}", flush=True)
            figures += [
                build_figure(kind, how, p99, max(attempts[how]))
                for how in ("refusing", "hanging")
            ]
    report("broken", figures)


def build_figure(
    kind: str, how: str, p99: dict[str, list[float]], attempts: int
) -> Figure:
    calm, found = statistics.median(p99["calm"]), statistics.median(p99[how])
    return Figure(
        f"{ROWS:,} due rows of one {how} webhook, {kind}: another's p99",
        f"{found / calm:.2f} × ({found:.1f} ms, without it {calm:.1f} ms; "
        f"{attempts} requests went to the broken one)",
        f"≤ {GOAL} ×",
        found / calm <= GOAL,
    )


def find_closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def measure(
    kind: str, server_url: str, sink_url: str, seconds: float, *, how: str
) -> dict[str, float]:
    broken = {
        "calm": "",
        "refusing": f"http://127.0.0.1:{find_closed_port()}/",
        "hanging": f"{sink_url}after/60000/",
    }[how]
    with stage.database(kind, server_url) as variables:
        stage.run(variables, "broken_runs", "fill", sink_url, broken, ROWS)
        pump = stage.start(variables, "pump_runs", "pump_for", seconds + 10)
        try:
            return stage.run(variables, "broken_runs", "arrive", seconds)
        finally:
            stage.read(pump)


if __name__ == "__main__":
    main()
