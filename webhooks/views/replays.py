"""Pages of a bulk replay: start it, watch it, cancel it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.permissions import access_of
from webhooks import actions
from webhooks.delivery_lists import UNSENT_SQL, count_up_to
from webhooks.exceptions import WebhooksError
from webhooks.forms import ReplayForm
from webhooks.models import Delivery, Destination, Replay

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

#: Nobody needs to know by how much it is more.
COUNTED = 10_000


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    """Choose what is sent again; then it goes on in the background."""
    access = access_of(request)
    destination = access.get(Destination, destination_id)
    access.require_edit(destination)
    missed = count_missed(destination)
    data = request.POST if request.method == "POST" else None
    form = ReplayForm(data, now=timezone.now(), has_missed=bool(missed))
    if form.is_valid() and (replay := _start(access, destination, form)):
        return redirect(replay)
    context = {
        "webhook": destination,
        "form": form,
        "missed": missed,
        "counted": COUNTED,
        "running": destination.replays.filter(status=Replay.Status.RUNNING).first(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "webhooks/replay_form.html", context, status=status)


def count_missed(destination: Destination) -> int:
    """Count what was skipped and never sent, up to `COUNTED`."""
    rows = Delivery.objects.filter(
        destination=destination, status=Delivery.Status.SKIPPED
    ).extra(where=[UNSENT_SQL])  # noqa: S610  # a constant
    return count_up_to(rows, COUNTED)


def _start(access: Access, destination: Destination, form: ReplayForm) -> Replay | None:
    try:
        return actions.start_replay(
            destination,
            statuses=form.cleaned_data["statuses"],
            since=form.cleaned_data["since"],
            until=form.cleaned_data["until"],
            actor=access.actor,
            now=form.now,
        )
    except ValidationError as error:
        form.add_error(None, error)
    except WebhooksError as error:
        form.add_error(None, error.message)
    return None


@require_safe
def detail(request: HttpRequest, destination_id: UUID, replay_id: UUID) -> HttpResponse:
    """Show how far a replay has come; the page looks after it by itself."""
    access = access_of(request)
    replay = _get(access, destination_id, replay_id)
    done, total = replay.done_count, max(replay.total_count, replay.done_count, 1)
    context = {
        "replay": replay,
        "webhook": replay.destination,
        "may_edit": access.may_edit(replay.destination),
        "width": 1000 * done // total if replay.is_running else 1000,
        "percent": 100 * done // total,
        "left": total - done,
        "list_query": f"since={replay.since:%Y-%m-%dT%H:%M:%S}"
        f"&until={replay.until:%Y-%m-%dT%H:%M:%S}",
    }
    return render(request, "webhooks/replay_detail.html", context)


@require_POST
def cancel(request: HttpRequest, destination_id: UUID, replay_id: UUID) -> HttpResponse:
    """Stop a replay before its next batch."""
    access = access_of(request)
    replay = _get(access, destination_id, replay_id)
    access.require_edit(replay.destination)
    if actions.cancel_replay(replay, actor=access.actor, now=timezone.now()):
        messages.success(
            request, "The replay is cancelled. What was queued already is still sent."
        )
    else:
        messages.info(request, "The replay had ended already.")
    return redirect(replay)


def _get(access: Access, destination_id: UUID, replay_id: UUID) -> Replay:
    rows = access.rows(Replay).select_related("destination")
    return access.get(rows.filter(destination=destination_id), replay_id)
