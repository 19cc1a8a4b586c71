"""The base of what the public client asks: its errors, its rows, its pages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import Http404
from rest_framework import exceptions, serializers

from integrations_project.lib.api.filters import parse_time
from integrations_project.lib.api.resources import Resource
from integrations_project.lib.api.serializers import Input
from integrations_project.lib.json_types import quote
from monitors.client_api.errors import answer_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet

    ModelT = TypeVar("ModelT", bound=Model)

MAX_LIMIT = 100
MAX_OFFSET = 1_000_000
_SPAN = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class ClientResource(Resource):
    """Rows of the key's organization, as the client names and shows them.

    The document at ``/api/v1/schema/`` leaves these out: the client is their
    description, and docs/monitors.md says what is different here.
    """

    schema = None  # type: ignore[assignment]  # so REST framework leaves a view out

    def get_exception_handler(self) -> Callable[..., Any]:
        return answer_error

    def find(self, rows: type[ModelT] | QuerySet[ModelT], row_id: str) -> ModelT:
        """Return one row of the organization.

        Raises:
            NotFound: There is none; the sentence says of what.
        """
        try:
            found: ModelT = self.access.get(rows, row_id)
        except Http404:
            model = rows if isinstance(rows, type) else rows.model
            name = model._meta.verbose_name
            message = f"There is no {name} with the id {quote(row_id)}."
            raise exceptions.NotFound(message) from None
        return found

    def read_query(self, serializer: type[Input]) -> dict[str, Any]:
        """Return the query parameters, checked; one that is unknown is refused."""
        given = dict(self.request.query_params.items())
        bound = serializer(data=given, context=self.get_serializer_context())
        bound.is_valid(raise_exception=True)
        values: dict[str, Any] = bound.validated_data
        return values


def limit_field(*, usual: int, most: int = MAX_LIMIT) -> serializers.IntegerField:
    """Return how many rows a list shows at once."""
    return serializers.IntegerField(
        required=False,
        default=usual,
        min_value=1,
        max_value=most,
        error_messages={
            "invalid": "Write a whole number.",
            "max_string_length": "Write a whole number.",
            "min_value": f"Write 1 to {most:,}.",
            "max_value": f"Write 1 to {most:,}; ask for more with offset.",
        },
    )


class Pages(Input):
    """``limit`` and ``offset`` of a list."""

    limit = limit_field(usual=20)
    offset = serializers.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=MAX_OFFSET,
        error_messages={
            "invalid": "Write a whole number.",
            "max_string_length": "Write a whole number.",
            "min_value": "Write 0 or more.",
            "max_value": f"Write {MAX_OFFSET:,} at most.",
        },
    )


def cut(rows: QuerySet[ModelT], page: dict[str, Any]) -> QuerySet[ModelT]:
    """Return the rows of one page."""
    return rows[page["offset"] : page["offset"] + page["limit"]]


def parse_since(text: str, *, now: datetime) -> datetime:
    """Return since when: a time, or how long ago, such as ``24h`` or ``7d``.

    Raises:
        ValidationError: It is neither.
    """
    span = _SPAN.fullmatch(text.strip())
    if span is None:
        return parse_time(text)
    try:
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    except OverflowError:
        message = f"{quote(text)} is too long ago."
        raise serializers.ValidationError(message) from None
