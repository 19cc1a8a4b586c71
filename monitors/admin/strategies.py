"""Strategies in the admin: the dashboard's form and actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.base import OrganizationAdmin, OrganizationFilter, actor_of
from integrations_project.lib.admin import draw_json
from monitors.actions import strategies
from monitors.forms import StrategyForm
from monitors.models import Strategy
from monitors.saving import save_strategy
from monitors.views.strategies import list_losses

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: What a form of a strategy, and one of a monitor, says about reading.
READING_FIELDS = (
    "scraper_type",
    "items_at",
    "fields_at",
    "filter_mode",
    "filter_lines",
)
STABLE_FIELDS = ("ignored_patterns", "ignored_fields", "key_field", "is_ordered")


@admin.register(Strategy)
class StrategyAdmin(OrganizationAdmin[Strategy]):
    """Strategies; everything that changes one is an action of `monitors`."""

    access_form = StrategyForm

    list_display = (
        "name",
        "scraper_type",
        "url",
        "monitor_count",
        "updated_at",
        "organization",
    )
    list_filter = ("scraper_type", OrganizationFilter)
    search_fields = ("name", "description", "url")
    search_ids = ("pk", "organization")
    list_select_related = ("organization",)
    readonly_fields = (
        "organization",
        "preview",
        "id",
        "read_anew_at",
        "created_at",
        "updated_at",
    )
    fieldsets = (
        (None, {"fields": ("organization", "name", "description", "url")}),
        ("What is read", {"fields": (*READING_FIELDS, "parameters")}),
        ("What is no change", {"fields": STABLE_FIELDS}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Strategy | None = None) -> Any:
        """Show the record of what is stored."""
        names = ("id", "preview", "read_anew_at", "created_at", "updated_at")
        record = ("Record", {"fields": names})
        return (*self.fieldsets, *((record,) if obj else ()))

    @admin.display(description="Monitors", ordering="monitor_count")
    def monitor_count(self, obj: Any) -> int:
        """How many monitors use it."""
        count: int = obj.monitor_count
        return count

    @admin.display(description="Read when it was tried")
    def preview(self, obj: Strategy) -> str:
        """The beginning of what it read then."""
        return draw_json(obj.preview_data)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Strategy]:
        """Count the monitors in the same query."""
        rows = super().get_queryset(request)
        return rows.annotate(monitor_count=Count("schedules", distinct=True))

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> Strategy:
        return save_strategy(form, now=timezone.now())

    def remove(self, request: HttpRequest, row: Strategy) -> None:
        actor = actor_of(request)
        strategies.delete_strategy(row, actor=actor, now=timezone.now())

    def list_losses(self, row: Strategy) -> list[str]:
        return list_losses(row)
