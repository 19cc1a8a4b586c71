"""Everything that can happen in the domain, one function each."""

from __future__ import annotations

from alerts.actions import routing
from alerts.actions.alerts import raise_alert
from alerts.actions.following import reevaluate_service
from alerts.actions.foresight import foresee_holder, foresee_incident
from alerts.actions.incidents import (
    acknowledge_incident,
    assign_incident,
    edit_incident,
    link_service,
    merge_incidents,
    open_incident,
    post_incident_update,
    resolve_incident,
    unlink_service,
    write_post_mortem,
)
from alerts.actions.preferences import find_preferences, save_preferences
from alerts.actions.rules import delete_rule, find_target_errors, save_rule
from alerts.actions.services import create_service, delete_service, save_service
from alerts.actions.states import list_service_states
from alerts.actions.status import change_service_status, clear_source, lock_services
from alerts.actions.status_pages import (
    delete_status_page,
    save_status_page,
    touch_page,
    touch_status_pages,
)
from alerts.actions.uptime import UptimeDay, list_uptime_days

__all__ = [
    "UptimeDay",
    "acknowledge_incident",
    "assign_incident",
    "change_service_status",
    "clear_source",
    "create_service",
    "delete_rule",
    "delete_service",
    "delete_status_page",
    "edit_incident",
    "find_preferences",
    "find_target_errors",
    "foresee_holder",
    "foresee_incident",
    "link_service",
    "list_service_states",
    "list_uptime_days",
    "lock_services",
    "merge_incidents",
    "open_incident",
    "post_incident_update",
    "raise_alert",
    "reevaluate_service",
    "resolve_incident",
    "routing",
    "save_preferences",
    "save_rule",
    "save_service",
    "save_status_page",
    "touch_page",
    "touch_status_pages",
    "unlink_service",
    "write_post_mortem",
]
