"""Addresses of `alerts`: services, incidents and rules."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from alerts.views import incidents, respond, rules, services

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
]
incident_patterns = [
    path("", incidents.incident_list, name="incident-list"),
    path("add/", incidents.incident_form, name="incident-add"),
    path("<uuid:incident_id>/", incidents.incident_detail, name="incident-detail"),
    path("<uuid:incident_id>/edit/", incidents.incident_edit, name="incident-edit"),
    path(
        "<uuid:incident_id>/acknowledge/",
        incidents.incident_acknowledge,
        name="incident-acknowledge",
    ),
    path(
        "<uuid:incident_id>/resolve/",
        incidents.incident_resolve,
        name="incident-resolve",
    ),
    path(
        "<uuid:incident_id>/updates/",
        incidents.incident_update,
        name="incident-update",
    ),
]
rule_patterns = [
    path("", rules.rule_list, name="rule-list"),
    path("add/", rules.rule_form, name="rule-add"),
    path("<uuid:rule_id>/", rules.rule_form, name="rule-detail"),
    path("<uuid:rule_id>/toggle/", rules.rule_toggle, name="rule-toggle"),
    path("<uuid:rule_id>/delete/", rules.rule_delete, name="rule-delete"),
]
urlpatterns = [
    path("services/", include(service_patterns)),
    path("incidents/", include(incident_patterns)),
    # Short, because people see it in messages.
    path("respond/<str:token>/", respond.respond, name="respond"),
    path("settings/integrations/notifications/", include(rule_patterns)),
    path(
        "settings/integrations/",
        RedirectView.as_view(pattern_name="webhooks:destination-list"),
    ),
    path("alerts/", RedirectView.as_view(pattern_name="alerts:rule-list")),
]
