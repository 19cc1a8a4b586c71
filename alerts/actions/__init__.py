"""Everything that can happen in the domain, one function each."""

from __future__ import annotations

from alerts.actions import routing
from alerts.actions.alerts import raise_alert
from alerts.actions.foresight import foresee_holder, foresee_incident
from alerts.actions.incidents import (
    acknowledge_incident,
    edit_incident,
    open_incident,
    post_incident_update,
    resolve_incident,
)
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

__all__ = [
    "acknowledge_incident",
    "change_service_status",
    "clear_source",
    "create_service",
    "delete_rule",
    "delete_service",
    "delete_status_page",
    "edit_incident",
    "find_target_errors",
    "foresee_holder",
    "foresee_incident",
    "list_service_states",
    "lock_services",
    "open_incident",
    "post_incident_update",
    "raise_alert",
    "resolve_incident",
    "routing",
    "save_rule",
    "save_service",
    "save_status_page",
    "touch_page",
    "touch_status_pages",
]
