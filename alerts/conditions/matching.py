"""Does a rule speak for an event? One criterion after the other, each in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from alerts.conditions.facts import SEVERITY_RANK, EventFacts
from alerts.conditions.fields import (
    describe_condition,
    find_values,
    holds,
    is_same,
    write_value,
)
from alerts.conditions.hours import describe_hours, is_active
from alerts.conditions.names import find_unnamed_reason
from alerts.conditions.options import find_option_reason, find_run_reason
from alerts.conditions.spec import RuleSpec, matches_scope, matches_type


class Criterion(NamedTuple):
    """One thing that a rule asks for, and whether an event has it."""

    field: str  # of the rule
    passed: bool
    sentence: str


def matches(rule: RuleSpec, facts: EventFacts) -> bool:
    """Whether everything fits but the hours, which only say when.

    The same as `judge`, without the words: a thousand rules are asked at each event.
    """
    return (
        any(pattern in rule.event_types for pattern in facts.patterns)
        and matches_scope(
            rule, network_id=facts.network_id, service_ids=facts.service_ids
        )
        and matches_content(rule, facts)
    )


def matches_content(rule: RuleSpec, facts: EventFacts) -> bool:
    """Whether everything beside types and scope fits."""
    return (
        (not rule.labels or _has_labels(rule, facts))
        and (not rule.minimum_severity or _is_severe(rule, facts))
        and all(holds(condition, facts) for condition in rule.conditions)
        and not _find_name_reason(rule, facts)
        and not _find_option_reason(rule, facts)
    )


def judge(rule: RuleSpec, facts: EventFacts) -> Iterator[Criterion]:
    """Yield what the rule asks for, in the order of its form, and how it went."""
    yield _judge_type(rule, facts)
    yield from _judge_scope(rule, facts)
    yield from judge_content(rule, facts)


def judge_content(rule: RuleSpec, facts: EventFacts) -> Iterator[Criterion]:
    """Yield what the rule asks for beside types and scope."""
    if rule.labels:
        yield _judge_labels(rule, facts)
    if rule.minimum_severity:
        yield _judge_severity(rule, facts)
    for condition in rule.conditions:
        said = describe_condition(condition)
        if holds(condition, facts):
            yield Criterion("conditions", True, f"Holds: {said}.")
            continue
        found = find_values(facts, condition["field"])
        there = f"it is {write_value(found)}" if found else "it is not there"
        yield Criterion("conditions", False, f"Does not hold: {said}; {there}.")
    if rule.allowed_names or rule.ignored_names:
        reason = _find_name_reason(rule, facts)
        is_ignored = reason.endswith("ignored names.") or not rule.allowed_names
        field = "ignored_names" if is_ignored else "allowed_names"
        yield Criterion(field, not reason, reason or "The names fit.")
    if rule.options and facts.type.startswith(("alert.", "monitor.")):
        reason = _find_option_reason(rule, facts)
        yield Criterion("options", not reason, reason or "The options fit.")


def judge_hours(rule: RuleSpec, facts: EventFacts) -> Criterion | None:
    """Say whether an event came within the active hours; None: it has none.

    What lasts is told when the hours begin, so it does not fail outside of them.
    """
    if not rule.active_hours:
        return None
    said = describe_hours(rule.active_hours)
    if is_active(rule.active_hours, facts.occurred_at):
        return Criterion("active_hours", True, f"It came within {said}.")
    sentence = f"It came outside {said}"
    if facts.phase == "point":
        return Criterion("active_hours", False, f"{sentence}: it is not told.")
    tail = "when they begin, it is told if it still lasts."
    return Criterion("active_hours", True, f"{sentence}: {tail}")


def _judge_type(rule: RuleSpec, facts: EventFacts) -> Criterion:
    passed = matches_type(rule.event_types, facts.type)
    words = "is one of" if passed else "is none of"
    types = ", ".join(map(str, rule.event_types))
    return Criterion("event_types", passed, f"{facts.type} {words} {types:.300}.")


def _judge_scope(rule: RuleSpec, facts: EventFacts) -> Iterator[Criterion]:
    if rule.service_ids:
        passed = bool(set(rule.service_ids) & facts.service_ids)
        about = "about one of the rule's services" if passed else "about none of them"
        yield Criterion("services", passed, f"It is {about}.")
    network_only = matches_scope(
        rule, network_id=facts.network_id, service_ids=rule.service_ids
    )
    if rule.company_wide:
        sentence = "Its network is not excluded."
        failed = "Its network is one of the excluded ones."
        yield Criterion(
            "excluded_networks", network_only, sentence if network_only else failed
        )
        return
    words = "is" if network_only else "is not"
    yield Criterion(
        "networks", network_only, f"It {words} of one of the rule's networks."
    )


def _judge_labels(rule: RuleSpec, facts: EventFacts) -> Criterion:
    if _has_labels(rule, facts):
        return Criterion("labels", True, "It has the labels.")
    wanted = ", ".join(f"{k}: {write_value(v)}" for k, v in rule.labels.items())
    return Criterion("labels", False, f"Nothing that it is about has {wanted:.200}.")


def _has_labels(rule: RuleSpec, facts: EventFacts) -> bool:
    return any(
        all(k in labels and is_same(labels[k], v) for k, v in rule.labels.items())
        for labels in facts.label_sets
    )


def _judge_severity(rule: RuleSpec, facts: EventFacts) -> Criterion:
    least, has = rule.minimum_severity, facts.severity
    if not has:
        return Criterion("minimum_severity", True, "It has no severity.")
    passed = _is_severe(rule, facts)
    words = "at least" if passed else "less than"
    counted = "counts as" if facts.type.startswith("service.") else "is"
    sentence = f"It {counted} {has}, {words} {least}."
    return Criterion("minimum_severity", passed, sentence)


def _is_severe(rule: RuleSpec, facts: EventFacts) -> bool:
    if not facts.severity:
        return True
    least = SEVERITY_RANK[rule.minimum_severity]
    return SEVERITY_RANK.get(facts.severity, 0) >= least


def _find_name_reason(rule: RuleSpec, facts: EventFacts) -> str:
    if not rule.allowed_names and not rule.ignored_names:
        return ""
    return find_unnamed_reason(
        facts, allowed=rule.allowed_names, ignored=rule.ignored_names
    )


def _find_option_reason(rule: RuleSpec, facts: EventFacts) -> str:
    if not rule.options:
        return ""
    if facts.type.startswith("monitor."):
        return find_run_reason(facts.data, rule.options)
    if not facts.type.startswith("alert."):
        return ""
    return find_option_reason(facts.documents[-1], rule.options)
