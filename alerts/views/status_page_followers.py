"""Where visitors of a status page follow it, and stop: no session, no script needed.

Nobody is signed in here, so there is nobody to forge a request of: all that a
stranger's form could do is what anybody may do. What changes something by a link is
held by a token that only the mail has, and waits for a button: programs that look at
every link of a mail press none.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.limits import Limit, count_request
from alerts import actions
from alerts.exceptions import AlertsError, SubscriptionLinkForged
from alerts.models import StatusPage
from alerts.status_page.serving import pages
from alerts.views.status_page_public import MISSING, refuse_visitor, show_missing
from integrations_project.lib.client_address import client_address

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest

#: Of one address: posts of the form, and links.
ASKS = Limit(name="follow", count=6, seconds=60)
LINKS = Limit(name="link", count=60, seconds=60)
TOO_MANY = "Too many requests came from your address; wait a minute and try again."
#: A field that people do not see; programs fill in whatever there is.
TRAP = "website"


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how a page is followed, and take who wants to.

    The answer is the same whether an address follows already or not.
    """
    served = pages.get(slug)
    if served is None:
        return show_missing(MISSING)
    page = served.stored.page
    if refusal := refuse_visitor(request, page, is_program=False):
        return refusal
    if request.method != "POST":
        return _show_form(page)
    if not _admit(request, ASKS):
        return _show_form(page, error=TOO_MANY, status=HTTPStatus.TOO_MANY_REQUESTS)
    return _take(request, page)


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Ask whether somebody wants to follow; the button says yes."""
    del slug  # the token says which page; its address may have changed
    return _act(request, token, "confirm")


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Ask whether somebody wants to stop; mail programs post at once, by RFC 8058."""
    del slug
    return _act(request, token, "unsubscribe")


def _take(request: HttpRequest, page: StatusPage) -> HttpResponse:
    if request.POST.get(TRAP):
        return _show("follow_asked.html", page=page)
    kind = "webhook" if request.POST.get("kind") == "webhook" else "email"
    chosen = {key for key in request.POST.getlist("components") if key.isdecimal()}
    new = actions.NewSubscriber(
        kind=kind,
        address=request.POST.get("address", "").strip(),
        components=[c for c in _list_components(page) if str(c.pk) in chosen],
    )
    now = timezone.now()
    try:
        if kind == "email":
            actions.ask_to_follow(page, new, now=now)
            return _show("follow_asked.html", page=page, address=new.address)
        confirmed = actions.follow_by_webhook(page, new, now=now)
    except ValidationError as error:
        return _refuse_form(request, page, " ".join(error.messages))
    except AlertsError as error:
        return _refuse_form(request, page, error.message)
    return _show("follow_webhook.html", page=page, confirmed=confirmed)


def _act(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    if not _admit(request, LINKS):
        return _refuse(TOO_MANY, HTTPStatus.TOO_MANY_REQUESTS)
    now = timezone.now()
    try:
        if purpose == "confirm" and request.method == "POST":
            subscriber = actions.confirm_subscriber(token, now=now)
        else:
            subscriber = actions.find_subscriber(token, purpose, now=now)
    except AlertsError as error:
        is_unknown = isinstance(error, SubscriptionLinkForged)
        status = HTTPStatus.NOT_FOUND if is_unknown else HTTPStatus.GONE
        return _refuse(error.message, status)
    except ValidationError as error:
        return _refuse(" ".join(error.messages), HTTPStatus.UNPROCESSABLE_ENTITY)
    if purpose == "unsubscribe" and request.method == "POST" and subscriber:
        page = subscriber.page
        actions.remove_subscriber(subscriber)
        return _show("follow_over.html", page=page)
    if subscriber is None:
        return _show("follow_over.html", is_unknown=True)
    context: dict[str, Any] = {
        "page": subscriber.page,
        "subscriber": subscriber,
        "purpose": purpose,
        "is_done": bool(subscriber.confirmed_at) and purpose == "confirm",
        "shown": actions.mask_address(subscriber.address, subscriber.kind),
    }
    return _show("follow_link.html", **context)


def _show_form(
    page: StatusPage, *, status: int = HTTPStatus.OK, **context: Any
) -> HttpResponse:
    context["components"] = _list_components(page)
    context.setdefault("kind", "email")
    return _show("follow.html", status=status, page=page, trap=TRAP, **context)


def _refuse_form(request: HttpRequest, page: StatusPage, error: str) -> HttpResponse:
    return _show_form(
        page,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        error=error,
        address=request.POST.get("address", ""),
        kind=request.POST.get("kind", "email"),
        chosen=set(request.POST.getlist("components")),
    )


def _list_components(page: StatusPage) -> list[Any]:
    rows = page.components.select_related("service")
    return list(rows.order_by("position", "pk"))


def _admit(request: HttpRequest, limit: Limit) -> bool:
    return not count_request(limit, client_address(request), now=timezone.now())


def _refuse(text: str, status: int) -> HttpResponse:
    return _show("follow_over.html", status=status, refusal=text)


def _show(
    template: str, *, status: int = HTTPStatus.OK, **context: Any
) -> HttpResponse:
    html = render_to_string(f"status_page/{template}", context)
    response = HttpResponse(html, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    # The address may be a key: no other site learns it.
    response.headers["Referrer-Policy"] = "no-referrer"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = "60"
    return response
