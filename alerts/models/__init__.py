"""The domain: services, incidents, rules."""

from __future__ import annotations

from alerts.models.incident import (
    Incident,
    IncidentCounter,
    IncidentEntry,
    IncidentService,
)
from alerts.models.rule import Rule
from alerts.models.service import Service, ServiceSource, Status, StatusChange

__all__ = [
    "Incident",
    "IncidentCounter",
    "IncidentEntry",
    "IncidentService",
    "Rule",
    "Service",
    "ServiceSource",
    "Status",
    "StatusChange",
]
