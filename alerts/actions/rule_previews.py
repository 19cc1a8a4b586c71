"""What a rule would have told, over the events that are stored; nothing is sent."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from alerts.actions.routing import describe_event
from alerts.conditions import Criterion, RuleSpec, judge, judge_hours, matches
from integrations_project.lib.ids import first_id_at
from webhooks import actions as webhooks
from webhooks.datatypes import SAME_TYPES
from webhooks.models import Event

if TYPE_CHECKING:
    from accounts.datatypes import Actor
    from accounts.models import Organization
    from webhooks.datatypes import VerifyResult
    from webhooks.models import Destination

#: So much is looked at for one preview, and no more.
MAX_EVENTS = 10_000
MAX_SECONDS = 3.0
SHOWN = 50
DAYS = 7
#: Told to those whom they concern, past every rule.
DIRECT_TYPES = ("incident.escalated", "incident.reminder", "service.reminder")
_SLACK = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_READ = (
    "id",
    "type",
    "subject_kind",
    "subject_id",
    "subject_label",
    "network_id",
    "data",
    "occurred_at",
)


@dataclass(slots=True, kw_only=True)
class RulePreview:
    """The events of a while that a rule matches."""

    since: datetime
    match_count: int = 0
    events: list[Event] = field(default_factory=list)  # the newest, the newest first
    looked_at_count: int = 0
    #: It ended before ``since``: what is older was not looked at.
    is_cut: bool = False
    reached_back_to: datetime | None = None  # the oldest event that was looked at

    def __str__(self) -> str:
        """Return it in words: how many, since when, and whether there may be more."""
        word = "event" if self.match_count == 1 else "events"
        said = f"This would have matched {self.match_count:,} {word}"
        if not self.is_cut:
            return f"{said} in the last {DAYS} days."
        return (
            f"{said} among the newest {self.looked_at_count:,} of its types; older "
            "ones were not looked at."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """How a rule judges one event."""

    matches: bool
    criteria: list[Criterion]
    sent: VerifyResult | None = None  # None: nothing was sent


def preview_rule(
    organization: Organization,
    spec: RuleSpec,
    *,
    now: datetime,
    since: datetime | None = None,
) -> RulePreview:
    """Return which stored events a rule would have matched, as they were.

    Each event is judged by itself: a delay and a repetition are not played through.
    At most `MAX_EVENTS` of the rule's types are looked at, the newest first, and for
    `MAX_SECONDS` at most.

    Args:
        organization: Whose events.
        spec: What the rule asks for; see `build_spec`.
        now: The end of the time.
        since: Its beginning; seven days before when it is not given.
    """
    begin = since or now - timedelta(days=DAYS)
    preview = RulePreview(since=begin)
    deadline = time.monotonic() + MAX_SECONDS
    rows = Event.objects.filter(
        _takes(spec),
        organization=organization,
        pk__gte=first_id_at(max(begin - _SLACK, _EPOCH)),
    ).exclude(type__in=DIRECT_TYPES)
    newest = rows.order_by("-pk").only(*_READ)[: MAX_EVENTS + 1]
    for event in newest.iterator(chunk_size=500):
        if preview.looked_at_count == MAX_EVENTS or time.monotonic() > deadline:
            preview.is_cut = True
            break
        preview.looked_at_count += 1
        preview.reached_back_to = event.occurred_at
        if begin <= event.occurred_at <= now and _speaks(spec, event):
            preview.match_count += 1
            if len(preview.events) < SHOWN:
                preview.events.append(event)
    return preview


def judge_event(spec: RuleSpec, event: Event) -> RuleTest:
    """Say for each thing that a rule asks for whether an event has it."""
    facts = describe_event(event)
    criteria = list(judge(spec, facts))
    if hours := judge_hours(spec, facts):
        criteria.append(hours)
    if event.type in DIRECT_TYPES:
        sentence = "It is told to those whom it concerns, past every rule."
        criteria.insert(0, Criterion("event_types", False, sentence))
    return RuleTest(matches=all(c.passed for c in criteria), criteria=criteria)


def try_rule(
    spec: RuleSpec,
    event: Event,
    *,
    actor: Actor,
    now: datetime,
    destination: Destination | None = None,
) -> RuleTest:
    """Judge an event by a rule and, when asked to, send it to one destination at once.

    What is sent goes as Verify sends: marked as a test, with no delivery, and whether
    the rule matches or not.

    Raises:
        UnsupportedEvent: The destination's format cannot carry the event.
        VerifyLimitReached: More than 10 in a minute by this person or key.
    """
    judged = judge_event(spec, event)
    if destination is None:
        return judged
    sent = webhooks.verify_destination(destination, actor=actor, now=now, event=event)
    return RuleTest(matches=judged.matches, criteria=judged.criteria, sent=sent)


def _takes(spec: RuleSpec) -> Q:
    """Return the condition for the event's type, as far as a database can say it."""
    if "*" in spec.event_types:
        return Q()
    condition = Q(pk__in=())
    for pattern in spec.event_types:
        if pattern.endswith(".*"):
            condition |= Q(type__startswith=pattern.removesuffix("*"))
        else:
            condition |= Q(type__in=_same_types(pattern))
    return condition


def _same_types(event_type: str) -> list[str]:
    same = SAME_TYPES.get(event_type)
    return [event_type, same] if same else [event_type]


def _speaks(spec: RuleSpec, event: Event) -> bool:
    facts = describe_event(event)
    if not matches(spec, facts):
        return False
    hours = judge_hours(spec, facts)
    return hours is None or hours.passed
