"""The domain: services, incidents, rules, on-call, uptime, status pages."""

from __future__ import annotations

from alerts.models.alert_type import AlertType
from alerts.models.escalation import Escalation, EscalationPolicy, EscalationStep
from alerts.models.incident import (
    Incident,
    IncidentCounter,
    IncidentEntry,
    IncidentService,
    UsedLink,
)
from alerts.models.on_call import (
    OnCallMember,
    OnCallOverride,
    OnCallPerson,
    OnCallRotation,
    OnCallSchedule,
)
from alerts.models.preferences import Preferences
from alerts.models.rule import Rule, RuleState, RuleTarget
from alerts.models.service import Service, ServiceSource, Status, StatusChange
from alerts.models.status_page import (
    PostTemplate,
    StatusPage,
    StatusPageComponent,
    StatusPost,
    StatusSnapshot,
    Subscriber,
)
from alerts.models.uptime import DailyUptime, UptimeProgress
from alerts.models.window import Silenced, Window

__all__ = [
    "AlertType",
    "DailyUptime",
    "Escalation",
    "EscalationPolicy",
    "EscalationStep",
    "Incident",
    "IncidentCounter",
    "IncidentEntry",
    "IncidentService",
    "OnCallMember",
    "OnCallOverride",
    "OnCallPerson",
    "OnCallRotation",
    "OnCallSchedule",
    "PostTemplate",
    "Preferences",
    "Rule",
    "RuleState",
    "RuleTarget",
    "Service",
    "ServiceSource",
    "Silenced",
    "Status",
    "StatusChange",
    "StatusPage",
    "StatusPageComponent",
    "StatusPost",
    "StatusSnapshot",
    "Subscriber",
    "UptimeProgress",
    "UsedLink",
    "Window",
]
