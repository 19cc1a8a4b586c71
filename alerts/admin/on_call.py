"""On-call schedules in the admin: a document of rotations, and who is on now."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.base import OrganizationAdmin, OrganizationFilter, actor_of
from alerts import actions
from alerts.admin.documents import read_document
from alerts.api.on_call_rotations import RotationsInput, show_rotation
from alerts.api.on_call_serializers import OverrideInput
from alerts.models import OnCallOverride, OnCallSchedule
from alerts.on_call_calendar import say_moment
from alerts.on_call_forms import ScheduleForm
from integrations_project.lib.api.fields import write_time
from integrations_project.lib.zones import find_zone


class ScheduleDocumentForm(ScheduleForm):
    """A schedule with its rotations, written as the REST API writes them."""

    rotations = forms.JSONField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 24}),
        help_text="As in the REST API; people by e-mail address or id.",
    )

    overrides = forms.JSONField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Who is on call instead, from now on: a list of objects with user, "
        "starts_at, ends_at and reason, as in the REST API.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            rows = self.instance.rotations.prefetch_related("members__user")
            self.initial["rotations"] = [show_rotation(row) for row in rows]
            self.initial["overrides"] = [
                _show_override(row) for row in list_coming(self.instance)
            ]

    def clean_rotations(self) -> list[actions.NewRotation]:
        """Read them as the REST API does."""
        given = self.cleaned_data["rotations"] or []
        is_new = self.instance._state.adding
        bound = RotationsInput(
            instance=None if is_new else self.instance,
            data={"rotations": given},
            context={"access": self.access},
        )
        found: list[actions.NewRotation] = read_document(bound, "rotations")
        return found

    def clean_overrides(self) -> list[OnCallOverride]:
        """Read them as the REST API does."""
        given = self.cleaned_data["overrides"] or []
        if not isinstance(given, list):
            message = "Write a list of overrides, or nothing."
            raise forms.ValidationError(message)
        return [self._read_override(n, each) for n, each in enumerate(given, 1)]

    def _read_override(self, number: int, given: Any) -> OnCallOverride:
        if not isinstance(given, dict):
            message = f"Override {number}: write an object."
            raise forms.ValidationError(message)
        bound = OverrideInput(data=given, context={"access": self.access})
        errors: Any = {}
        if bound.is_valid():
            row = OnCallOverride(schedule=self.instance, **bound.validated_data)
            errors = actions.find_override_errors(row)
            if not errors:
                return row
        sentences = (errors or bound.errors).items()
        raise forms.ValidationError(
            [f"Override {number}, {name}: {said[0]}" for name, said in sentences]
        )


def list_coming(schedule: OnCallSchedule) -> list[OnCallOverride]:
    """Return the overrides of a schedule that are not over yet."""
    rows = schedule.overrides.select_related("user")
    return list(rows.filter(ends_at__gt=timezone.now()))


def _show_override(row: OnCallOverride) -> dict[str, Any]:
    return {
        "user": row.user.email,
        "starts_at": write_time(row.starts_at),
        "ends_at": write_time(row.ends_at),
        "reason": row.reason,
    }


@admin.register(OnCallSchedule)
class OnCallScheduleAdmin(OrganizationAdmin[OnCallSchedule]):
    """Schedules; everything that changes one is an action of `alerts`."""

    access_form = ScheduleDocumentForm

    list_display = ("name", "time_zone", "rotation_count", "organization")
    list_filter = (OrganizationFilter,)
    search_fields = ("name", "rotations__members__user__email")
    search_ids = ("pk", "organization")
    list_select_related = ("organization",)
    readonly_fields = (
        "organization",
        "on_now",
        "id",
        "created_at",
        "updated_at",
    )
    fieldsets = (
        (
            None,
            {"fields": ("organization", "name", "time_zone", "rotations", "overrides")},
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show who is on call by what is stored."""
        if obj is None:
            return self.fieldsets
        return (
            *self.fieldsets,
            ("Now", {"fields": ("on_now",)}),
            ("Record", {"fields": ("id", "created_at", "updated_at")}),
        )

    @admin.display(description="Rotations", ordering="rotation_count")
    def rotation_count(self, obj: Any) -> int:
        """How many there are."""
        count: int = obj.rotation_count
        return count

    @admin.display(description="On call now")
    def on_now(self, obj: OnCallSchedule) -> str:
        """Who, and until when in the schedule's zone."""
        duty = actions.find_duty(obj, now=timezone.now())
        if duty.current is None:
            return "Nobody"
        name = duty.current.who.name
        if duty.ends_at is None:
            return name
        return f"{name} until {say_moment(duty.ends_at, find_zone(obj.time_zone))}"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the rotations in the same query."""
        rows = super().get_queryset(request)
        return rows.annotate(rotation_count=Count("rotations", distinct=True))

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> OnCallSchedule:
        actor = actor_of(request)
        with transaction.atomic():
            schedule = actions.save_schedule(
                form.instance, rotations=form.cleaned_data["rotations"], actor=actor
            )
            actions.set_overrides(
                schedule,
                form.cleaned_data["overrides"],
                actor=actor,
                now=timezone.now(),
            )
        return schedule

    def remove(self, request: HttpRequest, row: OnCallSchedule) -> None:
        actions.delete_schedule(row, actor=actor_of(request))

    def list_losses(self, row: OnCallSchedule) -> list[str]:
        return [
            f"{row.rotations.count()} rotations, {row.overrides.count()} overrides",
            f"{row.escalation_steps.count()} steps of escalation policies",
        ]
