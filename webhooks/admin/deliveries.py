"""Deliveries and their attempts in the admin: records, with one thing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from accounts.admin.base import OrganizationFilter, OrganizationRows, actor_of
from integrations_project.lib.admin import (
    ReadOnlyAdmin,
    button,
    change_url,
    draw_code,
    draw_json,
    draw_pill,
    draw_time,
    draw_trace,
    find_uuid,
    link_to,
    run_each,
)
from integrations_project.lib.redaction import redact_headers
from webhooks import actions
from webhooks.fate import describe_fate
from webhooks.models import Attempt, Delivery, Event

if TYPE_CHECKING:
    from django.db.models import QuerySet


#: Of one trace, when somebody looks for its deliveries.
MOST_EVENTS = 500


class StateFilter(admin.SimpleListFilter):
    """What became of it: still waiting, given up, arrived."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("waiting", "Waiting or under way"),
            ("retrying", "Failed and waiting for a retry"),
            *Delivery.Status.choices,
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Delivery]
    ) -> QuerySet[Delivery] | None:
        value = self.value()
        if value == "waiting":
            return queryset.filter(status__in=("pending", "sending"))
        if value == "retrying":
            return queryset.filter(status="pending", attempt_count__gt=0)
        return queryset.filter(status=value) if value in Delivery.Status else None


@admin.register(Delivery)
class DeliveryAdmin(OrganizationRows[Delivery], ReadOnlyAdmin[Delivery]):
    """What is to be sent and what became of it."""

    list_display = (
        "id",
        "state",
        "event_type",
        "destination_link",
        "organization",
        "attempt_count",
        "last_status_code",
        "created_at",
    )
    list_filter = (StateFilter, OrganizationFilter)
    search_fields = ("event_type", "destination__label", "destination__url")
    search_numbers = ("pk",)
    list_select_related = ("destination", "organization")
    readonly_fields = (
        "state",
        "fate",
        "destination_link",
        "event_link",
        "trace_link",
        "attempt_list",
        "body",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "state",
                    "fate",
                    "destination_link",
                    "event_link",
                    "event_type",
                    "organization",
                    "trace_link",
                    "created_at",
                    "delivered_at",
                )
            },
        ),
        ("Attempts", {"fields": ("attempt_list", "last_error")}),
        ("Body", {"fields": ("body",)}),
        (
            "Engine",
            {
                "fields": (
                    "due_at",
                    "priority",
                    "is_manual",
                    "is_last_attempt",
                    "lease_owner",
                    "is_suspect",
                    "lost_alone_count",
                )
            },
        ),
    )
    actions = ("redeliver_selected",)
    change_actions = ("redeliver",)

    @admin.display(description="State", ordering="status")
    def state(self, obj: Delivery) -> str:
        """The status as colour, icon and word."""
        return draw_pill(obj.status)

    @admin.display(description="What became of it")
    def fate(self, obj: Delivery) -> str:
        """The same sentence as on the dashboard."""
        last = obj.attempts.order_by("-number").first()
        fate = describe_fate(obj, now=timezone.now(), last_attempt=last)
        at = f" {draw_time(fate.at)}" if fate.at else ""
        return f"{fate.before}{at}{fate.after}"

    @admin.display(description="Webhook", ordering="destination__label")
    def destination_link(self, obj: Delivery) -> str:
        """Where it goes."""
        return link_to(obj.destination)

    @admin.display(description="Event")
    def event_link(self, obj: Delivery) -> str:
        """What it tells."""
        return link_to(obj.event, obj.event_id)

    @admin.display(description="Trace")
    def trace_link(self, obj: Delivery) -> str:
        """What else belongs to the same happening."""
        return draw_trace(obj.trace, Event)

    @admin.display(description="Attempts")
    def attempt_list(self, obj: Delivery) -> str:
        """Each attempt in a line, leading to its request and answer."""
        lines = format_html_join(
            "",
            '<li><a href="{}">{}</a>: {}, {} ms {}</li>',
            (
                (
                    change_url(each),
                    draw_time(each.started_at),
                    each.status_code or "no answer",
                    each.duration_ms,
                    each.error,
                )
                for each in obj.attempts.order_by("number")
            ),
        )
        return format_html("<ol>{}</ol>", lines) if lines else "None yet"

    @admin.display(description="The exact body")
    def body(self, obj: Delivery) -> str:
        """What every attempt sends."""
        return draw_json(obj.payload.shown_body) if obj.payload else "–"

    @button(
        label="Send again",
        description="Send the same id and the same bytes again, at once",
    )
    def redeliver(self, request: HttpRequest, obj: Delivery) -> None:
        """Send it again at once."""
        self.redeliver_selected(request, [obj])

    @admin.action(
        description="Send selected deliveries again", permissions=("operate",)
    )
    def redeliver_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Send each again at once; those that cannot be are left, with the reason."""
        actor, now = actor_of(request), timezone.now()
        run_each(
            request,
            queryset,
            lambda row: actions.redeliver(row, actor=actor, now=now),
            done="sent again",
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        """Find by event, trace or webhook, each by an index of its own."""
        pasted = find_uuid(search_term)
        if pasted is None:
            return super().get_search_results(request, queryset, search_term)
        traced = Event.objects.filter(trace=pasted).values_list("pk", flat=True)
        events = [pasted, *traced[:MOST_EVENTS]]
        wanted = Q(event__in=events) | Q(destination=pasted)
        return queryset.filter(wanted), False


class OutcomeFilter(admin.SimpleListFilter):
    """Whether the endpoint took it."""

    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failed", "Failed"), ("delivered", "Delivered")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Attempt]
    ) -> QuerySet[Attempt] | None:
        match self.value():
            case "failed":
                return queryset.exclude(error_code="")
            case "delivered":
                return queryset.filter(error_code="")
        return None


@admin.register(Attempt)
class AttemptAdmin(OrganizationRows[Attempt], ReadOnlyAdmin[Attempt]):
    """One request and the answer to it."""

    organization_path = "delivery__organization"

    list_display = (
        "id",
        "delivery_link",
        "number",
        "outcome",
        "status_code",
        "duration_ms",
        "url",
        "started_at",
    )
    list_filter = (OutcomeFilter, "is_manual")
    search_fields = ("url", "error")
    search_ids = ("delivery__event", "delivery__trace", "delivery__destination")
    search_numbers = ("pk", "delivery")
    list_select_related = ("delivery",)
    readonly_fields = (
        "delivery_link",
        "outcome",
        "sent_headers",
        "answer_headers",
        "answer_body",
        "times",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "delivery_link",
                    "number",
                    "outcome",
                    "status_code",
                    "started_at",
                    "duration_ms",
                    "times",
                    "is_manual",
                )
            },
        ),
        ("Request", {"fields": ("url", "remote_address", "sent_headers")}),
        ("Answer", {"fields": ("answer_headers", "answer_body")}),
        ("Error", {"fields": ("error_code", "error", "error_hint")}),
    )
    ordering = ("-id",)

    @admin.display(description="Delivery")
    def delivery_link(self, obj: Attempt) -> str:
        """What it was made for."""
        return link_to(obj.delivery)

    @admin.display(description="Outcome")
    def outcome(self, obj: Attempt) -> str:
        """Whether the endpoint took it."""
        return draw_pill("delivered" if obj.is_success else "failed")

    @admin.display(description="Headers")
    def sent_headers(self, obj: Attempt) -> str:
        """As sent, secrets masked."""
        return draw_json(redact_headers(obj.request_headers))

    @admin.display(description="Headers")
    def answer_headers(self, obj: Attempt) -> str:
        """As received, secrets masked."""
        return draw_json(redact_headers(obj.response_headers))

    @admin.display(description="Body")
    def answer_body(self, obj: Attempt) -> str:
        """The first 16 KB."""
        return draw_code(obj.response_body, is_cut=obj.is_response_truncated)

    @admin.display(description="Times")
    def times(self, obj: Attempt) -> str:
        """Where the time went."""
        named = (
            f"{key.removesuffix('_ms')} {ms:g} ms" for key, ms in obj.timings.items()
        )
        return ", ".join(named) or "–"
