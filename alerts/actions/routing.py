"""Which webhooks rules send an event to; subscriptions are added by `webhooks`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Model

from alerts.conditions import RuleSpec, matches_scope, matches_type
from alerts.models import Rule
from webhooks import actions as webhooks

if TYPE_CHECKING:
    from accounts.models import Organization
    from webhooks.datatypes import NewEvent
    from webhooks.models import Event


def publish_event(
    organization: Organization,
    event: NewEvent,
    *,
    general: NewEvent | None = None,
    service_ids: Collection[UUID] = (),
) -> Event:
    """Publish an event to its subscribers and to the targets of matching rules.

    Runs in the caller's transaction: the change, the event and its deliveries are
    committed together or not at all.

    Args:
        organization: Whose event it is.
        event: The most specific event of one change.
        general: The same change said in general; it goes only where the specific
            one does not.
        service_ids: The services it is about, for rules that name services.
    """
    rules = _list_rules(organization, event, general, service_ids)
    event = replace(event, destination_ids=_list_targets(rules, event.type))
    if general is not None:
        targets = _list_targets(rules, general.type)
        general = replace(general, destination_ids=targets)
    return webhooks.publish(organization, event, general=general)


def find_targets(organization: Organization, event: NewEvent) -> frozenset[UUID]:
    """Return the targets of the rules that match an event about no service."""
    return _list_targets(_list_rules(organization, event, None, ()), event.type)


class _Match:
    """A rule that speaks for one of the events, and where it sends them."""

    def __init__(self, event_types: Collection[str], targets: set[UUID]) -> None:
        self.event_types = event_types
        self.targets = targets


def _list_targets(rules: Iterable[_Match], event_type: str) -> frozenset[UUID]:
    targets: set[UUID] = set()
    for rule in rules:
        if matches_type(rule.event_types, event_type):
            targets |= rule.targets
    return frozenset(targets)


def _list_rules(
    organization: Organization,
    event: NewEvent,
    general: NewEvent | None,
    service_ids: Collection[UUID],
) -> list[_Match]:
    types = [event.type] if general is None else [event.type, general.type]
    rules = {
        rule_id: RuleSpec(event_types=event_types, company_wide=company_wide)
        for rule_id, event_types, company_wide in Rule.objects.filter(
            organization=organization, enabled=True
        ).values_list("pk", "event_types", "company_wide")
        if any(matches_type(event_types, event_type) for event_type in types)
    }
    if not rules:
        return []
    in_scope = [
        rule_id
        for rule_id, rule in _add_scopes(rules).items()
        if matches_scope(rule, network_id=event.network_id, service_ids=service_ids)
    ]
    targets = _list_related(Rule.targets.through, "destination_id", in_scope)
    return [
        _Match(rules[rule_id].event_types, targets.get(rule_id, set()))
        for rule_id in in_scope
    ]


def _add_scopes(rules: dict[UUID, RuleSpec]) -> dict[UUID, RuleSpec]:
    services = _list_related(Rule.services.through, "service_id", rules)
    networks = _list_related(Rule.networks.through, "network_id", rules)
    excluded = _list_related(Rule.excluded_networks.through, "network_id", rules)
    return {
        rule_id: replace(
            rule,
            service_ids=services.get(rule_id, set()),
            network_ids=networks.get(rule_id, set()),
            excluded_network_ids=excluded.get(rule_id, set()),
        )
        for rule_id, rule in rules.items()
    }


def _list_related(
    through: type[Model], column: str, rule_ids: Collection[UUID]
) -> dict[UUID, set[UUID]]:
    related: defaultdict[UUID, set[UUID]] = defaultdict(set)
    rows = through._default_manager.filter(rule_id__in=rule_ids)
    for rule_id, related_id in rows.values_list("rule_id", column):
        related[rule_id].add(related_id)
    return related
