"""What a link in a message opens: a question, and after a click its answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.limits import Limit, count_request
from alerts import actions
from alerts.exceptions import AlertsError, LinkForged
from integrations_project.lib.client_address import client_address

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest, HttpResponse

#: Of one address.
REQUESTS = Limit(name="respond", count=30, seconds=60)
TOO_MANY = "Too many requests came from your address; wait a minute and try again."


# The token is what gives the right, and a stranger's page has none to send.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def respond(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to do what the link is for; do it on POST, once.

    Looking changes nothing, since programs look at every link of a mail.
    """
    now = timezone.now()
    if wait := count_request(REQUESTS, client_address(request), now=now):
        response = _show(request, HTTPStatus.TOO_MANY_REQUESTS, refusal=TOO_MANY)
        response["Retry-After"] = str(wait)
        return response
    try:
        if request.method != "POST":
            link, incident = actions.find_linked_incident(token, now=now)
            return _show(request, HTTPStatus.OK, link=link, incident=incident)
        link, incident, changed = actions.respond_by_link(
            token, now=now, ip_address=client_address(request)
        )
    except AlertsError as error:
        is_unknown = isinstance(error, LinkForged)
        status = HTTPStatus.NOT_FOUND if is_unknown else HTTPStatus.GONE
        return _show(request, status, refusal=error.message)
    done = {"link": link, "incident": incident, "is_done": True, "changed": changed}
    return _show(request, HTTPStatus.OK, **done)


def _show(request: HttpRequest, status: HTTPStatus, **context: Any) -> HttpResponse:
    response = render(request, "alerts/respond.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    # The address is a key: no other site learns it.
    response["Referrer-Policy"] = "no-referrer"
    return response
