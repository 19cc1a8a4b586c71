"""What rules hold while somebody changes them, or deletes what they watch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from accounts.actions import record_audit
from alerts.actions.lasting import cancel_held_by, end_holds, follow_rule, list_held
from alerts.actions.reminders import asks_for, find_happening
from alerts.actions.rule_loading import load_targets
from integrations_project.lib.clock import database_now

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
