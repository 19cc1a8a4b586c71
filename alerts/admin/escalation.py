"""Escalation policies in the admin, and the escalations that ran."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest

from accounts.admin.base import (
    OrganizationAdmin,
    OrganizationFilter,
    OrganizationRows,
    actor_of,
)
from accounts.permissions import Access
from alerts import actions
from alerts.admin.documents import read_document
from alerts.api.escalation import StepsInput, show_step
from alerts.models import Escalation, EscalationPolicy
from integrations_project.lib.admin import ReadOnlyAdmin, draw_json, link_to


class PolicyDocumentForm(forms.ModelForm[EscalationPolicy]):
    """A policy with its steps, written as the REST API writes them."""

    steps = forms.JSONField(
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=(
            'As in the REST API: [{"webhook": "<id>", "wait_minutes": 5}, '
            '{"schedule": "<id>", "wait_minutes": 10}].'
        ),
    )

    class Meta:
        model = EscalationPolicy
        fields = (
            "label",
            "description",
            "is_default",
            "minimum_severity",
            "repeat_count",
        )

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        if not self.instance._state.adding:
            rows = self.instance.steps.select_related("destination", "schedule")
            self.initial["steps"] = [show_step(row) for row in rows]

    def clean_steps(self) -> list[actions.NewStep]:
        """Read them as the REST API does."""
        bound = StepsInput(
            data={"steps": self.cleaned_data["steps"]}, context={"access": self.access}
        )
        found: list[actions.NewStep] = read_document(bound, "steps")
        return found


@admin.register(EscalationPolicy)
class EscalationPolicyAdmin(OrganizationAdmin[EscalationPolicy]):
    """Policies; everything that changes one is an action of `alerts`."""

    access_form = PolicyDocumentForm

    list_display = (
        "label",
        "is_default",
        "minimum_severity",
        "step_count",
        "organization",
    )
    list_filter = ("is_default", OrganizationFilter)
    search_fields = ("label", "description")
    search_ids = ("pk", "organization")
    list_select_related = ("organization",)
    readonly_fields = ("organization", "id", "created_at", "updated_at")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "organization",
                    *PolicyDocumentForm.Meta.fields,
                    "steps",
                )
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the record of what is stored."""
        record = ("Record", {"fields": ("id", "created_at", "updated_at")})
        return (*self.fieldsets, *((record,) if obj else ()))

    @admin.display(description="Steps", ordering="step_count")
    def step_count(self, obj: Any) -> int:
        """How many there are."""
        count: int = obj.step_count
        return count

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the steps in the same query."""
        rows = super().get_queryset(request)
        return rows.annotate(step_count=Count("steps", distinct=True))

    def store(
        self, request: HttpRequest, form: Any, *, is_new: bool
    ) -> EscalationPolicy:
        return actions.save_policy(
            form.instance, steps=form.cleaned_data["steps"], actor=actor_of(request)
        )

    def remove(self, request: HttpRequest, row: EscalationPolicy) -> None:
        actions.delete_policy(row, actor=actor_of(request))

    def list_losses(self, row: EscalationPolicy) -> list[str]:
        return [f"{row.services.count()} services take the default policy, if any"]


@admin.register(Escalation)
class EscalationAdmin(OrganizationRows[Escalation], ReadOnlyAdmin[Escalation]):
    """Incidents on their way through the steps of a policy."""

    organization_path = "incident__organization"
    list_display = ("incident_link", "policy_label", "next_at", "stopped_reason")
    search_fields = ("incident__title", "policy_label")
    search_ids = ("pk",)
    list_select_related = ("incident__organization",)
    readonly_fields = ("incident_link", "step_table")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "incident_link",
                    "policy_label",
                    "step_table",
                    "next_position",
                    "rounds_left",
                    "next_at",
                    "stopped_reason",
                )
            },
        ),
    )

    @admin.display(description="Incident", ordering="incident")
    def incident_link(self, obj: Escalation) -> str:
        """Which incident."""
        return link_to(obj.incident)

    @admin.display(description="Steps")
    def step_table(self, obj: Escalation) -> str:
        """The steps as they were when it opened."""
        return draw_json(obj.steps)
