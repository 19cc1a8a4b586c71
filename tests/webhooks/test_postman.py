"""The postman: threads with a deadline, replaced when they hang, within limits."""

from __future__ import annotations

import select
import threading
import time

import pytest

from webhooks.engine import postman as postman_module
from webhooks.engine.messages import HttpOutcome, HttpRequest
from webhooks.engine.postman import Postman, send_by_courier


class Courier:
    """Carries at once, or when it is told to."""

    fixed_headers = ()

    def __init__(self, *, hangs=False, lane="mail"):
        self.lane = lane
        self.let_go = threading.Event()
        if not hangs:
            self.let_go.set()
        self.carried = []

    def list_headers(self, _message_id):
        return []

    def carry(self, request):
        self.carried.append(request.key)
        self.let_go.wait(10)
        return HttpOutcome(key=request.key, started_at=time.time(), duration_ms=1)


@pytest.fixture
def hanging():
    courier = Courier(hangs=True)
    yield courier
    courier.let_go.set()


@pytest.fixture
def make_postman():
    made = []

    def make(**options):
        made.append(Postman(**options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def make_request(courier, key=1, timeout_seconds=5.0):
    return HttpRequest(
        key=key,
        url="mailto:ops@example.com",
        headers=[],
        body=b"{}",
        timeout_seconds=timeout_seconds,
        courier=courier,
    )


def collect(postman, count, seconds=5.0):
    outcomes, ends = {}, time.monotonic() + seconds
    while len(outcomes) < count and time.monotonic() < ends:
        select.select([postman.fileno()], [], [], 0.02)
        outcomes |= {outcome.key: outcome for outcome in postman.collect()}
    return outcomes


def test_outcomes_come_back_by_the_descriptor(make_postman):
    postman, courier = make_postman(), Courier()

    for key in range(30):
        postman.start(make_request(courier, key))

    outcomes = collect(postman, 30)
    assert sorted(outcomes) == list(range(30))
    assert all(outcome.ok for outcome in outcomes.values())
    assert not postman


def test_hanging_courier_is_a_timeout_and_replaced(make_postman, hanging):
    postman = make_postman(max_threads=1)
    postman.start(make_request(hanging, "hangs", timeout_seconds=0.2))
    postman.start(make_request(Courier(), "next"))

    outcomes = collect(postman, 2)

    assert outcomes["hangs"].error.code == "timeout"
    assert "may have been sent" in outcomes["hangs"].error.hint
    assert outcomes["next"].ok


def test_late_outcome_is_not_heard_of(make_postman, hanging):
    postman = make_postman()
    postman.start(make_request(hanging, timeout_seconds=0.1))
    assert collect(postman, 1)[1].error.code == "timeout"

    hanging.let_go.set()

    assert collect(postman, 1, seconds=0.3) == {}


def test_abandoned_threads_are_limited(make_postman, hanging):
    postman = make_postman(max_threads=2, max_abandoned=1)
    for key in range(3):
        postman.start(make_request(hanging, key, timeout_seconds=0.1))
    collect(postman, 3)
    postman.start(make_request(Courier(), "waits"))

    assert collect(postman, 1, seconds=0.3) == {}
    assert len(hanging.carried) == 3
    hanging.let_go.set()

    assert collect(postman, 1)["waits"].ok


def test_server_that_hangs_holds_up_no_other(make_postman, hanging):
    postman = make_postman(max_threads=3, max_side_by_side=2)
    for key in range(5):
        postman.start(make_request(hanging, key))
    postman.start(make_request(Courier(lane="tgram"), "other"))

    assert collect(postman, 1)["other"].ok
    assert len(hanging.carried) == 2


def test_what_waits_too_long_is_put_off(make_postman, hanging, monkeypatch):
    monkeypatch.setattr(postman_module, "MAX_WAIT_SECONDS", 0.1)
    postman = make_postman(max_threads=1)
    postman.start(make_request(hanging, "hangs"))
    postman.start(make_request(Courier(), "waits"))

    outcome = collect(postman, 1)["waits"]

    assert outcome.error.code == "internal"
    assert "was busy for" in outcome.error.detail


def test_cancel_forgets_what_waits_and_what_is_sent(make_postman, hanging):
    postman = make_postman(max_threads=1)
    for key in range(3):
        postman.start(make_request(hanging, key))

    begun = time.monotonic()
    keys = postman.cancel_all()

    assert sorted(keys) == [0, 1, 2]
    assert time.monotonic() - begun < 0.5
    assert not postman


def is_signalled(postman):
    return bool(select.select([postman.fileno()], [], [], 0)[0])


def test_no_signal_outlives_its_news(make_postman):
    postman, courier = make_postman(), Courier()

    for key in range(200):
        postman.start(make_request(courier, key))
        while postman:
            postman.collect()
        assert not is_signalled(postman)

    postman.start(make_request(courier))
    select.select([postman.fileno()], [], [], 5)
    postman.cancel_all()
    assert not is_signalled(postman)


def test_closing_while_a_thread_sends_is_quiet(hanging):
    postman = Postman()
    postman.start(make_request(hanging))

    postman.close()
    hanging.let_go.set()

    assert not postman


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_broken_courier_is_put_off_and_harms_no_other(make_postman):
    postman = make_postman(max_threads=1)
    postman.start(make_request(None, "broken"))
    postman.start(make_request(Courier(), "next"))

    outcomes = collect(postman, 2)

    assert outcomes["broken"].error.code == "internal"
    assert outcomes["next"].ok
    for thread in threading.enumerate():
        if thread.name == "postman":
            thread.join(5)  # its exception is this test's own


def test_one_message_alone_keeps_the_deadline(hanging):
    begun = time.monotonic()

    outcome = send_by_courier(make_request(hanging, timeout_seconds=0.2))

    assert outcome.error.code == "timeout"
    assert time.monotonic() - begun < 2
