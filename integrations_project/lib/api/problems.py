"""Errors as RFC 9457 problem details: one shape for everything that goes wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from integrations_project.lib.exceptions import ProjectError

PROBLEM_TYPE = "application/problem+json"
#: The code of "there is no such id", which is 404 also inside a body.
UNKNOWN_ID = "unknown_id"
NOT_FOUND = "There is nothing here with this id."
DATABASE_AWAY = "The database cannot be reached just now. Try again in a few seconds."
CONFLICT = "Somebody changed the same thing at the same moment. Read it and try again."
DATABASE_AWAY_SECONDS = 5
TOO_MANY_SECONDS = 60


def problem_response(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an error as problem details; REST framework's exception handler.

    All field errors of a request come together in ``errors`` (field to sentences);
    ``detail`` sums them up. Returns None for errors that are bugs.
    """
    problem = _build_problem(exception)
    if problem is None:
        return None
    return Response(
        problem,
        status=problem["status"],
        headers=_build_headers(exception, problem["status"]),
        content_type=PROBLEM_TYPE,
    )


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


def flatten_errors(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Return nested field errors as one level: ``{"targets.0.webhook": [...]}``."""
    if isinstance(detail, dict):
        pairs = [(str(name), inner) for name, inner in detail.items()]
    elif isinstance(detail, list) and any(isinstance(i, dict | list) for i in detail):
        pairs = [(str(index), inner) for index, inner in enumerate(detail) if inner]
    else:
        sentences = detail if isinstance(detail, list) else [detail]
        return {prefix or "non_field_errors": [str(sentence) for sentence in sentences]}

    flat: dict[str, list[str]] = {}
    for name, inner in pairs:
        flat |= flatten_errors(inner, f"{prefix}.{name}" if prefix else name)
    return flat


def sum_up(errors: dict[str, list[str]]) -> str:
    """Return all field errors in one line, for people who read only ``detail``."""
    return " ".join(
        sentence if name == "non_field_errors" else f"{name}: {sentence}"
        for name, sentences in errors.items()
        for sentence in sentences
    )


def list_field_errors(error: DjangoValidationError) -> dict[str, list[str]]:
    """Return a model's errors, field to sentences; the rest as `non_field_errors`."""
    if not hasattr(error, "error_dict"):
        return {"non_field_errors": list(error.messages)}
    return {
        "non_field_errors" if name == "__all__" else name: list(messages)
        for name, messages in error.message_dict.items()
    }


def _build_problem(exception: Exception) -> dict[str, Any] | None:
    match exception:
        case DjangoValidationError():
            errors = list_field_errors(exception)
            return build_problem(400, sum_up(errors), "invalid", errors)
        case exceptions.ValidationError():
            return _build_field_problem(exception)
        case ProjectError():
            status, code = exception.status_code, exception.error_code
            return build_problem(status, exception.message, code)
        case exceptions.APIException():
            return _build_api_problem(exception)
        case _:
            return _build_plain_problem(exception)


def _build_plain_problem(exception: Exception) -> dict[str, Any] | None:
    match exception:
        case Http404():
            return build_problem(404, NOT_FOUND, "not_found")
        case PermissionDenied():
            detail = str(exception) or "This is not allowed."
            return build_problem(403, detail, "not_allowed")
        case OperationalError() | InterfaceError():
            return build_problem(503, DATABASE_AWAY, "database_unavailable")
        case IntegrityError():
            return build_problem(409, CONFLICT, "conflict")
        case _:
            return None


def _build_field_problem(exception: exceptions.ValidationError) -> dict[str, Any]:
    errors = flatten_errors(exception.detail)
    if set(_list_codes(exception.get_codes())) == {UNKNOWN_ID}:
        return build_problem(404, sum_up(errors), "not_found", errors)
    return build_problem(400, sum_up(errors), "invalid", errors)


def _build_api_problem(exception: exceptions.APIException) -> dict[str, Any]:
    code = exception.get_codes()
    detail = str(exception.detail)
    if isinstance(exception, exceptions.MethodNotAllowed):
        detail += " The header Allow names the methods that are."
    return build_problem(
        exception.status_code,
        detail,
        code if isinstance(code, str) else exception.default_code,
    )


def _build_headers(exception: Exception, status: int) -> dict[str, str]:
    headers: dict[str, str] = {}
    if authenticate := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(DATABASE_AWAY_SECONDS)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = getattr(exception, "wait", None) or TOO_MANY_SECONDS
        headers["Retry-After"] = str(max(1, int(wait)))
    return headers


def _list_codes(codes: Any) -> list[str]:
    if isinstance(codes, dict):
        return [code for inner in codes.values() for code in _list_codes(inner)]
    if isinstance(codes, list):
        return [code for inner in codes for code in _list_codes(inner)]
    return [str(codes)]
