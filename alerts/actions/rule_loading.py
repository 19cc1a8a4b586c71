"""Rules as plain values, read in a few statements however many there are."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.db.models import JSONField

from alerts.conditions import RuleSpec
from alerts.models import Rule
from integrations_project.lib.prepared import adapt
from webhooks.datatypes import patterns_for

if TYPE_CHECKING:
    from accounts.models import Network, Organization
    from alerts.models import Service

#: Fields of a spec that are columns of the rule, under the same name.
_RELATED = {"service_ids", "network_ids", "excluded_network_ids"}
_COLUMNS = tuple(f.name for f in fields(RuleSpec) if f.name not in _RELATED)
_JSON = frozenset(
    field.name for field in Rule._meta.fields if isinstance(field, JSONField)
)
#: Rules whose columns are kept as they were understood, of all organizations.
MOST_KEPT = 4096
# By hand, as every event that meets rules asks these.
_SELECT = """
SELECT id, label, {columns} FROM alerts_rule
 WHERE organization_id = %s AND enabled AND ({takes_type} {also})
"""
_SCOPE = """
SELECT '{name}', x.rule_id, x.{column} FROM alerts_rule_{table} x
  JOIN alerts_rule r ON r.id = x.rule_id WHERE r.organization_id = %s AND r.enabled
"""
_SCOPES = " UNION ALL ".join(
    _SCOPE.format(name=name, column=column, table=table)
    for name, column, table in (
        ("service_ids", "service_id", "services"),
        ("network_ids", "network_id", "networks"),
        ("excluded_network_ids", "network_id", "excluded_networks"),
    )
)
_TARGETS = """
SELECT rule_id, destination_id FROM alerts_rule_targets WHERE rule_id IN ({places})
 UNION ALL
SELECT rule_id, sender_id FROM alerts_ruletarget WHERE rule_id IN ({places})
"""
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
    """Return the enabled rules that take one of the types, in two statements.

    Args:
        organization: Whose rules.
        event_types: Of the events at hand.
        and_also: Rules that are wanted whatever types they take now.
    """
    patterns = sorted({p for each in event_types for p in patterns_for(each)})
    wanted = {adapt(key) for key in and_also}
    is_postgresql = connection.vendor == "postgresql"
    statement = _SELECT.format(
        columns=", ".join(_COLUMNS),
        takes_type=_TAKES_TYPE[connection.vendor],
        also=f"OR id IN ({_places(wanted)})" if wanted else "",
    )
    value: Any = patterns if is_postgresql else json.dumps(patterns)
    with connection.cursor() as cursor:
        cursor.execute(statement, [adapt(organization.pk), value, *wanted])
        rules = {row[0]: _read_rule(row) for row in cursor.fetchall()}
    return _add_scopes(organization, rules) if rules else []


@lru_cache(maxsize=MOST_KEPT)
def _read_rule(row: tuple[Any, ...]) -> LoadedRule:
    """Return a rule from its columns as the database gave them.

    Kept by these very columns: a rule that was changed has others, and is read anew.
    """
    rule_id, label, *values = row
    spec = RuleSpec(
        **{
            name: json.loads(value) if name in _JSON else _as_stored(name, value)
            for name, value in zip(_COLUMNS, values, strict=True)
        }
    )
    return LoadedRule(id=_read_id(rule_id), label=label, spec=spec)


def _as_stored(name: str, value: Any) -> Any:
    return bool(value) if name == "company_wide" else value  # SQLite has no booleans


def _read_id(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


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
    """Return for each rule the destinations that it tells, in one statement."""
    keys = {adapt(key): key for key in rule_ids}
    if not keys:
        return {}
    targets: dict[UUID, set[UUID]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TARGETS.format(places=_places(keys)), [*keys, *keys])
        for rule_id, destination_id in cursor.fetchall():
            found = targets.setdefault(keys[rule_id], set())
            found.add(_read_id(destination_id))
    return targets


def _add_scopes(
    organization: Organization, rules: dict[Any, LoadedRule]
) -> list[LoadedRule]:
    """Return rules with what they watch; ``rules`` has them by their stored ids."""
    scopes: dict[Any, dict[str, Any]] = {}  # sets of ids, by name
    with connection.cursor() as cursor:
        cursor.execute(_SCOPES, [adapt(organization.pk)] * 3)
        for name, rule_id, related_id in cursor.fetchall():
            if rule_id in rules:
                scope = scopes.setdefault(rule_id, {})
                scope.setdefault(name, set()).add(_read_id(related_id))
    return [
        replace(rule, spec=replace(rule.spec, **scopes[rule_id]))
        if rule_id in scopes
        else rule
        for rule_id, rule in rules.items()
    ]


def _places(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))
