"""Ties processes to their parents, so that nothing keeps working as an orphan.

Linux ends a child in the kernel the moment its parent dies, however it dies. Where
there is no such thing, a thread of the child looks at its parent once a second.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 1.0
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
#: The process that is about to fork; read by the child right after it.
_forking: list[int] = []
_tied: list[bool] = []


def tie_children() -> None:
    """From now on, every process forked here, or by those, ends with its parent.

    That covers what libraries fork, django-q2's processes and the web server's
    worker alike. Calling it again changes nothing.
    """
    if not _tied:
        _tied.append(True)
        os.register_at_fork(before=_remember_parent, after_in_child=_tie_to_parent)


def die_with(parent_id: int) -> None:
    """End this process, by SIGKILL, when the process with this id is gone.

    A parent that died before this call counts too.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent_id:
            os.kill(os.getpid(), signal.SIGKILL)
        return
    watch_parent(parent_id, look_seconds=LOOK_SECONDS)


def watch_parent(parent_id: int, *, look_seconds: float) -> None:
    """Do the same with a thread, on systems whose kernel does not help."""

    def watch() -> None:
        while os.getppid() == parent_id:
            time.sleep(look_seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def _remember_parent() -> None:
    _forking[:] = [os.getpid()]


def _tie_to_parent() -> None:
    die_with(_forking[0])
