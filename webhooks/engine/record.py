"""Write down what became of attempts, in bulk.

A result counts only while the claim is still ours, except a success: that the
endpoint took it is true whoever holds the claim now. Recording twice is harmless.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from webhooks.engine.claim import defer
from webhooks.engine.claim_sql import NOW, shift
from webhooks.engine.database import is_postgresql, run
from webhooks.engine.result import FIELDS, Result
from webhooks.engine.while_sending import run_while_sending
from webhooks.engine.wire import to_datetime

logger = logging.getLogger(__name__)

#: On SQLite a longer write makes a receiver wait.
MAX_BATCH = 250 if is_postgresql() else 100

#: For how long a delivery is put off whose result the database refuses.
UNSTORABLE_SECONDS = 3600

_ATTEMPT = (
    "is_manual, started_at, duration_ms, status_code, error_code, error, error_hint, "
    "url, request_headers, response_headers, response_body, is_response_truncated, "
    "timings, remote_address"
)


def _build_update(value: Callable[[str], str]) -> str:
    """Return the SET of a delivery; `value` gives the SQL of a field of the result."""
    return f"""
   SET status = {value("status")}, reason = {value("reason")},
       due_at = CASE WHEN {value("delay_seconds")} IS NULL THEN d.due_at
                     ELSE {shift(value("delay_seconds"))} END,
       priority = CASE WHEN {value("status")} = 'pending' THEN 1 ELSE d.priority END,
       lease_owner = NULL, is_suspect = FALSE, attempt_count = d.attempt_count + 1,
       is_manual = FALSE, is_last_attempt = FALSE,
       last_status_code = {value("status_code")},
       last_error_code = {value("error_code")}, last_error = {value("error")},
       delivered_at = CASE WHEN {value("is_success")}
                           THEN COALESCE(d.delivered_at, {NOW})
                           ELSE d.delivered_at END"""


def _build_condition(value: Callable[[str], str]) -> str:
    return f"""
   d.id = {value("id")}
   AND ((d.status = 'sending' AND d.lease_owner = %(pump)s)
        OR ({value("is_success")} AND d.status IN ('pending', 'sending')))"""


def _build_postgresql() -> str:
    arrays = ", ".join(f"%({name})b::{kind}[]" for name, kind in FIELDS.items())
    expressions = {
        "started_at": "to_timestamp(i.started_at)",
        "request_headers": "i.request_headers::jsonb",
        "response_headers": "i.response_headers::jsonb",
        "timings": "i.timings::jsonb",
    }
    values = ", ".join(
        expressions.get(name, f"i.{name}") for name in _ATTEMPT.split(", ")
    )
    return f"""
WITH input AS (SELECT * FROM unnest({arrays}) AS t({", ".join(FIELDS)})),
changed AS (
    UPDATE webhooks_delivery d {_build_update("i.{}".format)}
      FROM input i WHERE {_build_condition("i.{}".format)}
    RETURNING d.id, d.attempt_count
)
INSERT INTO webhooks_attempt (delivery_id, number, {_ATTEMPT})
SELECT c.id, c.attempt_count, {values} FROM input i JOIN changed c ON c.id = i.id
RETURNING delivery_id
"""  # noqa: S608  # constants only, here and below


_POSTGRESQL = _build_postgresql() if is_postgresql() else ""
_SQLITE_UPDATE = f"""
UPDATE webhooks_delivery AS d {_build_update("%({})s".format)}
 WHERE {_build_condition("%({})s".format)}
RETURNING attempt_count
"""
_SQLITE_INSERT = f"""
INSERT INTO webhooks_attempt (delivery_id, number, {_ATTEMPT})
VALUES (%(id)s, %(number)s,
        {", ".join(f"%({name})s" for name in _ATTEMPT.split(", "))})
"""  # noqa: S608


def record(pump_id: UUID, results: Sequence[Result]) -> None:
    """Write attempts and move their deliveries forward, `MAX_BATCH` at a time.

    Raises:
        OperationalError: The database is away; nothing or all of a batch was
            written, and the whole may be recorded again.
    """
    for start in range(0, len(results), MAX_BATCH):
        _record_batch(pump_id, results[start : start + MAX_BATCH])


def _record_batch(pump_id: UUID, results: Sequence[Result]) -> None:
    write = _write_postgresql if is_postgresql() else _write_sqlite
    try:
        write(pump_id, results)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        if len(results) == 1:
            logger.exception("attempt unstorable id=%s", results[0].delivery_id)
            _write_without_answer(pump_id, results[0])
            return
        # One row that the database does not take must not hold up the others.
        for result in results:
            _record_batch(pump_id, [result])


def _write_without_answer(pump_id: UUID, result: Result) -> None:
    write = _write_postgresql if is_postgresql() else _write_sqlite
    try:
        write(pump_id, [result.without_answer()])
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        logger.exception("result unstorable id=%s", result.delivery_id)
        error = "The result of the last attempt could not be stored."
        defer(pump_id, [result.delivery_id], seconds=UNSTORABLE_SECONDS, error=error)


def _write_postgresql(pump_id: UUID, results: Sequence[Result]) -> None:
    columns = zip(*(result.values for result in results), strict=True)
    parameters = {
        name: list(column) for name, column in zip(FIELDS, columns, strict=True)
    }
    run_while_sending(_POSTGRESQL, {**parameters, "pump": pump_id})


def _write_sqlite(pump_id: UUID, results: Sequence[Result]) -> None:
    with transaction.atomic():
        for result in results:
            values = dict(zip(FIELDS, result.values, strict=True))
            values["started_at"] = to_datetime(values["started_at"])
            changed = run(_SQLITE_UPDATE, {**values, "pump": pump_id})
            if changed:
                run(_SQLITE_INSERT, {**values, "number": changed[0][0]})
