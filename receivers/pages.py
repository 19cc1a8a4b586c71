"""Pages about receivers and receipts."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from alerts.models import Service
from integrations_project.lib.pages import paginate
from receivers import actions
from receivers.curl import build_curl, build_sample
from receivers.exceptions import ReceiverError
from receivers.forms import ReceiverForm
from receivers.models import Receipt, Receiver
from receivers.presets import DETECT, Preset, get_preset
from receivers.story import build_steps
from webhooks.models import Delivery

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

#: What one receiver's page shows; this many are always kept.
RECEIPTS_SHOWN = 50


@require_safe
def receiver_list(request: HttpRequest) -> HttpResponse:
    """List the receivers with what came in during the last 24 hours."""
    access = access_of(request)
    rows = access.rows(Receiver).select_related("service")
    receivers = Receiver.objects.with_health(now=timezone.now()).filter(pk__in=rows)
    context = {"receivers": receivers.select_related("service")}
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
    receipts = receiver.receipts.select_related("service").order_by("-id")
    preset = find_preset(receiver)
    context = {
        "receiver": receiver,
        "url": url,
        "preset": preset,
        "steps": [step.replace("{url}", url) for step in preset.steps]
        if preset
        else [],
        "curl": build_curl(
            url,
            build_sample(receiver),
            signature_header=receiver.signature_header if receiver.hmac_secret else "",
        ),
        "receipts": receipts[:RECEIPTS_SHOWN],
        "may_edit": access.may_edit(receiver),
        "mapping": receiver.mapping.items(),
    }
    return render(request, "receivers/receiver_detail.html", context)


@require_safe
def receiver_receipts(request: HttpRequest, receiver_id: UUID) -> HttpResponse:
    """Return the receipts of one receiver's page again, while it waits for one."""
    receiver = access_of(request).get(Receiver, receiver_id)
    receipts = receiver.receipts.select_related("service").order_by("-id")
    context = {"receiver": receiver, "receipts": receipts[:RECEIPTS_SHOWN]}
    return render(request, "receivers/_receipts.html", context)


def receiver_form(
    request: HttpRequest, receiver_id: UUID | None = None
) -> HttpResponse:
    """Create or change a receiver."""
    access = access_of(request)
    receiver = access.get(Receiver, receiver_id) if receiver_id else None
    access.require_edit(receiver)
    instance = receiver or Receiver(organization=access.organization)
    form = ReceiverForm(
        request.POST or None,
        access=access,
        instance=instance,
        initial={} if receiver else _suggest(request, access),
    )
    if request.method == "POST" and form.is_valid():
        saved = _save(form, access, is_new=receiver is None)
        messages.success(request, f"Receiver “{saved.name}” is saved.")
        return redirect(saved)
    context = {
        "form": form,
        "receiver": receiver,
        "has_services": access.rows(Service).exists(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "receivers/receiver_form.html", context, status=status)


def _suggest(request: HttpRequest, access: Access) -> dict[str, Any]:
    """Choose the service that one came from, or the only one there is."""
    services = list(access.rows(Service).values_list("pk", flat=True)[:2])
    chosen = request.GET.get("service", "")
    return {"service": chosen or (services[0] if len(services) == 1 else None)}


def _save(form: ReceiverForm, access: Access, *, is_new: bool) -> Receiver:
    receiver = form.instance
    networks = list(form.cleaned_data["networks"])
    if not is_new:
        return actions.save_receiver(
            receiver,
            actor=access.actor,
            networks=networks,
            entered_secrets=form.entered_secrets(),
        )
    names = {*form.Meta.fields, *Receiver.SECRET_FIELDS} - {"networks"}
    fields = {name: getattr(receiver, name) for name in names}
    return actions.create_receiver(
        access.organization,
        actor=access.actor,
        networks=networks,
        mapping=receiver.mapping,
        **fields,
    )


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
    """Give a receiver another URL, after saying that the old one stops."""
    access = access_of(request)
    receiver = access.get(Receiver, receiver_id)
    access.require_edit(receiver)
    if request.method == "POST":
        actions.rotate_token(receiver, actor=access.actor, now=timezone.now())
        messages.success(request, "The receiver has a new URL. Tell its senders.")
        return redirect(receiver)
    context = {
        "heading": f"Give “{receiver.name}” a new URL?",
        "consequences": [
            "The old URL answers 404 within two seconds",
            "Every sender needs the new URL",
        ],
        "confirm_label": "Make a new URL",
        "cancel_url": reverse("receivers:receiver-detail", args=[receiver.pk]),
    }
    return render(request, "components/confirm_page.html", context)


def receiver_delete(request: HttpRequest, receiver_id: UUID) -> HttpResponse:
    """Delete a receiver, after saying what goes with it."""
    access = access_of(request)
    receiver = access.get(Receiver, receiver_id)
    access.require_edit(receiver)
    if request.method == "POST":
        actions.delete_receiver(receiver, actor=access.actor)
        messages.success(request, f"Receiver “{receiver.name}” is deleted.")
        return redirect("receivers:receiver-list")
    context = {
        "heading": f"Delete the receiver “{receiver.name}”?",
        "consequences": [
            f"{receiver.receipts.count()} receipts",
            "Its URL: senders get a 404",
            "What it says of services no longer counts; incidents stay open",
        ],
        "confirm_label": "Delete receiver",
        "cancel_url": reverse("receivers:receiver-detail", args=[receiver.pk]),
    }
    return render(request, "components/confirm_page.html", context)


@require_safe
def receipt_list(request: HttpRequest) -> HttpResponse:
    """List receipts of every receiver, newest first."""
    access = access_of(request)
    rows = access.rows(Receipt).select_related("receiver", "service")
    result, receiver_id = request.GET.get("result", ""), request.GET.get("receiver", "")
    query = request.GET.get("q", "").strip()
    receivers = list(access.rows(Receiver).values_list("pk", "name"))
    if result in Receipt.Result.values:
        rows = rows.filter(result=result)
    if receiver_id in {str(row_id) for row_id, _ in receivers}:
        rows = rows.filter(receiver__pk=receiver_id)
    if query:
        rows = rows.filter(Q(raw_status__icontains=query) | Q(detail__icontains=query))
    context = {
        "page": paginate(rows, request),
        "result": result,
        "results": Receipt.Result.choices,
        "receiver_id": receiver_id,
        "receivers": [(str(row_id), name) for row_id, name in receivers],
        "query": query,
        "is_filtered": bool(result or receiver_id or query),
    }
    return render(request, "receivers/receipt_list.html", context)


@require_safe
def receipt_detail(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """Show one receipt: what was read, what it did, and exactly why not."""
    access = access_of(request)
    rows = Receipt.objects.select_related("receiver", "service", "incident")
    receipt = access.get(rows, receipt_id)
    told = (
        access.rows(Delivery)
        .filter(event__trace=receipt.trace)
        .order_by("destination__label")
        .values_list("destination__label", flat=True)
        .distinct()
    )
    context = {
        "receipt": receipt,
        "steps": build_steps(receipt, told=list(told[:20])),
        "may_edit": access.may_edit(receipt.receiver),
    }
    return render(request, "receivers/receipt_detail.html", context)


@require_POST
def receipt_replay(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """Do once more what a request asked for, with today's settings."""
    access = access_of(request)
    receipt = access.get(Receipt.objects.select_related("receiver"), receipt_id)
    access.require_edit(receipt.receiver)
    try:
        again = actions.replay_receipt(receipt, actor=access.actor, now=timezone.now())
    except ReceiverError as error:
        messages.error(request, error.message)
        return redirect(receipt)
    messages.success(request, "Replayed with today's settings. This is the result.")
    return redirect(again)
