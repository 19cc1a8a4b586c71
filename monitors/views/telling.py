"""Whom a monitor tells: a new secret for its webhook, and whether it answers."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.permissions import access_of
from monitors.actions import schedules
from monitors.exceptions import MonitorError
from monitors.views.monitors import get_monitor, render_detail
from webhooks import actions as webhooks
from webhooks.exceptions import WebhooksError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access
    from monitors.models import Schedule

NO_WEBHOOK = "This monitor has no webhook yet. Edit it and write a URL first."


@never_cache
def monitor_secret(request: HttpRequest, monitor_id: UUID) -> HttpResponse:
    """Make a new webhook secret; the answer to the POST shows it, once."""
    access = access_of(request)
    monitor = get_monitor(access, monitor_id)
    access.require_edit(monitor)
    if request.method != "POST":
        asked = {
            "heading": f"Make a new secret for “{monitor}”?",
            "consequences": ["The secret that its webhook is sent now, at once"],
            "confirm_label": "Make a new secret",
            "cancel_url": monitor.get_absolute_url(),
        }
        return render(request, "components/confirm_page.html", asked)
    try:
        secret = schedules.regenerate_secret(
            monitor, actor=access.actor, now=timezone.now()
        )
    except MonitorError as error:
        messages.error(request, error.message)
        return redirect(monitor)
    context = {"monitor": monitor, "secret": secret, "is_new": False}
    return render(request, "monitors/monitor_secret.html", context)


@never_cache
@require_POST
def monitor_verify(request: HttpRequest, monitor_id: UUID) -> HttpResponse:
    """Send a sample to the webhook at once, and show what came back."""
    access = access_of(request)
    monitor = get_monitor(access, monitor_id)
    access.require_edit(monitor)
    context = _try(access, monitor)
    if request.headers.get("HX-Request"):
        status = context.pop("status", HTTPStatus.OK)
        return render(request, "webhooks/_verdict.html", context, status=status)
    return render_detail(request, monitor, **context)


def _try(access: Access, monitor: Schedule) -> dict[str, Any]:
    wrong = HTTPStatus.UNPROCESSABLE_ENTITY
    if monitor.destination is None:
        return {"refusal": NO_WEBHOOK, "status": wrong}
    try:
        result = webhooks.verify_destination(
            monitor.destination, actor=access.actor, now=timezone.now()
        )
    except ValidationError as error:
        # It was valid when it was saved; the operator's settings are others now.
        return {"refusal": " ".join(error.messages), "status": wrong}
    except WebhooksError as error:
        return {"refusal": error.message, "status": error.status_code}
    return {"result": result}
