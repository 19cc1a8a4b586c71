"""Runs in the admin: records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.base import OrganizationFilter, OrganizationRows
from integrations_project.lib.admin import (
    ReadOnlyAdmin,
    draw_json,
    draw_pill,
    draw_time,
    draw_trace,
    link_to,
)
from monitors.models import Job
from monitors.run_words import describe_change
from webhooks.models import Event

if TYPE_CHECKING:
    from django.db.models import QuerySet


class ChangeFilter(admin.SimpleListFilter):
    """Which runs found another page than the one before."""

    title = "change"
    parameter_name = "change"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("changed", "With changes"), ("unseen", "With unseen changes")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Job]
    ) -> QuerySet[Job] | None:
        match self.value():
            case "changed":
                return queryset.filter(has_changes=True)
            case "unseen":
                return queryset.filter(has_changes=True, seen_at=None)
        return None


@admin.register(Job)
class JobAdmin(OrganizationRows[Job], ReadOnlyAdmin[Job]):
    """Each reading of a page: how it was asked, and what was there."""

    list_display = (
        "created",
        "state",
        "found",
        "url",
        "schedule",
        "status_code",
        "organization",
    )
    list_filter = ("status", ChangeFilter, OrganizationFilter)
    search_fields = ("url", "error_code", "error")
    search_ids = ("pk", "trace", "schedule", "strategy", "batch_id")
    list_select_related = ("schedule__strategy", "strategy", "organization")
    readonly_fields = (
        "state",
        "found",
        "created",
        "schedule_link",
        "strategy_link",
        "previous_link",
        "notice_list",
        "result_list",
        "trace_link",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "state",
                    "found",
                    "url",
                    "schedule_link",
                    "strategy_link",
                    "organization",
                    "batch_id",
                    "trace_link",
                )
            },
        ),
        (
            "How it went",
            {
                "fields": (
                    "created",
                    "slot_at",
                    "due_at",
                    "started_at",
                    "completed_at",
                    "duration_ms",
                    "status_code",
                    "error_code",
                    "error",
                    "unmet",
                    "lost_count",
                )
            },
        ),
        (
            "What was there",
            {
                "fields": (
                    "item_count",
                    "content_hash",
                    "structure_hash",
                    "previous_link",
                    "seen_at",
                    "notice_list",
                    "result_list",
                )
            },
        ),
    )

    @admin.display(description="Asked for", ordering="id")
    def created(self, obj: Job) -> str:
        """When it was asked for."""
        return draw_time(obj.created_at)

    @admin.display(description="State", ordering="status")
    def state(self, obj: Job) -> str:
        """How far it is."""
        return draw_pill(obj.status)

    @admin.display(description="Found")
    def found(self, obj: Job) -> str:
        """What changed."""
        return describe_change(obj)

    @admin.display(description="Monitor")
    def schedule_link(self, obj: Job) -> str:
        """What asked for it."""
        return link_to(obj.schedule)

    @admin.display(description="Strategy")
    def strategy_link(self, obj: Job) -> str:
        """How it was read."""
        return link_to(obj.strategy)

    @admin.display(description="Compared with")
    def previous_link(self, obj: Job) -> str:
        """The run before."""
        return link_to(obj.previous)

    @admin.display(description="Notices")
    def notice_list(self, obj: Job) -> str:
        """What people should know."""
        return draw_json(obj.notices)

    @admin.display(description="Results")
    def result_list(self, obj: Job) -> str:
        """The beginning of what was read."""
        return draw_json(obj.results)

    @admin.display(description="Trace")
    def trace_link(self, obj: Job) -> str:
        """What was published because of it."""
        return draw_trace(obj.trace, Event)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """Leave what was read out of lists: it may be much."""
        rows = super().get_queryset(request)
        is_page = bool(request.resolver_match and request.resolver_match.kwargs)
        return rows if is_page else rows.defer("results", "notices")
