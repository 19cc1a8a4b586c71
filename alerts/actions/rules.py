"""Rules: saved and deleted."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions import list_changes, record_audit
from alerts.actions.lasting import follow_rule, forget_rule
from alerts.actions.rule_changes import (
    move_holds,
    release_targets,
    release_unwanted,
)
from alerts.actions.rule_targets import (
    MAX_TARGETS,
    FurtherTarget,
    find_further_target_errors,
    remove_further_targets,
    set_further_targets,
)
from alerts.models import Rule
from webhooks import actions as webhooks
from webhooks.datatypes import EVENT_PATTERN

if TYPE_CHECKING:
    from django.db.models import Model

    from accounts.datatypes import Actor
    from accounts.models import Network
    from alerts.models import Service
    from webhooks.models import Destination

FIELDS = (
    "label",
    "description",
    "enabled",
    "event_types",
    "company_wide",
    "labels",
    "minimum_severity",
    "conditions",
    "allowed_names",
    "ignored_names",
    "options",
    "active_hours",
    "delay_seconds",
    "repeat_seconds",
)
#: What changes without asking for anything else.
_HARMLESS = {
    "label",
    "description",
    "enabled",
    "delay_seconds",
    "repeat_seconds",
    "targets",
}
RELATIONS = ("networks", "excluded_networks", "services", "targets")


class RuleRelations(TypedDict):
    """What `save_rule` is told beside the rule's own values."""

    networks: Iterable[Network]
    excluded_networks: Iterable[Network]
    services: Iterable[Service]
    targets: Iterable[Destination]
    further_targets: NotRequired[Iterable[FurtherTarget] | None]


def save_rule(rule: Rule, *, actor: Actor, **relations: Unpack[RuleRelations]) -> Rule:
    """Store a rule with what it watches and whom it tells.

    A rule that is switched off tells nothing any more: what it held is cancelled,
    and what it remembers is forgotten. What was held for a target
    that is taken out of it, and what it does not ask for any more, is cancelled too.

    Args:
        rule: With its new values on it.
        actor: Who does it.
        **relations: ``networks`` that it watches when it is not company wide,
            ``excluded_networks`` when it is, ``services`` (none is every one),
            ``targets`` (the webhooks that are told at their own URL) and
            ``further_targets`` (URLs that are told with a webhook's settings; left
            out they stay as they are).

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    related: dict[str, list[Any]] = {
        "networks": list(relations["networks"]),
        "excluded_networks": list(relations["excluded_networks"]),
        "services": list(relations["services"]),
        "targets": list(relations["targets"]),
    }
    given = relations.get("further_targets")
    further = None if given is None else list(given)
    # Looks up hosts, so before the transaction: nobody should wait for that.
    _check_rule(rule, related, further)
    with transaction.atomic():
        _write(rule, related, further, actor=actor)
    return rule


def _write(
    rule: Rule,
    related: dict[str, list[Any]],
    further: list[FurtherTarget] | None,
    *,
    actor: Actor,
) -> None:
    is_new = rule._state.adding
    before = {} if is_new else _values(Rule.objects.get(pk=rule.pk))

    rule.save()
    if not is_new:
        release_targets(rule, related["targets"], further)
    for name, rows in related.items():
        getattr(rule, name).set(rows)
    if further is not None:
        set_further_targets(rule, further)
    if not is_new:
        follow_rule(rule)

    changes = list_changes(before, _values(rule))
    if not is_new and changes.keys() - _HARMLESS:
        release_unwanted(rule)
    if not is_new and changes.keys() & {"delay_seconds", "active_hours"}:
        move_holds(rule)
    if is_new or changes:
        record_audit(
            organization=rule.organization,
            actor=actor,
            action="rule.created" if is_new else "rule.updated",
            target=rule,
            changes=changes,
        )


@transaction.atomic
def delete_rule(rule: Rule, *, actor: Actor) -> None:
    """Remove a rule; what it has sent stays, and what it holds is cancelled."""
    forget_rule(rule, reason=f"The rule “{rule.label}”, which held it, was deleted.")
    remove_further_targets(rule.further_targets.select_related("sender"))
    record_audit(
        organization=rule.organization, actor=actor, action="rule.deleted", target=rule
    )
    rule.delete()


def duplicate_rule(rule: Rule, *, actor: Actor) -> Rule:
    """Make a copy of a rule, switched off; it remembers nothing of what was told.

    Raises:
        ValidationError: The rule could not be saved like this today.
    """
    label = f"Copy of {rule.label}"[:100]
    values = {name: copy.deepcopy(getattr(rule, name)) for name in FIELDS}
    copied = Rule(
        organization=rule.organization, **values | {"label": label, "enabled": False}
    )
    further = rule.further_targets.select_related("destination")
    return save_rule(
        copied,
        actor=actor,
        networks=list(rule.networks.all()),
        excluded_networks=list(rule.excluded_networks.all()),
        services=list(rule.services.all()),
        targets=list(rule.targets.all()),
        further_targets=[FurtherTarget(row.destination, row.url) for row in further],
    )


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


def _check_rule(
    rule: Rule,
    related: dict[str, list[Any]],
    further: list[FurtherTarget] | None,
) -> None:
    errors: dict[str, Any] = {}
    try:
        rule.full_clean()
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    for name in ("networks", "excluded_networks", "services"):
        if any(r.organization_id != rule.organization_id for r in related[name]):
            errors.setdefault(name, []).append("Choose from this organization only.")
    errors.setdefault("targets", []).extend(_judge_targets(rule, related, further))
    if not rule.company_wide and not related["networks"]:
        message = "Choose at least one network, or make the rule company wide."
        errors.setdefault("networks", []).append(message)
    errors = {name: sentences for name, sentences in errors.items() if sentences}
    if errors:
        raise ValidationError(errors)


def _judge_targets(
    rule: Rule, related: dict[str, list[Any]], further: list[FurtherTarget] | None
) -> Iterator[str]:
    kept = rule.further_targets if not rule._state.adding else None
    there = further or (kept is not None and further is None and kept.exists())
    webhooks_told = [*related["targets"], *(each.webhook for each in further or ())]
    if not related["targets"] and not there:
        yield "Choose at least one webhook."
    if len(webhooks_told) > MAX_TARGETS:
        yield f"At most {MAX_TARGETS} targets are taken."
    if any(each.organization_id != rule.organization_id for each in webhooks_told):
        yield "Choose from this organization only."
        return
    if kept := next((each for each in webhooks_told if each.managed_by), None):
        yield f"{kept.label} is kept by Signalpost itself; choose a webhook of yours."
    if isinstance(rule.event_types, list):
        told_once = {each.pk: each for each in webhooks_told}.values()
        yield from find_target_errors(map(str, rule.event_types), told_once)
    yield from find_further_target_errors(rule, further or ())


def _values(rule: Rule) -> dict[str, Any]:
    values = {name: getattr(rule, name) for name in FIELDS}
    values |= {name: _labels(getattr(rule, name).all()) for name in RELATIONS}
    values["targets"] += _labels(rule.further_targets.all())
    return values


def _labels(rows: Iterable[Model]) -> list[str]:
    return sorted(str(row) for row in rows)
