"""From a sender's word for a status to ours."""

from __future__ import annotations

from collections.abc import Mapping

from integrations_project.lib.json_types import JSONValue, describe_json, quote
from receivers.datatypes import StatusMapping
from receivers.exceptions import MappingInvalid

STATUSES = ("operational", "degraded", "down", "maintenance")
MAX_VALUES = 200
MAX_VALUE_LENGTH = 100

#: Words only: what a number means differs from tool to tool, so none is here.
DEFAULT_MAPPING: StatusMapping = {
    "operational": (
        "operational",
        "up",
        "ok",
        "healthy",
        "none",
        "resolved",
        "recovered",
        "closed",
        "success",
    ),
    "degraded": (
        "degraded",
        "partial",
        "warning",
        "minor",
        "warn",
        "degraded_performance",
        "partial_outage",
    ),
    "down": (
        "down",
        "outage",
        "major",
        "critical",
        "error",
        "firing",
        "alerting",
        "triggered",
        "alarm",
        "failure",
        "failed",
        "offline",
        "major_outage",
    ),
    "maintenance": ("maintenance", "scheduled", "under_maintenance"),
}
_DEFAULT_STATUS_BY_VALUE = {
    value: status for status, values in DEFAULT_MAPPING.items() for value in values
}


def map_status(
    raw: str,
    mapping: StatusMapping,
    mode: str,
    *,
    preset_mapping: StatusMapping | None = None,
) -> str | None:
    """Return the status that a sender's value means; None when no table has it.

    Values are compared trimmed and in lower case. A receiver's own table wins.

    Args:
        raw: The value as the sender wrote it.
        mapping: The receiver's own table; may be empty.
        mode: ``extend`` asks the preset's and the default table next, ``replace``
            does not.
        preset_mapping: What the sender's words mean, when the sender is known.
    """
    value = _normalise(raw)
    tables = [mapping] if mode == "replace" else [mapping, preset_mapping or {}]
    for table in tables:
        for status, values in table.items():
            if value in values or value in map(_normalise, values):
                return status
    return None if mode == "replace" else _DEFAULT_STATUS_BY_VALUE.get(value)


def validate_mapping(mapping: object) -> dict[str, list[str]]:
    """Return a receiver's own table trimmed, in lower case and without repeats.

    Only the statuses that were given are in it, the best first.

    Raises:
        MappingInvalid: With a sentence for the first thing that is wrong.
    """
    if not isinstance(mapping, Mapping):
        raise MappingInvalid
    by_status: dict[str, JSONValue] = {}
    for name, values in mapping.items():
        status = _read_status_name(name)
        if status in by_status:
            raise MappingInvalid(f"The status {status} is given twice; join the lists.")
        by_status[status] = values
    table = {
        status: _read_values(by_status[status], status=status)
        for status in STATUSES
        if status in by_status
    }
    _check_together(table)
    return table


def _normalise(value: str) -> str:
    return value.strip().lower()


def _read_status_name(name: object) -> str:
    status = _normalise(name) if isinstance(name, str) else ""
    if status not in STATUSES:
        allowed = ", ".join(STATUSES[:-1])
        message = f"{quote(str(name))} is no status. Use {allowed} or {STATUSES[-1]}."
        raise MappingInvalid(message)
    return status


def _read_values(values: JSONValue, *, status: str) -> list[str]:
    if not isinstance(values, (list, tuple)):
        message = (
            f'The values for {status} must be a list such as ["ok", "up"], '
            f"not {describe_json(values)}."
        )
        raise MappingInvalid(message)
    return list(dict.fromkeys(_read_value(value, status=status) for value in values))


def _read_value(value: JSONValue, *, status: str) -> str:
    if not isinstance(value, str):
        message = (
            f"Write each value for {status} as a text in quotation marks, "
            f"not as {describe_json(value)}."
        )
        raise MappingInvalid(message)
    text = _normalise(value)
    if not text:
        raise MappingInvalid(f"A value for {status} is empty; remove it.")
    if len(text) > MAX_VALUE_LENGTH:
        message = (
            f"The value {quote(text)} for {status} is too long: "
            f"at most {MAX_VALUE_LENGTH} characters are taken."
        )
        raise MappingInvalid(message)
    if not text.isprintable():
        message = f"A value for {status} contains a character that cannot be printed."
        raise MappingInvalid(message)
    return text


def _check_together(table: dict[str, list[str]]) -> None:
    count = sum(len(values) for values in table.values())
    if count > MAX_VALUES:
        message = f"The mapping has {count} values; at most {MAX_VALUES} are taken."
        raise MappingInvalid(message)

    status_by_value: dict[str, str] = {}
    for status, values in table.items():
        for value in values:
            other = status_by_value.setdefault(value, status)
            if other != status:
                message = (
                    f"{quote(value)} is given for {other} and for {status}; "
                    "keep it for one of them."
                )
                raise MappingInvalid(message)
