"""Which webhooks rules send an event to, and when; `webhooks` adds subscriptions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.datatypes import SYSTEM
from alerts.actions.lasting import (
    Memory,
    cancel_endings,
    forget_states,
    keep_states,
    recall,
    stop_repeating,
)
from alerts.actions.outline import find_outline
from alerts.actions.plans import Plan, make_plan
from alerts.actions.quiet import Quiet, find_quiet, note_silence
from alerts.actions.rule_loading import LoadedRule, load_rules, load_targets
from alerts.conditions import EventFacts
from integrations_project.lib.clock import database_now
from integrations_project.lib.ids import uuid7
from webhooks import actions as webhooks

if TYPE_CHECKING:
    from accounts.models import Organization
    from webhooks.datatypes import NewEvent
    from webhooks.models import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """What an event that comes late stands for."""

    stands_for: str  # the type that rules were to be told, such as incident.opened
    since: datetime
    rule_ids: Collection[str] | None = None  # None is every rule
    service_ids: Collection[UUID] = ()
    but_not: Collection[UUID] = ()  # destinations that know


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One change, as it is published."""

    event: NewEvent  # the most specific one
    #: The same change said in general; it goes only where the specific one does not.
    general: NewEvent | None = None
    #: The services it is about, for rules that name services.
    service_ids: Collection[UUID] = ()

    @property
    def told(self) -> list[NewEvent]:
        """The events that it is told by."""
        return [self.event] if self.general is None else [self.event, self.general]

    def with_ids(self) -> News:
        """Return the same; each event has an id, by which rules remember it."""
        event, *general = (replace(e, id=e.id or uuid7()) for e in self.told)
        return replace(self, event=event, general=general[0] if general else None)


def publish_event(
    organization: Organization,
    event: NewEvent,
    *,
    general: NewEvent | None = None,
    service_ids: Collection[UUID] = (),
) -> Event:
    """Publish an event to its subscribers and to the targets of matching rules.

    As `publish_events` does.

    Args:
        organization: Whose event it is.
        event: The most specific event of one change.
        general: The same change said in general; it goes only where the specific
            one does not.
        service_ids: The services it is about, for rules that name services.
    """
    news = News(event=event, general=general, service_ids=service_ids)
    [row] = publish_events(organization, [news])
    return row


def publish_events(organization: Organization, news: Sequence[News]) -> list[Event]:
    """Publish changes to subscribers and to the targets of matching rules.

    Rules say nothing of what a window silences; what is over is told to those who
    know that it was bad. Subscriptions are no rules: windows leave them alone.

    Runs in the caller's transaction: the changes, the events, their deliveries, and
    what rules remember are committed together or not at all. The number of statements
    depends neither on how many rules there are nor, but for what rules hold, on how
    many changes. Whoever publishes about services or incidents has their rows locked.

    Args:
        organization: Whose events they are.
        news: In their order.

    Returns:
        The specific events.
    """
    rows: list[Event] = []
    for chunk in _split(news):
        told: list[tuple[NewEvent, NewEvent | None]] = []
        for each, plans in zip(chunk, _plan(organization, chunk), strict=True):
            event = plans[0].apply(each.event, also=plans[1:])
            general = each.general and plans[1].apply(each.general)
            told.append((event, general))
        rows += webhooks.publish_all(organization, told)
    return rows


def _split(news: Iterable[News]) -> Iterator[list[News]]:
    """Yield news with ids, in chunks in which each is about something else.

    What rules remember of the first must be written before the second is judged.
    """
    chunk: list[News] = []
    subjects: set[tuple[str, str]] = set()
    for each in news:
        about = {(told.subject_kind, told.subject_id) for told in each.told}
        if chunk and about & subjects:
            yield chunk
            chunk, subjects = [], set()
        chunk.append(each.with_ids())
        subjects |= about
    if chunk:
        yield chunk


def find_targets(organization: Organization, event: NewEvent) -> frozenset[UUID]:
    """Return the targets of the rules that match an event about no service."""
    ((plan,),) = _plan(organization, [News(event=event)])
    return frozenset(plan.targets)


def describe_event(
    event: NewEvent | Event, service_ids: Collection[UUID] = ()
) -> EventFacts:
    """Return an event, new or stored, as rules see it."""
    return EventFacts(
        type=event.type,
        data=event.data,
        occurred_at=event.occurred_at,
        network_id=event.network_id,
        further_service_ids=frozenset(service_ids),
    )


def _plan(organization: Organization, news: Sequence[News]) -> list[list[Plan]]:
    """Decide who is told of each event, and write what that means for what is held.

    Returns:
        For each of the news the plan of each of its events.
    """
    facts = [[describe_event(e, each.service_ids) for e in each.told] for each in news]
    known = list(chain.from_iterable(facts))
    outline = find_outline(organization.pk, known)
    if outline.is_empty:
        return [[Plan(now=outline.now) for _ in each] for each in facts]
    memory = recall(known, now=outline.now)
    rules = load_rules(
        organization, {each.type for each in known}, and_also=memory.rule_ids
    )
    quiet = find_quiet(organization.pk, known, now=memory.now)
    found = [
        [_make_quiet_plan(quiet, rules, f, memory) for f in each] for each in facts
    ]
    quiet.write()
    plans = list(chain.from_iterable(found))
    targets = load_targets({rule_id for plan in plans for rule_id in plan.rule_ids})
    events = chain.from_iterable(each.told for each in news)
    for plan, about, event in zip(plans, known, events, strict=True):
        plan.add_targets(targets, event_id=event.id)
        told = cancel_endings(plan.list_endings(targets), about, now=memory.now)
        plan.add_recoveries(told)
        if about.subject and about.type == "incident.acknowledged":
            stop_repeating(about.subject)
    over = [state for plan in plans for state in plan.over]
    if over := over + memory.list_orphans(known, rules):
        forget_states(over)
    if kept := [state for plan in plans for state in plan.kept]:
        keep_states(kept)
    return found


def _make_quiet_plan(
    quiet: Quiet, rules: list[LoadedRule], facts: EventFacts, memory: Memory
) -> Plan:
    """Return what rules do with an event as far as windows let them speak."""
    verdict = quiet.judge(facts, now=memory.now)
    if not verdict.is_silent:
        speaking = [r for r in rules if str(r.id) not in verdict.without_rules]
        return make_plan(speaking, facts, memory)
    if facts.phase == "over":
        plan = make_plan(rules, facts, memory)
        plan.silence()
        return plan
    if verdict.window is not None and facts.subject and facts.subject[0] == "incident":
        label = SYSTEM.label
        key = facts.subject[1]
        note_silence(key, verdict.window, actor_label=label, now=memory.now)
    return Plan(now=memory.now)


def publish_late(
    organization: Organization, event: NewEvent, late: Late
) -> frozenset[UUID]:
    """Tell rules of something that they were kept from telling and that is so still.

    Rules see it as if it had just become bad, but a delay counts from when it did.
    Runs in the caller's transaction, with the row of the subject locked.

    Args:
        organization: Whose event it is.
        event: Such as ``incident.reminder``; only targets of rules are told.
        late: What it stands for.

    Returns:
        The destinations that are told, now or when a rule's hours begin.
    """
    event = replace(event, id=event.id or uuid7(), is_direct=True)
    facts = replace(describe_event(event, late.service_ids), type=late.stands_for)
    memory = recall([facts], now=database_now())
    rules = [
        rule
        for rule in load_rules(organization, [facts.type])
        if late.rule_ids is None or str(rule.id) in late.rule_ids
    ]
    plan = make_plan(rules, facts, memory.suppose(rules, facts, since=late.since))
    plan.add_targets(load_targets(plan.rule_ids), event_id=event.id)
    plan.leave_out(late.but_not)
    if plan.kept:
        keep_states(plan.kept)
    if plan.targets:
        webhooks.publish(organization, plan.apply(event))
    return frozenset(plan.targets)
