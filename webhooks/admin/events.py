"""Events and pumps in the admin: records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from accounts.admin.base import OrganizationFilter, OrganizationRows
from integrations_project.lib.admin import (
    ForSuperusers,
    ReadOnlyAdmin,
    change_url,
    draw_json,
    draw_pill,
    draw_trace,
)
from webhooks.datatypes import EVENT_TYPES
from webhooks.models import Event, Pump
from webhooks.models.resident import FRESH

if TYPE_CHECKING:
    from django.db.models import QuerySet


class KindFilter(admin.SimpleListFilter):
    """What kind of thing happened; the types themselves are too many to read out."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("alert.", "Network alerts"), *EVENT_TYPES.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Event]
    ) -> QuerySet[Event] | None:
        value = self.value()
        if value == "alert.":
            return queryset.filter(type__startswith=value)
        return queryset.filter(type=value) if value in EVENT_TYPES else None


@admin.register(Event)
class EventAdmin(OrganizationRows[Event], ReadOnlyAdmin[Event]):
    """What happened and was published."""

    list_display = ("type", "subject_label", "organization", "occurred_at", "id")
    list_filter = (KindFilter, OrganizationFilter)
    search_fields = ("type", "subject_label")
    search_ids = ("pk", "trace")
    list_select_related = ("organization",)
    readonly_fields = ("trace_link", "delivery_list", "snapshot")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "type",
                    "organization",
                    "network",
                    "subject_kind",
                    "subject_label",
                    "subject_id",
                    "trace_link",
                    "occurred_at",
                    "created_at",
                )
            },
        ),
        ("Deliveries", {"fields": ("delivery_list",)}),
        ("Data", {"fields": ("snapshot",)}),
    )

    @admin.display(description="Trace")
    def trace_link(self, obj: Event) -> str:
        """What else belongs to the same happening."""
        return draw_trace(obj.trace, Event)

    @admin.display(description="Deliveries")
    def delivery_list(self, obj: Event) -> str:
        """Whom it was sent to, the first hundred."""
        rows = obj.deliveries.select_related("destination").order_by("id")[:100]
        lines = format_html_join(
            "",
            '<li><a href="{}">{}</a> {}</li>',
            ((change_url(row), row.destination, draw_pill(row.status)) for row in rows),
        )
        return format_html("<ul>{}</ul>", lines) if lines else "Nobody asked for it"

    @admin.display(description="Snapshot")
    def snapshot(self, obj: Event) -> str:
        """What the formats saw."""
        return draw_json(obj.data)


class AliveFilter(admin.SimpleListFilter):
    """Which pumps are running."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("alive", "Alive"), ("gone", "Gone")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Pump]
    ) -> QuerySet[Pump] | None:
        alive = {"finished_at": None, "beat_at__gt": timezone.now() - FRESH}
        match self.value():
            case "alive":
                return queryset.filter(**alive)
            case "gone":
                return queryset.exclude(**alive)
        return None


@admin.register(Pump)
class PumpAdmin(ForSuperusers[Pump], ReadOnlyAdmin[Pump]):
    """The runs of the delivery engine."""

    list_display = (
        "host",
        "process_id",
        "state",
        "in_flight",
        "started_at",
        "beat_at",
        "progress_at",
    )
    list_filter = (AliveFilter, "host")
    search_fields = ("host",)
    search_numbers = ("process_id",)
    list_select_related = False
    readonly_fields = ("state",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "host",
                    "process_id",
                    "state",
                    "in_flight",
                    "started_at",
                    "beat_at",
                    "progress_at",
                    "is_handing_over",
                    "is_asked_to_stop",
                    "finished_at",
                )
            },
        ),
    )

    @admin.display(description="State")
    def state(self, obj: Pump) -> str:
        """Whether it is alive, by its last beat."""
        if obj.finished_at or obj.beat_at < timezone.now() - FRESH:
            return draw_pill("skipped", "Gone")
        return draw_pill("active", "Alive")
