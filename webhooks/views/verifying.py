"""Verify: try a webhook, saved or as it is typed, and show what came back."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import reselect, reswap, retarget

from accounts.permissions import access_of
from webhooks import actions
from webhooks.curl import build_curl
from webhooks.exceptions import WebhooksError
from webhooks.forms import DestinationForm
from webhooks.models import Destination
from webhooks.views.destinations import render_detail
from webhooks.views.forms import render_form

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

NOT_SAVED = "Not saved yet"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_unsaved(request: HttpRequest) -> HttpResponse:
    """Try what is typed into the form of a new webhook."""
    access = access_of(request)
    access.require_edit()
    if request.method != "POST":
        return redirect("webhooks:add")
    return _verify_form(request, Destination(organization=access.organization))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    """Try a stored webhook; a POST of its form tries what is typed there."""
    access = access_of(request)
    destination = access.get(Destination, destination_id)
    access.require_edit(destination)
    if request.method != "POST":
        return redirect(destination)
    if "label" in request.POST:
        return _verify_form(request, destination)
    try:
        context = _try(request, destination, entered_secrets=())
    except ValidationError as error:
        # It was valid when it was saved; the operator's settings are others now.
        refusal = " ".join(error.messages)
        context = {"refusal": refusal, "status": HTTPStatus.UNPROCESSABLE_ENTITY}
    if request.htmx:  # type: ignore[attr-defined]  # set by its middleware
        return _render_verdict(request, context)
    return render_detail(request, destination, **context)


def _verify_form(request: HttpRequest, destination: Destination) -> HttpResponse:
    form = DestinationForm(
        request.POST, access=access_of(request), instance=destination, is_trial=True
    )
    is_valid = form.is_valid()
    form.fields["label"].required = True  # to save it, which this page is for
    if not is_valid:
        return _render_errors(request, form)
    destination.label = destination.label or NOT_SAVED
    try:
        context = _try(request, destination, entered_secrets=form.entered_secrets)
    except ValidationError as error:
        form.add_refusal(error)
        return _render_errors(request, form)
    context["left_out"] = form.list_foreign_secrets()
    context["old_host"] = form.stored.host if form.stored else ""
    if request.htmx:  # type: ignore[attr-defined]  # see above
        return _render_verdict(request, context)
    return render_form(request, form, **context)


def _try(
    request: HttpRequest, destination: Destination, *, entered_secrets: Collection[str]
) -> dict[str, Any]:
    try:
        result = actions.verify_destination(
            destination,
            actor=access_of(request).actor,
            now=timezone.now(),
            entered_secrets=entered_secrets,
        )
    except WebhooksError as error:
        return {"refusal": error.message, "status": error.status_code}
    curl = build_curl(
        result.request_url, headers=result.request_headers, body=result.request_body
    )
    return {"result": result, "curl": curl}


def _render_verdict(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    status = context.pop("status", HTTPStatus.OK)
    return render(request, "webhooks/_verdict.html", context, status=status)


def _render_errors(request: HttpRequest, form: DestinationForm) -> HttpResponse:
    """Draw the form again; with htmx it takes its place with the sample beside it."""
    response = render_form(request, form)
    if not request.htmx:  # type: ignore[attr-defined]  # see above
        return response
    selector = "#form-page"
    return retarget(reswap(reselect(response, selector), "outerHTML"), selector)
