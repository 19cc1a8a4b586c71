"""Options of one type of event: device types, thresholds, changes only.

What an event does not carry cannot refuse it: these options narrow, they do not
demand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from alerts.conditions.facts import MAX_NAME_DEPTH
from alerts.conditions.fields import read_number, write_value


class Threshold(NamedTuple):
    """Where an alert carries the number, and on which side of it the rule speaks."""

    key: str
    is_least: bool  # else it is the most


#: Option to the numbers of an alert that it is compared with.
THRESHOLDS = {
    "threshold": (
        Threshold("wan_quality", is_least=False),  # it fell to this
        Threshold("utilization", is_least=True),
        Threshold("cpu_usage", is_least=True),
        Threshold("packet_loss", is_least=True),
        Threshold("latency_ms", is_least=True),
    ),
    "client_count_threshold": (
        Threshold("client_count", is_least=True),
        Threshold("clients", is_least=True),
        Threshold("clients_moved_off", is_least=True),
    ),
}
#: Of a monitor's runs, only those that found something else than the run before.
CHANGES_ONLY = "changes_only"
OPTIONS = ("device_types", *THRESHOLDS, CHANGES_ONLY)


def find_run_reason(data: Any, options: Mapping[str, Any]) -> str:
    """Return why a monitor's run does not fit the options, or an empty text.

    Args:
        data: The event's data. One that failed has no ``has_changes``, and fits.
        options: ``changes_only``: whether runs without a change are left out.
    """
    if options.get(CHANGES_ONLY) is True and data.get("has_changes") is False:
        return "The monitor read its page, and nothing has changed."
    return ""


def find_option_reason(data: Any, options: Mapping[str, Any]) -> str:
    """Return why an alert's data do not fit the options, or an empty text.

    Args:
        data: The alert's own data.
        options: ``device_types`` (names such as Access Point or access_point),
            ``threshold`` and ``client_count_threshold`` (numbers). Of several values
            in the data, one that fits is enough; a list counts its entries.
    """
    types = {_plain(each) for each in options.get("device_types", ())}
    carried = [str(value) for value in _find(data, "device_type")]
    if types and carried and not types & {_plain(each) for each in carried}:
        return f"The device type {write_value(carried)} is not among those chosen."
    for name, thresholds in THRESHOLDS.items():
        if (wanted := read_number(options.get(name))) is None:
            continue
        for threshold in thresholds:
            if reason := _find_threshold_reason(data, threshold, wanted, name):
                return reason
    return ""


def _find_threshold_reason(
    data: Any, threshold: Threshold, wanted: float, name: str
) -> str:
    numbers = [n for n in map(_count, _find(data, threshold.key)) if n is not None]
    if threshold.is_least:
        fits, words = any(n >= wanted for n in numbers), "less than"
    else:
        fits, words = any(n <= wanted for n in numbers), "more than"
    if fits or not numbers:
        return ""
    shown = ", ".join(f"{number:g}" for number in numbers[:5])
    label = name.replace("_", " ")
    return f"{threshold.key} is {shown}, which is {words} the {label} {wanted:g}."


def _find(node: Any, key: str, depth: int = 0) -> Iterator[Any]:
    if depth > MAX_NAME_DEPTH:
        return
    if isinstance(node, Mapping):
        if node.get(key) is not None:
            yield node[key]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            if isinstance(each, Mapping | list):
                yield from _find(each, key, depth + 1)


def _count(value: Any) -> float | None:
    return float(len(value)) if isinstance(value, list) else read_number(value)


def _plain(device_type: object) -> str:
    return "".join(c for c in str(device_type).lower() if c.isalnum())
