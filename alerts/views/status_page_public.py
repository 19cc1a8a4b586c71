"""What visitors of a status page get: no sign-in, no session, no script needed."""

from __future__ import annotations

import json
import math
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from alerts.status_page import access
from alerts.status_page.answers import Answer, build_answer
from alerts.status_page.history import render_incident, render_month
from alerts.status_page.serving import pages
from integrations_project.lib.api import PROBLEM_TYPE, build_problem
from integrations_project.lib.client_address import client_address
from integrations_project.lib.shared_answers import share_answer

if TYPE_CHECKING:
    from django.http import HttpRequest

    from alerts.models import StatusPage
    from alerts.status_page.answers import ServedPage

#: So long browsers and proxies need not ask again. A proxy may go on with the last
#: answer while we cannot be reached: then it is most needed.
PUBLIC_CACHE = "public, max-age=2, stale-if-error=600"
PRIVATE_CACHE = "private, no-store"
#: For what loads a picture or runs a script by itself there is nobody to ask.
FRAMEABLE = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors *"
#: A logo may be an SVG that somebody opens by itself: it runs nothing.
PICTURE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
#: The page itself loads these, as its preview does for people who are signed in.
LOADED_BY_PAGES = ("stylesheet", "logo", "widget")
#: Parts that people look at; programs ask for the others.
FOR_PEOPLE = ("page", "embed")
MISSING = "The address is wrong, or this status page is gone or not for everybody."


@csrf_exempt  # the form only tells a password; a forged one opens nothing
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def status_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the page; a private one takes its password here."""
    if request.method == "POST":
        return _take_password(request, slug)
    return _answer(request, slug, "page")


@login_not_required
@require_safe
def status_page_part(request: HttpRequest, slug: str, part: str) -> HttpResponse:
    """Answer another of the page's addresses: JSON, feeds, badge, style, widget."""
    return _answer(request, slug, part)


@login_not_required
@require_safe
def status_page_month(
    request: HttpRequest, slug: str, year: int, month: int
) -> HttpResponse:
    """Show the incidents of a month."""
    served = pages.get(slug)
    if served is None:
        return show_missing(MISSING)
    if refusal := refuse_visitor(request, served.stored.page, is_program=False):
        return refusal
    html = render_month(served.stored, year, month)
    return _answer_made(request, slug, served, html, "There is no such month.")


@login_not_required
@require_safe
def status_page_incident(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show one incident with all its updates."""
    served = pages.get(slug)
    if served is None:
        return show_missing(MISSING)
    if refusal := refuse_visitor(request, served.stored.page, is_program=False):
        return refusal
    html = render_incident(served.stored, number)
    return _answer_made(request, slug, served, html, "There is no such incident.")


def _answer(request: HttpRequest, slug: str, part: str) -> HttpResponse:
    served = pages.get(slug)
    if served is None:
        return _tell_missing(part)
    page = served.stored.page
    is_program = part not in FOR_PEOPLE
    if refusal := refuse_visitor(request, page, is_program=is_program):
        if refusal.status_code == HTTPStatus.NOT_FOUND:
            return _tell_missing(part)
        return _without_question(refusal) if part in LOADED_BY_PAGES else refusal
    if part == "logo" and not page.logo:
        return show_missing("This page has no logo.")
    response = _write(request, page, served.find_answer(part))
    if part == "embed":
        response.headers["Content-Security-Policy"] = FRAMEABLE
        response.xframe_options_exempt = True
    elif part == "logo":
        response.headers["Content-Security-Policy"] = PICTURE
    return _share(request, slug, served, response)


def _answer_made(
    request: HttpRequest, slug: str, served: ServedPage, html: str | None, missing: str
) -> HttpResponse:
    if html is None:
        return show_missing(missing)
    answer = build_answer(html.encode(), "text/html; charset=utf-8")
    response = _write(request, served.stored.page, answer)
    return _share(request, slug, served, response)


def _share(
    request: HttpRequest, slug: str, served: ServedPage, response: HttpResponse
) -> HttpResponse:
    """Let others have this answer, if it is for everybody and whole."""
    is_whole = request.method == "GET" and response.status_code == HTTPStatus.OK
    if served.stored.page.public and is_whole:
        share_answer(request, pages.find_ticket(slug, served))
    return response


def _write(request: HttpRequest, page: StatusPage, answer: Answer) -> HttpResponse:
    """Return an answer as this visitor takes it: packed, or not again at all."""
    takes_zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    zipped = answer.zipped if takes_zipped else None
    body = zipped or answer.body
    response = HttpResponse(body, content_type=answer.content_type)
    response.headers["Content-Length"] = str(len(body))
    tag = f'"{answer.etag}-gzip"' if zipped else f'"{answer.etag}"'
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = PUBLIC_CACHE if page.public else PRIVATE_CACHE
    if answer.zipped:
        patch_vary_headers(response, ["Accept-Encoding"])
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    if page.public:
        # Anybody's page may show it: there is nothing in it for one person alone.
        response.headers["Access-Control-Allow-Origin"] = "*"
    conditional = get_conditional_response(request, etag=tag, response=response)
    if conditional is not response:
        found: HttpResponse = conditional  # type: ignore[assignment]  # 304 or 412
        return found
    if request.method == "HEAD":
        response.content = b""
    return response


def refuse_visitor(
    request: HttpRequest, page: StatusPage, *, is_program: bool
) -> HttpResponse | None:
    """Return why a visitor does not see a private page; None when they do.

    Without a password, and to others than its networks, the page is not there. With
    one people are asked for it, and programs are told to send it by HTTP Basic.
    """
    if page.public:
        return None
    address = client_address(request)
    if access.is_from_network(page, address) or access.has_cookie(request, page):
        return None
    if not page.password:
        return show_missing(MISSING)
    now = timezone.now()
    if wait := access.guard.find_wait(page, address, now=now):
        return _locked(page, wait)
    given = access.read_basic(request)
    if given is not None and access.guard.check(page, given, address=address, now=now):
        return None
    if not is_program and given is None:
        return _ask(page, status=HTTPStatus.FORBIDDEN)
    response = _plain("This status page is private: send its password by HTTP Basic.")
    response.status_code = HTTPStatus.UNAUTHORIZED
    response.headers["WWW-Authenticate"] = 'Basic realm="Status page", charset="UTF-8"'
    return response


def _without_question(refusal: HttpResponse) -> HttpResponse:
    """Refuse without asking: a browser would open a window, and wait with the page."""
    if "WWW-Authenticate" in refusal.headers:
        del refusal.headers["WWW-Authenticate"]
        refusal.status_code = HTTPStatus.FORBIDDEN
    return refusal


def _take_password(request: HttpRequest, slug: str) -> HttpResponse:
    served = pages.get(slug)
    if served is None:
        return show_missing(MISSING)
    page = served.stored.page
    address = client_address(request)
    if page.public or access.is_from_network(page, address):
        return _see_page(request)
    if not page.password:
        return show_missing(MISSING)
    now = timezone.now()
    if wait := access.guard.find_wait(page, address, now=now):
        return _locked(page, wait)
    given = request.POST.get("password", "")
    if not access.guard.check(page, given, address=address, now=now):
        return _ask(page, "This is not the password.", status=HTTPStatus.FORBIDDEN)
    response = _see_page(request)
    cookie = access.build_cookie(page)
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=access.COOKIE_SECONDS,
        path="/status/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _see_page(request: HttpRequest) -> HttpResponse:
    # By GET, and to this very page: the path is one of ours.
    response = HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)
    response.headers["Cache-Control"] = PRIVATE_CACHE
    return response


def _ask(page: StatusPage, error: str = "", *, status: int) -> HttpResponse:
    html = render_to_string(
        "status_page/password.html", {"slug": page.slug, "error": error}
    )
    return _private(HttpResponse(html, status=status))


def _locked(page: StatusPage, wait_seconds: int) -> HttpResponse:
    minutes = math.ceil(wait_seconds / 60)
    unit = "minute" if minutes == 1 else "minutes"
    text = f"Too many wrong passwords. Try again in {minutes} {unit}."
    response = _ask(page, text, status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(wait_seconds)
    return response


def show_missing(text: str) -> HttpResponse:
    """Say that there is nothing here, in a sentence that gives nothing away."""
    html = render_to_string("status_page/missing.html", {"text": text})
    return _private(HttpResponse(html, status=HTTPStatus.NOT_FOUND))


def _tell_missing(part: str) -> HttpResponse:
    """Say it so that whoever asks can read it: people, programs, readers of feeds."""
    if part in FOR_PEOPLE:
        return show_missing(MISSING)
    if part == "json":
        problem = build_problem(HTTPStatus.NOT_FOUND, MISSING, "not_found")
        content = f"{json.dumps(problem)}\n"
        response = HttpResponse(content, content_type=PROBLEM_TYPE)
    else:
        response = _plain(MISSING)
    response.status_code = HTTPStatus.NOT_FOUND
    # As the page itself: whoever's script reads it may read that it is gone.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return _private(response)


def _plain(text: str) -> HttpResponse:
    content_type = "text/plain; charset=utf-8"
    return _private(HttpResponse(f"{text}\n", content_type=content_type))


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = PRIVATE_CACHE
    return response
