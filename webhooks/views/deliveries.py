"""The page of a delivery with every attempt, and sending it again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from webhooks import actions
from webhooks.curl import build_curl
from webhooks.exceptions import WebhooksError
from webhooks.fate import describe_fate
from webhooks.hiding import hide_attempts, hide_deliveries
from webhooks.models import Attempt, Delivery
from webhooks.views.destination_lists import ENCRYPTED

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


#: More attempts than any schedule has; only redelivering by hand goes beyond.
ATTEMPTS_SHOWN = 50
#: While the next attempt is this near, the page looks after it by itself.
WATCHED = timedelta(seconds=30)
_ENCRYPTED = tuple(f"destination__{name}" for name in ENCRYPTED)


@require_safe
def delivery_detail(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Show one delivery: its fate, its attempts, and what went over the wire."""
    access, now = access_of(request), timezone.now()
    rows = access.rows(Delivery).select_related(
        "event", "destination", "payload", "event__network"
    )
    delivery = access.get(rows.defer("event__data", *_ENCRYPTED), delivery_id)
    attempts = list_attempts(delivery)
    shown = find_shown(delivery, attempts, request.GET.get("attempt", ""))
    may_edit = access.may_edit(delivery.destination)
    hide_deliveries(access, [delivery])
    hide_attempts(access, delivery.destination, [*attempts, *filter(None, [shown])])
    last = attempts[-1] if attempts else None
    context = {
        "delivery": delivery,
        "fate": describe_fate(delivery, now=now, last_attempt=last),
        "attempts": attempts,
        "entries": build_entries(delivery, attempts),
        "shown": shown,
        "body": delivery.payload.shown_body if delivery.payload else "",
        "curl": build_attempt_curl(delivery, shown),
        "may_edit": may_edit,
        "is_watched": delivery.is_open and delivery.due_at < now + WATCHED,
    }
    return render(request, "webhooks/delivery_detail.html", context)


def list_attempts(delivery: Delivery) -> list[Attempt]:
    """Return the last attempts, the oldest first, without the answers' bodies."""
    newest = delivery.attempts.defer("response_body").order_by("-number")
    return list(newest[:ATTEMPTS_SHOWN])[::-1]


def find_shown(
    delivery: Delivery, attempts: list[Attempt], wanted: str
) -> Attempt | None:
    """Return the attempt whose request and answer are shown; the last by default."""
    if wanted:
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 0
        found = delivery.attempts.filter(number=number).first()
        if found is None:
            raise Http404
        return found
    return delivery.attempts.get(pk=attempts[-1].pk) if attempts else None


def build_entries(delivery: Delivery, attempts: list[Attempt]) -> list[dict[str, Any]]:
    """Return the timeline: the event, each attempt, and what comes next."""
    entries = [
        {
            "icon": "zap",
            "title": f"{delivery.event_type} happened",
            "at": delivery.created_at,
        },
        *(build_attempt_entry(each) for each in attempts),
    ]
    if delivery.status == Delivery.Status.PENDING:
        number = delivery.attempt_count + 1
        title, at = f"Attempt {number} is due", delivery.next_attempt_at
        entries.append({"icon": "clock", "tone": "info", "title": title, "at": at})
    elif delivery.status == Delivery.Status.SENDING:
        title = f"Attempt {delivery.attempt_count + 1} is on its way"
        entries.append({"icon": "send", "tone": "info", "title": title})
    elif delivery.reason:
        entries.append({"icon": "ban", "title": delivery.reason})
    return entries


def build_attempt_entry(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as a line of the timeline."""
    title = f"Attempt {attempt.number}"
    if attempt.is_manual:
        title += ", by hand"
    outcome = f"Answer {attempt.status_code}." if attempt.status_code else ""
    return {
        "icon": "circle-check" if attempt.is_success else "circle-x",
        "tone": "ok" if attempt.is_success else "bad",
        "title": title,
        "text": outcome if attempt.is_success else attempt.error,
        "at": attempt.started_at,
        "url": f"?attempt={attempt.number}#exchange",
        "took": f"{attempt.duration_ms} ms",
    }


def build_attempt_curl(delivery: Delivery, attempt: Attempt | None) -> str:
    """Return an attempt's request for the shell; stored headers are masked."""
    if attempt is None or delivery.payload is None:
        return ""
    return build_curl(
        attempt.url, headers=attempt.request_headers, body=delivery.payload.shown_body
    )


@require_POST
def redeliver(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Send a delivery again at once."""
    access = access_of(request)
    rows = access.rows(Delivery).select_related("destination")
    delivery = access.get(rows, delivery_id)
    access.require_edit(delivery.destination)
    try:
        actions.redeliver(delivery, actor=access.actor, now=timezone.now())
    except WebhooksError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "It is sent again now.")
    return redirect(delivery)
