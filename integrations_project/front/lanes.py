"""A bounded number of threads that answer requests which were read whole."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


class LaneFull(Exception):
    """More requests wait than are worth waiting with."""


class Lane:
    """Threads of one kind of requests, started as they are needed.

    Each keeps its database connection. They are daemons: the web server waits for
    the answers it still owes, and nothing else keeps a process from ending.
    """

    def __init__(self, name: str, *, threads: int, max_waiting: int) -> None:
        self._name = name
        self._max_threads = threads
        self._max_jobs = threads + max_waiting
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._unfinished = 0  # counted on the loop's thread alone

    async def run(self, job: Callable[[], T]) -> T:
        """Have a thread do the job and return what it returns.

        Raises:
            LaneFull: Nothing was done.
        """
        if self._unfinished >= self._max_jobs:
            raise LaneFull
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._unfinished += 1
        if len(self._threads) < min(self._unfinished, self._max_threads):
            self._start_thread()

        def work() -> None:
            try:
                result = job()
            except BaseException as error:  # noqa: BLE001  # the caller's to judge
                loop.call_soon_threadsafe(_fail, future, error)
            else:
                loop.call_soon_threadsafe(_fulfil, future, result)

        self._jobs.put(work)
        try:
            return await future
        finally:
            self._unfinished -= 1

    def _start_thread(self) -> None:
        thread = threading.Thread(
            target=self._work,
            name=f"{self._name}-{len(self._threads) + 1}",
            daemon=True,
        )
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            except RuntimeError as error:  # the loop was closed: the process ends
                logger.info("answer came too late error=%s", error)
            del job


def _fulfil(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
