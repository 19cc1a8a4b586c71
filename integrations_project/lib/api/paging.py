"""Pages by cursor: what comes in between shifts nothing and repeats nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

PARAMETERS = ("cursor", "limit")
BAD_CURSOR = "This cursor cannot be read; take it whole from next or previous."


class CursorPages(CursorPagination):
    """Pages by cursor, newest first: ``{"results", "next", "previous"}``."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    page_size_query_description = "How many at once, 1 to 200; 50 when it is left out."
    max_page_size = 200

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except exceptions.ValidationError:
            raise
        except (
            exceptions.NotFound,
            DjangoValidationError,
            OverflowError,
            TypeError,
            ValueError,
        ) as error:
            # A cursor is text from the client: its position may be anything.
            if self.cursor_query_param not in request.query_params:
                raise
            raise exceptions.ValidationError({"cursor": [BAD_CURSOR]}) from error

    def get_page_size(self, request: Request) -> int | None:
        text = request.query_params.get(self.page_size_query_param)
        if text is None:
            return self.page_size
        is_number = text.isascii() and text.isdigit() and len(text) <= 9
        if not is_number or not 1 <= int(text) <= self.max_page_size:
            message = f"Write a number from 1 to {self.max_page_size}."
            raise exceptions.ValidationError({self.page_size_query_param: [message]})
        return int(text)

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "results": data,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }
