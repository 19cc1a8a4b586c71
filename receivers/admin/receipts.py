"""Receipts in the admin: records, to be replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.base import (
    OrganizationFilter,
    OrganizationRows,
    actor_of,
)
from integrations_project.lib.admin import (
    ReadOnlyAdmin,
    button,
    draw_json,
    draw_pill,
    draw_trace,
    link_to,
    run_each,
)
from integrations_project.lib.redaction import redact_headers
from receivers import actions
from receivers.exceptions import ReceiverError
from receivers.models import Receipt
from receivers.presets import list_presets
from receivers.story import explain, find_sender_label
from webhooks.models import Event

if TYPE_CHECKING:
    from django.db.models import QuerySet


class ResultFilter(admin.SimpleListFilter):
    """What became of the requests."""

    title = "result"
    parameter_name = "result"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("wrong", "Failed or refused"), *Receipt.Result.choices]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Receipt]
    ) -> QuerySet[Receipt] | None:
        value = self.value()
        if value == "wrong":
            return queryset.filter(result__in=("failed", "auth_failed"))
        return queryset.filter(result=value) if value in Receipt.Result else None


class SenderFilter(admin.SimpleListFilter):
    """Whose posts they were read as."""

    title = "sender"
    parameter_name = "sender"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        known = [(preset.name, preset.label) for preset in list_presets()]
        return [("plain", "Plain fields"), *known]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Receipt]
    ) -> QuerySet[Receipt] | None:
        value = self.value()
        if not value:
            return None
        return queryset.filter(preset="" if value == "plain" else value)


@admin.register(Receipt)
class ReceiptAdmin(OrganizationRows[Receipt], ReadOnlyAdmin[Receipt]):
    """Each request to a receiver, what was read and what it did."""

    list_display = (
        "received_at",
        "outcome",
        "receiver_link",
        "raw_status",
        "service",
        "sender",
        "source_ip",
        "organization",
    )
    list_filter = (ResultFilter, SenderFilter, OrganizationFilter)
    search_fields = ("receiver__name", "raw_status", "reason", "detail", "source_ip")
    search_ids = ("pk", "trace", "receiver", "incident")
    list_select_related = ("receiver", "service", "organization", "incident")
    readonly_fields = (
        "outcome",
        "told",
        "sender",
        "receiver_link",
        "service_link",
        "incident_link",
        "sent_headers",
        "sent_body",
        "item_list",
        "trace_link",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "outcome",
                    "told",
                    "reason",
                    "receiver_link",
                    "organization",
                    "received_at",
                    "source_ip",
                    "count",
                    "sender",
                    "delivery_id",
                    "trace_link",
                )
            },
        ),
        (
            "What it did",
            {
                "fields": (
                    "raw_status",
                    "previous_status",
                    "status",
                    "service_link",
                    "incident_link",
                    "item_list",
                )
            },
        ),
        ("Request", {"fields": ("wiped_at", "sent_headers", "body_size", "sent_body")}),
    )
    actions = ("replay_selected", "wipe_selected")
    change_actions = ("replay", "use_as_sample", "wipe")

    @admin.display(description="Result", ordering="result")
    def outcome(self, obj: Receipt) -> str:
        """What became of it."""
        return draw_pill(obj.result)

    @admin.display(description="In words")
    def told(self, obj: Receipt) -> str:
        """What was read, where, and what it did or why nothing."""
        return explain(obj)

    @admin.display(description="Sender", ordering="preset")
    def sender(self, obj: Receipt) -> str:
        """What it was read as."""
        return find_sender_label(obj) or "Plain fields"

    @admin.display(description="Receiver", ordering="receiver__name")
    def receiver_link(self, obj: Receipt) -> str:
        """Where it came in."""
        return link_to(obj.receiver)

    @admin.display(description="Service")
    def service_link(self, obj: Receipt) -> str:
        """What it spoke of."""
        return link_to(obj.service)

    @admin.display(description="Incident")
    def incident_link(self, obj: Receipt) -> str:
        """What it opened or resolved."""
        return link_to(obj.incident)

    @admin.display(description="Headers")
    def sent_headers(self, obj: Receipt) -> str:
        """Secrets masked."""
        return draw_json(redact_headers(obj.headers))

    @admin.display(description="Body")
    def sent_body(self, obj: Receipt) -> str:
        """The beginning of it."""
        return draw_json(obj.body)

    @admin.display(description="Trace")
    def trace_link(self, obj: Receipt) -> str:
        """What was published because of it."""
        return draw_trace(obj.trace, Event)

    @admin.display(description="Items")
    def item_list(self, obj: Receipt) -> str:
        """The outcome of each item."""
        return draw_json(obj.items)

    @button(
        label="Replay",
        description="Do what it asked for once more, with today's settings",
    )
    def replay(self, request: HttpRequest, obj: Receipt) -> None:
        """Do what it asked for once more."""
        self.replay_selected(request, [obj])

    @button(
        label="Use as sample",
        description="Let the mapping editor of its receiver show this body",
    )
    def use_as_sample(self, request: HttpRequest, obj: Receipt) -> None:
        """Let the mapping editor show this body."""
        try:
            actions.use_as_sample(obj, actor=actor_of(request))
        except ReceiverError as error:
            self.message_user(request, error.message, messages.ERROR)
            return
        text = f"The mapping editor of “{obj.receiver.name}” shows this body now."
        self.message_user(request, text)

    @button(
        label="Wipe",
        description="Remove body, headers and address; the receipt stays",
    )
    def wipe(self, request: HttpRequest, obj: Receipt) -> None:
        """Remove what the request said."""
        self.wipe_selected(request, [obj])

    @admin.action(
        description="Wipe what selected requests said", permissions=("operate",)
    )
    def wipe_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Remove body, headers and address of each; the receipts stay."""
        actor = actor_of(request)
        run_each(
            request,
            queryset,
            lambda row: actions.wipe_receipt(row, actor=actor, now=timezone.now()),
            done="wiped",
            unchanged="wiped already",
        )

    @admin.action(description="Replay selected receipts", permissions=("operate",))
    def replay_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Do what each asked for once more, the oldest first."""
        actor = actor_of(request)
        run_each(
            request,
            sorted(queryset, key=lambda row: row.pk),
            lambda row: actions.replay_receipt(row, actor=actor, now=timezone.now()),
            done="replayed",
        )
