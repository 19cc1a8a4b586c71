"""Bulk replays in the admin: records, with one thing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from accounts.admin.base import OrganizationFilter, OrganizationRows, actor_of
from integrations_project.lib.admin import (
    ReadOnlyAdmin,
    button,
    draw_pill,
    link_to,
    list_url,
    run_each,
)
from webhooks import actions
from webhooks.models import Delivery, Replay

if TYPE_CHECKING:
    from django.utils.safestring import SafeString


@admin.register(Replay)
class ReplayAdmin(OrganizationRows[Replay], ReadOnlyAdmin[Replay]):
    """Deliveries that are sent again, many at once."""

    list_display = (
        "id",
        "destination_link",
        "organization",
        "state",
        "progress",
        "statuses_shown",
        "requested_by",
        "created_at",
    )
    list_filter = ("status", OrganizationFilter)
    search_fields = ("destination__label", "destination__url", "requested_by")
    search_ids = ("pk", "destination", "organization")
    list_select_related = ("destination", "organization")
    readonly_fields = (
        "destination_link",
        "state",
        "progress",
        "statuses_shown",
        "records",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "state",
                    "progress",
                    "destination_link",
                    "organization",
                    "statuses_shown",
                    "since",
                    "until",
                    "requested_by",
                    "created_at",
                    "finished_at",
                    "records",
                )
            },
        ),
        (
            "Worker",
            {
                "fields": (
                    "total_count",
                    "queued_count",
                    "left_out_count",
                    "last_delivery_id",
                    "beat_at",
                )
            },
        ),
    )
    actions = ("cancel_selected",)
    change_actions = ("cancel",)

    @admin.display(description="Webhook", ordering="destination__label")
    def destination_link(self, obj: Replay) -> str:
        """Whose deliveries."""
        return link_to(obj.destination)

    @admin.display(description="State", ordering="status")
    def state(self, obj: Replay) -> str:
        """The status as colour, icon and word."""
        return draw_pill(obj.status)

    @admin.display(description="Progress")
    def progress(self, obj: Replay) -> str:
        """How many it has looked at, and what became of them."""
        words = f"{obj.done_count} of {obj.total_count}: {obj.queued_count} queued"
        return words + (
            f", {obj.left_out_count} left out" if obj.left_out_count else ""
        )

    @admin.display(description="Deliveries that were")
    def statuses_shown(self, obj: Replay) -> str:
        """Which statuses it takes."""
        return ", ".join(obj.statuses)

    @admin.display(description="Deliveries")
    def records(self, obj: Replay) -> SafeString:
        """Where the deliveries are."""
        url = list_url(Delivery, f"destination__id__exact={obj.destination_id}")
        return format_html('<a href="{}">All deliveries of this webhook</a>', url)

    @button(
        label="Cancel",
        description="Stop it before its next batch; what is queued is still sent",
    )
    def cancel(self, request: HttpRequest, obj: Replay) -> None:
        """Stop it before its next batch."""
        self.cancel_selected(request, [obj])

    @admin.action(description="Cancel selected replays", permissions=("operate",))
    def cancel_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Stop each before its next batch; what is queued is still sent."""
        actor, now = actor_of(request), timezone.now()
        run_each(
            request,
            queryset,
            lambda row: actions.cancel_replay(row, actor=actor, now=now),
            done="cancelled; what was queued is still sent",
            unchanged="ended already",
        )

    def get_change_actions(
        self, request: HttpRequest, object_id: str, form_url: str
    ) -> list[str]:
        """Offer to cancel what is running."""
        row = self.get_object(request, object_id)
        if row is None or not row.is_running:
            return []
        return super().get_change_actions(request, object_id, form_url)
