"""What a rule does, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from alerts.conditions import describe_hours
from alerts.conditions.fields import describe_condition
from integrations_project.lib.spans import write_seconds
from webhooks.datatypes import EVENT_TYPES

if TYPE_CHECKING:
    from alerts.models import Rule

_GROUPS = {
    "*": "everything",
    "incident.*": "incidents",
    "service.*": "changes of services",
    "alert.*": "every network alert",
    "monitor.*": "what monitors read",
    "destination.*": "the health of webhooks",
}
#: So many things of a kind are named; the rest is counted.
NAMED = 3


def describe_rule(rule: Rule, *, titles: Mapping[str, str]) -> str:
    """Return what a rule does, such as “Incidents of at least major, to Ops”.

    Args:
        rule: With its relations loaded, and those of ``further_targets``.
        titles: Event type to title, of the alerts that are known.
    """
    parts = [
        _say_events(rule, titles),
        _say_scope(rule),
        *_say_content(rule),
        *_say_times(rule),
        _say_targets(rule),
    ]
    if rule.repeat_seconds:
        parts.append(f"every {write_seconds(rule.repeat_seconds)} while it lasts")
    sentence = ", ".join(filter(None, parts))
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _say_events(rule: Rule, titles: Mapping[str, str]) -> str:
    words = [_say_type(str(each), titles) for each in rule.event_types]
    said = _join(words) or "no event"
    if rule.minimum_severity:
        said += f" of at least {rule.minimum_severity}"
    return said


def _say_type(pattern: str, titles: Mapping[str, str]) -> str:
    known = _GROUPS.get(pattern) or titles.get(pattern) or EVENT_TYPES.get(pattern)
    if known is None:
        return pattern
    # "An incident was opened" within a sentence; "DHCP pool" keeps its capitals.
    return known if known[1:2].isupper() else known[:1].lower() + known[1:]


def _say_scope(rule: Rule) -> str:
    services = [each.name for each in rule.services.all()]
    about = f"about {_join(services)}" if services else ""
    if rule.company_wide:
        excluded = [each.label for each in rule.excluded_networks.all()]
        where = f"everywhere but in {_join(excluded)}" if excluded else ""
    else:
        where = f"in {_join([each.label for each in rule.networks.all()])}"
    return ", ".join(filter(None, (where, about)))


def _say_content(rule: Rule) -> Iterable[str]:
    if rule.labels:
        yield f"labelled {_join([f'{k}: {v}' for k, v in rule.labels.items()])}"
    if rule.conditions:
        yield f"where {_join([describe_condition(each) for each in rule.conditions])}"
    if rule.allowed_names:
        yield f"only {_count(rule.allowed_names, 'name')}"
    if rule.ignored_names:
        yield f"without {_count(rule.ignored_names, 'name')}"
    yield from _say_options(rule.options)


def _say_options(options: Mapping[str, Any]) -> Iterable[str]:
    if types := options.get("device_types"):
        yield f"of {_join([str(each) for each in types])}"
    if options.get("threshold") is not None:
        yield f"beyond {options['threshold']}"
    if options.get("client_count_threshold") is not None:
        yield f"from {options['client_count_threshold']} clients on"
    if options.get("changes_only"):
        yield "of runs that found a change"


def _say_times(rule: Rule) -> Iterable[str]:
    if rule.delay_seconds:
        yield f"after {write_seconds(rule.delay_seconds)}"
    if rule.active_hours:
        yield f"on {describe_hours(rule.active_hours)}"


def _say_targets(rule: Rule) -> str:
    labels = [each.label for each in rule.targets.all()]
    labels += [
        f"a URL of {each.destination.label}" for each in rule.further_targets.all()
    ]
    return f"to {_join(labels)}" if labels else "to nobody"


def _count(entries: list[object], word: str) -> str:
    return f"{len(entries)} {word}{'' if len(entries) == 1 else 's'}"


def _join(words: list[str]) -> str:
    shown, rest = words[:NAMED], len(words) - NAMED
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
