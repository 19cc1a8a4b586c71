"""The statement that writes how a destination is doing, for both databases."""

from __future__ import annotations

from webhooks.engine.claim_sql import NOW, shift
from webhooks.engine.database import is_postgresql
from webhooks.pacing import (
    BREAKER_FAILURES,
    FIRST_PROBE_SECONDS,
    LONGEST_PROBE_SECONDS,
)

#: Failures in a row after which `destination.failing` is published.
REPORTED_FAILURES = 4
HOUR = 3600
#: Disabled after so long without a success, …
HOPELESS_SECONDS = 5 * 24 * HOUR
#: … when failures lie at least so far apart: a burst and silence say little.
CONFIRMED_SECONDS = 12 * HOUR
MAX_PROBE_COUNT = 1000

#: What is known of each destination, with its type on PostgreSQL.
TYPES = {
    "success": "boolean",
    "failure": "boolean",
    "failures": "integer",
    "error": "text",
    "alive": "boolean",
    "outages": "integer",
    "probe_failed": "boolean",
    "asked": "float8",
    "jitter": "float8",
}

_IN_A_ROW = """{failures}
           + CASE WHEN {success} THEN 0 ELSE d.consecutive_failures END"""
_IS_OPEN = "(d.breaker_opened_at IS NOT NULL AND NOT {alive})"
# An outage after ten failures in a row; one that answered in between starts anew.
_OPENS = f"""({{outages}} > 0 AND NOT {_IS_OPEN} AND {_IN_A_ROW} >= {BREAKER_FAILURES}
            AND d.enabled)"""
_STAYS_OPEN = f"({_IS_OPEN} OR {_OPENS})"
_FAILED_PROBES = f"""CASE WHEN NOT {_IS_OPEN} THEN 0
            WHEN {{probe_failed}} AND d.probe_count < {MAX_PROBE_COUNT}
            THEN d.probe_count + 1 ELSE d.probe_count END"""
_PAUSE = f"""CASE WHEN {_FAILED_PROBES} > 5 THEN {LONGEST_PROBE_SECONDS}
            ELSE {FIRST_PROBE_SECONDS} * (1 << {_FAILED_PROBES}) END * {{jitter}}"""
_LONGER_PAUSE = f"CASE WHEN {{asked}} > {_PAUSE} THEN {{asked}} ELSE {_PAUSE} END"

# In an UPDATE every expression sees the row as it was before.
_SET = f"""
   SET last_success_at = CASE WHEN {{success}} THEN {NOW} ELSE d.last_success_at END,
       last_failure_at = CASE WHEN {{failure}} THEN {NOW} ELSE d.last_failure_at END,
       consecutive_failures = {_IN_A_ROW},
       last_error = CASE WHEN {{failures}} > 0 THEN {{error}}
                         WHEN {{success}} THEN '' ELSE d.last_error END,
       failing_since = CASE WHEN {{failures}} = 0 THEN NULL
                            WHEN {{success}} OR d.failing_since IS NULL THEN {NOW}
                            ELSE d.failing_since END,
       failing_confirmed_at =
           CASE WHEN {{failures}} = 0 OR {{success}} THEN NULL
                WHEN d.failing_confirmed_at IS NOT NULL THEN d.failing_confirmed_at
                WHEN d.failing_since <= {shift(f"-{CONFIRMED_SECONDS}")} THEN {NOW}
                ELSE NULL END,
       is_gated = d.rate_per_minute IS NOT NULL OR {_STAYS_OPEN},
       breaker_opened_at = CASE WHEN {_OPENS} THEN {NOW}
                                WHEN {_IS_OPEN} THEN d.breaker_opened_at
                                ELSE NULL END,
       probe_count = {_FAILED_PROBES},
       probe_at = CASE WHEN {_OPENS} OR ({_IS_OPEN} AND {{probe_failed}})
                       THEN {shift(_LONGER_PAUSE)}
                       WHEN {_IS_OPEN} THEN d.probe_at ELSE NULL END
"""  # constants only, here and below
_TOLD = f"""
       d.consecutive_failures >= {REPORTED_FAILURES} AND NOT d.is_reported_failing
           AND d.enabled,
       d.consecutive_failures = 0 AND d.is_reported_failing,
       d.enabled AND d.consecutive_failures > 0
           AND d.failing_since <= {shift(f"-{HOPELESS_SECONDS}")}
           AND COALESCE(d.failing_confirmed_at <= {shift(f"-{CONFIRMED_SECONDS}")}, FALSE)
"""  # noqa: E501

# Rows that somebody is editing are left for the next time, and the order keeps two
# pumps from waiting for each other. A row that is gone counts as written.
POSTGRESQL = f"""
WITH input AS (
    SELECT * FROM unnest(%(ids)s::uuid[],
           {", ".join(f"%({name})s::{kind}[]" for name, kind in TYPES.items())})
        AS t(id, {", ".join(TYPES)})
), free AS (
    SELECT d.id FROM webhooks_destination d JOIN input i ON i.id = d.id
     ORDER BY d.id FOR NO KEY UPDATE OF d SKIP LOCKED
), written AS (
    UPDATE webhooks_destination d
    {_SET.format(**{name: f"i.{name}" for name in TYPES})}
      FROM input i JOIN free f ON f.id = i.id WHERE d.id = i.id
    RETURNING d.id::text, {_TOLD}
)
SELECT * FROM written
UNION ALL
SELECT i.id::text, FALSE, FALSE, FALSE FROM input i
 WHERE NOT EXISTS (SELECT 1 FROM webhooks_destination d WHERE d.id = i.id)
"""  # noqa: S608
SQLITE = f"""
UPDATE webhooks_destination AS d
{_SET.format(**{name: f"%({name})s" for name in TYPES})}
 WHERE d.id = %(id)s RETURNING id, {_TOLD.replace("d.", "")}
"""
if not is_postgresql():
    POSTGRESQL = ""
