"""Filters that know event types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from rest_framework.serializers import ValidationError

from integrations_project.lib.api.filters import Filter, parse_time
from integrations_project.lib.ids import first_id_at
from integrations_project.lib.json_types import quote
from webhooks.datatypes import EVENT_PATTERN
from webhooks.delivery_filters import MAX_TEXT_LENGTH
from webhooks.delivery_lists import find_traced_events

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: By how much a sender's clock may be ahead of ours, and a transaction be slow.
SLACK = timedelta(hours=1)


def by_event_type(column: str) -> Filter:
    """Filter by an event type, or by a group such as ``incident.*``."""

    def read(value: str, access: Any) -> Q:
        if not EVENT_PATTERN.fullmatch(value):
            message = (
                f"{quote(value)} is no event type; write one such as incident.opened, "
                "or a group such as incident.*."
            )
            raise ValidationError(message)
        if value == "*":
            return Q()
        if value.endswith("*"):
            return Q(**{f"{column}__startswith": value.removesuffix("*")})
        return Q(**{column: value})

    return Filter(read=read, description="An event type, or a group: incident.*.")


def since_occurred() -> Filter:
    """Take events from a time on; their ids carry the time they were made.

    An event is made when it has occurred, so that the index by id answers most of
    the question.
    """

    def read(value: str, access: Any) -> Q:
        moment = parse_time(value)
        earliest = min(moment, timezone.now()) - SLACK
        first = first_id_at(max(earliest, EPOCH))
        return Q(occurred_at__gte=moment, pk__gte=first)

    return Filter(read=read, description="A time such as 2026-11-21T09:30:00Z.")


def by_trace() -> Filter:
    """Filter events by their trace, by its index."""

    def read(value: str, access: Any) -> Q:
        try:
            trace = UUID(value)
        except ValueError:
            message = "Write an id as it is shown, such as in the field trace."
            raise ValidationError(message) from None
        return Q(pk__in=find_traced_events(access, trace))

    return Filter(read=read, description="An id as it is shown.")


def by_search() -> Filter:
    """Take a text that is searched for; the pages of deliveries do that."""

    def read(value: str, access: Any) -> Q:
        if not value or len(value) > MAX_TEXT_LENGTH or not value.isprintable():
            message = f"Write a text of 1 to {MAX_TEXT_LENGTH} characters."
            raise ValidationError(message)
        return Q()

    description = (
        "An id or a trace, or a part of the event type, the webhook's label or "
        "address, the subject or the error."
    )
    return Filter(read=read, description=description)
