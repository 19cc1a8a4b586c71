"""Silences and maintenance windows in the admin: the same form as in the dashboard."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.base import (
    OrganizationAdmin,
    OrganizationFilter,
    OrganizationRows,
    actor_of,
)
from alerts import actions
from alerts.models import Silenced, Window
from alerts.window_forms import WindowForm
from integrations_project.lib.admin import ReadOnlyAdmin, draw_pill

STATE = ("active_until", "ended_start", "cancelled_at", "created_by")


@admin.register(Window)
class WindowAdmin(OrganizationAdmin[Window]):
    """Windows; everything that changes one is an action of `alerts`."""

    access_form = WindowForm

    list_display = (
        "title",
        "kind",
        "state",
        "recurrence",
        "starts_at",
        "ends_at",
        "organization",
    )
    list_filter = ("kind", "recurrence", OrganizationFilter)
    search_fields = ("title", "description")
    search_ids = ("pk", "organization")
    list_select_related = ("organization",)
    readonly_fields = ("organization", "id", *STATE, "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("organization", "kind", "title", "description")}),
        (
            "When",
            {
                "fields": (
                    "starts_at",
                    "ends_at",
                    "time_zone",
                    "recurrence",
                    "weekdays",
                    "recurs_until",
                )
            },
        ),
        (
            "What it is about",
            {"fields": ("company_wide", "services", "networks", "labels")},
        ),
        ("Who sees it", {"fields": ("is_public",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the record of what is stored."""
        record = ("Record", {"fields": ("id", *STATE, "created_at", "updated_at")})
        return (*self.fieldsets, *((record,) if obj else ()))

    @admin.display(description="State", ordering="active_until")
    def state(self, obj: Window) -> str:
        """Whether it is on."""
        return draw_pill("active" if obj.active_until else "paused")

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> Window:
        return actions.save_window(
            form.instance,
            actor=actor_of(request),
            now=timezone.now(),
            **form.related,
        )

    def remove(self, request: HttpRequest, row: Window) -> None:
        actions.delete_window(row, actor=actor_of(request))

    def list_losses(self, row: Window) -> list[str]:
        return ["It ends now if it is on", f"{row.status_posts.count()} posts about it"]


@admin.register(Silenced)
class SilencedAdmin(OrganizationRows[Silenced], ReadOnlyAdmin[Silenced]):
    """What rules were kept from telling, until it is told or over."""

    list_display = (
        "subject_kind",
        "subject_id",
        "window",
        "since",
        "was_told",
        "organization",
    )
    list_filter = ("subject_kind", OrganizationFilter)
    search_fields = ("window__title",)
    search_ids = ("subject_id", "organization")
    list_select_related = ("organization", "window")
    readonly_fields = ()
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "organization",
                    "window",
                    "subject_kind",
                    "subject_id",
                    "since",
                    "was_told",
                    "rule_ids",
                )
            },
        ),
    )
