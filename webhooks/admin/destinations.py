"""Webhooks in the admin: the dashboard's form, Verify, enable and disable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.admin.base import OrganizationAdmin, OrganizationFilter, actor_of
from integrations_project.lib.admin import (
    button,
    find_uuid,
    run_each,
)
from webhooks import actions
from webhooks.admin.fieldsets import HEALTH, RECORD, list_fieldsets
from webhooks.admin.operating import DestinationPages
from webhooks.admin.showing import DestinationDisplays, KeeperFilter, StateFilter
from webhooks.admin.verifying import TIME_FOR_ALL, Trial, verify, verify_each
from webhooks.forms import DestinationForm
from webhooks.models import Delivery, Destination, Replay
from webhooks.views.destinations import list_losses
from webhooks.views.forms import say_cleared

if TYPE_CHECKING:
    from django.db.models import QuerySet


@admin.register(Destination)
class DestinationAdmin(
    DestinationDisplays, DestinationPages, OrganizationAdmin[Destination]
):
    """Webhooks; everything that changes one is an action of `webhooks`."""

    access_form = DestinationForm
    change_form_template = "admin/webhooks/destination/change_form.html"

    list_display = (
        "label",
        "health",
        "kind",
        "url",
        "organization",
        "last_success_at",
        "last_failure_at",
    )
    list_filter = (
        StateFilter,
        KeeperFilter,
        OrganizationFilter,
        "kind",
        "auth_method",
        "signature",
        "format",
    )
    search_fields = (
        "label",
        "url",
        "username",
        "oauth2_client_id",
        "last_error",
        "disabled_reason",
    )
    list_select_related = ("organization",)
    readonly_fields = (
        "organization",
        "kind_shown",
        "public_key",
        "signs_until",
        *HEALTH,
        *RECORD,
    )
    fieldsets = list_fieldsets(None, kind=Destination.Kind.WEBHOOK)
    actions = ("verify_selected", "enable_selected", "disable_selected")
    change_actions = ("verify", "replay", "rotate_secret", "enable", "disable")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what this kind has, and the health of what is stored below."""
        return list_fieldsets(obj, kind=self.kind_of(request, obj))

    def kind_of(self, request: HttpRequest, row: Destination | None) -> str:
        """Return the kind of a row, or of a new one as the address says."""
        if row is not None and not row._state.adding:
            return row.kind
        asked = request.GET.get("kind", "")
        return asked if asked in Destination.Kind else Destination.Kind.WEBHOOK

    def new_values(self, request: HttpRequest) -> dict[str, Any]:
        return {"kind": self.kind_of(request, None)}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Destination], search_term: str
    ) -> tuple[QuerySet[Destination], bool]:
        """Find also by an event that was sent there, or by a replay."""
        pasted = find_uuid(search_term)
        if pasted is None:
            return super().get_search_results(request, queryset, search_term)
        told = Delivery.objects.filter(event=pasted).values("destination")
        replayed = Replay.objects.filter(pk=pasted).values("destination")
        itself = Q(pk=pasted) | Q(organization=pasted)
        return queryset.filter(itself | Q(pk__in=told) | Q(pk__in=replayed)), False

    def has_change_permission(
        self, request: HttpRequest, obj: Destination | None = None
    ) -> bool:
        """Let nobody edit what the product keeps itself."""
        is_kept = obj is not None and bool(obj.managed_by)
        return not is_kept and super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Destination | None = None
    ) -> bool:
        """Nor delete it."""
        is_kept = obj is not None and bool(obj.managed_by)
        return not is_kept and super().has_delete_permission(request, obj)

    # Verify

    @button(
        label="Verify",
        description="Send a test to the stored address and show what comes back",
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
        if not object_id:
            context["kinds"] = self._list_kinds(request)
        if request.method == "POST" and "_verify" in request.POST:
            context["trial"] = self._try_typed(request, object_id)
            request.is_trial = True  # type: ignore[attr-defined]  # for get_form
        return super().changeform_view(request, object_id, form_url, context)

    def _list_kinds(self, request: HttpRequest) -> list[dict[str, Any]]:
        chosen = self.kind_of(request, None)
        asked = request.GET.copy()
        kinds = []
        for name, label in Destination.Kind.choices:
            asked["kind"] = name
            url = f"?{asked.urlencode()}"
            kinds.append({"label": label, "url": url, "is_chosen": name == chosen})
        return kinds

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
    )
    def enable(self, request: HttpRequest, obj: Destination) -> None:
        """Send events there again."""
        self.enable_selected(request, [obj])

    @button(
        label="Disable",
        description="Send nothing there any more; what waits is skipped",
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
        """Offer what can be done now and to this kind."""
        names = super().get_change_actions(request, object_id, form_url)
        row = self.get_object(request, object_id)
        useless = {"enable" if row is not None and row.enabled else "disable"}
        if row is None or not row.enabled:
            useless.add("replay")
        if row is None or row.kind != Destination.Kind.WEBHOOK:
            useless.add("rotate_secret")
        return [name for name in names if name not in useless]

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
