"""Own alert types in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.base import OrganizationAdmin, OrganizationFilter, actor_of
from alerts import actions
from alerts.alert_type_forms import AlertTypeForm
from alerts.models import AlertType


@admin.register(AlertType)
class AlertTypeAdmin(OrganizationAdmin[AlertType]):
    """Alert types that organizations add; the catalogue's are no rows."""

    access_form = AlertTypeForm

    list_display = ("name", "title", "category", "organization")
    list_filter = ("category", OrganizationFilter)
    search_fields = ("name", "title", "when")
    search_ids = ("pk", "organization")
    list_select_related = ("organization",)
    readonly_fields = ("organization", "id", "created_at", "updated_at")
    fieldsets = (
        (
            None,
            {"fields": ("organization", "name", "title", "category", "when")},
        ),
        ("What its alerts carry", {"fields": ("fields_", "example")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: AlertType | None = None) -> Any:
        """Show the record of what is stored."""
        record = ("Record", {"fields": ("id", "created_at", "updated_at")})
        return (*self.fieldsets, *((record,) if obj else ()))

    def store(
        self, request: HttpRequest, form: AlertTypeForm, *, is_new: bool
    ) -> AlertType:
        return actions.save_alert_type(form.instance, actor=actor_of(request))

    def remove(self, request: HttpRequest, row: AlertType) -> None:
        actions.delete_alert_type(row, actor=actor_of(request))
