"""The REST API, version 1; every address works with and without its final slash."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, re_path

from accounts.api import (
    ApiKeyResource,
    AuditResource,
    NetworkResource,
    OrganizationResource,
)
from accounts.idempotency import remember_answers
from alerts.api import (
    AlertResource,
    AlertTypeResource,
    EscalationPolicyResource,
    IncidentResource,
    OnCallScheduleResource,
    PostTemplateResource,
    RuleResource,
    ServiceResource,
    StatusPageResource,
    WindowResource,
    preferences_view,
)
from integrations_project.api_pages import (
    ReferenceView,
    SchemaView,
    build_index,
    not_found,
)
from integrations_project.lib.api.routing import Router
from receivers.api import ReceiptResource, ReceiverResource
from webhooks.api import DeliveryResource, EventResource, WebhookResource

RESOURCES = {
    "webhooks": WebhookResource,
    "deliveries": DeliveryResource,
    "events": EventResource,
    "receivers": ReceiverResource,
    "receipts": ReceiptResource,
    "services": ServiceResource,
    "networks": NetworkResource,
    "incidents": IncidentResource,
    "rules": RuleResource,
    "alerts": AlertResource,
    "alert-types": AlertTypeResource,
    "on-call-schedules": OnCallScheduleResource,
    "escalation-policies": EscalationPolicyResource,
    "windows": WindowResource,
    "status-pages": StatusPageResource,
    "post-templates": PostTemplateResource,
    "organizations": OrganizationResource,
    "api-keys": ApiKeyResource,
    "audit": AuditResource,
}


def build_urls() -> list[URLPattern]:
    """Return every address of the resources."""
    router = Router()
    for name, resource in RESOURCES.items():
        router.register(name, resource, basename=name)
    patterns: list[Any] = router.urls
    for pattern in patterns:
        pattern.callback = remember_answers(pattern.callback)
    return patterns


app_name = "api"
index_view = build_index((*RESOURCES, "preferences"))
urlpatterns = [
    re_path(r"^$", index_view, name="index"),
    re_path(r"^schema/?$", SchemaView.as_view(), name="schema"),
    re_path(
        r"^docs/?$",
        ReferenceView.as_view(url_name="api:schema", template_name="api/docs.html"),
        name="docs",
    ),
    *build_urls(),
    re_path(r"^preferences/?$", preferences_view, name="preferences-detail"),
    re_path(r"^.*$", not_found),
]
