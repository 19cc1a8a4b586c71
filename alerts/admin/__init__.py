"""The operator's pages of the domain: services, incidents, rules."""

from __future__ import annotations

from alerts.admin.alert_types import AlertTypeAdmin
from alerts.admin.escalation import EscalationAdmin, EscalationPolicyAdmin
from alerts.admin.incidents import IncidentAdmin
from alerts.admin.on_call import OnCallScheduleAdmin
from alerts.admin.rules import RuleAdmin
from alerts.admin.services import ServiceAdmin, StatusChangeAdmin
from alerts.admin.status_pages import StatusPageAdmin
from alerts.admin.status_posts import (
    PostTemplateAdmin,
    StatusPostAdmin,
    SubscriberAdmin,
)
from alerts.admin.uptime import (
    DailyUptimeAdmin,
    PreferencesAdmin,
    UptimeProgressAdmin,
)
from alerts.admin.windows import SilencedAdmin, WindowAdmin

__all__ = [
    "AlertTypeAdmin",
    "DailyUptimeAdmin",
    "EscalationAdmin",
    "EscalationPolicyAdmin",
    "IncidentAdmin",
    "OnCallScheduleAdmin",
    "PostTemplateAdmin",
    "PreferencesAdmin",
    "RuleAdmin",
    "ServiceAdmin",
    "SilencedAdmin",
    "StatusChangeAdmin",
    "StatusPageAdmin",
    "StatusPostAdmin",
    "SubscriberAdmin",
    "UptimeProgressAdmin",
    "WindowAdmin",
]
