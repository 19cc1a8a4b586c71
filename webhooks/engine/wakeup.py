"""Notice that somebody committed work: LISTEN on PostgreSQL, a look on SQLite."""

from __future__ import annotations

from typing import Protocol, cast

import psycopg
from django.db import connection

from webhooks.engine.database import is_postgresql, run
from webhooks.engine.doorbell import CHANNEL


class Wakeup(Protocol):
    """What the pump needs to sleep without missing anything."""

    seconds: float  #: how long the pump may sleep before it asks again
    fd: int | None  #: becomes readable when there is something to look at

    def open(self) -> None:
        """Begin to listen on the current connection."""

    def is_due(self) -> bool:
        """Whether something was committed since the last call."""

    @property
    def is_stale(self) -> bool:
        """Whether the connection is another one than we listen on."""

    def forget(self) -> None:
        """Let go of a connection that is lost."""

    def close(self) -> None:
        """Stop listening."""


class ListenWakeup:
    """PostgreSQL says it on the pump's own connection."""

    seconds = 0.5

    def __init__(self) -> None:
        self.fd: int | None = None
        self._raw: psycopg.Connection[tuple[object, ...]] | None = None
        self._is_rung = False

    def open(self) -> None:
        """Listen; what arrives beside the answer to a statement is noticed too."""
        connection.ensure_connection()
        raw = cast("psycopg.Connection[tuple[object, ...]]", connection.connection)
        raw.add_notify_handler(self._on_notify)
        run(f"LISTEN {CHANNEL}", {})
        self._raw, self.fd = raw, raw.pgconn.socket
        self._is_rung = True

    def is_due(self) -> bool:
        """Read what the server sent without waiting for more."""
        if self._raw is not None:
            with connection.wrap_database_errors:
                pgconn = self._raw.pgconn
                pgconn.consume_input()
                while pgconn.notifies() is not None:
                    self._is_rung = True
        is_rung, self._is_rung = self._is_rung, False
        return is_rung

    @property
    def is_stale(self) -> bool:
        """Whether Django opened another connection behind our back."""
        return self._raw is None or self._raw is not connection.connection

    def forget(self) -> None:
        """Let go of a connection that is lost."""
        self._raw, self.fd = None, None

    def close(self) -> None:
        """Leave the connection as it was."""
        raw, self._raw, self.fd = self._raw, None, None
        if raw is not None and not raw.closed:
            raw.remove_notify_handler(self._on_notify)
            run("UNLISTEN *", {})

    def _on_notify(self, _notify: psycopg.Notify) -> None:
        self._is_rung = True


class DataVersionWakeup:
    """SQLite counts the commits of other connections."""

    seconds = 0.025
    fd: int | None = None

    def __init__(self) -> None:
        self._version = -1

    def open(self) -> None:
        """Look at once the first time."""
        self._version = -1

    def is_due(self) -> bool:
        """Compare the counter with the last one seen."""
        version = run("PRAGMA data_version", {})[0][0]
        is_changed = bool(version != self._version)
        self._version = version
        return is_changed

    @property
    def is_stale(self) -> bool:
        """Never: any connection counts the others' commits."""
        return False

    def forget(self) -> None:
        """Look at once the next time."""
        self._version = -1

    def close(self) -> None:
        """There is nothing to give back."""


def make_wakeup() -> Wakeup:
    """Return the way of this database."""
    return ListenWakeup() if is_postgresql() else DataVersionWakeup()
