"""Pages about receipts: what came in, what it did, and what to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from integrations_project.lib.pages import paginate
from receivers import actions
from receivers.exceptions import ReceiverError
from receivers.models import Receipt, Receiver
from receivers.receipt_filters import (
    PERIODS,
    filter_receipts,
    list_reason_choices,
    list_sender_choices,
    read_filters,
)
from receivers.story import build_steps, explain, find_sender_label, tell_all
from webhooks.models import Delivery

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

#: So many receipts are replayed in one request.
MAX_REPLAYED = 100
NOT_YOURS = "It came to a receiver of networks that you do not look after."


@require_safe
def receipt_list(request: HttpRequest) -> HttpResponse:
    """List receipts of every receiver, newest first."""
    access = access_of(request)
    receivers = [
        (str(row_id), name)
        for row_id, name in access.rows(Receiver).values_list("pk", "name")
    ]
    chosen = read_filters(
        request.GET.dict(), receiver_ids={row_id for row_id, _ in receivers}
    )
    rows = filter_receipts(access.rows(Receipt), chosen, now=timezone.now())
    page = paginate(rows.select_related("receiver", "service", "incident"), request)
    context = {
        "page": page,
        "told": tell_all(page.rows),
        "chosen": chosen,
        "results": Receipt.Result.choices,
        "receivers": receivers,
        "senders": list_sender_choices(),
        "reasons": list_reason_choices(chosen["reason"]),
        "periods": [(name, label) for name, (label, _) in PERIODS.items()],
        "is_since_time": bool(chosen["since"]) and chosen["since"] not in PERIODS,
        "is_filtered": any(chosen.values()),
        "can_replay": access.can_edit,
        "max_replayed": MAX_REPLAYED,
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
        "explained": explain(receipt),
        "sender": find_sender_label(receipt),
        "why_not": actions.find_replay_obstacle(receipt),
        "may_edit": access.may_edit(receipt.receiver),
    }
    return render(request, "receivers/receipt_detail.html", context)


def _get_own(access: Access, receipt_id: UUID) -> Receipt:
    receipt = access.get(Receipt.objects.select_related("receiver"), receipt_id)
    access.require_edit(receipt.receiver)
    return receipt


@require_POST
def receipt_replay(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """Do once more what a request asked for, with today's settings."""
    access = access_of(request)
    receipt = _get_own(access, receipt_id)
    try:
        again = actions.replay_receipt(receipt, actor=access.actor, now=timezone.now())
    except ReceiverError as error:
        messages.error(request, error.message)
        return redirect(receipt)
    messages.success(request, "Replayed with today's settings. This is the result.")
    return redirect(again)


@require_POST
def receipt_sample(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """Show this body in the mapping editor of its receiver from now on."""
    access = access_of(request)
    receipt = _get_own(access, receipt_id)
    try:
        actions.use_as_sample(receipt, actor=access.actor)
    except ReceiverError as error:
        messages.error(request, error.message)
        return redirect(receipt)
    messages.success(request, "This body is the sample of the mapping editor now.")
    return redirect("receivers:receiver-mapping", receiver_id=receipt.receiver_id)


def receipt_wipe(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """Remove what a request said, after saying what stays."""
    access = access_of(request)
    receipt = _get_own(access, receipt_id)
    if request.method == "POST":
        actions.wipe_receipt(receipt, actor=access.actor, now=timezone.now())
        messages.success(request, "Body and headers are wiped; the receipt stays.")
        return redirect(receipt)
    context = {
        "heading": "Wipe what this request said?",
        "text": "The receipt stays: when it came, what was read and what it did.",
        "consequences": [
            "Its body, its headers and the address it came from",
            "The possibility to replay it",
        ],
        "confirm_label": "Wipe body and headers",
        "cancel_url": receipt.get_absolute_url(),
    }
    return render(request, "components/confirm_page.html", context)


@require_POST
def receipt_replay_chosen(request: HttpRequest) -> HttpResponse:
    """Replay the receipts that were ticked on the list, the oldest first."""
    access = access_of(request)
    access.require_edit()
    back = _find_way_back(request)
    chosen = list(dict.fromkeys(request.POST.getlist("receipt")))
    if not chosen:
        messages.error(request, "Tick the receipts to replay first.")
    elif len(chosen) > MAX_REPLAYED:
        text = f"{len(chosen)} are chosen; at most {MAX_REPLAYED} are replayed at once."
        messages.error(request, text)
    else:
        _replay_each(request, access, _find_chosen(access, chosen))
    return redirect(back)


def _find_way_back(request: HttpRequest) -> str:
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    own = reverse("receivers:receipt-list")
    return back if is_ours and back.startswith(own) else own


def _find_chosen(access: Access, chosen: list[str]) -> list[Receipt]:
    rows = access.rows(Receipt).select_related("receiver")
    try:
        return list(rows.filter(pk__in=chosen).order_by("pk"))
    except (ValidationError, ValueError):
        return []


def _replay_each(
    request: HttpRequest, access: Access, receipts: Iterable[Receipt]
) -> None:
    replayed_count = changed_count = 0
    refused: dict[str, int] = {}
    for receipt in receipts:
        if not access.may_edit(receipt.receiver):
            refused[NOT_YOURS] = refused.get(NOT_YOURS, 0) + 1
            continue
        try:
            again = actions.replay_receipt(
                receipt, actor=access.actor, now=timezone.now()
            )
        except ReceiverError as error:
            refused[error.message] = refused.get(error.message, 0) + 1
            continue
        replayed_count += 1
        changed_count += again.result == Receipt.Result.PROCESSED
    if replayed_count:
        changed = "nothing changed"
        if changed_count:
            changed = f"{changed_count} changed something"
        messages.success(request, f"{replayed_count} replayed, {changed}.")
    for sentence, count in refused.items():
        messages.error(request, f"{count} not replayed: {sentence}")
    if not replayed_count and not refused:
        messages.error(request, "None of the chosen receipts is there any more.")
