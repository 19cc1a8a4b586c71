"""Receivers in the admin: the dashboard's form, the URL, pause and resume."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html

from accounts.admin.base import (
    OrganizationAdmin,
    OrganizationFilter,
    actor_of,
)
from integrations_project.lib.admin import (
    button,
    draw_code,
    draw_pill,
    draw_time,
    list_url,
    run_each,
)
from integrations_project.lib.encryption import hash_token
from receivers import actions
from receivers.curl import build_curl, build_sample
from receivers.forms import ReceiverForm
from receivers.models import Receipt, Receiver
from receivers.story import list_losses, tell_count

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

#: What senders must bring, and how often they may.
ADMISSION_FIELDS = (
    "required_auth",
    "auth_username",
    "auth_password",
    "auth_token",
    "source_networks",
    "rate_per_minute",
)
SILENCE_FIELDS = ("expected_every_minutes", "silent_status")

TOKEN = re.compile(r"[A-Za-z0-9]{64}")


class StateFilter(admin.SimpleListFilter):
    """Which receivers act, are paused, or were sent something wrong last."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("active", "Active"),
            ("paused", "Paused"),
            ("failing", "Last request failed"),
            ("unused", "Nothing received yet"),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> QuerySet[Any] | None:
        match self.value():
            case "active":
                return queryset.filter(enabled=True)
            case "paused":
                return queryset.filter(enabled=False)
            case "failing":
                return queryset.filter(last_result__in=("failed", "auth_failed"))
            case "unused":
                return queryset.filter(last_result=None)
        return None


@admin.register(Receiver)
class ReceiverAdmin(OrganizationAdmin[Receiver]):
    """Receivers; everything that changes one is an action of `receivers`."""

    access_form = ReceiverForm

    list_display = (
        "name",
        "state",
        "last_outcome",
        "last_received_at",
        "service",
        "organization",
    )
    list_filter = (StateFilter, OrganizationFilter, "auto_create_incidents")
    search_fields = ("name", "service__name")
    search_ids = ("pk", "service", "organization")
    list_select_related = ("organization", "service")
    readonly_fields = (
        "organization",
        "url",
        "curl",
        "state",
        "last_outcome",
        "last_received_at",
        "turned_away",
        "records",
        "id",
        "created_at",
        "updated_at",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "organization",
                    "name",
                    "service",
                    "service_name_field",
                    "create_unknown_services",
                    "networks",
                )
            },
        ),
        (
            "What it reads",
            {
                "fields": (
                    "preset",
                    "status_field",
                    "message_field",
                    "key_field",
                    "time_field",
                    "delivery_id_field",
                    "items_path",
                )
            },
        ),
        (
            "What values mean",
            {
                "fields": (
                    "mapping_operational",
                    "mapping_degraded",
                    "mapping_down",
                    "mapping_maintenance",
                    "mapping_mode",
                    "unmapped",
                )
            },
        ),
        (
            "Incidents",
            {
                "fields": (
                    "auto_create_incidents",
                    "incident_severity",
                    "auto_resolve_incidents",
                )
            },
        ),
    )
    actions = ("pause_selected", "resume_selected")
    change_actions = ("pause", "resume", "rotate_token", "rotate_with_overlap")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show URL and health of what is stored; a secret that is there can go."""
        remove = ("remove_secret",) if obj and obj.hmac_secret else ()
        signature = ("signature_scheme", "hmac_secret", *remove, "signature_header")
        shared = (
            *self.fieldsets,
            ("Signature", {"fields": signature}),
            ("Who may post", {"fields": ADMISSION_FIELDS}),
            ("When nothing comes", {"fields": SILENCE_FIELDS}),
        )
        if obj is None:
            return shared
        health = (
            "state",
            "last_outcome",
            "last_received_at",
            "turned_away",
            "records",
        )
        return (
            ("Where to post", {"fields": ("url", "curl")}),
            *shared,
            ("Health", {"fields": health}),
            ("Record", {"fields": ("id", "created_at", "updated_at")}),
        )

    @admin.display(description="URL")
    def url(self, obj: Receiver) -> str:
        """The address with its token, to be copied."""
        context = {"value": build_url(obj), "label": "URL of the receiver"}
        return render_to_string("admin/_copy.html", context)

    @admin.display(description="Try it")
    def curl(self, obj: Receiver) -> str:
        """A line for the shell."""
        header = obj.signature_header if obj.hmac_secret else ""
        sample = build_sample(obj)
        return draw_code(build_curl(build_url(obj), sample, signature_header=header))

    @admin.display(description="State", ordering="enabled")
    def state(self, obj: Receiver) -> str:
        """Whether it acts on what comes."""
        return draw_pill("active" if obj.enabled else "paused")

    @admin.display(description="Last request", ordering="last_result")
    def last_outcome(self, obj: Any) -> str:
        """What became of the last request."""
        return draw_pill(obj.last_result) if obj.last_result else "Nothing yet"

    @admin.display(description="Received", ordering="last_received_at")
    def last_received_at(self, obj: Any) -> str:
        """When the last request came."""
        return draw_time(obj.last_received_at)

    @admin.display(description="Turned away")
    def turned_away(self, obj: Receiver) -> str:
        """How many requests came too often in the last hour."""
        overload = actions.find_overload(obj, now=timezone.now())
        if overload is None:
            return "Nothing in the last hour"
        return f"{overload.requests} in the last hour. {overload.limit}"

    @admin.display(description="Receipts")
    def records(self, obj: Receiver) -> str:
        """Where its records are."""
        url = list_url(Receipt, f"receiver__id__exact={obj.pk}")
        return format_html('<a href="{}">All receipts of this receiver</a>', url)

    @button(
        label="Pause",
        description="Keep what comes and change nothing",
    )
    def pause(self, request: HttpRequest, obj: Receiver) -> None:
        """Keep what comes and change nothing."""
        self.pause_selected(request, [obj])

    @button(
        label="Resume",
        description="Act on what comes again",
    )
    def resume(self, request: HttpRequest, obj: Receiver) -> None:
        """Act on what comes again."""
        self.resume_selected(request, [obj])

    @button(
        label="New URL",
        description="Make a new token; the old URL answers 404 within two seconds",
    )
    def rotate_token(self, request: HttpRequest, obj: Receiver) -> None:
        """Give it another URL."""
        actions.rotate_token(obj, actor=actor_of(request), now=timezone.now())
        text = "The receiver has a new URL; the old one answers 404. Tell its senders."
        self.message_user(request, text)

    @button(
        label="New URL, both for 24 h",
        description="Make a new token; the old URL goes on for 24 hours",
    )
    def rotate_with_overlap(self, request: HttpRequest, obj: Receiver) -> None:
        """Give it another URL beside the old one."""
        now = timezone.now()
        actor = actor_of(request)
        actions.rotate_token(obj, actor=actor, now=now, overlap_hours=24)
        text = "The receiver has a new URL; the old one goes on for 24 hours."
        self.message_user(request, text)

    @admin.action(description="Pause selected receivers", permissions=("operate",))
    def pause_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Keep what comes and change nothing."""
        actor = actor_of(request)
        run_each(
            request,
            queryset,
            lambda row: actions.pause_receiver(row, actor=actor),
            done="paused",
            unchanged="paused already",
        )

    @admin.action(description="Resume selected receivers", permissions=("operate",))
    def resume_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Act on what comes again."""
        actor = actor_of(request)
        run_each(
            request,
            queryset,
            lambda row: actions.resume_receiver(row, actor=actor),
            done="resumed",
            unchanged="not paused",
        )

    def get_change_actions(
        self, request: HttpRequest, object_id: str, form_url: str
    ) -> list[str]:
        """Offer what can be done now: pause or resume, not both."""
        names = super().get_change_actions(request, object_id, form_url)
        row = self.get_object(request, object_id)
        useless = "resume" if row is not None and row.enabled else "pause"
        return [name for name in names if name != useless]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Receiver]:
        """Add the last request of each: two look-ups in an index, no query a row."""
        last = Receipt.objects.filter(receiver=OuterRef("pk")).order_by("-id")
        return (
            super()
            .get_queryset(request)
            .annotate(
                last_received_at=Subquery(last.values("received_at")[:1]),
                last_result=Subquery(last.values("result")[:1]),
            )
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Receiver], search_term: str
    ) -> tuple[QuerySet[Receiver], bool]:
        """Find a receiver by its own URL too."""
        if token := TOKEN.search(search_term):
            return queryset.filter(token_hash=hash_token(token[0])), False
        return super().get_search_results(request, queryset, search_term)

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> Receiver:
        receiver: Receiver = form.instance
        networks = list(form.cleaned_data["networks"])
        if not is_new:
            return actions.save_receiver(
                receiver,
                actor=actor_of(request),
                networks=networks,
                entered_secrets=form.entered_secrets(),
            )
        fields = {n: getattr(receiver, n) for n in form.Meta.fields if n != "networks"}
        return actions.create_receiver(
            receiver.organization,
            actor=actor_of(request),
            networks=networks,
            mapping=receiver.mapping,
            hmac_secret=receiver.hmac_secret,
            **fields,
        )

    def remove(self, request: HttpRequest, row: Receiver) -> None:
        actions.delete_receiver(
            row,
            actor=actor_of(request),
            resolve_incidents="resolve_incidents" in request.POST,
            now=timezone.now(),
        )

    def list_losses(self, row: Receiver) -> list[str]:
        count = actions.list_open_incidents(row).count()
        left = f"Left open: {tell_count(count, 'incident')}, unless you resolve them"
        return [*list_losses(row), *([left] if count else [])]

    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask what becomes of the incidents, too."""
        row = self.get_object(request, object_id)
        count = actions.list_open_incidents(row).count() if row else 0
        context = {"open_incidents": tell_count(count, "incident") if count else ""}
        return super().delete_view(request, object_id, context | (extra_context or {}))


def build_url(receiver: Receiver) -> str:
    """Return the address to post to, with its token."""
    return f"{settings.SITE_URL}/api/webhooks/incoming/{receiver.token}"
