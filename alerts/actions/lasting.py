"""What rules remember of things that are bad for a while: when, and whom they told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from alerts.actions.outline import group_subjects
from alerts.actions.rule_loading import load_targets
from alerts.models import RuleState
from alerts.rule_words import say_over, say_overtaken
from integrations_project.lib.clock import database_now
from webhooks import actions as webhooks

if TYPE_CHECKING:
    from alerts.actions.rule_loading import LoadedRule
    from alerts.conditions import EventFacts
    from alerts.models import Rule

Subject = tuple[str, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the rules remember of the subjects at hand."""

    now: datetime  # the database's
    states: dict[tuple[UUID, Subject], RuleState] = field(default_factory=dict)

    @property
    def rule_ids(self) -> set[UUID]:
        """The rules that remember something."""
        return {rule_id for rule_id, _ in self.states}

    def list_orphans(
        self, events: Iterable[EventFacts], rules: Iterable[LoadedRule]
    ) -> list[RuleState]:
        """Return what is over with these events and whose rule has vanished."""
        over = {each.subject for each in events if each.phase == "over"}
        known = {rule.id for rule in rules}
        return [
            state
            for (rule_id, subject), state in self.states.items()
            if subject in over and rule_id not in known
        ]

    def find(self, rule: LoadedRule, facts: EventFacts) -> RuleState | None:
        """Return what a rule remembers of what an event is about."""
        return self.states.get((rule.id, facts.subject)) if facts.subject else None

    def suppose(
        self, rules: Iterable[LoadedRule], facts: EventFacts, *, since: datetime
    ) -> Memory:
        """Return the same, as if each rule had waited since a moment."""
        if facts.subject is None:
            return self
        kind, key = facts.subject
        waiting = {
            (rule.id, facts.subject): RuleState(
                rule_id=rule.id, subject_kind=kind, subject_id=key, since=since
            )
            for rule in rules
        }
        return Memory(now=self.now, states={**waiting, **self.states})

    def is_held(self, state: RuleState) -> bool:
        """Whether its targets are still to be told."""
        return state.told_at is None or state.told_at > self.now


def recall(events: Iterable[EventFacts], *, now: datetime) -> Memory:
    """Return what rules remember of the things that events are about.

    Whoever publishes about a service or an incident has its row locked, so nobody
    else writes these meanwhile.
    """
    condition = Q()
    for kind, keys in group_subjects(events).items():
        condition |= Q(subject_kind=kind, subject_id__in=keys)
    if not condition:
        return Memory(now=now)
    rows = RuleState.objects.filter(condition)
    states = {(row.rule_id, (row.subject_kind, row.subject_id)): row for row in rows}
    return Memory(now=now, states=states)


def keep_states(states: Collection[RuleState]) -> None:
    """Write what rules remember from now on, new or changed, in one statement."""
    RuleState.objects.bulk_create(
        states,
        update_conflicts=True,
        unique_fields=("rule", "subject_kind", "subject_id"),
        update_fields=("told_at", "event_id", "next_repeat_at"),
        batch_size=500,
    )


def forget_states(states: Collection[RuleState]) -> None:
    """Remove what is over."""
    RuleState.objects.filter(pk__in=[state.pk for state in states]).delete()


def stop_repeating(subject: Subject) -> None:
    """Repeat nothing about a subject any more: somebody looks after it."""
    kind, key = subject
    RuleState.objects.filter(
        subject_kind=kind, subject_id=key, next_repeat_at__isnull=False
    ).update(next_repeat_at=None)


def follow_rule(rule: Rule) -> None:
    """Let what a rule remembers follow a change of the rule."""
    if not rule.enabled:
        said = f"The rule “{rule.label}”, which held it, was switched off."
        forget_rule(rule, reason=said)
        return
    rows = RuleState.objects.filter(rule=rule)
    if not rule.repeat_seconds:
        rows.filter(next_repeat_at__isnull=False).update(next_repeat_at=None)
        return
    # Sooner when it is to be repeated more often, and begun where it was not.
    next_at = database_now() + timedelta(seconds=rule.repeat_seconds)
    later = Q(next_repeat_at__gt=next_at) | Q(next_repeat_at=None)
    rows.filter(later, told_at__lte=next_at).update(next_repeat_at=next_at)


def forget_rule(rule: Rule, *, reason: str) -> None:
    """Cancel what a rule holds, and forget what it remembers."""
    targets = load_targets([rule.pk]).get(rule.pk, set())
    cancel_held_by(rule, targets, reason=reason)
    RuleState.objects.filter(rule=rule).delete()


def list_held(rule: Rule) -> list[RuleState]:
    """Return what a rule holds, in one order."""
    rows = RuleState.objects.filter(rule=rule, told_at__gt=database_now())
    return list(rows.order_by("subject_kind", "subject_id"))


def cancel_held_by(
    rule: Rule,
    destination_ids: Collection[UUID],
    *,
    reason: str,
    states: Iterable[RuleState] | None = None,
) -> None:
    """Cancel what a rule holds for destinations, unless another rule holds it too.

    Args:
        rule: That holds.
        destination_ids: Which of its targets are not told any more.
        reason: What their deliveries show.
        states: Of what it holds, these; None is all of it.
    """
    if not destination_ids:
        return
    now = database_now()
    for state in list_held(rule) if states is None else states:
        kind, key = state.subject_kind, state.subject_id
        others = RuleState.objects.filter(
            subject_kind=kind, subject_id=key, told_at__gt=now
        ).exclude(rule=rule)
        shared = load_targets(list(others.values_list("rule_id", flat=True)))
        alone = set(destination_ids).difference(*shared.values())
        reasons = dict.fromkeys(alone, reason)
        webhooks.cancel_held(reasons, subject_kind=kind, subject_id=str(key))


def end_holds(rule: Rule, states: Collection[RuleState], *, reason: str) -> None:
    """Cancel some of what a rule holds, and forget it."""
    if not states:
        return
    targets = load_targets([rule.pk]).get(rule.pk, set())
    cancel_held_by(rule, targets, reason=reason, states=states)
    forget_states(states)


def forget_subject(subject: Subject, *, reason: str) -> None:
    """Cancel what all rules hold about a subject that is gone, and forget it."""
    kind, key = subject
    states = RuleState.objects.filter(subject_kind=kind, subject_id=key)
    held = states.filter(told_at__gt=database_now())
    targets = load_targets(list(held.values_list("rule_id", flat=True)))
    reasons = dict.fromkeys(set().union(*targets.values()), reason)
    webhooks.cancel_held(reasons, subject_kind=kind, subject_id=str(key))
    states.delete()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A rule's hold that ends before its targets were told."""

    rule: LoadedRule
    state: RuleState
    targets: Collection[UUID]
    #: Something newer about the same is held in its place.
    is_overtaken: bool = False


def cancel_endings(
    endings: Collection[Ending], facts: EventFacts, *, now: datetime
) -> dict[UUID, frozenset[UUID]]:
    """Cancel what is held about an event's subject; runs in a few statements.

    Returns:
        For each rule those of its targets that had been told all the same: a pump
        took the delivery in time, or a person sent it by hand.
    """
    if not endings or facts.subject is None:
        return {}
    reasons: dict[UUID, str] = {}
    for ending in endings:
        sentence = _say_ending(ending, facts, now=now)
        reasons.update(dict.fromkeys(ending.targets, sentence))
    kind, key = facts.subject
    webhooks.cancel_held(reasons, subject_kind=kind, subject_id=str(key))

    by_event: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for ending in endings:
        if ending.state.event_id is not None:
            by_event[ending.state.event_id].update(ending.targets)
    told = {event: webhooks.find_told(event, ids) for event, ids in by_event.items()}
    return {
        ending.rule.id: frozenset(ending.targets)
        & told.get(ending.state.event_id or ending.rule.id, frozenset())
        for ending in endings
    }


def _say_ending(ending: Ending, facts: EventFacts, *, now: datetime) -> str:
    if ending.is_overtaken:
        return say_overtaken(ending.rule.label)
    return say_over(
        ending.rule.label,
        event_type=facts.type,
        status=str(facts.data.get("status", "")) if facts.phase != "point" else "",
        lasted=max(now - ending.state.since, timedelta()),
        delay=ending.rule.delay,
    )
