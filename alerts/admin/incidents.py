"""Incidents in the admin: records, to acknowledge and to resolve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from accounts.admin.base import OrganizationFilter, OrganizationRows, actor_of
from alerts import actions
from alerts.admin.incident_acts import AFTERWARDS, IncidentActs
from alerts.models import Incident
from integrations_project.lib.admin import (
    button,
    change_url,
    draw_json,
    draw_pill,
    draw_time,
    draw_trace,
    link_to,
    run_each,
)
from webhooks.models import Event

if TYPE_CHECKING:
    from django.db.models import QuerySet


class StateFilter(admin.SimpleListFilter):
    """Which still need somebody."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", "Open"),
            ("unseen", "Open and not acknowledged"),
            ("resolved", "Resolved"),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Incident]
    ) -> QuerySet[Incident] | None:
        match self.value():
            case "open":
                return queryset.filter(status="opened")
            case "unseen":
                return queryset.filter(status="opened", acknowledged=False)
            case "resolved":
                return queryset.filter(status="resolved")
        return None


@admin.register(Incident)
class IncidentAdmin(OrganizationRows[Incident], IncidentActs):
    """What is or was wrong."""

    list_display = (
        "number",
        "title",
        "state",
        "how_bad",
        "owner",
        "organization",
        "source_label",
        "opened_at",
        "resolved_at",
    )
    list_display_links = ("number", "title")
    list_filter = (StateFilter, "severity", OrganizationFilter)
    search_fields = ("title", "source_label")
    search_ids = ("pk", "trace", "affected__service")
    search_numbers = ("number",)
    list_select_related = ("organization", "owner")
    readonly_fields = (
        "state",
        "how_bad",
        "service_list",
        "timeline",
        "label_table",
        "merged_link",
        "trace_link",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "number",
                    "title",
                    "state",
                    "how_bad",
                    "owner",
                    "organization",
                    "service_list",
                    "label_table",
                    "merged_link",
                )
            },
        ),
        (
            "When",
            {
                "fields": (
                    "opened_at",
                    "acknowledged_at",
                    "acknowledged_by",
                    "resolved_at",
                    "updated_at",
                )
            },
        ),
        (
            "Cause",
            {"fields": ("source_kind", "source_label", "stays_open", "trace_link")},
        ),
        ("Post-mortem", {"fields": ("post_mortem",)}),
        ("Timeline", {"fields": ("timeline",)}),
    )
    actions = ("acknowledge_selected", "resolve_selected")
    change_actions = (
        "acknowledge",
        "resolve",
        "post_update",
        "assign",
        "edit",
        "join",
        "mark_normal",
        "merge",
        "write_post_mortem",
    )

    @admin.display(description="State", ordering="status")
    def state(self, obj: Incident) -> str:
        """Opened, acknowledged or resolved."""
        is_seen = obj.is_open and obj.acknowledged
        return draw_pill("acknowledged" if is_seen else obj.status)

    @admin.display(description="Severity", ordering="severity")
    def how_bad(self, obj: Incident) -> str:
        """The severity as colour, icon and word."""
        return draw_pill(obj.severity)

    @admin.display(description="Affected services")
    def service_list(self, obj: Incident) -> str:
        """Which services, and which of them recovered."""
        rows = obj.affected.select_related("service").order_by("service__name")[:100]
        lines = format_html_join(
            "",
            '<li><a href="{}">{}</a>{}</li>',
            (
                (
                    change_url(row.service),
                    row.service,
                    " (recovered)" if row.resolved_at else "",
                )
                for row in rows
            ),
        )
        return format_html("<ul>{}</ul>", lines) if lines else "None"

    @admin.display(description="Merged into")
    def merged_link(self, obj: Incident) -> str:
        """The incident that goes on in its place."""
        return link_to(obj.merged_into)

    @admin.display(description="Labels")
    def label_table(self, obj: Incident) -> str:
        """Names and values."""
        return draw_json(obj.labels)

    @admin.display(description="Trace")
    def trace_link(self, obj: Incident) -> str:
        """What was published because of it."""
        return draw_trace(obj.trace, Event)

    @admin.display(description="Timeline")
    def timeline(self, obj: Incident) -> str:
        """What happened, the first two hundred lines."""
        lines = format_html_join(
            "",
            "<li>{}: {} by {}{}{}</li>",
            (
                (
                    draw_time(entry.created_at),
                    entry.get_kind_display(),
                    entry.actor_label,
                    ": " if entry.message else "",
                    entry.message,
                )
                for entry in obj.entries.order_by("id")[:200]
            ),
        )
        return format_html("<ol>{}</ol>", lines) if lines else "Empty"

    @button(
        label="Acknowledge",
        description="Say that somebody looks after it",
    )
    def acknowledge(self, request: HttpRequest, obj: Incident) -> None:
        """Say that somebody looks after it."""
        self.acknowledge_selected(request, [obj])

    @button(
        label="Resolve",
        description="Close it; no service changes its status",
    )
    def resolve(self, request: HttpRequest, obj: Incident) -> None:
        """Close it."""
        self.resolve_selected(request, [obj])

    @admin.action(
        description="Acknowledge selected incidents", permissions=("operate",)
    )
    def acknowledge_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Say that somebody looks after them."""
        actor, now = actor_of(request), timezone.now()
        run_each(
            request,
            queryset,
            lambda row: actions.acknowledge_incident(row, actor=actor, now=now),
            done="acknowledged",
            unchanged="acknowledged already",
        )

    @admin.action(description="Resolve selected incidents", permissions=("operate",))
    def resolve_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Close them."""
        actor, now = actor_of(request), timezone.now()
        run_each(
            request,
            queryset,
            lambda row: actions.resolve_incident(row, actor=actor, now=now),
            done="resolved",
            unchanged="resolved already",
        )

    def get_change_actions(
        self, request: HttpRequest, object_id: str, form_url: str
    ) -> list[str]:
        """Offer what can still be done."""
        names = super().get_change_actions(request, object_id, form_url)
        row = self.get_object(request, object_id)
        if row is None:
            return []
        if not row.is_open:
            return [name for name in names if name in AFTERWARDS]
        return [n for n in names if n != "acknowledge" or not row.acknowledged]
