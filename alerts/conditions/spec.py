"""What a rule asks of an event, as plain values; types and scope decide first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from webhooks.datatypes import patterns_for


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """What a rule asks of an event; plain values.

    The JSON fields are as `alerts.conditions.find_rule_errors` lets them be stored.
    """

    event_types: Collection[str]
    company_wide: bool = True
    network_ids: Collection[UUID] = ()  # when it is not company wide
    excluded_network_ids: Collection[UUID] = ()  # when it is
    service_ids: Collection[UUID] = ()  # empty: every service, and no service too
    labels: Mapping[str, Any] = field(default_factory=dict)
    minimum_severity: str = ""
    conditions: Sequence[Mapping[str, Any]] = ()
    allowed_names: Sequence[Mapping[str, Any]] = ()
    ignored_names: Sequence[Mapping[str, Any]] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    active_hours: Mapping[str, Any] = field(default_factory=dict)
    delay_seconds: int = 0
    repeat_seconds: int | None = None

    @property
    def remembers(self) -> bool:
        """Whether it must know what it told: the recovery alone would not say.

        A rule that asks for no more than types and scope finds the recovery of what
        it told by these again.
        """
        is_picky = self.labels or self.minimum_severity or self.conditions
        by_name = self.allowed_names or self.ignored_names or self.options
        in_time = self.active_hours or self.delay_seconds or self.repeat_seconds
        return bool(is_picky or by_name or in_time)


def matches_type(event_types: Collection[str], event_type: str) -> bool:
    """Whether one of the patterns (``incident.opened``, ``alert.*``, ``*``) fits."""
    return any(pattern in event_types for pattern in patterns_for(event_type))


def matches_scope(
    rule: RuleSpec, *, network_id: UUID | None, service_ids: Collection[UUID]
) -> bool:
    """Whether an event of this network, about these services, is the rule's.

    A company-wide rule takes events of no network too; another one does not.
    """
    if rule.service_ids and not set(rule.service_ids) & set(service_ids):
        return False
    if rule.company_wide:
        return network_id is None or network_id not in rule.excluded_network_ids
    return network_id is not None and network_id in rule.network_ids
