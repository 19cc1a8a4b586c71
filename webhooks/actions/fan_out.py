"""From an event to its deliveries: the two statements, in both dialects."""

from __future__ import annotations

from functools import cache

from django.db import connection

# Who gets an event: those that rules matched or that subscribe to it, in its
# network, each once. `skip` is the more specific event that some have got already.
_MATCHES = """
       d.organization_id = %(organization)s
   AND ({is_target} OR {subscribes})
   AND (NOT EXISTS (SELECT 1 FROM webhooks_destination_networks n
                     WHERE n.destination_id = d.id)
        OR EXISTS (SELECT 1 FROM webhooks_destination_networks n
                    WHERE n.destination_id = d.id AND n.network_id = %(network)s))
   AND NOT {is_excluded}
   AND NOT EXISTS (SELECT 1 FROM webhooks_delivery x
                    WHERE x.event_id = %(skip)s AND x.destination_id = d.id)
"""
# A template is the destination's own: so is its body.
_KEY = "CASE WHEN d.format = 'template' THEN 'template:' || {id} ELSE d.format END"
FORMATS = f"""
SELECT DISTINCT d.format, {_KEY},
       CASE WHEN d.format = 'template' THEN d.template ELSE '' END
  FROM webhooks_destination d
 WHERE {_MATCHES}
"""  # noqa: S608  # constants only
DELIVERIES = f"""
INSERT INTO webhooks_delivery (
       organization_id, event_id, destination_id, payload_id, event_type, trace,
       status,
       reason,
       due_at, created_at, priority, is_suspect, lost_alone_count, attempt_count,
       is_manual, is_last_attempt, last_error_code, last_error)
SELECT d.organization_id, e.id, d.id, p.id, e.type, e.trace,
       CASE WHEN d.enabled AND p.id IS NOT NULL THEN 'pending' ELSE 'skipped' END,
       CASE WHEN NOT d.enabled THEN %(disabled)s
            WHEN p.id IS NULL AND d.format = 'template' THEN %(unfilled)s
            WHEN p.id IS NULL THEN 'The format ' || d.format || %(uncarried)s
            ELSE '' END,
       {{now}}, {{now}}, 0, FALSE, 0, 0, FALSE, FALSE, '', ''
  FROM webhooks_destination d
 CROSS JOIN webhooks_event e
  LEFT JOIN webhooks_payload p ON p.event_id = e.id AND p.format = {_KEY}
 WHERE {_MATCHES} AND {{is_told}}
 ORDER BY e.id
"""  # noqa: S608  # constants only
_DIALECTS = {
    "postgresql": {
        "id": "d.id::text",
        "is_told": "e.id = ANY(%(events)s::uuid[])",
        "is_target": "d.id = ANY(%(targets)s::uuid[])",
        "is_excluded": "d.id = ANY(%(excluded)s::uuid[])",
        "subscribes": "d.event_types ?| %(patterns)s",
        "now": "now()",
    },
    "sqlite": {
        # Stored without hyphens; keys have them on both databases.
        "id": (
            "substr(d.id, 1, 8) || '-' || substr(d.id, 9, 4) || '-' || "
            "substr(d.id, 13, 4) || '-' || substr(d.id, 17, 4) || '-' || "
            "substr(d.id, 21)"
        ),
        "is_told": "e.id IN (SELECT value FROM json_each(%(events)s))",
        "is_target": "d.id IN (SELECT value FROM json_each(%(targets)s))",
        "is_excluded": "d.id IN (SELECT value FROM json_each(%(excluded)s))",
        "subscribes": (
            "EXISTS (SELECT 1 FROM json_each(d.event_types) t WHERE t.value IN "
            "(SELECT value FROM json_each(%(patterns)s)))"
        ),
        "now": "%(now)s",
    },
}


def write(template: str) -> str:
    """Return one of the statements as the database in use takes it."""
    return _fill_in(template, connection.vendor)


@cache
def _fill_in(template: str, vendor: str) -> str:
    return template.format(**_DIALECTS[vendor])
