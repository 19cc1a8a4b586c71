"""Addresses of `alerts`: services, incidents and rules."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from alerts import status_page_urls
from alerts.views import (
    catalogue,
    escalation,
    incident_actions,
    incidents,
    on_call,
    on_call_feed,
    on_call_rotations,
    preferences,
    respond,
    rule_forms,
    rules,
    services,
    status_page_posts,
    status_page_subscribers,
    status_pages,
    windows,
)

app_name = "alerts"

service_patterns = [
    path("", services.service_list, name="service-list"),
    path("add/", services.service_form, name="service-add"),
    path("<uuid:service_id>/", services.service_detail, name="service-detail"),
    path("<uuid:service_id>/edit/", services.service_form, name="service-edit"),
    path("<uuid:service_id>/status/", services.service_status, name="service-status"),
    path(
        "<uuid:service_id>/history/", services.service_history, name="service-history"
    ),
    path("<uuid:service_id>/delete/", services.service_delete, name="service-delete"),
    path("<uuid:service_id>/silence/", windows.service_silence, name="service-silence"),
]
incident_patterns = [
    path("", incidents.incident_list, name="incident-list"),
    path("add/", incidents.incident_form, name="incident-add"),
    path("bulk/", incident_actions.incident_bulk, name="incident-bulk"),
    path("<uuid:incident_id>/", incidents.incident_detail, name="incident-detail"),
    path("<uuid:incident_id>/edit/", incidents.incident_edit, name="incident-edit"),
    path(
        "<uuid:incident_id>/acknowledge/",
        incident_actions.incident_acknowledge,
        name="incident-acknowledge",
    ),
    path(
        "<uuid:incident_id>/resolve/",
        incident_actions.incident_resolve,
        name="incident-resolve",
    ),
    path(
        "<uuid:incident_id>/updates/",
        incident_actions.incident_update,
        name="incident-update",
    ),
    path(
        "<uuid:incident_id>/assign/",
        incident_actions.incident_assign,
        name="incident-assign",
    ),
    path("<uuid:incident_id>/merge/", incidents.incident_merge, name="incident-merge"),
    path(
        "<uuid:incident_id>/silence/",
        windows.incident_silence,
        name="incident-silence",
    ),
    path("<uuid:incident_id>/services/", incidents.incident_join, name="incident-join"),
    path(
        "<uuid:incident_id>/normal/",
        incident_actions.incident_normal,
        name="incident-normal",
    ),
    path(
        "<uuid:incident_id>/post-mortem/",
        incidents.incident_post_mortem,
        name="incident-post-mortem",
    ),
]
rule_patterns = [
    path("", rules.rule_list, name="rule-list"),
    path("add/", rule_forms.rule_form, name="rule-add"),
    path("preview/", rule_forms.rule_preview, name="rule-preview-unsaved"),
    path("<uuid:rule_id>/", rule_forms.rule_form, name="rule-detail"),
    path("<uuid:rule_id>/preview/", rule_forms.rule_preview, name="rule-preview"),
    path("<uuid:rule_id>/duplicate/", rules.rule_duplicate, name="rule-duplicate"),
    path("<uuid:rule_id>/toggle/", rules.rule_toggle, name="rule-toggle"),
    path("<uuid:rule_id>/delete/", rules.rule_delete, name="rule-delete"),
]
catalogue_patterns = [
    path("", catalogue.catalogue, name="catalogue"),
    path("add/", catalogue.alert_type_form, name="alert-type-add"),
    path(
        "<uuid:type_id>/edit/",
        catalogue.alert_type_form,
        name="alert-type-edit",
    ),
    path(
        "<uuid:type_id>/delete/",
        catalogue.alert_type_delete,
        name="alert-type-delete",
    ),
    path("<str:name>/", catalogue.catalogue_entry, name="catalogue-entry"),
]
on_call_patterns = [
    path("", on_call.schedule_list, name="on-call-list"),
    path("add/", on_call.schedule_form, name="on-call-add"),
    path("my-feed/", on_call.person_rotate_feed, name="on-call-my-feed"),
    path("<uuid:schedule_id>/", on_call.schedule_detail, name="on-call-detail"),
    path("<uuid:schedule_id>/edit/", on_call.schedule_form, name="on-call-edit"),
    path("<uuid:schedule_id>/delete/", on_call.schedule_delete, name="on-call-delete"),
    path(
        "<uuid:schedule_id>/rotate-feed/",
        on_call.schedule_rotate_feed,
        name="on-call-rotate-feed",
    ),
    path(
        "<uuid:schedule_id>/rotations/add/",
        on_call_rotations.rotation_form,
        name="on-call-rotation-add",
    ),
    path(
        "<uuid:schedule_id>/rotations/<uuid:rotation_id>/",
        on_call_rotations.rotation_form,
        name="on-call-rotation-edit",
    ),
    path(
        "<uuid:schedule_id>/rotations/<uuid:rotation_id>/duplicate/",
        on_call_rotations.rotation_duplicate,
        name="on-call-rotation-duplicate",
    ),
    path(
        "<uuid:schedule_id>/rotations/<uuid:rotation_id>/move/",
        on_call_rotations.rotation_move,
        name="on-call-rotation-move",
    ),
    path(
        "<uuid:schedule_id>/rotations/<uuid:rotation_id>/delete/",
        on_call_rotations.rotation_delete,
        name="on-call-rotation-delete",
    ),
    path(
        "<uuid:schedule_id>/overrides/add/",
        on_call_rotations.override_form,
        name="on-call-override-add",
    ),
    path(
        "<uuid:schedule_id>/overrides/<uuid:override_id>/delete/",
        on_call_rotations.override_delete,
        name="on-call-override-delete",
    ),
]
escalation_patterns = [
    path("", escalation.policy_list, name="escalation-list"),
    path("add/", escalation.policy_form, name="escalation-add"),
    path("<uuid:policy_id>/", escalation.policy_form, name="escalation-detail"),
    path(
        "<uuid:policy_id>/delete/",
        escalation.policy_delete,
        name="escalation-delete",
    ),
]
window_patterns = [
    path("", windows.window_list, name="window-list"),
    path("add/", windows.window_form, name="window-add"),
    path("preview/", windows.window_preview, name="window-preview"),
    path("<uuid:window_id>/", windows.window_form, name="window-detail"),
    path("<uuid:window_id>/end/", windows.window_end, name="window-end"),
    path("<uuid:window_id>/cancel/", windows.window_cancel, name="window-cancel"),
    path("<uuid:window_id>/delete/", windows.window_delete, name="window-delete"),
]
status_page_patterns = [
    path("", status_pages.status_page_list, name="status-page-list"),
    path("add/", status_pages.status_page_form, name="status-page-add"),
    path("templates/", status_page_posts.template_list, name="post-template-list"),
    path("templates/add/", status_page_posts.template_form, name="post-template-add"),
    path(
        "templates/<uuid:template_id>/",
        status_page_posts.template_form,
        name="post-template-detail",
    ),
    path(
        "templates/<uuid:template_id>/delete/",
        status_page_posts.template_delete,
        name="post-template-delete",
    ),
    path(
        "<uuid:page_id>/preview/",
        status_page_subscribers.status_page_preview,
        name="status-page-preview",
    ),
    path("<uuid:page_id>/posts/", status_page_posts.post_list, name="status-post-list"),
    path(
        "<uuid:page_id>/posts/<uuid:post_id>/",
        status_page_posts.post_edit,
        name="status-post-edit",
    ),
    path(
        "<uuid:page_id>/posts/<uuid:post_id>/delete/",
        status_page_posts.post_delete,
        name="status-post-delete",
    ),
    path(
        "<uuid:page_id>/subscribers/",
        status_page_subscribers.subscriber_list,
        name="subscriber-list",
    ),
    path(
        "<uuid:page_id>/subscribers.csv",
        status_page_subscribers.subscriber_export,
        name="subscriber-export",
    ),
    path(
        "<uuid:page_id>/subscribers/<uuid:subscriber_id>/remove/",
        status_page_subscribers.subscriber_remove,
        name="subscriber-remove",
    ),
    path("<uuid:page_id>/", status_pages.status_page_form, name="status-page-detail"),
    path(
        "<uuid:page_id>/delete/",
        status_pages.status_page_delete,
        name="status-page-delete",
    ),
]
urlpatterns = [
    path("status-pages/", include(status_page_patterns)),
    path("alerts/on-call/", include(on_call_patterns)),
    path("alerts/escalation/", include(escalation_patterns)),
    path("alerts/windows/", include(window_patterns)),
    # Opened by its token alone: calendars do not sign in.
    path("on-call/<str:token>.ics", on_call_feed.feed, name="on-call-feed"),
    path("status/", include(status_page_urls.urlpatterns)),
    path("services/", include(service_patterns)),
    path("incidents/", include(incident_patterns)),
    # Short, because people see it in messages.
    path("respond/<str:token>/", respond.respond, name="respond"),
    path("settings/integrations/notifications/", include(rule_patterns)),
    path(
        "settings/integrations/",
        RedirectView.as_view(pattern_name="webhooks:destination-list"),
    ),
    path("settings/preferences/", preferences.preferences, name="preferences"),
    path("alerts/", rules.rule_list, name="alert-rule-list"),
    path("alerts/recent/", catalogue.alert_list, name="alert-list"),
    path("alerts/catalogue/", include(catalogue_patterns)),
]
