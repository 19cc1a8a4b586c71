"""REST resources of the domain: services, incidents, rules, and alerts to raise."""

from __future__ import annotations

from alerts.api.alert_types import AlertTypeResource
from alerts.api.alerts import AlertResource
from alerts.api.escalation import EscalationPolicyResource
from alerts.api.incidents import IncidentResource
from alerts.api.on_call import OnCallScheduleResource
from alerts.api.preferences import preferences_view
from alerts.api.rules import RuleResource
from alerts.api.services import ServiceResource
from alerts.api.status_pages import StatusPageResource
from alerts.api.status_posts import PostTemplateResource
from alerts.api.windows import WindowResource

__all__ = [
    "AlertResource",
    "AlertTypeResource",
    "EscalationPolicyResource",
    "IncidentResource",
    "OnCallScheduleResource",
    "PostTemplateResource",
    "RuleResource",
    "ServiceResource",
    "StatusPageResource",
    "WindowResource",
    "preferences_view",
]
