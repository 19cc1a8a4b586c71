"""`/api/v1/events`: everything that happened."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet

from integrations_project.lib.api.filters import by_time
from integrations_project.lib.api.resources import Readable
from webhooks.api.event_pages import EventPages
from webhooks.api.filters import by_event_type, by_trace, since_occurred
from webhooks.api.serializers import EventSerializer
from webhooks.models import Delivery, Event


class EventResource(Readable):
    """Events: what happened, and where it is sent."""

    model = Event
    serializer_class = EventSerializer
    pagination_class = EventPages
    filters = {
        "type": by_event_type("type"),
        "since": since_occurred(),
        "until": by_time("occurred_at__lt"),
        "trace": by_trace(),
    }

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        shown = Delivery.objects.only("id", "event_id", "destination_id", "status")
        return rows.prefetch_related(Prefetch("deliveries", queryset=shown))
