"""The audit log in the admin."""

from __future__ import annotations

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from accounts.admin.base import OrganizationFilter, OrganizationRows
from accounts.models import AuditEntry
from integrations_project.lib.admin import ReadOnlyAdmin, draw_json


@admin.register(AuditEntry)
class AuditEntryAdmin(OrganizationRows[AuditEntry], ReadOnlyAdmin[AuditEntry]):
    """Who did what, when and from where."""

    list_display = (
        "created_at",
        "actor_label",
        "action",
        "target",
        "organization",
        "ip_address",
    )
    list_filter = (OrganizationFilter,)
    search_fields = (
        "actor_label",
        "user__email",
        "action",
        "object_label",
        "ip_address",
        "object_id",
    )
    search_ids = ("pk", "user", "api_key", "organization")
    list_select_related = ("organization",)
    readonly_fields = ("target", "change_list")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "created_at",
                    "actor_label",
                    "user",
                    "api_key",
                    "action",
                    "target",
                    "organization",
                    "ip_address",
                    "id",
                )
            },
        ),
        ("Changes", {"fields": ("change_list",)}),
    )

    @admin.display(description="What")
    def target(self, obj: AuditEntry) -> str:
        """What it was done to, leading there."""
        if not obj.object_label:
            return "–"
        url = find_url(obj.object_type, obj.object_id)
        if not url:
            return obj.object_label
        return format_html('<a href="{}">{}</a>', url, obj.object_label)

    @admin.display(description="Before and after")
    def change_list(self, obj: AuditEntry) -> str:
        """What changed; secrets are masked where they are written."""
        return draw_json(obj.changes)


def find_url(model_name: str, object_id: str) -> str:
    """Return the page of what an entry names; empty when it has none."""
    for config in apps.get_app_configs():
        if model_name and model_name in config.models:
            try:
                name = f"admin:{config.label}_{model_name}_change"
                return reverse(name, args=[quote(object_id)])
            except NoReverseMatch:
                continue
    return ""
