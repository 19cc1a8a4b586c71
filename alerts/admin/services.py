"""Services and their changes in the admin; a status is set, never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html

from accounts.admin.base import (
    OrganizationAdmin,
    OrganizationFilter,
    OrganizationRows,
    actor_of,
)
from alerts import actions
from alerts.datatypes import MANUAL, StatusUpdate
from alerts.forms import ServiceForm, ServiceStatusForm
from alerts.models import Service, StatusChange
from integrations_project.lib.admin import (
    ReadOnlyAdmin,
    button,
    draw_pill,
    draw_trace,
    link_to,
    list_url,
    run_each,
)
from integrations_project.lib.ids import uuid7
from webhooks.models import Event

#: What people edit and `create_service` takes.
FIELDS = (
    "name",
    "description",
    "network",
    "group",
    "entity_type",
    "absolute_path",
    "labels",
    "uptime_target",
    "escalation_policy",
)


@admin.register(Service)
class ServiceAdmin(OrganizationAdmin[Service]):
    """Services; everything that changes one is an action of `alerts`."""

    access_form = ServiceForm

    list_display = (
        "name",
        "state",
        "status_since",
        "status_message",
        "group",
        "network",
        "organization",
    )
    list_filter = ("status", OrganizationFilter, "group")
    search_fields = ("name", "group", "absolute_path", "network__label")
    search_ids = ("pk", "network", "organization")
    list_select_related = ("organization", "network")
    readonly_fields = (
        "organization",
        "state",
        "status_since",
        "status_message",
        "records",
        "id",
        "created_at",
    )
    fieldsets = ((None, {"fields": ("organization", *FIELDS)}),)
    actions = ("set_status",)
    change_actions = ("set_status_of_one",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the status of what is stored, which is not for editing."""
        if obj is None:
            return self.fieldsets
        status = ("state", "status_since", "status_message", "records")
        return (
            *self.fieldsets,
            ("Status", {"fields": status}),
            ("Record", {"fields": ("id", "created_at")}),
        )

    @admin.display(description="Status", ordering="status")
    def state(self, obj: Service) -> str:
        """The status as colour, icon and word."""
        return draw_pill(obj.status)

    @admin.display(description="Changes")
    def records(self, obj: Service) -> str:
        """Where its history is."""
        url = list_url(StatusChange, f"service__id__exact={obj.pk}")
        return format_html('<a href="{}">Every change of its status</a>', url)

    @button(
        label="Set status",
        description="Say how the service is doing; webhooks are told",
    )
    def set_status_of_one(
        self, request: HttpRequest, obj: Service
    ) -> HttpResponse | None:
        """Ask for a status and set it."""
        return self.set_status(request, [obj])

    @admin.action(
        description="Set the status of selected services", permissions=("operate",)
    )
    def set_status(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask for a status and set it, by the action that tells everybody."""
        is_given = "set" in request.POST
        form = ServiceStatusForm(request.POST if is_given else None)
        if not is_given or not form.is_valid():
            return self._ask_status(request, form, list(queryset))
        given = form.cleaned_data
        actor, now = actor_of(request), timezone.now()

        def set_one(service: Service) -> bool:
            update = StatusUpdate(
                status=given["status"],
                source=MANUAL,
                message=given["message"],
                trace=uuid7(),
                now=now,
            )
            outcome = actions.change_service_status(service.pk, update, actor=actor)
            return outcome.changed or outcome.source_changed

        run_each(
            request, queryset, set_one, done="set", unchanged="said the same before"
        )
        return None

    def _ask_status(
        self, request: HttpRequest, form: ServiceStatusForm, services: list[Service]
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Set status",
            "opts": self.opts,
            "form": form,
            "services": services,
            "selected": request.POST.getlist("_selected_action"),
        }
        return TemplateResponse(
            request, "admin/alerts/service/set_status.html", context
        )

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> Service:
        service: Service = form.instance
        if not is_new:
            return actions.save_service(service, actor=actor_of(request))
        return actions.create_service(
            service.organization,
            actor=actor_of(request),
            now=timezone.now(),
            **{name: getattr(service, name) for name in FIELDS},
        )

    def remove(self, request: HttpRequest, row: Service) -> None:
        actions.delete_service(row, actor=actor_of(request))

    def list_losses(self, row: Service) -> list[str]:
        losses = [f"{row.changes.count()} changes of its status"]
        receivers = row.receivers.order_by("name").values_list("name", flat=True)
        return losses + [f"The receiver “{name}” with its URL" for name in receivers]


@admin.register(StatusChange)
class StatusChangeAdmin(OrganizationRows[StatusChange], ReadOnlyAdmin[StatusChange]):
    """Each change of a service's status."""

    list_display = (
        "changed_at",
        "service_link",
        "before",
        "after",
        "message",
        "source_label",
        "organization",
    )
    list_filter = ("status", OrganizationFilter)
    search_fields = ("service__name", "message", "source_label")
    search_ids = ("pk", "trace", "service", "receipt_id")
    list_select_related = ("service", "organization")
    readonly_fields = ("service_link", "before", "after", "trace_link")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "service_link",
                    "organization",
                    "before",
                    "after",
                    "message",
                    "changed_at",
                )
            },
        ),
        (
            "Cause",
            {"fields": ("source_kind", "source_label", "receipt_id", "trace_link")},
        ),
    )

    @admin.display(description="Service", ordering="service__name")
    def service_link(self, obj: StatusChange) -> str:
        """Whose status it was."""
        return link_to(obj.service)

    @admin.display(description="Trace")
    def trace_link(self, obj: StatusChange) -> str:
        """What was published because of it."""
        return draw_trace(obj.trace, Event)

    @admin.display(description="Before")
    def before(self, obj: StatusChange) -> str:
        """The status it had."""
        return draw_pill(obj.previous_status)

    @admin.display(description="After", ordering="status")
    def after(self, obj: StatusChange) -> str:
        """The status it got."""
        return draw_pill(obj.status)
