"""What deliveries say that a rule holds back, or has held back: pure."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def write_span(span: timedelta) -> str:
    """Return a duration in its two largest units: ``5 min``, ``1 h 30 min``."""
    rest = max(0, round(span.total_seconds()))
    parts = []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def say_held(label: str, *, delay: timedelta, is_for_hours: bool) -> str:
    """Return why a delivery waits; the page puts the time after the first word."""
    if is_for_hours:
        return f"Held by the rule “{label}”, until its active hours begin."
    return f"Held by the rule “{label}”: it must last {write_span(delay)}."


def say_over(
    label: str, *, event_type: str, status: str, lasted: timedelta, delay: timedelta
) -> str:
    """Return why a held delivery was cancelled when what it tells was over.

    Args:
        label: Of the rule that held it.
        event_type: Of the event that ended it.
        status: Of the service now, when it is about a service.
        lasted: How long it was bad.
        delay: How long it had to be, or zero when only the hours held it.
    """
    happened = "Resolved" if event_type.startswith("incident.") else "Recovered"
    if status == "maintenance":
        happened = "Under maintenance"
    if status in ("degraded", "down"):
        happened = "No longer what the rule asks for"
    before = f"the {write_span(delay)} of the rule “{label}” were over"
    if delay <= lasted:
        before = f"the active hours of the rule “{label}” began"
    return f"{happened} after {write_span(lasted)}, before {before}."


def say_overtaken(label: str) -> str:
    """Return why a held delivery was cancelled for a newer one that is held."""
    return f"A newer change took its place while the rule “{label}” held it back."
