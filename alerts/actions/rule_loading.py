"""Rules as plain values, read in a few statements however many there are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Model, Q
from django.db.models.expressions import RawSQL

from alerts.conditions import RuleSpec
from alerts.models import Rule, RuleTarget
from webhooks.datatypes import patterns_for

if TYPE_CHECKING:
    from accounts.models import Network, Organization
    from alerts.models import Service

#: Fields of a spec that are columns of the rule, under the same name.
_RELATED = {"service_ids", "network_ids", "excluded_network_ids"}
_COLUMNS = tuple(f.name for f in fields(RuleSpec) if f.name not in _RELATED)
_TAKES_TYPE = {
    "postgresql": "alerts_rule.event_types ?| %s",
    "sqlite": (
        "EXISTS (SELECT 1 FROM json_each(alerts_rule.event_types) t WHERE t.value IN "
        "(SELECT value FROM json_each(%s)))"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRule:
    """A rule with all that routing asks for, but whom it tells."""

    id: UUID
    label: str
    spec: RuleSpec

    @property
    def delay(self) -> timedelta:
        """How long something bad must last."""
        return timedelta(seconds=self.spec.delay_seconds)


def load_rules(
    organization: Organization,
    event_types: Iterable[str],
    *,
    and_also: Collection[UUID] = (),
) -> list[LoadedRule]:
    """Return the enabled rules that take one of the types, in four statements.

    Args:
        organization: Whose rules.
        event_types: Of the events at hand.
        and_also: Rules that are wanted whatever types they take now.
    """
    patterns = sorted({p for each in event_types for p in patterns_for(each)})
    rows = (
        Rule.objects.filter(organization=organization, enabled=True)
        .annotate(takes_type=_takes_one_of(patterns))
        .filter(Q(takes_type=True) | Q(pk__in=and_also))
        .order_by()
    )
    specs = {}
    labels = {}
    for rule_id, label, *values in rows.values_list("pk", "label", *_COLUMNS):
        specs[rule_id] = RuleSpec(**dict(zip(_COLUMNS, values, strict=True)))
        labels[rule_id] = label
    specs = _add_scopes(specs)
    return [
        LoadedRule(id=rule_id, label=labels[rule_id], spec=spec)
        for rule_id, spec in specs.items()
    ]


def build_spec(
    rule: Rule,
    *,
    services: Iterable[Service] | None = None,
    networks: Iterable[Network] | None = None,
    excluded_networks: Iterable[Network] | None = None,
) -> RuleSpec:
    """Return what a rule asks for.

    Args:
        rule: Stored, or not yet; then what it is related to must be given.
        services: In place of those that are stored.
        networks: In place of those that are stored.
        excluded_networks: In place of those that are stored.
    """
    own = RuleSpec(**{name: getattr(rule, name) for name in _COLUMNS})
    if services is None:
        services = rule.services.all()
    if networks is None:
        networks = rule.networks.all()
    if excluded_networks is None:
        excluded_networks = rule.excluded_networks.all()
    return replace(
        own,
        service_ids={row.pk for row in services},
        network_ids={row.pk for row in networks},
        excluded_network_ids={row.pk for row in excluded_networks},
    )


def load_targets(rule_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return for each rule the destinations that it tells, in two statements."""
    if not rule_ids:
        return {}
    targets = _list_related(Rule.targets.through, "destination_id", rule_ids)
    for rule_id, found in _list_related(RuleTarget, "sender_id", rule_ids).items():
        targets.setdefault(rule_id, set()).update(found)
    return targets


def _takes_one_of(patterns: list[str]) -> RawSQL:
    is_postgresql = connection.vendor == "postgresql"
    value: Any = patterns if is_postgresql else json.dumps(patterns)
    condition = _TAKES_TYPE[connection.vendor]
    return RawSQL(condition, (value,), output_field=BooleanField())  # noqa: S611  # constants only


def _add_scopes(specs: dict[UUID, RuleSpec]) -> dict[UUID, RuleSpec]:
    if not specs:
        return specs
    services = _list_related(Rule.services.through, "service_id", specs)
    networks = _list_related(Rule.networks.through, "network_id", specs)
    excluded = _list_related(Rule.excluded_networks.through, "network_id", specs)
    if not (services or networks or excluded):
        return specs
    return {
        rule_id: replace(
            spec,
            service_ids=services.get(rule_id, set()),
            network_ids=networks.get(rule_id, set()),
            excluded_network_ids=excluded.get(rule_id, set()),
        )
        for rule_id, spec in specs.items()
    }


def _list_related(
    through: type[Model], column: str, rule_ids: Collection[UUID]
) -> dict[UUID, set[UUID]]:
    related: defaultdict[UUID, set[UUID]] = defaultdict(set)
    rows = through._default_manager.filter(rule_id__in=rule_ids)
    for rule_id, related_id in rows.values_list("rule_id", column):
        related[rule_id].add(related_id)
    return related
