"""What rules hold while somebody changes them, or deletes what they watch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.actions import record_audit
from alerts.actions.lasting import cancel_held_by, end_holds, follow_rule, list_held
from alerts.actions.reminders import asks_for, find_happening
from alerts.actions.rule_loading import load_targets
from alerts.conditions import find_active
from alerts.models import RuleState
from alerts.rule_words import say_held
from integrations_project.lib.clock import database_now
from webhooks import actions as webhooks

if TYPE_CHECKING:
    from accounts.datatypes import Actor
    from alerts.actions.rule_targets import FurtherTarget
    from alerts.models import Rule, Service
    from webhooks.models import Destination


def release_targets(
    rule: Rule, targets: Iterable[Destination], further: list[FurtherTarget] | None
) -> None:
    """Cancel what is held for targets that a rule is about to lose.

    Args:
        rule: With the targets that it has had.
        targets: That it will have at their own URL.
        further: That it will have at URLs of their own; None leaves those it has.
    """
    kept = {each.pk for each in targets}
    urls = (
        None if further is None else {(each.webhook.pk, each.url) for each in further}
    )
    kept |= {
        row.sender_id
        for row in rule.further_targets.all()
        if urls is None or (row.destination_id, row.url) in urls
    }
    gone = load_targets([rule.pk]).get(rule.pk, set()) - kept
    reason = f"The rule “{rule.label}”, which held it, has other targets now."
    cancel_held_by(rule, gone, reason=reason)


def release_unwanted(rule: Rule) -> None:
    """Cancel what a rule holds and does not ask for any more, as it is stored now."""
    now = database_now()
    unwanted = []
    for state in list_held(rule):
        found = find_happening(state.subject_kind, state.subject_id, now=now)
        if found is None or not asks_for(rule, found[1]):
            unwanted.append(state)
    reason = f"The rule “{rule.label}”, which held it, does not ask for it any more."
    end_holds(rule, unwanted, reason=reason)


def move_holds(rule: Rule) -> None:
    """Let what a rule holds wait as long as it asks for now, since when it was bad.

    A delay that is over by now tells at once; of several rules the earliest counts.
    """
    now = database_now()
    delay = timedelta(seconds=rule.delay_seconds)
    for state in list_held(rule):
        lasted_at = max(state.since + delay, now)
        told_at = find_active(rule.active_hours, lasted_at)
        if told_at == state.told_at:
            continue
        state.told_at = told_at
        if rule.repeat_seconds:
            state.next_repeat_at = told_at + timedelta(seconds=rule.repeat_seconds)
        state.save(update_fields=("told_at", "next_repeat_at"))
        _move_deliveries(state, now=now)


def _move_deliveries(state: RuleState, *, now: datetime) -> None:
    """Let what is held about a subject follow the rules that hold it."""
    kind, key = state.subject_kind, state.subject_id
    same = RuleState.objects.filter(subject_kind=kind, subject_id=key)
    others = same.filter(told_at__gt=now).exclude(pk=state.pk).select_related("rule")
    holding = [state, *others]
    targets = load_targets([each.rule_id for each in holding])
    waits: dict[UUID, tuple[datetime, str]] = {}
    for each in sorted(holding, key=lambda each: each.told_at or now, reverse=True):
        # The earliest is written last, and so counts.
        wait = (each.told_at or now, _say_wait(each))
        waits |= dict.fromkeys(targets.get(each.rule_id, ()), wait)
    own = targets.get(state.rule_id, set())
    webhooks.move_held(
        {pk: wait for pk, wait in waits.items() if pk in own},
        subject_kind=kind,
        subject_id=str(key),
    )


def _say_wait(state: RuleState) -> str:
    delay = timedelta(seconds=state.rule.delay_seconds)
    is_for_hours = state.told_at is not None and state.told_at > state.since + delay
    return say_held(state.rule.label, delay=delay, is_for_hours=is_for_hours)


def leave_service(service: Service, *, actor: Actor) -> None:
    """Switch off the rules that watch this service alone, before it is deleted.

    A rule that names no service watches every one, which nobody asked for.
    """
    for rule in service.rules.filter(enabled=True).order_by("pk"):
        if rule.services.exclude(pk=service.pk).exists():
            continue
        rule.enabled = False
        rule.save(update_fields=("enabled", "updated_at"))
        follow_rule(rule)
        record_audit(
            organization=rule.organization,
            actor=actor,
            action="rule.updated",
            target=rule,
            changes={"enabled": [True, False], "services": [[str(service)], []]},
        )
