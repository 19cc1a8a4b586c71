"""Monitors run on time, each slot once, whatever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from tests.http_server import Answer
from tests.lifeline import end_with_parent
from tests.processes import MANAGE

pytestmark = pytest.mark.slow

SCHEDULES = 1_000
#: Their slots lie in so many seconds: as many a second as with one a minute.
SPREAD_SECONDS = 60
BEGINS_IN = 15
LATE_SECONDS = 5.0
#: A killed runner's work is taken over when it gave no sign for ten seconds.
TAKE_OVER_SECONDS = 20
PAGE = Answer(
    body=b"<html><h1>Prices</h1><p>Basic: 5 euro</p></html>",
    headers=[("Content-Type", "text/html")],
)
MAKE = """
import json, sys
from datetime import timedelta
from django.utils import timezone
from accounts.models import Organization
from monitors.models import Schedule, Strategy
wanted = json.loads(sys.stdin.read())
organization = Organization.objects.get()
strategy = Strategy.objects.create(organization=organization, name="All", url="x")
now = timezone.now()
Schedule.objects.bulk_create(
    Schedule(
        organization=organization, strategy=strategy,
        interval_seconds=each.get("every", 3600),
        urls=[each["url"]], next_run_at=now + timedelta(seconds=each["in"]),
    )
    for each in wanted
)
"""
LIST = """
import json
from monitors.models import Job
fields = ("url", "status", "error", "lost_count", "slot_at", "started_at")
print(json.dumps([
    dict(zip(fields, row))
    | {"late": (row[5] - row[4]).total_seconds() if row[5] else None}
    for row in Job.objects.order_by("pk").values_list(*fields)
], default=str))
"""
RUN = """
import logging, time
logging.disable(logging.INFO)
from monitors.runner import turn
turn.DEADLINE_SECONDS = 600
# One that finds another at work and nothing due leaves, and is called again.
while True:
    turn.Turn(turn_seconds=400).run()
    time.sleep(0.5)
"""


def make_schedules(product, wanted):
    run_script(product, MAKE, json.dumps(wanted))


def list_runs(product):
    return json.loads(run_script(product, LIST).splitlines()[-1])


def list_runner_processes(product):
    """Return their ids, the busiest first."""
    script = (
        "from monitors.models import Runner;"
        "rows = Runner.objects.takers().order_by('-in_flight');"
        "print(*rows.values_list('process_id', flat=True))"
    )
    return [int(each) for each in run_script(product, script).split()]


def run_script(product, script, stdin=""):
    # `shell` would read the script itself from stdin.
    wrapped = f"exec({script!r})"
    return product.manage("shell", "--no-imports", "-c", wrapped, stdin=stdin)


def start_runner(product):
    """Start a runner in a process of its own, as a worker on another machine would."""
    with product.log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, MANAGE, "shell", "--no-imports", "-c", f"exec({RUN!r})"],
            cwd=product.directory, env=product.environment,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            preexec_fn=end_with_parent(signal.SIGKILL),
        )  # fmt: skip


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def wait_for_all(product):
    """Return the runs when all are completed, or after a minute as they are."""
    for _ in range(6):
        runs = list_runs(product)
        if all(each["status"] == "completed" for each in runs):
            break
        time.sleep(10)
    return runs


@pytest.fixture
def sites(make_sink):
    sites = [make_sink() for _ in range(4)]
    for site in sites:
        site.always(PAGE)
        site.always(Answer(status=404), path="/robots.txt")
    return sites


@pytest.mark.timed
def test_a_thousand_monitors_and_a_killed_worker(make_product, sites):
    product = make_product()
    # So that something is under way when the worker is killed.
    sites[3].always(Answer(body=PAGE.body, headers=PAGE.headers, delay_seconds=1.5))
    pages = [f"{sites[number % 4].url}page{number}" for number in range(SCHEDULES)]
    make_schedules(
        product,
        [
            {"url": url, "in": BEGINS_IN + SPREAD_SECONDS * number / SCHEDULES}
            for number, url in enumerate(pages)
        ],
    )
    runners = [start_runner(product) for _ in range(2)]
    time.sleep(BEGINS_IN + SPREAD_SECONDS / 2)
    busiest = list_runner_processes(product)[0]
    [killed] = [each for each in runners if each.pid == busiest]
    killed.kill()
    killed.wait()
    time.sleep(max(SPREAD_SECONDS / 2 + LATE_SECONDS, TAKE_OVER_SECONDS))
    runs = wait_for_all(product)
    for each in runners:
        each.kill()
        each.wait()

    assert Counter(each["status"] for each in runs) == {"completed": SCHEDULES}
    assert sorted(each["url"] for each in runs) == sorted(pages)
    lost = [each for each in runs if each["lost_count"]]
    assert lost
    late = sorted(each["late"] for each in runs if not each["lost_count"])
    print(f"lost={len(lost)} median={late[len(late) // 2]:.2f}s last={late[-1]:.2f}s")
    assert late[-1] <= LATE_SECONDS
    # Only what the dead one had begun was fetched again.
    fetched = Counter(
        f"{site.url}{each.path[1:]}" for site in sites for each in site.requests
    )
    twice = {url for url in pages if fetched[url] > 1}
    assert twice <= {each["url"] for each in lost}
    assert all(fetched[url] for url in pages)


def test_downtime_is_made_up_for_once(make_product, sites):
    product = make_product()
    url = f"{sites[0].url}page"
    make_schedules(product, [{"url": url, "in": -3 * 3600 - 7, "every": 60}])
    product.start("qcluster")
    wait_until(lambda: list_runs(product), 60)
    wait_until(lambda: list_runs(product)[-1]["status"] == "completed", 20)
    first, *others = list_runs(product)
    assert first["late"] > 3 * 3600
    # The next one is in time again, on the old grid.
    assert all(each["late"] < LATE_SECONDS for each in others)
    assert len(others) <= 1


def test_work_goes_on_when_a_worker_is_killed(make_product, sites):
    product = make_product()
    sites[0].play(Answer(instead="never"), path="/page")
    make_schedules(product, [{"url": f"{sites[0].url}page", "in": 0, "every": 3600}])
    product.start()
    wait_until(lambda: any(each.path == "/page" for each in sites[0].requests), 30)
    for process_id in list_runner_processes(product):
        os.kill(process_id, signal.SIGKILL)
    # The supervisor saw it die, so nobody waits for the lease.
    wait_until(lambda: list_runs(product)[0]["status"] == "completed", 20)
    assert list_runs(product)[0]["lost_count"] == 1


def test_product_ends_with_a_page_under_way(make_product, sites):
    product = make_product()
    sites[0].play(Answer(instead="never"), path="/page")
    make_schedules(product, [{"url": f"{sites[0].url}page", "in": 0, "every": 3600}])
    product.start()
    wait_until(lambda: any(each.path == "/page" for each in sites[0].requests), 30)
    begun = time.monotonic()
    assert product.terminate() == 0
    product.wait_until_gone(1)
    assert time.monotonic() - begun < 10
    (run,) = list_runs(product)
    assert (run["status"], run["lost_count"]) == ("pending", 0)
    product.start()
    wait_until(lambda: list_runs(product)[0]["status"] == "completed", 20)
