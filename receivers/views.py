"""The one address that outside tools post to, when Django serves it."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from integrations_project.lib.client_address import client_address
from receivers import inbox
from receivers.intake import read_headers, read_request_body

ALLOWED = "GET, HEAD, POST"
READING = ("GET", "HEAD")  # the server leaves a HEAD's body out
SAMPLE = '{"status": "degraded", "message": "Delays in one region"}'


@csrf_exempt
@login_not_required
def incoming(request: HttpRequest, token: str) -> HttpResponse:
    """Take what a sender posts to a receiver's URL; show a browser how to.

    `serve` takes most posts a shorter way, which ends in the same `receivers.inbox`.
    """
    if request.method in READING and request.accepts("text/html"):
        return _show_help(request)
    if request.method != "POST":
        detail = "Send a POST with a JSON body to this URL."
        answer = inbox.build_failure(405, "method_not_allowed", detail)
        return JsonResponse(
            answer.content, status=answer.status, headers={"Allow": ALLOWED}
        )
    post = inbox.Post(
        token=token,
        headers=read_headers(request),
        source_ip=client_address(request),
        read_body=partial(
            read_request_body, request, max_bytes=settings.RECEIVER_MAX_BODY_BYTES
        ),
    )
    answer = inbox.take_post(post)
    return JsonResponse(answer.content, status=answer.status, headers=answer.headers)


def _show_help(request: HttpRequest) -> HttpResponse:
    # The same for every token, so that a guess learns nothing.
    lines = (
        f"curl -X POST {settings.SITE_URL}/api/webhooks/incoming/<token>",
        "-H 'Content-Type: application/json'",
        f"-d '{SAMPLE}'",
    )
    curl = " \\\n  ".join(lines)
    context = {"sample": SAMPLE, "curl": curl}
    return render(request, "receivers/incoming_help.html", context)
