"""Where a pump's CPU goes: the time of each part, without the parts inside it.

The clock is the thread's CPU time. Asking for it costs something itself, so the
shares of a metered run are what counts, not its sum.
"""

from __future__ import annotations

import functools
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from webhooks.engine import database, desk, transport, while_sending

HTTP, SIGNING, ROWS, DATABASE = "HTTP", "rendering and signing", "rows", "database"


class Meter:
    """Charges CPU time to the innermost part that is running."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._parts = ["the loop"]
        self._since = time.thread_time()

    def _charge(self) -> None:
        now = time.thread_time()
        self.seconds[self._parts[-1]] += now - self._since
        self._since = now

    def wrap(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def metered(*arguments: Any, **options: Any) -> Any:
            self._charge()
            self._parts.append(part)
            try:
                return function(*arguments, **options)
            finally:
                self._charge()
                self._parts.pop()

        return metered

    def shares(self) -> dict[str, float]:
        """Return the share of each part in what was spent until now."""
        self._charge()
        total = sum(self.seconds.values())
        return {part: spent / total for part, spent in self.seconds.items()}


def attach() -> Meter:
    """Put a meter around the parts of the engine; for a process that ends soon."""
    meter = Meter()
    for name in ("start", "poll", "work_until"):
        method = getattr(transport.Transport, name)
        setattr(transport.Transport, name, meter.wrap(HTTP, method))
    for part, name in ((SIGNING, "build_request"), (ROWS, "build_result")):
        setattr(desk, name, meter.wrap(part, getattr(desk, name)))
    for function in (database.run, while_sending.run_while_sending):
        metered = meter.wrap(DATABASE, function)
        for name, module in list(sys.modules.items()):
            # Not where the one calls the other.
            if name.startswith("webhooks.engine.") and module is not while_sending:
                for key, value in list(vars(module).items()):
                    if value is function:
                        setattr(module, key, metered)
    return meter
