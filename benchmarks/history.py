"""A long history, written by SQL: a million deliveries of one organization.

Nine in ten go to one busy webhook, the others to 999 more. Nearly all were
delivered; what failed, was skipped or was cancelled is rare and old, what waits is
two weeks old, and what is being sent is new.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from accounts.models import Organization
from webhooks.models import Destination

if TYPE_CHECKING:
    from datetime import datetime

WEBHOOKS = 1_000
DAYS = 30
BATCH = 100_000
#: How many of the newest deliveries get their attempt.
ATTEMPTS = 50_000

_EVENTS = """
INSERT INTO webhooks_event (id, organization_id, type, subject_kind, subject_id,
       subject_label, data, trace, occurred_at, created_at)
SELECT {id}, '{organization}', {type}, 'incident', CAST(n AS text),
       CASE n WHEN 77 THEN 'The very old needle' ELSE 'Service ' || n % 500 END,
       {data}, {id}, {at}, {at}
  FROM ({numbers}) AS numbers
"""
_DELIVERIES = """
INSERT INTO webhooks_delivery (id, organization_id, event_id, destination_id,
       event_type, trace, status, reason, priority, due_at, is_suspect,
       lost_alone_count, attempt_count, is_manual, is_last_attempt,
       last_status_code, last_error_code, last_error, created_at, delivered_at)
SELECT n, '{organization}', {id}, {webhook}, {type}, {id}, {status}, '', 0, {at},
       FALSE, 0, 1, FALSE, FALSE, 200, '', '', {at}, {at}
  FROM ({numbers}) AS numbers
"""
_ATTEMPTS = """
INSERT INTO webhooks_attempt (delivery_id, number, is_manual, started_at,
       duration_ms, status_code, error_code, error, error_hint, url,
       request_headers, response_headers, response_body, is_response_truncated,
       timings, remote_address)
SELECT n, 1, FALSE, {at}, 20 + n % 90, 200, '', '', '', 'https://example.com/hook',
       '{{}}', '{{}}', 'ok', FALSE, '{{}}', ''
  FROM ({numbers}) AS numbers
"""
_TYPE = """CASE WHEN n % 50000 = 7 THEN 'alert.device_offline'
                WHEN n % 3 = 0 THEN 'incident.opened'
                WHEN n % 3 = 1 THEN 'incident.resolved'
                ELSE 'service.status_changed' END"""
_STATUS = """CASE WHEN n < {count} / 20 AND n % 100 = 3 THEN 'failed'
                  WHEN n < {count} / 30 AND n % 1000 = 5 THEN 'skipped'
                  WHEN n BETWEEN 10 AND 12 THEN 'cancelled'
                  WHEN n BETWEEN {count} / 2 AND {count} / 2 + 300 THEN 'pending'
                  WHEN n > {count} - 20 THEN 'sending'
                  ELSE 'delivered' END"""
_WEBHOOK_INDEX = f"CASE n % 10 WHEN 3 THEN n / 10 % {WEBHOOKS} ELSE 0 END"
#: The second of the history that a row belongs to, since 1970.
_SECOND = "({begin} + n * {step})"
_DIALECTS = {
    "postgresql": {
        "numbers": "SELECT n FROM generate_series({first}, {last}) AS g(n)",
        "at": f"to_timestamp({_SECOND})",
        "id": (
            f"(lpad(to_hex(({_SECOND} * 1000)::bigint), 12, '0') || '70008' || "
            "lpad(to_hex(n), 15, '0'))::uuid"
        ),
        "webhook": (f"('{{webhooks}}'::jsonb ->> (({_WEBHOOK_INDEX})::integer))::uuid"),
        "data": "jsonb_build_object('title', 'The gateway is down', 'number', n)",
    },
    "sqlite": {
        "numbers": (
            "WITH RECURSIVE g(n) AS (SELECT {first} UNION ALL "
            "SELECT n + 1 FROM g WHERE n < {last}) SELECT n FROM g"
        ),
        "at": f"strftime('%Y-%m-%d %H:%M:%f', {_SECOND}, 'unixepoch')",
        "id": (f"printf('%012x70008%015x', CAST({_SECOND} * 1000 AS INTEGER), n)"),
        "webhook": f"json_extract('{{webhooks}}', '$[' || ({_WEBHOOK_INDEX}) || ']')",
        "data": "json_object('title', 'The gateway is down', 'number', n)",
    },
}


def write_history(
    organization: Organization, *, count: int, now: datetime
) -> Destination:
    """Write so many deliveries over the last 30 days; returns the busy webhook."""
    webhooks = Destination.objects.bulk_create(
        Destination(
            organization=organization,
            label=f"Webhook {number:04}",
            url=f"https://hook-{number}.example.com/in",
            last_success_at=now,
        )
        for number in range(WEBHOOKS)
    )
    span = timedelta(days=DAYS)
    facts = {
        "organization": _key(organization.pk),
        "webhooks": json.dumps([_key(webhook.pk) for webhook in webhooks]),
        "count": count,
        "begin": (now - span).timestamp(),
        "step": span.total_seconds() / (count + 1),
    }
    _write(_EVENTS, 1, count, facts)
    _write(_DELIVERIES, 1, count, facts)
    _write(_ATTEMPTS, max(1, count - ATTEMPTS), count, facts)
    _tidy(count)
    return webhooks[0]


def _key(value: object) -> str:
    text = str(value)
    return text if connection.vendor == "postgresql" else text.replace("-", "")


def _write(statement: str, first: int, last: int, facts: dict[str, object]) -> None:
    for begin in range(first, last + 1, BATCH):
        with_range = facts | {"first": begin, "last": min(begin + BATCH - 1, last)}
        parts = {
            name: text.format(**with_range)
            for name, text in _DIALECTS[connection.vendor].items()
        }
        parts |= {"type": _TYPE, "status": _STATUS.format(**with_range)}
        sql = statement.format(**parts, organization=facts["organization"])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def _tidy(count: int) -> None:
    """Do what time does to a database that runs: the sequence, the statistics."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('webhooks_delivery', 'id'), %s)",
                [count],
            )
            for table in ("webhooks_event", "webhooks_delivery", "webhooks_attempt"):
                cursor.execute(f"VACUUM ANALYZE {table}")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
