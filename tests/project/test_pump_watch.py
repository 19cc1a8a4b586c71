from __future__ import annotations

import pytest

from integrations_project.supervisor.pump_watch import PumpWatch, Sight, Verdict


def judge(watch, seconds, **sight):
    """Look once a second and return the moments at which something was to be done."""
    told = {}
    for now in seconds:
        verdict = watch.judge(Sight(**sight), now=now)
        if verdict is not Verdict.NOTHING:
            told[now] = verdict
    return told


def test_rings_at_once_when_there_is_no_pump():
    assert judge(PumpWatch(), [0], fresh_pumps=0, is_work_due=False) == {
        0: Verdict.RING
    }


def test_rings_again_and_then_restarts():
    told = judge(PumpWatch(), range(12), fresh_pumps=0, is_work_due=False)
    assert told == {
        0: Verdict.RING,
        5: Verdict.RING,
        10: Verdict.RESTART,
        11: Verdict.RING,
    }


def test_restart_has_a_reason():
    watch = PumpWatch()
    judge(watch, range(11), fresh_pumps=0, is_work_due=True)
    assert watch.reason == "no pump answered the bell"


def test_silence_begins_anew_after_a_pump():
    watch = PumpWatch()
    judge(watch, range(9), fresh_pumps=0, is_work_due=False)
    judge(watch, [9], fresh_pumps=1, is_work_due=False)
    told = judge(watch, range(10, 20), fresh_pumps=0, is_work_due=False)
    assert Verdict.RESTART not in told.values()


@pytest.mark.parametrize("is_work_due", [True, False])
def test_working_pump_is_left_alone(is_work_due):
    watch = PumpWatch()
    for now in range(200):
        sight = Sight(fresh_pumps=1, is_work_due=is_work_due, progress=now)
        assert watch.judge(sight, now=now) is Verdict.NOTHING


def test_idle_pump_is_left_alone():
    told = judge(PumpWatch(), range(200), fresh_pumps=1, is_work_due=False, progress=1)
    assert told == {}


def test_stalled_pump_gets_company_and_then_a_restart():
    told = judge(PumpWatch(), range(50), fresh_pumps=1, is_work_due=True, progress=1)
    # The first look learns the progress; the stall is counted from the second.
    assert told == {16: Verdict.RING, 31: Verdict.RING, 46: Verdict.RESTART}


def test_slow_endpoints_are_no_stall():
    watch = PumpWatch()
    for now in range(300):
        sight = Sight(fresh_pumps=1, is_work_due=True, progress=now // 31)
        assert watch.judge(sight, now=now) is not Verdict.RESTART
