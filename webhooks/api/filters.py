"""Filters that know event types."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from rest_framework.serializers import ValidationError

from integrations_project.lib.api.filters import Filter
from integrations_project.lib.json_types import quote
from webhooks.datatypes import EVENT_PATTERN


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
