"""What every REST resource shares: parsing, paging and the shape of errors."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.json_types import InvalidJson, parse_strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

PROBLEM_TYPE = "application/problem+json"


class StrictJSONParser(JSONParser):
    """JSON whatever the Content-Type says, by the same strict rules as receivers."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read()
        if not body:
            return {}
        try:
            return parse_strict_json(body)
        except InvalidJson as error:
            raise exceptions.ParseError(error.message, code=error.error_code) from error


class CursorPages(CursorPagination):
    """Pages by cursor, newest first: ``{"results", "next", "previous"}``."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "results": data,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
            }
        )


def problem_response(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an error as RFC 9457 problem details.

    All field errors of a request come together in ``errors`` (field to sentences);
    ``detail`` sums them up. Returns None for errors that are bugs.
    """
    problem = _build_problem(exception)
    if problem is None:
        return None
    headers = {}
    if isinstance(exception, exceptions.APIException):
        if authenticate := getattr(exception, "auth_header", None):
            headers["WWW-Authenticate"] = authenticate
        if (wait := getattr(exception, "wait", None)) is not None:
            headers["Retry-After"] = str(max(1, int(wait)))
    if problem["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "5"
    return Response(
        problem, status=problem["status"], headers=headers, content_type=PROBLEM_TYPE
    )


def _build_problem(exception: Exception) -> dict[str, Any] | None:
    if isinstance(exception, DjangoValidationError):
        exception = exceptions.ValidationError(_field_errors(exception))
    if isinstance(exception, exceptions.ValidationError):
        errors = flatten_errors(exception.detail)
        return build_problem(400, sum_up(errors), "invalid", errors)
    if isinstance(exception, Http404):
        return build_problem(404, "There is nothing here with this id.", "not_found")
    if isinstance(exception, PermissionDenied):
        return build_problem(403, str(exception) or "Not allowed.", "not_allowed")
    if isinstance(exception, ProjectError):
        return build_problem(
            exception.status_code, exception.message, exception.error_code
        )
    if isinstance(exception, OperationalError | InterfaceError):
        detail = "The database cannot be reached just now. Try again in a few seconds."
        return build_problem(503, detail, "database_unavailable")
    if isinstance(exception, exceptions.APIException):
        code = exception.get_codes()
        return build_problem(
            exception.status_code,
            str(exception.detail),
            code if isinstance(code, str) else exception.default_code,
        )
    return None


def build_problem(
    status: int,
    detail: str,
    code: str,
    errors: dict[str, list[str]] | None = None,
) -> dict[str, Any]:
    """Return one problem document."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or {},
    }


def _field_errors(error: DjangoValidationError) -> dict[str, list[str]]:
    if hasattr(error, "error_dict"):
        return {
            "non_field_errors" if name == "__all__" else name: list(messages)
            for name, messages in error.message_dict.items()
        }
    return {"non_field_errors": list(error.messages)}


def flatten_errors(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Return nested field errors as one level: ``{"targets.0.webhook": [...]}``."""
    if isinstance(detail, dict):
        flat: dict[str, list[str]] = {}
        for name, inner in detail.items():
            flat |= flatten_errors(inner, f"{prefix}.{name}" if prefix else str(name))
        return flat
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        flat = {}
        for index, inner in enumerate(detail):
            if inner:
                flat |= flatten_errors(inner, f"{prefix}.{index}" if prefix else str(index))
        return flat
    sentences = detail if isinstance(detail, list) else [detail]
    return {prefix or "non_field_errors": [str(sentence) for sentence in sentences]}


def sum_up(errors: dict[str, list[str]]) -> str:
    """Return all field errors in one line, for people who read only ``detail``."""
    return " ".join(
        sentence if name == "non_field_errors" else f"{name}: {sentence}"
        for name, sentences in errors.items()
        for sentence in sentences
    )
