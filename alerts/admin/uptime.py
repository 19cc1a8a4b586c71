"""Uptime in the admin: how it is counted, and the days that are stored."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.base import (
    OrganizationAdmin,
    OrganizationFilter,
    OrganizationRows,
    actor_of,
)
from alerts import actions
from alerts.actions.preferences import FIELDS
from alerts.models import DailyUptime, Preferences, UptimeProgress
from alerts.preference_forms import PreferencesForm
from integrations_project.lib.admin import ReadOnlyAdmin, link_to


@admin.register(Preferences)
class PreferencesAdmin(OrganizationAdmin[Preferences]):
    """What organizations decide once; without a row they have the defaults."""

    access_form = PreferencesForm

    list_display = (
        "organization",
        "time_zone",
        "degraded_weight",
        "down_weight",
        "maintenance",
        "related_by",
    )
    list_filter = ("maintenance", "related_by", OrganizationFilter)
    search_fields = ("organization__name", "time_zone")
    search_ids = ("organization",)
    list_select_related = ("organization",)
    readonly_fields = ("organization",)
    fieldsets = (
        (None, {"fields": ("organization",)}),
        ("Uptime", {"fields": FIELDS[:4]}),
        ("Incidents", {"fields": FIELDS[4:]}),
    )

    def has_delete_permission(
        self, request: HttpRequest, obj: Preferences | None = None
    ) -> bool:
        return False

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> Preferences:
        return actions.save_preferences(form.instance, actor=actor_of(request))


@admin.register(DailyUptime)
class DailyUptimeAdmin(OrganizationRows[DailyUptime], ReadOnlyAdmin[DailyUptime]):
    """Days on which something was; all others were operational throughout."""

    organization_path = "service__organization"

    list_display = (
        "day",
        "service_link",
        "operational_seconds",
        "degraded_seconds",
        "down_seconds",
        "maintenance_seconds",
        "unknown_seconds",
        "incident_count",
    )
    search_fields = ("service__name",)
    search_ids = ("service",)
    list_select_related = ("service",)
    ordering = ("-day", "service")
    fieldsets = ((None, {"fields": list_display}),)
    readonly_fields = ("service_link",)

    @admin.display(description="Service", ordering="service__name")
    def service_link(self, obj: DailyUptime) -> str:
        """Whose day it was."""
        return link_to(obj.service)


@admin.register(UptimeProgress)
class UptimeProgressAdmin(
    OrganizationRows[UptimeProgress], ReadOnlyAdmin[UptimeProgress]
):
    """How far the days of each organization are counted."""

    list_display = ("organization", "last_day", "time_zone", "checked_at")
    list_filter = (OrganizationFilter,)
    search_fields = ("organization__name", "time_zone")
    search_ids = ("organization",)
    list_select_related = ("organization",)
    fieldsets = ((None, {"fields": list_display}),)
    readonly_fields = list_display
