"""Webhooks in the admin: the dashboard's form, Verify, enable and disable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django_object_actions import action as button

from accounts.admin.base import OrganizationAdmin, OrganizationFilter, actor_of
from integrations_project.lib.admin import draw_pill, list_url, run_each
from webhooks import actions
from webhooks.admin.verifying import TIME_FOR_ALL, Trial, verify, verify_each
from webhooks.figures import describe_health
from webhooks.forms import DestinationForm
from webhooks.models import Delivery, Destination
from webhooks.views.destinations import list_losses
from webhooks.views.forms import say_cleared

if TYPE_CHECKING:
    from django.db.models import QuerySet

WHAT = ("label", "url", "event_types", "format", "networks")
AUTHORIZATION = ("auth_method", "username", "password", "token")
SIGNING = ("secret", "remove_secret", "signature")
SENDING = ("headers", "timeout_seconds", "max_in_flight", "retry_schedule")
HEALTH = (
    "health",
    "disabled_reason",
    "last_success_at",
    "last_failure_at",
    "consecutive_failures",
    "last_error",
    "records",
)


class StateFilter(admin.SimpleListFilter):
    """Which need somebody: failing now, or switched off."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("failing", "Failing"),
            ("delivering", "Delivering"),
            ("unused", "Nothing sent yet"),
            ("disabled", "Disabled"),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Destination]
    ) -> QuerySet[Destination] | None:
        match self.value():
            case "failing":
                return queryset.filter(enabled=True, consecutive_failures__gt=0)
            case "delivering":
                well = queryset.filter(enabled=True, consecutive_failures=0)
                return well.exclude(last_success_at=None)
            case "unused":
                return queryset.filter(last_success_at=None, last_failure_at=None)
            case "disabled":
                return queryset.filter(enabled=False)
        return None


@admin.register(Destination)
class DestinationAdmin(OrganizationAdmin[Destination]):
    """Webhooks; everything that changes one is an action of `webhooks`."""

    access_form = DestinationForm
    change_form_template = "admin/webhooks/destination/change_form.html"

    list_display = (
        "label",
        "url",
        "organization",
        "health",
        "last_success_at",
        "last_failure_at",
    )
    list_filter = (StateFilter, OrganizationFilter, "auth_method", "format")
    search_fields = ("label", "url")
    search_ids = ("pk", "organization")
    list_select_related = ("organization",)
    readonly_fields = ("organization", "id", "created_at", "updated_at", *HEALTH)
    fieldsets = (
        (None, {"fields": ("organization", *WHAT)}),
        ("Authorization", {"fields": AUTHORIZATION}),
        ("Signature", {"fields": SIGNING}),
        ("Sending", {"fields": SENDING}),
    )
    stored_fieldsets = (
        ("Health", {"fields": HEALTH}),
        ("Record", {"fields": ("id", "created_at", "updated_at")}),
    )
    actions = ("verify_selected", "enable_selected", "disable_selected")
    change_actions = ("verify", "enable", "disable")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the health of what is stored, below what can be set."""
        return (*self.fieldsets, *(self.stored_fieldsets if obj else ()))

    @admin.display(description="Health", ordering="-consecutive_failures")
    def health(self, obj: Destination) -> str:
        """How it is doing, as the dashboard says it."""
        health = describe_health(obj)
        return draw_pill(health.status, health.words)

    @admin.display(description="Deliveries")
    def records(self, obj: Destination) -> str:
        """Where its records are."""
        url = list_url(Delivery, f"destination__id__exact={obj.pk}")
        return format_html('<a href="{}">All deliveries of this webhook</a>', url)

    # Verify

    @button(
        label="Verify",
        description="Send a test to the stored address and show what comes back",
        permissions=("operate",),
        methods=("POST",),
        button_type="form",
    )
    def verify(self, request: HttpRequest, obj: Destination) -> HttpResponse:
        """Send a sample and show request and answer."""
        trial = verify(obj, actor=actor_of(request))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Verify {obj.label}",
            "opts": self.opts,
            "original": obj,
            "trial": trial,
        }
        page = "admin/webhooks/destination/verify.html"
        return TemplateResponse(request, page, context, status=trial.status)

    @admin.action(description="Verify selected webhooks", permissions=("operate",))
    def verify_selected(
        self, request: HttpRequest, queryset: QuerySet[Destination]
    ) -> HttpResponse:
        """Send a sample to each, one after the other, and show a line for each."""
        rows = queryset.select_related("organization")
        context = {
            **self.admin_site.each_context(request),
            "title": "Verify webhooks",
            "opts": self.opts,
            "trials": verify_each(rows, actor=actor_of(request)),
            "seconds": TIME_FOR_ALL,
        }
        page = "admin/webhooks/destination/verify_selected.html"
        return TemplateResponse(request, page, context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show or store; "Verify without saving" tries what is typed."""
        context = {**(extra_context or {})}
        if request.method == "POST" and "_verify" in request.POST:
            context["trial"] = self._try_typed(request, object_id)
            request.is_trial = True  # type: ignore[attr-defined]  # for get_form
        return super().changeform_view(request, object_id, form_url, context)

    def _try_typed(self, request: HttpRequest, object_id: str | None) -> Trial | None:
        row = self.get_object(request, object_id) if object_id else None
        if object_id and row is None:
            return None  # Django says that it is not there
        form: Any = self.get_form(request, row, change=row is not None)
        form = form(request.POST, instance=row)
        if not form.is_valid():
            return None
        try:
            return verify(
                form.instance,
                actor=actor_of(request),
                entered_secrets=form.entered_secrets,
            )
        except ValidationError as error:
            request.refusal = error  # type: ignore[attr-defined]  # for get_form
            return None

    # Enable and disable

    @button(
        label="Enable",
        description="Send events there again",
        permissions=("operate",),
        methods=("POST",),
        button_type="form",
    )
    def enable(self, request: HttpRequest, obj: Destination) -> None:
        """Send events there again."""
        self.enable_selected(request, [obj])

    @button(
        label="Disable",
        description="Send nothing there any more; what waits is skipped",
        permissions=("operate",),
        methods=("POST",),
        button_type="form",
    )
    def disable(self, request: HttpRequest, obj: Destination) -> None:
        """Send nothing there any more."""
        self.disable_selected(request, [obj])

    @admin.action(description="Enable selected webhooks", permissions=("operate",))
    def enable_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Send events there again."""
        actor = actor_of(request)
        run_each(
            request,
            queryset,
            lambda row: actions.enable_destination(row, actor=actor),
            done="enabled",
            unchanged="enabled already",
        )

    @admin.action(description="Disable selected webhooks", permissions=("operate",))
    def disable_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Send nothing there any more; what waits is skipped."""
        actor = actor_of(request)
        reason = f"By {actor.label}, in the admin."
        run_each(
            request,
            queryset,
            lambda row: actions.disable_destination(row, actor=actor, reason=reason),
            done="disabled",
            unchanged="disabled already",
        )

    def get_change_actions(
        self, request: HttpRequest, object_id: str, form_url: str
    ) -> list[str]:
        """Offer what can be done now: enable or disable, not both."""
        names = super().get_change_actions(request, object_id, form_url)
        row = self.get_object(request, object_id)
        useless = "enable" if row is not None and row.enabled else "disable"
        return [name for name in names if name != useless]

    # What is called

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> Destination:
        old_host = form.stored.host if form.stored else ""
        cleared = form.list_foreign_secrets()
        stored = actions.save_destination(
            form.instance,
            actor=actor_of(request),
            networks=list(form.cleaned_data["networks"]),
            entered_secrets=form.entered_secrets,
        )
        if cleared:
            messages.warning(request, say_cleared(cleared, old_host=old_host))
        return stored

    def remove(self, request: HttpRequest, row: Destination) -> None:
        actions.delete_destination(row, actor=actor_of(request))

    def list_losses(self, row: Destination) -> list[str]:
        return list_losses(row)
