"""Rules in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest

from accounts.admin.base import OrganizationAdmin, OrganizationFilter, actor_of
from alerts import actions
from alerts.admin.rule_form import AdminRuleForm
from alerts.models import Rule
from integrations_project.lib.admin import draw_pill

RELATIONS = ("networks", "excluded_networks", "services", "targets")


@admin.register(Rule)
class RuleAdmin(OrganizationAdmin[Rule]):
    """Rules; everything that changes one is an action of `alerts`."""

    access_form = AdminRuleForm

    list_display = ("label", "state", "events", "target_count", "organization")
    list_filter = ("enabled", "company_wide", OrganizationFilter)
    search_fields = ("label", "description", "targets__label", "targets__url")
    search_ids = ("pk", "organization")
    list_select_related = ("organization",)
    readonly_fields = ("organization", "id", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("organization", "label", "description", "enabled")}),
        (
            "What it watches",
            {
                "fields": (
                    "event_types",
                    "company_wide",
                    *RELATIONS[:3],
                    "labels",
                    "minimum_severity",
                    "conditions",
                    "allowed_names",
                    "ignored_names",
                    "options",
                )
            },
        ),
        ("When", {"fields": ("active_hours", "delay_seconds", "repeat_seconds")}),
        ("Whom it tells", {"fields": ("targets", "further_targets")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the record of what is stored."""
        record = ("Record", {"fields": ("id", "created_at", "updated_at")})
        return (*self.fieldsets, *((record,) if obj else ()))

    @admin.display(description="State", ordering="enabled")
    def state(self, obj: Rule) -> str:
        """Whether it acts."""
        return draw_pill("enabled" if obj.enabled else "disabled")

    @admin.display(description="Events")
    def events(self, obj: Rule) -> str:
        """What it watches."""
        return ", ".join(map(str, obj.event_types))

    @admin.display(description="Webhooks", ordering="target_count")
    def target_count(self, obj: Any) -> int:
        """How many it tells."""
        count: int = obj.target_count
        return count

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the targets in the same query."""
        rows = super().get_queryset(request)
        return rows.annotate(target_count=Count("targets", distinct=True))

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> Rule:
        names = (*RELATIONS, "further_targets")
        chosen = {name: list(form.cleaned_data[name]) for name in names}
        return actions.save_rule(form.instance, actor=actor_of(request), **chosen)

    def remove(self, request: HttpRequest, row: Rule) -> None:
        actions.delete_rule(row, actor=actor_of(request))
