"""Run all tests on SQLite and on PostgreSQL, and sum up in one line.

Real processes are started one test at a time, since their tests measure time; the
others share the cores. Arguments are handed to pytest: `make test ARGS="-k pump"`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".reports"
NO_TESTS_COLLECTED = 5


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


CORES = ("-n", "2")
ONE_BY_ONE = ("-n", "0")
PASSES = (
    Pass("SQLite", "sqlite", "not slow and not browser", CORES),
    Pass("PostgreSQL", "postgres", "not slow and not browser", CORES),
    Pass("SQLite, real processes", "sqlite", "slow or browser", ONE_BY_ONE),
    Pass("PostgreSQL, real processes", "postgres", "slow and not browser", ONE_BY_ONE),
)


def environment_for(database: str) -> dict[str, str]:
    """Return the environment in which the tests choose this database."""
    environment = os.environ | {"TEST_DATABASE": database}
    if database == "sqlite":
        environment.pop("TEST_DATABASE_URL", None)
    else:
        environment["TEST_IS_SECOND_RUN"] = "1"
    return environment


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


def run(each: Pass, arguments: list[str]) -> Count:
    """Run pytest once; tell how it went."""
    report = REPORTS / f"{each.title.lower().replace(', ', '-').replace(' ', '-')}.xml"
    report.unlink(missing_ok=True)
    print(f"\n=== {each.title}", flush=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-m", each.marks, *each.options]
    done = subprocess.run(
        [*command, f"--junit-xml={report}", *arguments],
        cwd=ROOT, env=environment_for(each.database), stdin=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    result = count(report)
    if done.returncode not in (0, NO_TESTS_COLLECTED) and not result.failed:
        result = result._replace(failed=1)  # it broke off outside of any test
    print(
        f"{each.title}: {result.passed} passed, {result.failed} failed "
        f"in {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return result


def main() -> int:
    """Run every pass, whatever the earlier ones found."""
    REPORTS.mkdir(exist_ok=True)
    results = [run(each, sys.argv[1:]) for each in PASSES]
    passed, failed, skipped = (sum(numbers) for numbers in zip(*results, strict=True))
    print("\n=== Both databases")
    print(f"{passed} passed, {failed} failed" + f", {skipped} skipped" * bool(skipped))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
