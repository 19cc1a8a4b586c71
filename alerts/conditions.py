"""Does a rule speak for an event? Its types and its scope decide."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from webhooks.datatypes import patterns_for


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """What a rule asks of an event; plain values."""

    event_types: Collection[str]
    company_wide: bool = True
    network_ids: Collection[UUID] = ()  # when it is not company wide
    excluded_network_ids: Collection[UUID] = ()  # when it is
    service_ids: Collection[UUID] = ()  # empty: every service, and no service too


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
