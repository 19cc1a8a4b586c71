"""Which webhooks rules send an event to, and when; `webhooks` adds subscriptions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from alerts.actions.lasting import (
    cancel_endings,
    forget_states,
    keep_states,
    recall,
    stop_repeating,
)
from alerts.actions.plans import Plan, make_plan
from alerts.actions.rule_loading import load_rules, load_targets
from alerts.conditions import EventFacts
from integrations_project.lib.clock import database_now
from integrations_project.lib.ids import uuid7
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

    Runs in the caller's transaction: the change, the event, its deliveries, and what
    rules remember are committed together or not at all. The number of statements
    does not depend on how many rules there are. Whoever publishes about a service or
    an incident has its row locked.

    Args:
        organization: Whose event it is.
        event: The most specific event of one change.
        general: The same change said in general; it goes only where the specific
            one does not.
        service_ids: The services it is about, for rules that name services.
    """
    event = replace(event, id=event.id or uuid7())
    if general is not None:
        general = replace(general, id=general.id or uuid7())
    told = [event] if general is None else [event, general]
    plans = _plan(organization, told, service_ids)
    event = plans[0].apply(event, also=plans[1:])
    if general is not None:
        general = plans[1].apply(general)
    return webhooks.publish(organization, event, general=general)


def find_targets(organization: Organization, event: NewEvent) -> frozenset[UUID]:
    """Return the targets of the rules that match an event about no service."""
    (plan,) = _plan(organization, [event], ())
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


def _plan(
    organization: Organization, events: list[NewEvent], service_ids: Collection[UUID]
) -> list[Plan]:
    """Decide who is told of each event, and write what that means for what is held."""
    facts = [describe_event(event, service_ids) for event in events]
    memory = recall(facts, now=database_now())
    rules = load_rules(
        organization, [each.type for each in facts], and_also=memory.rule_ids
    )
    plans = [make_plan(rules, each, memory) for each in facts]
    involved = {rule_id for plan in plans for rule_id in plan.rule_ids}
    targets = load_targets(involved)
    for plan, each, event in zip(plans, facts, events, strict=True):
        plan.add_targets(targets, event_id=event.id)
        told = cancel_endings(plan.list_endings(targets), each, now=memory.now)
        plan.add_recoveries(told)
        if each.subject and each.type == "incident.acknowledged":
            stop_repeating(each.subject)
    if over := [state for plan in plans for state in plan.over]:
        forget_states(over)
    if kept := [state for plan in plans for state in plan.kept]:
        keep_states(kept)
    return plans
