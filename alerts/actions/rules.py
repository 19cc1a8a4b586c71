"""Rules: saved and deleted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions import list_changes, record_audit
from alerts.models import Rule
from webhooks import actions as webhooks
from webhooks.datatypes import EVENT_PATTERN

if TYPE_CHECKING:
    from django.db.models import Model

    from accounts.datatypes import Actor
    from accounts.models import Network
    from alerts.models import Service
    from webhooks.models import Destination

FIELDS = ("label", "description", "enabled", "event_types", "company_wide")
RELATIONS = ("networks", "excluded_networks", "services", "targets")


@transaction.atomic
def save_rule(
    rule: Rule,
    *,
    actor: Actor,
    networks: Iterable[Network],
    excluded_networks: Iterable[Network],
    services: Iterable[Service],
    targets: Iterable[Destination],
) -> Rule:
    """Store a rule with what it watches and whom it tells.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    related: dict[str, list[Any]] = {
        "networks": list(networks),
        "excluded_networks": list(excluded_networks),
        "services": list(services),
        "targets": list(targets),
    }
    _check_rule(rule, related)
    is_new = rule._state.adding
    before = {} if is_new else _values(Rule.objects.get(pk=rule.pk))

    rule.save()
    for name, rows in related.items():
        getattr(rule, name).set(rows)

    changes = list_changes(before, _values(rule))
    if is_new or changes:
        record_audit(
            organization=rule.organization,
            actor=actor,
            action="rule.created" if is_new else "rule.updated",
            target=rule,
            changes=changes,
        )
    return rule


@transaction.atomic
def delete_rule(rule: Rule, *, actor: Actor) -> None:
    """Remove a rule; what it has sent stays."""
    record_audit(
        organization=rule.organization, actor=actor, action="rule.deleted", target=rule
    )
    rule.delete()


def find_target_errors(
    event_types: Iterable[str], targets: Iterable[Destination]
) -> list[str]:
    """Return a sentence for each webhook whose format cannot carry what it is sent."""
    types = [pattern for pattern in event_types if EVENT_PATTERN.fullmatch(pattern)]
    errors = []
    for target in targets:
        uncarried = next(
            (p for p in types if webhooks.find_uncarried_type(target.format, p)), None
        )
        if uncarried is not None:
            errors.append(
                f"{target.label} has the format {target.format}, which cannot carry "
                f"{uncarried}; choose other event types or another webhook."
            )
    return errors


def _check_rule(rule: Rule, related: dict[str, list[Any]]) -> None:
    errors: dict[str, Any] = {}
    try:
        rule.full_clean()
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    for name, rows in related.items():
        if any(row.organization_id != rule.organization_id for row in rows):
            errors.setdefault(name, []).append("Choose from this organization only.")
    if not related["targets"]:
        errors.setdefault("targets", []).append("Choose at least one webhook.")
    if "event_types" not in errors:
        unfit = find_target_errors(rule.event_types, related["targets"])
        errors.setdefault("targets", []).extend(unfit)
    if not rule.company_wide and not related["networks"]:
        message = "Choose at least one network, or make the rule company wide."
        errors.setdefault("networks", []).append(message)
    errors = {name: sentences for name, sentences in errors.items() if sentences}
    if errors:
        raise ValidationError(errors)


def _values(rule: Rule) -> dict[str, Any]:
    values = {name: getattr(rule, name) for name in FIELDS}
    return values | {name: _labels(getattr(rule, name).all()) for name in RELATIONS}


def _labels(rows: Iterable[Model]) -> list[str]:
    return sorted(str(row) for row in rows)
