"""Nothing that was committed is lost, whatever dies, and nothing stays as an orphan.

A seed decides who dies: KILL_SEED=<seed printed by a failure> plays it again.
"""

from __future__ import annotations

import os
import random
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import pytest
import requests

from tests.e2e.installation import Installation
from tests.http_server import Answer
from tests.processes import role_of

pytestmark = [pytest.mark.slow, pytest.mark.timed]

KILLS = 20
RECOVERY_SECONDS = 30
#: A lost claim is taken over after 10 s, then sent alone.
LAST_ARRIVAL_SECONDS = 60
ROLES = (
    "web", "web worker", "busy worker", "idle worker", "pusher", "monitor",
    "sentinel", "cluster", "lookout",
)  # fmt: skip


@dataclass(eq=False)
class Traffic:
    """Posts to the receiver all the time, and remembers what was accepted."""

    installation: Installation
    accepted: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __enter__(self):
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._ending.set()
        self._thread.join()

    def _run(self):
        number = 0
        while not self._ending.wait(0.1):
            number += 1
            try:
                response = self.installation.post(message=f"post {number}.")
            except requests.RequestException:
                continue
            if response.ok:
                # "ignored" is for a status that the service has already.
                if response.json()["result"] == "processed":
                    self.accepted.append(f"post {number}.")
            elif response.status_code != 503:
                self.errors.append(f"{response.status_code} {response.text}")


def kill_one(product, generator):
    """Kill a process of a random role; the processes of one role are alike."""
    for role in generator.sample(ROLES, len(ROLES)):
        victims = product.find(role)
        if victims:
            victim = generator.choice(victims)
            victim.kill()
            return f"{role} {victim.pid}"
    pytest.fail("Nothing to kill")


def wait_for_recovery(installation, name):
    """Return the seconds until a new post gets through to the endpoint."""
    start = time.monotonic()
    while time.monotonic() - start < RECOVERY_SECONDS:
        with suppress(requests.RequestException):
            if installation.tell(name):
                break
        time.sleep(0.05)
    left = start + RECOVERY_SECONDS - time.monotonic()
    if installation.wait_for_message(name, left):
        return time.monotonic() - start
    pytest.fail(f"No recovery from {name}:\n{installation.product.output()}")


def wait_for_all(installation):
    """Return the events that did not arrive in time; none, if all is well."""
    deadline = time.monotonic() + LAST_ARRIVAL_SECONDS
    while missing := installation.list_event_ids() - installation.seen_ids():
        if time.monotonic() > deadline:
            break
        time.sleep(1)
    return missing


def test_nothing_is_lost_over_random_kills(installation):
    seed = os.environ.get("KILL_SEED") or secrets.token_hex(4)
    print(f"KILL_SEED={seed}")
    generator = random.Random(seed)
    installation.set_up()
    # Slow enough that something is on the wire when a pump dies.
    installation.sink.always(Answer(delay_seconds=0.05))
    with Traffic(installation) as traffic:
        for number in range(KILLS):
            name = f"kill {number}: {kill_one(installation.product, generator)}"
            seconds = wait_for_recovery(installation, name)
            print(f"{name} recovered={seconds:.1f}s")
            # The next one may meet the restart that this one led to, or come after it.
            time.sleep(generator.uniform(0, 3))
    assert wait_for_all(installation) == set()
    seen = b"".join(each.body for each in installation.sink.requests)
    assert [each for each in traffic.accepted if each.encode() not in seen] == []
    assert traffic.errors == []
    assert len(traffic.accepted) > KILLS


def test_nothing_outlives_the_supervisor(installation):
    installation.set_up()
    installation.sink.always(Answer(delay_seconds=2))
    installation.post("down", "On the wire")
    installation.sink.wait_for(1)
    installation.product.process.kill()
    installation.product.wait_until_gone(5)
    installation.product.start()
    wait_for_recovery(installation, "after the supervisor")
    assert wait_for_all(installation) == set()


def test_every_role_is_found(product):
    roles = {role_of(each) for each in product.processes()}
    assert roles == {*ROLES, "supervisor"}


def test_stopped_processes_are_replaced_one_by_one(product):
    before = {each.pid for each in product.processes()}
    for each in product.find("idle worker"):
        with suppress(psutil.NoSuchProcess):
            each.kill()
    product.wait_until_ready()
    assert {each.pid for each in product.processes()} != before
