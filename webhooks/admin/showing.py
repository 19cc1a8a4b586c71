"""What the admin shows of a webhook that is no field of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from integrations_project.lib.admin import draw_pill, draw_time, list_url
from webhooks.figures import describe_health
from webhooks.models import Delivery, Destination, Replay
from webhooks.signatures import find_public_key

if TYPE_CHECKING:
    from django.db.models import QuerySet


class StateFilter(admin.SimpleListFilter):
    """Which need somebody: failing now, or switched off."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("failing", "Failing"),
            ("waiting", "Waiting: breaker or rate limit"),
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
            case "waiting":
                now = timezone.now()
                broken = Q(breaker_opened_at__isnull=False)
                return queryset.filter(broken | Q(next_slot_at__gt=now), enabled=True)
            case "delivering":
                well = queryset.filter(enabled=True, consecutive_failures=0)
                return well.exclude(last_success_at=None)
            case "unused":
                return queryset.filter(last_success_at=None, last_failure_at=None)
            case "disabled":
                return queryset.filter(enabled=False)
        return None


class KeeperFilter(admin.SimpleListFilter):
    """Whose they are: people's alone, unless the others are asked for."""

    title = "kept by"
    parameter_name = "kept_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*Destination.ManagedBy.choices, ("all", "Everybody")]

    def choices(self, changelist: Any) -> Any:
        """Say who is meant when nothing is chosen."""
        first, *others = super().choices(changelist)
        yield {**first, "display": "People"}
        yield from others

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Destination]
    ) -> QuerySet[Destination] | None:
        wanted = self.value()
        return queryset if wanted == "all" else queryset.filter(managed_by=wanted or "")


class DestinationDisplays(admin.ModelAdmin[Destination]):
    """Columns and read-only lines."""

    @admin.display(description="Kind")
    def kind_shown(self, obj: Destination) -> str:
        """What it is; fixed once it is made."""
        return obj.get_kind_display()

    @admin.display(description="Public key")
    def public_key(self, obj: Destination) -> str:
        """What receivers check an Ed25519 signature by."""
        return find_public_key(obj.signature, obj.secret) or "–"

    @admin.display(description="Secrets before sign until")
    def signs_until(self, obj: Destination) -> str:
        """When the last overlap of a rotation ends."""
        ends_at = obj.previous_secret_expires_at
        is_overlap = obj.previous_secret and ends_at and ends_at > timezone.now()
        return draw_time(ends_at if is_overlap else None)

    @admin.display(description="Waits for")
    def waits(self, obj: Destination) -> str:
        """An open breaker, or the next turn of a rate limit."""
        now = timezone.now()
        if obj.breaker_opened_at is not None:
            probe = f"the next probe {draw_time(obj.probe_at)}"
            return (
                f"{probe}; the breaker opened {draw_time(obj.breaker_opened_at)}, "
                f"{obj.probe_count} probes failed"
            )
        if obj.next_slot_at is not None and obj.next_slot_at > now:
            rate = obj.rate_per_minute
            return f"{draw_time(obj.next_slot_at)}: {rate} requests a minute"
        return "–"

    @admin.display(description="Health", ordering="-consecutive_failures")
    def health(self, obj: Destination) -> str:
        """How it is doing, as the dashboard says it."""
        health = describe_health(obj)
        return draw_pill(health.status, health.words)

    @admin.display(description="Records")
    def records(self, obj: Destination) -> str:
        """Where its records are."""
        return format_html(
            '<a href="{}">Deliveries</a> · <a href="{}">Replays</a>',
            list_url(Delivery, f"destination__id__exact={obj.pk}"),
            list_url(Replay, f"q={obj.pk}"),
        )
