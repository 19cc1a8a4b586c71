"""Make a receiver in three steps, or with every setting on one page."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render

from accounts.permissions import access_of
from alerts.models import Service
from receivers import actions
from receivers.forms import NewReceiverForm, ReceiverForm
from receivers.models import Receiver
from receivers.pages.receivers import find_preset
from receivers.senders import Sender, find_sender, list_senders

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access


def receiver_add(request: HttpRequest) -> HttpResponse:
    """Choose the sender, then the service; the receiver's own page comes third."""
    access = access_of(request)
    access.require_edit()
    sender = find_sender(request.GET["sender"]) if "sender" in request.GET else None
    if sender is None and request.method != "POST":
        query = request.GET.get("q", "").strip()
        context = {
            "senders": list_senders(query),
            "query": query,
            "service_id": request.GET.get("service", ""),
        }
        return render(request, "receivers/receiver_senders.html", context)
    return _choose_service(request, access, sender or list_senders()[1])


def _choose_service(
    request: HttpRequest, access: Access, sender: Sender
) -> HttpResponse:
    instance = Receiver(organization=access.organization, preset=sender.name)
    form = NewReceiverForm(
        request.POST if request.method == "POST" else None,
        access=access,
        instance=instance,
        initial=_suggest_new(request, access, sender),
    )
    if request.method == "POST" and form.is_valid():
        made = _make(form)
        if made is not None:
            messages.success(request, f"Receiver “{made.name}” is made.")
            return redirect(made)
    context = {"form": form, "sender": sender, "preset": find_preset(instance)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "receivers/receiver_add.html", context, status=status)


def _make(form: NewReceiverForm) -> Receiver | None:
    """Make the receiver; None when the form now says what is wrong."""
    try:
        return form.make()
    except ValidationError as error:
        for name, sentences in error.message_dict.items():
            form.add_error(name if name in form.fields else None, sentences)
        return None


def _suggest_new(
    request: HttpRequest, access: Access, sender: Sender
) -> dict[str, Any]:
    suggested = _suggest(request, access)
    has_services = access.rows(Service).exists()
    network_ids = access.network_ids
    return suggested | {
        "name": sender.label if sender.mark else "",
        "target": "existing" if has_services else "new",
        "service_name_field": "" if sender.name else "service_name",
        "networks": [] if network_ids is None else list(network_ids),
    }


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
