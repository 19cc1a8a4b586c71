"""Lists on HTML pages: by cursor, with their filters kept in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

ModelT = TypeVar("ModelT", bound=Model)

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[ModelT]):
    """One page of a list, newest first."""

    rows: list[ModelT]
    previous_url: str  # of newer rows; "" on the first page
    next_url: str  # of older rows; "" on the last page


def paginate(
    queryset: QuerySet[ModelT], request: HttpRequest, *, size: int = PAGE_SIZE
) -> Page[ModelT]:
    """Return the page that ``?before=<id>`` or ``?after=<id>`` asks for.

    The rows are ordered by id, newest first, so that a page stays where it is while
    new rows come in, and page one thousand costs as much as page one. A cursor that
    makes no sense shows the first page.
    """
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    try:
        rows, has_newer, has_older = _slice(queryset, before, after, size)
    except (ValueError, ValidationError, OverflowError):
        rows, has_newer, has_older = _slice(queryset, "", "", size)
    return Page(
        rows=rows,
        previous_url=_url(request, after=rows[0].pk) if rows and has_newer else "",
        next_url=_url(request, before=rows[-1].pk) if rows and has_older else "",
    )


def _slice(
    queryset: QuerySet[ModelT], before: str, after: str, size: int
) -> tuple[list[ModelT], bool, bool]:
    if after:
        rows = list(queryset.filter(pk__gt=after).order_by("pk")[: size + 1])
        has_newer = len(rows) > size
        return rows[:size][::-1], has_newer, True
    if before:
        queryset = queryset.filter(pk__lt=before)
    rows = list(queryset.order_by("-pk")[: size + 1])
    return rows[:size], bool(before), len(rows) > size


def _url(request: HttpRequest, **cursor: object) -> str:
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    for name, value in cursor.items():
        query[name] = str(value)
    return f"{request.path}?{query.urlencode()}"
