"""Pages of deliveries over REST: bounded like those of the dashboard.

A page may hold fewer rows than asked for, or none, and yet have a next one: then it
has tested as many rows as one request may, and its link looks further.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q
from rest_framework import exceptions
from rest_framework.utils.urls import replace_query_param

from integrations_project.lib.api.filters import parse_time
from integrations_project.lib.api.paging import BAD_CURSOR, CursorPages
from webhooks.delivery_filters import MAX_TEXT_LENGTH, DeliveryFilters
from webhooks.delivery_lists import (
    Cursor,
    DeliveryPage,
    find_deliveries,
    find_traced_events,
    list_webhook_names,
)

if TYPE_CHECKING:
    from datetime import datetime

    from rest_framework.request import Request
    from rest_framework.views import APIView


_CURSOR = re.compile(r"([ba])([1-9][0-9]{0,17})")


class DeliveryPages(CursorPages):
    """Pages by cursor, newest first; the filters choose the index that is read."""

    found: DeliveryPage
    request: Request

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        # The queryset is not read: making it has judged the parameters.
        self.request = request
        access: Any = request.auth
        asked = request.query_params
        page_size = self.get_page_size(request) or self.page_size
        cursor = read_cursor(asked.get(self.cursor_query_param))
        trace = asked.get("trace", "").strip()
        if trace and not find_traced_events(access, UUID(trace)):
            self.found = DeliveryPage(rows=[])
            return []
        statuses = [each.strip() for each in asked.get("status", "").split(",") if each]
        self.found = find_deliveries(
            access,
            read_filters(asked, status=statuses[0] if len(statuses) == 1 else ""),
            cursor=cursor,
            webhooks=list_webhook_names(access) if asked.get("q") else (),
            further=find_further(statuses, trace),
            page_size=page_size,
        )
        return self.found.rows

    def get_next_link(self) -> str | None:
        return self._link(self.found.older)

    def get_previous_link(self) -> str | None:
        return self._link(self.found.newer)

    def _link(self, cursor: Cursor | None) -> str | None:
        if cursor is None:
            return None
        url = self.request.build_absolute_uri()
        return str(
            replace_query_param(url, self.cursor_query_param, write_cursor(cursor))
        )


def find_further(statuses: list[str], trace: str) -> Q:
    """Return what the dashboard has no filter for: several statuses, a trace."""
    further = Q(status__in=statuses) if len(statuses) > 1 else Q()
    return further & Q(trace=trace) if trace else further


def read_filters(asked: Any, *, status: str) -> DeliveryFilters:
    """Return the filters of a request whose parameters have been judged.

    A trace is one of the things that a text finds, by an index.
    """
    webhook = asked.get("webhook", "").strip()
    event_type = asked.get("type", "").strip()
    return DeliveryFilters(
        text=(asked.get("q") or asked.get("trace") or "").strip()[:MAX_TEXT_LENGTH],
        status=status,
        webhook=UUID(webhook) if webhook else None,
        event_type=event_type,
        since=_read_time(asked.get("since")),
        until=_read_time(asked.get("until")),
    )


def _read_time(text: str | None) -> datetime | None:
    return parse_time(text.strip()) if text else None


def read_cursor(text: str | None) -> Cursor:
    """Return where a page begins.

    Raises:
        ValidationError: The text is none that `write_cursor` made.
    """
    if text is None:
        return Cursor()
    try:
        plain = base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        plain = ""
    match = _CURSOR.fullmatch(plain)
    if match is None:
        raise exceptions.ValidationError({"cursor": [BAD_CURSOR]})
    side, row_id = match.group(1), int(match.group(2))
    return Cursor(before=row_id) if side == "b" else Cursor(after=row_id)


def write_cursor(cursor: Cursor) -> str:
    """Return a place between two rows as text; opaque, so that it may change."""
    side, row_id = ("b", cursor.before) if cursor.before else ("a", cursor.after)
    return base64.b64encode(f"{side}{row_id}".encode()).decode("ascii")
