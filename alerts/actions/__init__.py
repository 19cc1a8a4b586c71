"""Everything that can happen in the domain, one function each."""

from __future__ import annotations

from alerts.actions import routing
from alerts.actions.alert_types import (
    build_entry,
    delete_alert_type,
    find_alert_data_errors,
    find_alert_entry,
    list_alert_entries,
    save_alert_type,
)
from alerts.actions.alerts import raise_alert
from alerts.actions.automatic_posts import post_window
from alerts.actions.budgets import watch_budgets
from alerts.actions.duty import Duty, find_duties, find_duty, read_plan, read_plans
from alerts.actions.escalation_policies import (
    NewStep,
    delete_policy,
    find_step_errors,
    save_policy,
)
from alerts.actions.escalations import take_due_steps
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
from alerts.actions.on_call import (
    NewMember,
    NewRotation,
    add_override,
    delete_override,
    delete_schedule,
    find_override_errors,
    find_rotation_errors,
    get_person_feed,
    rotate_feed,
    save_schedule,
    set_overrides,
)
from alerts.actions.post_templates import (
    FilledTemplate,
    delete_post_template,
    fill_template,
    find_template_errors,
    save_post_template,
)
from alerts.actions.preferences import find_preferences, save_preferences
from alerts.actions.reminders import send_reminders
from alerts.actions.responding import find_linked_incident, respond_by_link
from alerts.actions.roll_ups import roll_up_uptime
from alerts.actions.rule_loading import build_spec
from alerts.actions.rule_previews import (
    RulePreview,
    RuleTest,
    judge_event,
    preview_rule,
    try_rule,
)
from alerts.actions.rule_targets import FurtherTarget, find_further_target_errors
from alerts.actions.rules import (
    delete_rule,
    duplicate_rule,
    find_target_errors,
    save_rule,
)
from alerts.actions.services import create_service, delete_service, save_service
from alerts.actions.states import list_service_states, list_states_by_key
from alerts.actions.status import (
    change_service_status,
    change_statuses,
    clear_source,
    lock_services,
)
from alerts.actions.status_pages import (
    delete_status_page,
    find_page_errors,
    save_status_page,
    touch_page,
    touch_status_pages,
)
from alerts.actions.status_posts import (
    create_status_post,
    delete_status_post,
    edit_status_post,
    find_post_errors,
)
from alerts.actions.stored_days import UptimeDay
from alerts.actions.subscriber_mail import send_confirmation
from alerts.actions.subscribers import (
    ConfirmedWebhook,
    NewSubscriber,
    ask_to_follow,
    confirm_subscriber,
    find_subscriber,
    follow_by_webhook,
    forget_unconfirmed,
    mask_address,
    remove_subscriber,
)
from alerts.actions.uptime import list_uptime_days
from alerts.actions.window_runs import list_scope, run_windows
from alerts.actions.windows import (
    cancel_window,
    delete_window,
    end_window,
    find_window_errors,
    save_window,
)
from alerts.actions.word_policies import follow_policy

__all__ = [
    "ConfirmedWebhook",
    "Duty",
    "FilledTemplate",
    "FurtherTarget",
    "NewMember",
    "NewRotation",
    "NewStep",
    "NewSubscriber",
    "RulePreview",
    "RuleTest",
    "UptimeDay",
    "acknowledge_incident",
    "add_override",
    "ask_to_follow",
    "assign_incident",
    "build_entry",
    "build_spec",
    "cancel_window",
    "change_service_status",
    "change_statuses",
    "clear_source",
    "confirm_subscriber",
    "create_service",
    "create_status_post",
    "delete_alert_type",
    "delete_override",
    "delete_policy",
    "delete_post_template",
    "delete_rule",
    "delete_schedule",
    "delete_service",
    "delete_status_page",
    "delete_status_post",
    "delete_window",
    "duplicate_rule",
    "edit_incident",
    "edit_status_post",
    "end_window",
    "fill_template",
    "find_alert_data_errors",
    "find_alert_entry",
    "find_duties",
    "find_duty",
    "find_further_target_errors",
    "find_linked_incident",
    "find_override_errors",
    "find_page_errors",
    "find_post_errors",
    "find_preferences",
    "find_rotation_errors",
    "find_step_errors",
    "find_subscriber",
    "find_target_errors",
    "find_template_errors",
    "find_window_errors",
    "follow_by_webhook",
    "follow_policy",
    "foresee_holder",
    "foresee_incident",
    "forget_unconfirmed",
    "get_person_feed",
    "judge_event",
    "link_service",
    "list_alert_entries",
    "list_scope",
    "list_service_states",
    "list_states_by_key",
    "list_uptime_days",
    "lock_services",
    "mask_address",
    "merge_incidents",
    "open_incident",
    "post_incident_update",
    "post_window",
    "preview_rule",
    "raise_alert",
    "read_plan",
    "read_plans",
    "reevaluate_service",
    "remove_subscriber",
    "resolve_incident",
    "respond_by_link",
    "roll_up_uptime",
    "rotate_feed",
    "routing",
    "run_windows",
    "save_alert_type",
    "save_policy",
    "save_post_template",
    "save_preferences",
    "save_rule",
    "save_schedule",
    "save_service",
    "save_status_page",
    "save_window",
    "send_confirmation",
    "send_reminders",
    "set_overrides",
    "take_due_steps",
    "touch_page",
    "touch_status_pages",
    "try_rule",
    "unlink_service",
    "watch_budgets",
    "write_post_mortem",
]
