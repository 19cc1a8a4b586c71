"""Filters of lists: one query parameter each, checked, with a sentence when wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Model, Q
from django.http import Http404
from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from integrations_project.lib.api.paging import PARAMETERS as PAGE_PARAMETERS
from integrations_project.lib.api.problems import UNKNOWN_ID
from integrations_project.lib.json_types import quote

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

#: A plus sign that nobody escaped arrives as a blank: 2026-01-01T00:00:00 02:00.
_LOST_PLUS = re.compile(r" (?=\d\d:?\d\d$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One query parameter of a list."""

    #: From the value, and the access of the request, to a condition.
    read: Callable[[str, Any], Q]
    description: str
    #: Whether one value may hold several, with commas between them.
    takes_several: bool = False


def filter_rows(
    rows: QuerySet[Any], filters: Mapping[str, Filter], request: Request
) -> QuerySet[Any]:
    """Return the rows that all query parameters let through.

    Raises:
        ValidationError: With a sentence for each parameter that is unknown, wrong or
            there more than once.
    """
    errors: dict[str, Any] = {}
    conditions = Q()
    for name, value in request.query_params.items():
        try:
            _refuse_repetition(name, filters, request)
            if name in PAGE_PARAMETERS:
                continue
            text = str(value).strip()
            conditions &= _find_filter(name, filters).read(text, request.auth)
        except serializers.ValidationError as error:
            errors[name] = error.detail
    if errors:
        raise serializers.ValidationError(errors)
    return rows.filter(conditions)


def _refuse_repetition(
    name: str, filters: Mapping[str, Filter], request: Request
) -> None:
    count = len(request.query_params.getlist(name))
    if count == 1 or (name not in filters and name not in PAGE_PARAMETERS):
        return
    message = f"This is there {count} times; write it once"
    if name in filters and filters[name].takes_several:
        message += f", with commas between the values: {name}=a,b"
    raise serializers.ValidationError(f"{message}.")


def _find_filter(name: str, filters: Mapping[str, Filter]) -> Filter:
    if name in filters:
        return filters[name]
    known = ", ".join((*filters, *PAGE_PARAMETERS))
    message = f"There is no filter {quote(name)} here; use {known}."
    raise serializers.ValidationError(message)


def by_choice(column: str, choices: Iterable[str]) -> Filter:
    """Filter by one of a few words, or several with commas between them."""
    known = tuple(choices)
    words = ", ".join(known)

    def read(value: str, access: Any) -> Q:
        wanted = [word.strip() for word in value.split(",")]
        for word in wanted:
            if word not in known:
                message = f"{quote(word)} is none of these; use one of {words}."
                raise serializers.ValidationError(message)
        return Q(**{f"{column}__in": wanted})

    description = f"One or more of {words}, with commas between them."
    return Filter(read=read, description=description, takes_several=True)


def by_time(lookup: str) -> Filter:
    """Filter by a time, such as ``created_at__gte``."""

    def read(value: str, access: Any) -> Q:
        return Q(**{lookup: parse_time(value)})

    return Filter(read=read, description="A time such as 2026-11-21T09:30:00Z.")


def by_reference(column: str, model: type[Model]) -> Filter:
    """Filter by the id of another row of the organization; a foreign one is unknown."""
    name = model._meta.verbose_name

    def read(value: str, access: Any) -> Q:
        try:
            row = access.get(model, value)
        except Http404:
            message = f"There is no {name} with the id {quote(value)}."
            raise serializers.ValidationError(message, code=UNKNOWN_ID) from None
        return Q(**{column: row})

    return Filter(read=read, description=f"The id of a {name}.")


def by_uuid(
    column: str,
    *,
    wrong: str = "Write an id as it is shown, such as in the field trace.",
) -> Filter:
    """Filter by an id that is no row, such as a trace.

    Args:
        column: What is compared.
        wrong: The sentence for what is no id.
    """

    def read(value: str, access: Any) -> Q:
        try:
            return Q(**{column: UUID(value)})
        except ValueError:
            raise serializers.ValidationError(wrong) from None

    return Filter(read=read, description="An id as it is shown.")


def by_text(column: str, *, max_length: int = 200) -> Filter:
    """Filter by an exact text."""

    def read(value: str, access: Any) -> Q:
        if not value or len(value) > max_length or not value.isprintable():
            message = f"Write a text of 1 to {max_length} characters."
            raise serializers.ValidationError(message)
        return Q(**{column: value})

    return Filter(read=read, description="An exact text.")


def parse_time(value: str) -> datetime:
    """Return a query parameter as a time in UTC; one without a zone is in UTC.

    Raises:
        ValidationError: It is no ISO 8601 time.
    """
    try:
        moment = parse_datetime(_LOST_PLUS.sub("+", value))
        if moment is not None:
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    message = f"{quote(value)} is no time; write one such as 2026-11-21T09:30:00Z."
    raise serializers.ValidationError(message)
