"""Does a rule speak for an event? Pure: no database, no clock, no network."""

from __future__ import annotations

from alerts.conditions.facts import EventFacts
from alerts.conditions.fields import OPERATORS
from alerts.conditions.hours import describe_hours, find_active, is_active
from alerts.conditions.matching import (
    Criterion,
    judge,
    judge_content,
    judge_hours,
    matches,
    matches_content,
)
from alerts.conditions.names import MATCHES
from alerts.conditions.options import OPTIONS
from alerts.conditions.spec import RuleSpec, matches_scope, matches_type
from alerts.conditions.validation import (
    find_active_hours_errors,
    find_condition_errors,
    find_label_errors,
    find_name_errors,
    find_option_errors,
    find_rule_errors,
)

__all__ = [
    "MATCHES",
    "OPERATORS",
    "OPTIONS",
    "Criterion",
    "EventFacts",
    "RuleSpec",
    "describe_hours",
    "find_active",
    "find_active_hours_errors",
    "find_condition_errors",
    "find_label_errors",
    "find_name_errors",
    "find_option_errors",
    "find_rule_errors",
    "is_active",
    "judge",
    "judge_content",
    "judge_hours",
    "matches",
    "matches_content",
    "matches_scope",
    "matches_type",
]
