"""A bounded number of threads, started as they are needed."""

from __future__ import annotations

import asyncio
import threading

import pytest

from integrations_project.front.lanes import Lane, LaneFull


def test_returns_what_the_job_returns():
    lane = Lane("test", threads=2, max_waiting=2)
    name = asyncio.run(lane.run(lambda: threading.current_thread().name))
    assert name == "test-1"


def test_raises_what_the_job_raises():
    lane = Lane("test", threads=2, max_waiting=2)

    def fail():
        raise ValueError("told")

    with pytest.raises(ValueError, match="told"):
        asyncio.run(lane.run(fail))


def test_threads_and_queue_are_bounded():
    lane = Lane("test", threads=2, max_waiting=1)
    gate = threading.Event()

    async def crowd():
        jobs = [asyncio.create_task(lane.run(gate.wait)) for _ in range(4)]
        await asyncio.sleep(0.05)
        assert len(lane._threads) == 2
        gate.set()
        return await asyncio.gather(*jobs, return_exceptions=True)

    results = asyncio.run(crowd())
    assert results[:3] == [True] * 3
    assert isinstance(results[3], LaneFull)


def test_one_after_the_other_takes_one_thread():
    lane = Lane("test", threads=4, max_waiting=1)

    async def line():
        return {await lane.run(threading.get_ident) for _ in range(5)}

    assert len(asyncio.run(line())) == 1
