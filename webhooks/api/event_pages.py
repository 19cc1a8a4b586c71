"""Pages of events over REST: a page tests so many rows and no more.

As with deliveries, a page may hold fewer rows than asked for, or none, and yet have
a next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor

from integrations_project.lib.api.paging import PARAMETERS, CursorPages
from webhooks.models import Event

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

#: How many events a page with filters tests.
ROWS_TESTED = 10_000


class EventPages(CursorPages):
    """Pages by cursor, newest first; what a filter rarely finds takes more pages."""

    edge: UUID | None = None  # the first event that this page did not test

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        if not set(request.query_params) <= {*PARAMETERS, "trace"}:
            self.edge = self._find_edge(request)
        if self.edge is not None:
            queryset = queryset.filter(pk__gt=self.edge)
        return super().paginate_queryset(queryset, request, view)

    def _find_edge(self, request: Request) -> UUID | None:
        access: Any = request.auth
        rows = access.rows(Event).order_by("-pk")
        try:
            cursor = self.decode_cursor(request)
            if cursor is not None and cursor.reverse:
                return None  # back over what earlier pages have tested
            if cursor is not None and cursor.position is not None:
                rows = rows.filter(pk__lt=UUID(str(cursor.position)))
        except (NotFound, ValueError):
            return None  # the cursor is judged where it is used
        found = rows.values_list("pk", flat=True)[ROWS_TESTED : ROWS_TESTED + 1]
        return next(iter(found), None)

    def get_next_link(self) -> str | None:
        link: str | None = super().get_next_link()
        if link is not None or self.edge is None:
            return link
        # The edge itself is the first that the next page tests.
        position: Any = str(UUID(int=self.edge.int + 1))  # the stubs say int
        cursor = Cursor(offset=0, reverse=False, position=position)
        return str(self.encode_cursor(cursor))
