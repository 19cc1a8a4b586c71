"""How often a status page is served while the status flips every second.

    .venv/bin/python -m benchmarks.status_page [seconds a run] [rounds]

PostgreSQL (fsync on; `TEST_DATABASE_URL`, or a private server), the web server of
`serve`, one process. The page has ten services with ninety days each. Another process
changes the status of one of them every second; each change has a number that stands on
the page. Every answer is read, and checked: what it says must have been true at some
moment of the two seconds before it was asked for, or since. Beside it, in turn, a view
that says hello in the very same server. Writes `benchmarks/results/status_page.txt`.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks import stage
from benchmarks.ingest import SETTINGS, only, running_server
from benchmarks.load import Load, Request, generate_load
from benchmarks.report import Figure, report

PROMISE_SECONDS = 2.0
#: In the laboratory, where hello world took 8,826 a second.
GOAL_PER_SECOND, LABORATORY_HELLO = 2000, 8826
GOAL_SHARE = GOAL_PER_SECOND / LABORATORY_HELLO
_FLIP = re.compile(rb"flip (\d+)\.")
#: Makes the page: ten services, each of which was down for an hour now and then.
MAKE_PAGE = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import Organization
from alerts.models import Service, StatusChange, StatusPage, StatusPageComponent
from integrations_project.lib.ids import uuid7
organization = Organization.objects.create(name="B", slug="b")
page = StatusPage.objects.create(organization=organization, slug="b", title="Bench")
begin = timezone.now() - timedelta(days=100)
STATUSES = ("operational", "down")
for number in range(10):
    service = Service.objects.create(organization=organization, created_at=begin,
                                     name=f"Service {number}", group=f"G{number // 5}")
    StatusPageComponent.objects.create(page=page, service=service, position=number,
                                       description="flip 0." if not number else "")
    for day in range(number, 90, 9):
        for hour, statuses in ((0, STATUSES), (1, STATUSES[::-1])):
            StatusChange.objects.create(
                organization=organization, service=service, source_kind="manual",
                previous_status=statuses[0], status=statuses[1], trace=uuid7(),
                changed_at=begin + timedelta(days=day + 9, hours=hour))
"""


@dataclass(slots=True)
class Answers:
    """What was answered: the number on the page, when asked for and when got."""

    seen: list[tuple[int, float, float]] = field(default_factory=list)
    size: int = 0

    def note(self, sent_at: float, got_at: float, body: bytes) -> None:
        found = _FLIP.search(body)
        assert found is not None, body[:500]
        self.seen.append((int(found[1]), sent_at, got_at))
        self.size = len(body)

    def find_ages(self, changes: dict[int, tuple[float, float]]) -> list[float]:
        """Return for each answer how long ago, at least, it had ceased to be true.

        Counted from the request: 0 for what was still true then, or came true later.
        """
        ages = []
        for number, sent_at, got_at in self.seen:
            began = changes[number][0] if number else 0.0
            assert began <= got_at, "An answer told of a change before it was made."
            _, ended = changes.get(number + 1, (0.0, float("inf")))
            ages.append(max(sent_at - ended, 0.0))
        return ages


@dataclass(frozen=True, slots=True)
class Round:
    """One round: hello world, and the page with what was wrong with it."""

    hello: Load
    page: Load
    checked: int
    changes: int
    oldest_seconds: float
    size: int


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    figures = []
    for _ in range(rounds):
        with ExitStack() as stack:
            server = stack.enter_context(stage.server())
            environment = stack.enter_context(stage.database("PostgreSQL", server))
            figures.append(run_round(environment | SETTINGS, seconds))
    write(figures)


def run_round(environment: dict[str, str], seconds: float) -> Round:
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", MAKE_PAGE],
        check=True, env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with only("benchmarks.hello", environment) as port:
        hello = generate_load(port, [Request("/hello", b"{}")], seconds=seconds)
    answers = Answers()
    with running_server(environment) as port:
        flips = start_flips(environment, changes=int(seconds) + 3)
        assert flips.stdout is not None
        first = flips.stdout.readline()
        page = generate_load(
            port,
            [Request("/status/b/", method="GET")],
            seconds=seconds,
            note=answers.note,
        )
        output, _ = flips.communicate(timeout=60)
    lines = [json.loads(line) for line in (first + output).splitlines()]
    changes = {number: (before, after) for number, before, after in lines}
    ages = answers.find_ages(changes)
    seen = len({number for number, _, _ in answers.seen})
    assert seen >= seconds / 2, "The page hardly changed meanwhile."
    return Round(hello, page, len(ages), seen, max(ages), answers.size)


def start_flips(environment: dict[str, str], *, changes: int) -> subprocess.Popen[str]:
    """Change the status once a second from now on."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.status_flips", "b", "1", str(changes)],
        env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def write(figures: list[Round]) -> None:
    """Print and keep each round, the median share and the oldest answer."""
    lines = [
        f"hello {each.hello.per_second:.0f}/s; page {each.page.per_second:.0f}/s "
        f"(p50 {each.page.p50_ms:.1f} ms, p99 {each.page.p99_ms:.1f} ms), "
        f"{each.checked} answers of {each.size} bytes checked over {each.changes} "
        f"changes, the oldest overtaken {each.oldest_seconds:.2f} s before its request"
        for each in figures
    ]
    share = statistics.median(e.page.per_second / e.hello.per_second for e in figures)
    served = statistics.median(each.page.per_second for each in figures)
    oldest = max(each.oldest_seconds for each in figures)
    checked = sum(each.checked for each in figures)
    report(
        "status_page",
        [
            Figure(
                "A status page whose status flips every second, one process, against "
                "a hello world view in the very same server",
                f"{share:.2f} ({served:,.0f} a second)",
                f"≥ {GOAL_SHARE:.2f}, which was 2,000 a second in the laboratory",
                share >= GOAL_SHARE,
            ),
            Figure(
                f"Its oldest answer of {checked:,}, all of them checked",
                f"{oldest:.2f} s behind",
                f"≤ {PROMISE_SECONDS:.0f} s",
                oldest <= PROMISE_SECONDS,
            ),
        ],
        notes=lines,
    )


if __name__ == "__main__":
    main()
