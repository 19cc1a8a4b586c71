"""Is there anything for an event to meet? One statement, asked before all others.

Most organizations have neither a window that is on nor a rule that waits, and many
have no rule at all; a busy receiver should not pay for what is not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from integrations_project.lib.prepared import adapt

if TYPE_CHECKING:
    from alerts.conditions import EventFacts

# By hand, as every event asks it; each part is one look into an index.
_SELECT = """
SELECT {now},
       EXISTS (SELECT 1 FROM alerts_rule
                WHERE organization_id = %s AND enabled),
       EXISTS (SELECT 1 FROM alerts_window
                WHERE organization_id = %s AND active_until IS NOT NULL),
       {states}
"""
_STATE = """
EXISTS (SELECT 1 FROM alerts_rulestate
         WHERE subject_kind = %s AND subject_id IN ({places}))
"""


class Outline(NamedTuple):
    """What there is, and the time by the database's clock."""

    now: datetime
    has_rules: bool
    has_windows: bool
    has_states: bool  # rules remember something of what the events are about

    @property
    def is_empty(self) -> bool:
        """Whether an event meets nothing but subscriptions."""
        return not (self.has_rules or self.has_windows or self.has_states)


def group_subjects(events: Iterable[EventFacts]) -> dict[str, set[UUID]]:
    """Return what events are about: the kind to the ids."""
    found: dict[str, set[UUID]] = {}
    for facts in events:
        if facts.subject:
            kind, key = facts.subject
            found.setdefault(kind, set()).add(key)
    return found


def find_outline(organization_id: UUID, events: Iterable[EventFacts]) -> Outline:
    """Return what events will meet, in one statement."""
    is_postgresql = connection.vendor == "postgresql"
    subjects = group_subjects(events)
    organization = adapt(organization_id)
    parameters: list[Any] = [organization, organization]
    states = []
    for kind, keys in subjects.items():
        parameters += [kind, *map(adapt, keys)]
        states.append(_STATE.format(places=", ".join(["%s"] * len(keys))))
    statement = _SELECT.format(
        now="clock_timestamp()" if is_postgresql else "NULL",
        states=" OR ".join(states) or "FALSE",
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        now, *found = cursor.fetchone()
    moment = now.astimezone(UTC) if is_postgresql else timezone.now()
    return Outline(moment, *map(bool, found))
