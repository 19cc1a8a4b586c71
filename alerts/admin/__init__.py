"""The operator's pages of the domain: services, incidents, rules."""

from __future__ import annotations

from alerts.admin.incidents import IncidentAdmin
from alerts.admin.rules import RuleAdmin
from alerts.admin.services import ServiceAdmin, StatusChangeAdmin

__all__ = ["IncidentAdmin", "RuleAdmin", "ServiceAdmin", "StatusChangeAdmin"]
