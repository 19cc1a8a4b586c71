"""Which of several statuses a service shows, and which of them are an incident."""

from __future__ import annotations

from collections.abc import Iterable

_BADNESS = {"operational": 0, "degraded": 1, "down": 2}

#: From the least badness on, a source opens an incident by itself.
_OPENS_FROM = {"degraded": 1, "down": 2}

_SEVERITIES = ("minor", "major", "critical")

_WORDS = {
    "operational": "operational",
    "degraded": "degraded",
    "down": "down",
    "maintenance": "under maintenance",
}


def find_effective_status(statuses: Iterable[str]) -> str:
    """Return what a service shows when its sources say these; none is operational.

    Maintenance wins, since what breaks meanwhile is expected; else the worst wins.
    """
    said = set(statuses)
    if "maintenance" in said:
        return "maintenance"
    return max(said, key=_BADNESS.__getitem__, default="operational")


def opens_incident(status: str, auto_create: str) -> bool:
    """Whether a source that opens incidents on ``auto_create`` does so for this status.

    Args:
        status: What the source says now.
        auto_create: ``never``, ``down``, or ``degraded`` (degraded or worse).
    """
    least = _OPENS_FROM.get(auto_create)
    return least is not None and _BADNESS.get(status, 0) >= least


def describe_status(name: str, status: str) -> str:
    """Return what is wrong with a service as a title: ``API Gateway is down``."""
    words = f" is {_WORDS[status]}"
    return name[: 200 - len(words)] + words


def find_worst_severity(severities: Iterable[str]) -> str:
    """Return the worst of several severities of incidents; there is at least one."""
    return max(severities, key=_SEVERITIES.index)
