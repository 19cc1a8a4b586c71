"""Lets the kernel end what a test started, however the test itself ends."""

from __future__ import annotations

import ctypes
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def end_with_parent(signal_number: signal.Signals) -> Callable[[], None] | None:
    """Return what subprocess calls in the child, so that it gets this signal.

    It is sent when the thread that starts the child ends, so start from the main one.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        # A test run under nohup ignores it, and would hand that down.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        libc.prctl(PR_SET_PDEATHSIG, signal_number)

    return prepare
