"""Puts the clock of a process forward by `SKEW_SECONDS`.

With this directory on PYTHONPATH Python imports this before anything else. It moves
every way in which the program reads the time of day: `time.time` and Django's
`timezone.now` (`datetime.now` is banned). What measures spans (`time.monotonic`,
libcurl) runs on, as it does on a machine whose clock is wrong.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta

from django.utils import timezone

SKEW_SECONDS = float(os.environ["SKEW_SECONDS"])

read_seconds, read_nanoseconds, read_now = time.time, time.time_ns, timezone.now

time.time = lambda: read_seconds() + SKEW_SECONDS
time.time_ns = lambda: read_nanoseconds() + int(SKEW_SECONDS * 10**9)
timezone.now = lambda: read_now() + timedelta(seconds=SKEW_SECONDS)
