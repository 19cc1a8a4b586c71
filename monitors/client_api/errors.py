"""Errors as the public client reads them: a ``detail`` and a status.

The documents are those of ``/api/v1`` (RFC 9457). 400 says that something is missing
or too much, 422 that a value cannot be used or that the page could not be read, 404
that there is no such row. Source: the REST documentation of the client's own service
(docs.meter.sh, read 2026-11).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import exceptions

from integrations_project.lib.api import problem_response
from integrations_project.lib.exceptions import ProjectError

if TYPE_CHECKING:
    from rest_framework.response import Response

#: The code of what is missing, or there although it may not be.
BAD_REQUEST = "bad_request"
_BAD_REQUESTS = frozenset({"required", BAD_REQUEST})


def answer_error(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an error as the client expects it; REST framework's exception handler.

    Returns None for errors that are bugs.
    """
    response = problem_response(exception, context)
    if response is None:
        return None
    status = _find_status(exception, response.status_code)
    if status != response.status_code:
        response.status_code = status
        response.data |= {"status": status, "title": HTTPStatus(status).phrase}
    return response


def _find_status(exception: Exception, status: int) -> int:
    match exception:
        case exceptions.ValidationError() if status == 400:
            codes = set(_list_codes(exception.get_codes()))
            return 400 if codes & _BAD_REQUESTS else 422
        case DjangoValidationError():
            return 422
        case ProjectError() if status == 409:
            return 422
        case _:
            return status


def _list_codes(codes: Any) -> list[str]:
    if isinstance(codes, dict):
        return [code for inner in codes.values() for code in _list_codes(inner)]
    if isinstance(codes, list):
        return [code for inner in codes for code in _list_codes(inner)]
    return [str(codes)]
