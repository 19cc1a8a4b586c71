"""Monitors in the admin: the dashboard's form, their health, run now, pause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html

from accounts.admin.base import OrganizationAdmin, OrganizationFilter, actor_of
from integrations_project.lib.admin import (
    button,
    draw_json,
    draw_pill,
    draw_time,
    link_to,
    list_url,
    run_each,
)
from monitors.actions import schedules
from monitors.admin.strategies import READING_FIELDS, STABLE_FIELDS
from monitors.exceptions import MonitorError
from monitors.forms import MonitorForm
from monitors.models import Job, Schedule
from monitors.monitor_filters import STATES, filter_monitors
from monitors.run_words import describe_timing
from monitors.saving import save_monitor
from monitors.views.monitors import list_losses

if TYPE_CHECKING:
    from django.db.models import QuerySet

HEALTH = (
    "state",
    "last_error",
    "consecutive_failures",
    "failing_pages",
    "last_run",
    "next_run",
    "skipped_at",
    "told",
    "records",
)


class StateFilter(admin.SimpleListFilter):
    """Which monitors work, fail, are paused, or found something."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(STATES)

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Schedule]
    ) -> QuerySet[Schedule] | None:
        state = self.value() or ""
        if state not in dict(STATES):
            return None
        return filter_monitors(queryset, {"q": "", "state": state})


@admin.register(Schedule)
class ScheduleAdmin(OrganizationAdmin[Schedule]):
    """Monitors; everything that changes one is an action of `monitors`."""

    access_form = MonitorForm

    list_display = (
        "label",
        "state",
        "timing",
        "last_run",
        "next_run",
        "service",
        "organization",
    )
    list_filter = (StateFilter, OrganizationFilter, "webhook_type")
    search_fields = ("name", "strategy__name", "urls")
    search_ids = ("pk", "strategy", "service", "organization")
    list_select_related = ("organization", "strategy", "service", "destination")
    readonly_fields = (
        "organization",
        *HEALTH,
        "id",
        "created_at",
        "updated_at",
    )
    fieldsets = (
        (None, {"fields": ("organization", "name", "pages", "networks")}),
        (
            "What is read",
            {"fields": ("strategy", *READING_FIELDS, "parameters", "honours_robots")},
        ),
        ("What is no change", {"fields": STABLE_FIELDS}),
        ("When", {"fields": ("timing", "every", "cron_expression", "time_zone")}),
        (
            "Whom it tells",
            {
                "fields": (
                    "webhook_url",
                    "webhook_type",
                    "webhook_secret",
                    "webhook_metadata",
                )
            },
        ),
        (
            "Is the page well",
            {
                "fields": (
                    "expected_codes",
                    "expected_text",
                    "expected_no_text",
                    "expected_ms",
                    "expected_tls_days",
                    "service",
                    "failure_status",
                    "failure_threshold",
                    "auto_create_incidents",
                    "incident_severity",
                )
            },
        ),
    )
    actions = ("run_selected", "pause_selected", "resume_selected")
    change_actions = ("run", "pause", "resume", "new_secret")

    def get_fieldsets(self, request: HttpRequest, obj: Schedule | None = None) -> Any:
        """Show health and record of what is stored."""
        if obj is None:
            return self.fieldsets
        record = ("id", "created_at", "updated_at")
        return (
            ("Health", {"fields": HEALTH}),
            *self.fieldsets,
            ("Record", {"fields": record}),
        )

    @admin.display(description="Monitor", ordering="name")
    def label(self, obj: Schedule) -> str:
        """Its name, else its strategy's."""
        return str(obj)

    @admin.display(description="State", ordering="enabled")
    def state(self, obj: Schedule) -> str:
        """Whether it runs, and how that goes."""
        if not obj.enabled:
            return draw_pill("paused")
        if obj.consecutive_failures:
            return draw_pill("failing")
        return draw_pill("healthy" if obj.last_run_at else "unknown")

    @admin.display(description="When")
    def timing(self, obj: Schedule) -> str:
        """How often it runs."""
        return describe_timing(obj)

    @admin.display(description="Last run", ordering="last_run_at")
    def last_run(self, obj: Schedule) -> str:
        """When it ran last."""
        return draw_time(obj.last_run_at)

    @admin.display(description="Next run", ordering="next_run_at")
    def next_run(self, obj: Schedule) -> str:
        """When it runs next."""
        return draw_time(obj.next_run_at)

    @admin.display(description="Failing pages")
    def failing_pages(self, obj: Schedule) -> str:
        """Which pages fail, how often in a row, and why."""
        return draw_json(obj.failures)

    @admin.display(description="Webhook")
    def told(self, obj: Schedule) -> str:
        """The destination that it keeps."""
        return link_to(obj.destination)

    @admin.display(description="Runs")
    def records(self, obj: Schedule) -> str:
        """Where its runs are."""
        url = list_url(Job, f"q={obj.pk}")
        return format_html('<a href="{}">All runs of this monitor</a>', url)

    @button(
        label="Run now",
        description="Read its pages at once, beside its timing",
    )
    def run(self, request: HttpRequest, obj: Schedule) -> None:
        """Read its pages at once."""
        self.run_selected(request, [obj])

    @button(
        label="Pause",
        description="Read nothing until it is resumed",
    )
    def pause(self, request: HttpRequest, obj: Schedule) -> None:
        """Read nothing until it is resumed."""
        self.pause_selected(request, [obj])

    @button(
        label="Resume",
        description="Run again from the next slot on",
    )
    def resume(self, request: HttpRequest, obj: Schedule) -> None:
        """Run again from the next slot on."""
        self.resume_selected(request, [obj])

    @button(
        label="New secret",
        description="Make a new secret for its webhook; the old one ends now",
    )
    def new_secret(self, request: HttpRequest, obj: Schedule) -> HttpResponse | None:
        """Make a new secret and show it, this once."""
        try:
            secret = schedules.regenerate_secret(
                obj, actor=actor_of(request), now=timezone.now()
            )
        except MonitorError as error:
            self.message_user(request, error.message, messages.ERROR)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": f"New secret for {obj}",
            "opts": self.opts,
            "original": obj,
            "secret": secret,
        }
        page = "admin/monitors/schedule/new_secret.html"
        response = TemplateResponse(request, page, context)
        add_never_cache_headers(response)
        return response

    @admin.action(description="Run selected monitors now", permissions=("operate",))
    def run_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Read the pages of each at once."""
        run_each(
            request,
            queryset,
            lambda row: schedules.run_now(row, now=timezone.now()),
            done="asked for a run",
        )

    @admin.action(description="Pause selected monitors", permissions=("operate",))
    def pause_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Read nothing until they are resumed."""
        actor = actor_of(request)
        run_each(
            request,
            queryset,
            lambda row: schedules.pause_schedule(row, actor=actor, now=timezone.now()),
            done="paused",
            unchanged="paused already",
        )

    @admin.action(description="Resume selected monitors", permissions=("operate",))
    def resume_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Run them again from the next slot on."""
        actor = actor_of(request)
        run_each(
            request,
            queryset,
            lambda row: schedules.resume_schedule(row, actor=actor, now=timezone.now()),
            done="resumed",
            unchanged="not paused",
        )

    def get_change_actions(
        self, request: HttpRequest, object_id: str, form_url: str
    ) -> list[str]:
        """Offer what can be done now: pause or resume, not both."""
        names = super().get_change_actions(request, object_id, form_url)
        row = self.get_object(request, object_id)
        useless = {"resume" if row is not None and row.enabled else "pause"}
        if row is not None and row.destination is None:
            useless.add("new_secret")
        return [name for name in names if name not in useless]

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> Schedule:
        monitor, secret = save_monitor(form, now=timezone.now())
        if secret:
            text = "Its webhook has a secret. New secret makes one that is shown."
            messages.info(request, text)
        return monitor

    def remove(self, request: HttpRequest, row: Schedule) -> None:
        actor = actor_of(request)
        schedules.delete_schedule(row, actor=actor, now=timezone.now())

    def list_losses(self, row: Schedule) -> list[str]:
        return list_losses(row)
