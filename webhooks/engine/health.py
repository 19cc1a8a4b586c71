"""How destinations are doing, summed up in memory and written now and then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from webhooks.engine.claim_sql import NOW
from webhooks.engine.database import is_postgresql, run
from webhooks.engine.result import Result

_SET = f"""
   SET last_success_at = CASE WHEN {{success}} THEN {NOW} ELSE last_success_at END,
       last_failure_at = CASE WHEN {{failure}} THEN {NOW} ELSE last_failure_at END,
       consecutive_failures = {{failures}}
           + CASE WHEN {{success}} THEN 0 ELSE consecutive_failures END,
       last_error = CASE WHEN {{failures}} > 0 THEN {{error}} ELSE '' END
"""

# Rows that somebody is editing are left for the next time, and the order keeps two
# pumps from waiting for each other.
_POSTGRESQL = f"""
WITH input AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(successes)s::boolean[],
                         %(any_failures)s::boolean[], %(failures)s::integer[],
                         %(errors)s::text[])
                AS t(id, success, failure, failures, error)
), free AS (
    SELECT d.id FROM webhooks_destination d JOIN input i ON i.id = d.id
     ORDER BY d.id FOR NO KEY UPDATE OF d SKIP LOCKED
)
UPDATE webhooks_destination d
{_SET.format(success="i.success", failure="i.failure", failures="i.failures", error="i.error")}
  FROM input i JOIN free f ON f.id = i.id WHERE d.id = i.id
RETURNING d.id::text
"""  # noqa: S608, E501  # constants only, here and below
_SQLITE = f"""
UPDATE webhooks_destination
{_SET.format(success="%(success)s", failure="%(failure)s", failures="%(failures)s", error="%(error)s")}
 WHERE id = %(id)s RETURNING id
"""  # noqa: E501


@dataclass(slots=True)
class _Sum:
    success: bool = False
    failure: bool = False
    failures: int = 0  # since the last success
    error: str = ""


class HealthSums:
    """What happened to each destination since it was last written."""

    def __init__(self) -> None:
        self._sums: dict[str, _Sum] = {}

    def __bool__(self) -> bool:
        return bool(self._sums)

    def add(self, results: Iterable[Result]) -> None:
        """Count results, in the order in which they came."""
        for result in results:
            each = self._sums.setdefault(result.destination_id, _Sum())
            if result.is_success:
                each.success, each.failures, each.error = True, 0, ""
            else:
                each.failure, each.error = True, result.error
                each.failures += 1

    def write(self) -> None:
        """Write the sums; those that could not be written now stay for later."""
        if not self._sums:
            return
        done = self._write_postgresql() if is_postgresql() else self._write_sqlite()
        for destination_id in done:
            del self._sums[destination_id]

    def _write_postgresql(self) -> list[str]:
        sums = self._sums.values()
        parameters = {
            "ids": list(self._sums),
            "successes": [each.success for each in sums],
            "any_failures": [each.failure for each in sums],
            "failures": [each.failures for each in sums],
            "errors": [each.error for each in sums],
        }
        return [row[0] for row in run(_POSTGRESQL, parameters)]

    def _write_sqlite(self) -> list[str]:
        for destination_id, each in self._sums.items():
            parameters = {
                "id": destination_id.replace("-", ""),
                "success": each.success,
                "failure": each.failure,
                "failures": each.failures,
                "error": each.error,
            }
            run(_SQLITE, parameters)
        return list(self._sums)
