"""Pages about receivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from receivers import actions
from receivers.curl import build_curl, build_sample
from receivers.models import Receipt, Receiver
from receivers.presets import DETECT, Preset, get_preset
from receivers.senders import find_sender, list_senders, list_steps
from receivers.story import list_losses, tell_all, tell_count

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

#: What one receiver's page shows; this many are always kept.
RECEIPTS_SHOWN = 50

#: Hours that the old URL may go on beside a new one, as the page offers them.
OVERLAPS = (
    ("0", "It ends now, for a URL that strangers may know"),
    ("24", "It goes on for 24 hours"),
    ("168", "It goes on for 7 days"),
)


@require_safe
def receiver_list(request: HttpRequest) -> HttpResponse:
    """List the receivers with what came in during the last 24 hours."""
    access = access_of(request)
    rows = access.rows(Receiver).select_related("service")
    receivers = Receiver.objects.with_health(now=timezone.now()).filter(pk__in=rows)
    senders = {sender.name: sender for sender in list_senders()}
    shown = [
        (receiver, senders.get(receiver.preset))
        for receiver in receivers.select_related("service")
    ]
    context = {"rows": shown}
    return render(request, "receivers/receiver_list.html", context)


def find_preset(receiver: Receiver) -> Preset | None:
    """Return the sender that a receiver is set to; None when it detects or has none."""
    if receiver.preset in ("", DETECT):
        return None
    return get_preset(receiver.preset)


def build_url(receiver: Receiver, access: Access) -> str:
    """Return the URL to post to; its token is masked for those who may not edit."""
    may_see = access.may_edit(receiver)
    token = receiver.token if may_see else f"{receiver.token[:4]}…"
    return f"{settings.SITE_URL}/api/webhooks/incoming/{token}"


@require_safe
def receiver_detail(request: HttpRequest, receiver_id: UUID) -> HttpResponse:
    """Show one receiver: its URL, how to post to it, and what came in."""
    access = access_of(request)
    rows = Receiver.objects.with_health(now=timezone.now()).select_related("service")
    receiver = access.get(rows, receiver_id)
    url = build_url(receiver, access)
    preset = find_preset(receiver)
    sender = find_sender(receiver.preset)
    now = timezone.now()
    context = {
        "receiver": receiver,
        "url": url,
        "preset": preset,
        "sender": sender,
        "steps": list_steps(preset, url) if preset else [],
        "curl": build_curl(
            url,
            build_sample(receiver),
            signature_header=receiver.signature_header if receiver.hmac_secret else "",
        ),
        "receipts": tell_all(list_last_receipts(receiver)),
        "may_edit": access.may_edit(receiver),
        "mapping": receiver.mapping.items(),
        **_tell_overload(receiver, now=now),
        **_tell_overlap(receiver, now=now),
    }
    return render(request, "receivers/receiver_detail.html", context)


def list_last_receipts(receiver: Receiver) -> list[Receipt]:
    """Return what came in last, newest first."""
    rows = receiver.receipts.select_related("service", "receiver", "incident").order_by(
        "-id"
    )
    return list(rows[:RECEIPTS_SHOWN])


def _tell_overload(receiver: Receiver, *, now: datetime) -> dict[str, str]:
    """Return what was turned away in the last hour, in words; nothing for nothing."""
    overload = actions.find_overload(receiver, now=now)
    if overload is None:
        return {}
    return {
        "overload_title": f"Turned away {overload.requests} in the last hour",
        "overload_text": (
            f"{overload.limit} What came more often was answered 429 and changed "
            "nothing. Have the sender group its posts, or raise Posts a minute."
        ),
    }


def _tell_overlap(receiver: Receiver, *, now: datetime) -> dict[str, str]:
    """Return until when the URL before goes on, in words; nothing when it does not."""
    ends_at = receiver.previous_token_expires_at
    if not receiver.previous_token_hash or ends_at is None or ends_at <= now:
        return {}
    until = date_format(timezone.localtime(ends_at), "j M Y, H:i")
    return {
        "old_url_until": until,
        "overlap_text": f"Until {until} both take posts; then the old one answers 404.",
    }


@require_safe
def receiver_receipts(request: HttpRequest, receiver_id: UUID) -> HttpResponse:
    """Return the receipts of one receiver's page again, while it waits for one."""
    access = access_of(request)
    receiver = access.get(Receiver, receiver_id)
    context = {
        "receiver": receiver,
        "receipts": tell_all(list_last_receipts(receiver)),
        "is_first": True,
        "may_edit": access.may_edit(receiver),
    }
    return render(request, "receivers/_receipts.html", context)


@require_POST
def receiver_toggle(request: HttpRequest, receiver_id: UUID) -> HttpResponse:
    """Pause a receiver, or let it act again."""
    access = access_of(request)
    receiver = access.get(Receiver, receiver_id)
    access.require_edit(receiver)
    if receiver.enabled:
        actions.pause_receiver(receiver, actor=access.actor)
        said = "is paused: posts are kept and change nothing"
    else:
        actions.resume_receiver(receiver, actor=access.actor)
        said = "acts on what comes again"
    messages.success(request, f"Receiver “{receiver.name}” {said}.")
    return redirect(receiver)


def receiver_rotate(request: HttpRequest, receiver_id: UUID) -> HttpResponse:
    """Give a receiver another URL, now or with the old one for a while."""
    access = access_of(request)
    receiver = access.get(Receiver, receiver_id)
    access.require_edit(receiver)
    if request.method == "POST":
        chosen = request.POST.get("overlap", "")
        hours = int(chosen) if chosen in dict(OVERLAPS) else 0
        now = timezone.now()
        actions.rotate_token(receiver, actor=access.actor, now=now, overlap_hours=hours)
        messages.success(request, "The receiver has a new URL. Tell its senders.")
        return redirect(receiver)
    context = {"receiver": receiver, "overlaps": OVERLAPS}
    return render(request, "receivers/receiver_rotate.html", context)


def receiver_delete(request: HttpRequest, receiver_id: UUID) -> HttpResponse:
    """Delete a receiver, after saying what goes with it."""
    access = access_of(request)
    receiver = access.get(Receiver, receiver_id)
    access.require_edit(receiver)
    if request.method == "POST":
        count = actions.delete_receiver(
            receiver,
            actor=access.actor,
            resolve_incidents="resolve_incidents" in request.POST,
            now=timezone.now(),
        )
        also = f" {tell_count(count, 'incident')} resolved." if count else ""
        messages.success(request, f"Receiver “{receiver.name}” is deleted.{also}")
        return redirect("receivers:receiver-list")
    context = {
        "heading": f"Delete the receiver “{receiver.name}”?",
        "consequences": list_losses(receiver),
        "confirm_label": "Delete receiver",
        "cancel_url": reverse("receivers:receiver-detail", args=[receiver.pk]),
        **_offer_to_resolve(receiver),
    }
    return render(request, "components/confirm_page.html", context)


def _offer_to_resolve(receiver: Receiver) -> dict[str, str]:
    count = actions.list_open_incidents(receiver).count()
    if not count:
        return {}
    told = "the open incident" if count == 1 else f"the {count:,} open incidents"
    return {
        "choice_name": "resolve_incidents",
        "choice_label": f"Resolve {told} that it opened",
        "choice_help": (
            "Whoever is told of incidents hears that. Otherwise somebody has to "
            "resolve them by hand."
        ),
    }
