"""What rules do with one event: whom they tell, when, and what they remember: pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from alerts.actions.lasting import Ending, Memory
from alerts.conditions import find_active, is_active, matches, matches_type
from alerts.models import RuleState
from alerts.rule_words import say_held

if TYPE_CHECKING:
    from alerts.actions.rule_loading import LoadedRule
    from alerts.conditions import EventFacts
    from webhooks.datatypes import NewEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    """A rule that speaks, from a moment on."""

    rule: LoadedRule
    at: datetime
    is_for_hours: bool = False  # the hours hold it, not the delay


@dataclass(slots=True, kw_only=True)
class Plan:
    """Whom rules tell of one event; filled step by step, then applied to it."""

    now: datetime
    tellings: list[_Telling] = field(default_factory=list)
    kept: list[RuleState] = field(default_factory=list)
    over: list[RuleState] = field(default_factory=list)
    #: Holds that end with this event, each with whether a newer one is held instead.
    ended: list[tuple[LoadedRule, RuleState, bool]] = field(default_factory=list)
    #: Of these, the rules that tell the end to whom they had told the beginning.
    recovering: dict[UUID, _Telling] = field(default_factory=dict)
    #: Destination to when it is told, and why then.
    targets: dict[UUID, tuple[datetime, str]] = field(default_factory=dict)

    @property
    def rule_ids(self) -> set[UUID]:
        """The rules whose targets must be known."""
        return {each.rule.id for each in self.tellings} | {
            rule.id for rule, _, _ in self.ended
        }

    def add_targets(
        self, targets: Mapping[UUID, Collection[UUID]], *, event_id: UUID | None
    ) -> None:
        """Take down who is told by the rules that speak; the earliest counts."""
        for telling in self.tellings:
            self._add(telling, targets.get(telling.rule.id, ()))
        for state in self.kept:
            state.event_id = event_id

    def list_endings(self, targets: Mapping[UUID, Collection[UUID]]) -> list[Ending]:
        """Return the holds that end, with whom they would have told."""
        return [
            Ending(
                rule=rule,
                state=state,
                targets=targets.get(rule.id, ()),
                is_overtaken=is_overtaken,
            )
            for rule, state, is_overtaken in self.ended
        ]

    def add_recoveries(self, told: Mapping[UUID, Collection[UUID]]) -> None:
        """Tell the end to those who had been told although the hold was not over."""
        for rule_id, telling in self.recovering.items():
            self._add(telling, told.get(rule_id, ()))

    def silence(self) -> None:
        """Tell nobody; what is held ends all the same."""
        self.tellings.clear()
        self.recovering.clear()

    def leave_out(self, destination_ids: Iterable[UUID]) -> None:
        """Do not tell some, because they know."""
        for destination_id in destination_ids:
            self.targets.pop(destination_id, None)

    def apply(self, event: NewEvent, *, also: Iterable[Plan] = ()) -> NewEvent:
        """Return the event with its targets, and with how long some of them wait.

        Args:
            event: What the plan is for.
            also: Plans for the same change said otherwise; who is told of that
                earlier, by another rule, is told of this then.
        """
        holds: dict[UUID, timedelta] = {}
        reasons: dict[UUID, str] = {}
        for destination_id, (at, reason) in self.targets.items():
            others = [
                p.targets[destination_id][0]
                for p in also
                if destination_id in p.targets
            ]
            moment = min([at, *others])
            if moment > self.now:
                holds[destination_id] = moment - self.now
                reasons[destination_id] = reason
        return replace(
            event,
            destination_ids=frozenset(event.destination_ids) | frozenset(self.targets),
            holds=holds,
            hold_reasons=reasons,
        )

    def _add(self, telling: _Telling, destination_ids: Iterable[UUID]) -> None:
        rule = telling.rule
        is_for_hours = telling.is_for_hours
        reason = say_held(rule.label, delay=rule.delay, is_for_hours=is_for_hours)
        for destination_id in destination_ids:
            told = self.targets.get(destination_id)
            if told is None or telling.at < told[0]:
                self.targets[destination_id] = (telling.at, reason)


def make_plan(rules: Iterable[LoadedRule], facts: EventFacts, memory: Memory) -> Plan:
    """Return what the rules do with an event, their targets still left open."""
    plan = Plan(now=memory.now)
    for rule in rules:
        state = memory.find(rule, facts)
        match facts.phase:
            case "point":
                _plan_point(plan, rule, facts)
            case "bad":
                _plan_bad(plan, rule, facts, memory, state)
            case "ongoing":
                _plan_ongoing(plan, rule, facts, memory, state)
            case "over":
                _plan_over(plan, rule, facts, memory, state)
    return plan


def _plan_point(plan: Plan, rule: LoadedRule, facts: EventFacts) -> None:
    """Tell at once or never: nothing of it lasts until the hours begin."""
    if matches(rule.spec, facts) and is_active(rule.spec.active_hours, plan.now):
        plan.tellings.append(_Telling(rule=rule, at=plan.now))


def _plan_bad(
    plan: Plan,
    rule: LoadedRule,
    facts: EventFacts,
    memory: Memory,
    state: RuleState | None,
) -> None:
    """Tell when it has lasted; a worse change goes on waiting from the first."""
    is_held = state is not None and memory.is_held(state)
    if not matches(rule.spec, facts):
        # Bad in a way that the rule does not ask for: what it held is over.
        if state is not None and is_held:
            plan.ended.append((rule, state, False))
            plan.over.append(state)
        return
    if not rule.spec.remembers or facts.subject is None:
        plan.tellings.append(_Telling(rule=rule, at=plan.now))
        return
    if state is not None and not is_held:
        plan.tellings.append(_tell(rule, plan.now))
        return
    since = plan.now if state is None else state.since
    telling = _tell(rule, max(since + rule.delay, plan.now))
    plan.tellings.append(telling)
    if state is not None:
        plan.ended.append((rule, state, True))
        state.told_at = telling.at
    else:
        kind, key = facts.subject
        state = RuleState(
            rule_id=rule.id,
            subject_kind=kind,
            subject_id=key,
            since=since,
            told_at=telling.at,
        )
    if rule.spec.repeat_seconds:
        repeat = timedelta(seconds=rule.spec.repeat_seconds)
        state.next_repeat_at = telling.at + repeat
    plan.kept.append(state)


def _plan_ongoing(
    plan: Plan,
    rule: LoadedRule,
    facts: EventFacts,
    memory: Memory,
    state: RuleState | None,
) -> None:
    """Tell what happens meanwhile, but not before what it happens to is told."""
    if not matches(rule.spec, facts):
        return
    if state is not None and state.told_at is not None and memory.is_held(state):
        is_for_hours = state.told_at > state.since + rule.delay
        plan.tellings.append(
            _Telling(rule=rule, at=state.told_at, is_for_hours=is_for_hours)
        )
        return
    plan.tellings.append(_tell(rule, plan.now))


def _plan_over(
    plan: Plan,
    rule: LoadedRule,
    facts: EventFacts,
    memory: Memory,
    state: RuleState | None,
) -> None:
    """Tell those who were told that it was bad, whatever else the rule asks for."""
    takes_type = matches_type(rule.spec.event_types, facts.type)
    telling = _tell(rule, plan.now)
    if state is None:
        # A rule that waits and remembers nothing has told nobody.
        if not _waits_for(rule, facts) and matches(rule.spec, facts):
            plan.tellings.append(telling)
        return
    plan.over.append(state)
    if memory.is_held(state):
        plan.ended.append((rule, state, False))
        if takes_type:
            plan.recovering[rule.id] = telling
    elif takes_type:
        plan.tellings.append(telling)


def _waits_for(rule: LoadedRule, facts: EventFacts) -> bool:
    """Whether the rule would have held back the beginning of what is over."""
    is_incident = facts.type.startswith("incident.")
    began = "incident.opened" if is_incident else facts.type
    was_bad = is_incident or bool(facts.severity)
    takes_it = matches_type(rule.spec.event_types, began)
    return bool(rule.spec.delay_seconds) and was_bad and takes_it


def _tell(rule: LoadedRule, at: datetime) -> _Telling:
    """Return that a rule speaks at a moment, or when its hours begin after it."""
    active_at = find_active(rule.spec.active_hours, at)
    return _Telling(rule=rule, at=active_at, is_for_hours=active_at > at)
