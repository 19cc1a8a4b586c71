"""Run all tests on SQLite and on PostgreSQL, and sum up in one line.

Most tests share the cores. Those that start real processes wait more than they work,
so both databases' run side by side, each one at a time; those that measure time run
alone. Arguments are handed to pytest: `make test ARGS="-k pump"`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path
from typing import NamedTuple, TextIO
from xml.etree import ElementTree

from tests.postgres import private_server

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".reports"
NO_TESTS_COLLECTED = 5
#: Everything runs twice; what needs no database is the same both times.
is_second_run = os.environ.get("TEST_IS_SECOND_RUN") == "1"


class Pass(NamedTuple):
    """One run of pytest."""

    title: str
    database: str  # as TEST_DATABASE
    marks: str  # as pytest -m
    options: tuple[str, ...]


class Count(NamedTuple):
    """What a run of pytest counted."""

    passed: int
    failed: int
    skipped: int


CORES = ("-n", str(max(2, os.cpu_count() or 2)))
ONE_BY_ONE = ("-n", "0")
FAST = "not slow and not browser"
REAL_ON_FIRST = "(slow or browser) and not timed"
REAL_ON_SECOND = "slow and not browser and not timed"
#: One after the other; the passes of one step run at the same time.
STEPS = (
    (Pass("SQLite", "sqlite", FAST, CORES),),
    (Pass("PostgreSQL", "postgres", FAST, CORES),),
    (
        Pass("SQLite, real processes", "sqlite", REAL_ON_FIRST, ONE_BY_ONE),
        Pass("PostgreSQL, real processes", "postgres", REAL_ON_SECOND, ONE_BY_ONE),
    ),
    (Pass("SQLite, in time", "sqlite", "timed", ONE_BY_ONE),),
    (Pass("PostgreSQL, in time", "postgres", "timed", ONE_BY_ONE),),
)


def environment_for(database: str, shared: dict[str, str]) -> dict[str, str]:
    """Return the environment in which the tests choose this database."""
    environment = os.environ | {"TEST_DATABASE": database}
    if database == "sqlite":
        environment.pop("TEST_DATABASE_URL", None)
        return environment | {"TEST_MIGRATED": shared["TEST_MIGRATED"]}
    environment["TEST_IS_SECOND_RUN"] = "1"
    if "TEST_DATABASE_URL" in environment:
        return environment  # somebody's own server: each pass tidies up after itself
    return environment | shared


def count(report: Path) -> Count:
    """Read a JUnit report; one that is missing or broken counts as one failure."""
    try:
        suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return Count(0, 1, 0)
    total, failures, errors, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    )
    return Count(total - failures - errors - skipped, failures + errors, skipped)


def run(
    each: Pass, arguments: list[str], shared: dict[str, str], output: TextIO
) -> Count:
    """Run pytest once; tell how it went."""
    report = REPORTS / f"{each.title.lower().replace(', ', '-').replace(' ', '-')}.xml"
    report.unlink(missing_ok=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-m", each.marks, *each.options]
    done = subprocess.run(
        [*command, f"--junit-xml={report}", *arguments],
        cwd=ROOT, env=environment_for(each.database, shared),
        stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False,
    )  # fmt: skip
    result = count(report)
    if done.returncode not in (0, NO_TESTS_COLLECTED) and not result.failed:
        result = result._replace(failed=1)  # it broke off outside of any test
    text = f"{each.title}: {result.passed} passed, {result.failed} failed"
    seconds = time.monotonic() - started
    print(f"{text} in {seconds:.0f} s", file=output, flush=True)
    return result


def run_step(
    step: tuple[Pass, ...], arguments: list[str], shared: dict[str, str]
) -> list[Count]:
    """Run passes at the same time; each is shown in one piece."""
    print(f"\n=== {' and '.join(each.title for each in step)}", flush=True)
    if len(step) == 1:
        return [run(step[0], arguments, shared, sys.stdout)]
    with ExitStack() as files:
        logs = [files.enter_context(tempfile.TemporaryFile("w+")) for _ in step]
        with ThreadPoolExecutor(len(step)) as pool:
            results = list(pool.map(run, step, repeat(arguments), repeat(shared), logs))
        for log in logs:
            log.seek(0)
            print(log.read(), flush=True)
    return results


def run_all(arguments: list[str]) -> list[Count]:
    """Run every pass, whatever the earlier ones found."""
    results: list[Count] = []
    with ExitStack() as resources:
        directory = tempfile.mkdtemp(prefix="signalpost-migrated-")
        resources.callback(shutil.rmtree, directory, ignore_errors=True)
        # What was migrated once serves all passes.
        shared = {"TEST_MIGRATED": directory}
        if "TEST_DATABASE_URL" not in os.environ:
            shared["TEST_DATABASE_URL"] = resources.enter_context(
                private_server()
            ).url()
        for step in STEPS:
            results += run_step(step, arguments, shared)
    return results


def main() -> int:
    """Run the tests and sum up."""
    REPORTS.mkdir(exist_ok=True)
    results = run_all(sys.argv[1:])
    passed, failed, skipped = (sum(numbers) for numbers in zip(*results, strict=True))
    print("\n=== Both databases")
    print(f"{passed} passed, {failed} failed" + f", {skipped} skipped" * bool(skipped))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
