"""The operator's pages of the domain: services, incidents, rules."""

from __future__ import annotations

from alerts.admin.incidents import IncidentAdmin
from alerts.admin.rules import RuleAdmin
from alerts.admin.services import ServiceAdmin, StatusChangeAdmin
from alerts.admin.uptime import (
    DailyUptimeAdmin,
    PreferencesAdmin,
    UptimeProgressAdmin,
)

__all__ = [
    "DailyUptimeAdmin",
    "IncidentAdmin",
    "PreferencesAdmin",
    "RuleAdmin",
    "ServiceAdmin",
    "StatusChangeAdmin",
    "UptimeProgressAdmin",
]
