"""What is answered when no view could answer, or when a view gave up."""

from __future__ import annotations

import sys

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults

from integrations_project.api_pages import NOT_FOUND
from integrations_project.lib.api import PROBLEM_TYPE, build_problem
from integrations_project.lib.exceptions import ProjectError

API_PATH = "/api/"
OUR_MISTAKE = "Something went wrong on our side; it has been written to the log."
AWAY = "The database cannot be reached just now. Try again in a few seconds."
RETRY_AFTER_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what never reached a view: programs get a problem, people a page."""
    if not request.path.startswith(API_PATH):
        return defaults.bad_request(request, exception)
    return _problem(400, "This request cannot be read.", "bad_request")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that does not exist: a problem or a page."""
    if not request.path.startswith(API_PATH):
        return defaults.page_not_found(request, exception)
    return _problem(404, NOT_FOUND, "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a mistake of ours: programs get a problem, people a page.

    What is known (the database is away before a view was reached, as when the
    session is read) is answered as what it is.
    """
    if (known := answer_known(request, sys.exc_info()[1])) is not None:
        return known
    if not request.path.startswith(API_PATH):
        return defaults.server_error(request)
    return _problem(500, OUR_MISTAKE, "server_error")


def answer_known(
    request: HttpRequest, exception: BaseException | None
) -> HttpResponse | None:
    """Return the answer to an exception that a person can act on; None for bugs.

    A lost database is 503 with ``Retry-After``; an error of the product is said in
    its own sentence. Django itself answers refusals (403).
    """
    if isinstance(exception, OperationalError | InterfaceError):
        return _answer_away(request)
    if isinstance(exception, ProjectError) and not isinstance(
        exception, PermissionDenied
    ):
        if request.path.startswith(API_PATH):
            return _problem(
                exception.status_code, exception.message, exception.error_code
            )
        context = {"exception": exception}
        return render(request, "refused.html", context, status=exception.status_code)
    return None


def _answer_away(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API_PATH):
        response: HttpResponse = _problem(503, AWAY, "database_unavailable")
    else:
        # No template: a page's frame would ask the database who is signed in.
        response = HttpResponse(
            AWAY, status=503, content_type="text/plain; charset=utf-8"
        )
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _problem(status: int, detail: str, code: str) -> JsonResponse:
    problem = build_problem(status, detail, code)
    return JsonResponse(problem, status=status, content_type=PROBLEM_TYPE)
