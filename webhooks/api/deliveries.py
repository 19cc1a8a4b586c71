"""`/api/v1/deliveries`: what is on its way, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_project.lib.api.filters import (
    by_choice,
    by_reference,
    by_time,
    by_uuid,
)
from integrations_project.lib.api.paging import CursorPages
from integrations_project.lib.api.resources import Readable
from integrations_project.lib.api.serializers import Input
from webhooks import actions
from webhooks.api.delivery_pages import DeliveryPages
from webhooks.api.filters import by_event_type, by_search
from webhooks.api.serializers import AttemptSerializer, DeliverySerializer
from webhooks.delivery_lists import show_rows
from webhooks.hiding import hide_attempts
from webhooks.models import Attempt, Delivery, Destination

if TYPE_CHECKING:
    from django.db.models import QuerySet


class AttemptPages(CursorPages):
    """Attempts in the order they were made."""

    ordering = "number"


class DeliveryResource(Readable):
    """Deliveries: one event on its way to one webhook."""

    model = Delivery
    serializer_class = DeliverySerializer
    pagination_class = DeliveryPages
    filters = {
        "webhook": by_reference("destination", Destination),
        "status": by_choice("status", Delivery.Status.values),
        "type": by_event_type("event_type"),
        "since": by_time("created_at__gte"),
        "until": by_time("created_at__lt"),
        "trace": by_uuid("trace"),
        "q": by_search(),
    }

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return show_rows(rows)

    @extend_schema(responses=AttemptSerializer(many=True))
    @action(detail=True, pagination_class=AttemptPages)
    def attempts(self, request: Request, pk: str) -> Response:
        """Every request that was made for it, the first one first."""
        delivery = self.get_object()
        rows = Attempt.objects.filter(delivery=delivery).select_related(
            "delivery__payload"
        )
        page = self.paginate_queryset(self.filter_queryset(rows))
        hide_attempts(self.access, delivery.destination, page or ())
        return self.get_paginated_response(AttemptSerializer(page, many=True).data)

    @extend_schema(request=Input, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def redeliver(self, request: Request, pk: str) -> Response:
        """Send it once more at once, with the same id, in place of a waiting retry."""
        delivery = self.get_object()
        self.access.require_edit(delivery.destination)
        self.read_input(Input)
        actions.redeliver(delivery, actor=self.access.actor, now=timezone.now())
        return self.answer(delivery, status=202)
