"""The mapping editor: point at a value, and see at once what it would do."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts.permissions import access_of
from receivers import actions, mapping_file
from receivers.body_tree import split_each
from receivers.exceptions import ReceiverError
from receivers.forms import MappingForm
from receivers.forms.mapping import PICKS
from receivers.mapping import STATUSES
from receivers.models import Receiver
from receivers.senders import find_sender
from receivers.workbench import EXAMPLE, PASTED, Body, find_body, list_bodies, look_at

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, QueryDict

    from accounts.permissions import Access


def _get_own(request: HttpRequest, receiver_id: UUID) -> tuple[Access, Receiver]:
    access = access_of(request)
    receiver = access.get(Receiver.objects.select_related("service"), receiver_id)
    access.require_edit(receiver)
    return access, receiver


def receiver_mapping(request: HttpRequest, receiver_id: UUID) -> HttpResponse:
    """Show a body as a tree beside the paths; each click is tried, Save keeps them."""
    access, receiver = _get_own(request, receiver_id)
    bodies = list_bodies(receiver)
    body = _choose_body(request, receiver, bodies)
    if request.method != "POST":
        form = MappingForm(instance=receiver)
        return _draw(request, receiver, form, bodies=bodies, body=body)
    is_save = request.POST.get("action") == "save"
    form = MappingForm(_apply_pick(request.POST), instance=receiver)
    if form.is_valid() and is_save and _save(form, access):
        messages.success(request, "The mapping is saved. It acts from the next POST.")
        return redirect("receivers:receiver-mapping", receiver_id=receiver.pk)
    return _draw(request, receiver, form, bodies=bodies, body=body, is_save=is_save)


def _choose_body(request: HttpRequest, receiver: Receiver, bodies: list[Body]) -> Body:
    """Return the body to show: one that is there, or what was pasted."""

    def look_up(origin: str) -> Body | None:
        found = next((body for body in bodies if body.origin == origin), None)
        return found or (find_body(receiver, origin) if origin else None)

    if request.method != "POST":
        return look_up(request.GET.get("body", "")) or bodies[0]
    used = look_up(request.POST.get("use", ""))
    if used is not None:
        return used
    known = look_up(request.POST.get("origin", "")) or bodies[0]
    text = request.POST.get("body", "").replace("\r\n", "\n")
    if not text.strip() or text.strip() == known.text.strip():
        return known
    # Most of what is pasted comes from the same sender, with the same headers.
    return Body(
        origin=PASTED,
        label="What you pasted",
        text=text,
        headers=known.headers if known.origin != EXAMPLE else {},
    )


def _apply_pick(posted: QueryDict) -> QueryDict:
    """Return the form as it is after the click on a value, or on what it means."""
    data = posted.copy()
    if "pick" in data:
        field = PICKS.get(data.get("pick_as", ""), "status_field")
        data[field] = str(data["pick"])
    if "pick_each" in data:
        field = PICKS.get(data.get("pick_as", ""), "status_field")
        data["items_path"], data[field] = split_each(str(data["pick_each"]))
    if "pick_items" in data:
        data["items_path"] = str(data["pick_items"])
    status, _, value = data.get("means", "").partition(":")
    if status in STATUSES and value:
        name = f"mapping_{status}"
        data[name] = f"{data.get(name, '')}\n{value}".strip()
    return data


def _save(form: MappingForm, access: Access) -> bool:
    """Store the receiver; False when the form now says what is wrong."""
    try:
        actions.save_receiver(form.instance, actor=access.actor)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _draw(
    request: HttpRequest,
    receiver: Receiver,
    form: MappingForm,
    *,
    bodies: list[Body],
    body: Body,
    is_save: bool = False,
) -> HttpResponse:
    now = timezone.now()
    look = look_at(receiver, body, now=now)
    for name, path in look.taken.items():
        own = form[name].value()
        form.fields[name].widget.attrs["placeholder"] = "" if own else path
    sender = find_sender(look.preset) if look.preset else None
    context = {
        "receiver": receiver,
        "form": form,
        "bodies": bodies,
        "body": body,
        "look": look,
        "sender": sender,
        "statuses": STATUSES,
        "has_errors": bool(form.errors),
    }
    is_wrong = is_save and bool(form.errors)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
    return render(request, "receivers/receiver_mapping.html", context, status=status)


@require_safe
def receiver_mapping_export(request: HttpRequest, receiver_id: UUID) -> HttpResponse:
    """Return the paths and the table of a receiver as a file; it holds no secret."""
    receiver = access_of(request).get(Receiver, receiver_id)
    name = slugify(receiver.name) or "receiver"
    text = json.dumps(mapping_file.write_mapping(receiver), indent=2)
    text = text.replace("<", "\\u003c")  # the same JSON, and never markup
    return HttpResponse(
        f"{text}\n",
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}-mapping.json"'},
    )


def receiver_mapping_import(request: HttpRequest, receiver_id: UUID) -> HttpResponse:
    """Read such a file, say what would change, and change it when told so."""
    access, receiver = _get_own(request, receiver_id)
    context: dict[str, Any] = {"receiver": receiver, "text": ""}
    if request.method == "POST":
        raw = _read_upload(request)
        context["text"] = raw.decode("utf-8", "replace")
        try:
            values = mapping_file.read_mapping(raw)
            context["changes"] = mapping_file.list_changes(receiver, values)
            mapping_file.set_mapping(receiver, values)
            receiver.full_clean()
        except ReceiverError as error:
            context["errors"] = [error.message]
        except ValidationError as error:
            context["errors"] = error.messages
        else:
            if request.POST.get("action") == "save":
                actions.save_receiver(receiver, actor=access.actor)
                messages.success(request, "The mapping is imported.")
                return redirect("receivers:receiver-mapping", receiver_id=receiver.pk)
            context["is_checked"] = True
    is_wrong = "errors" in context
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
    return render(
        request, "receivers/receiver_mapping_import.html", context, status=status
    )


def _read_upload(request: HttpRequest) -> bytes:
    upload = request.FILES.get("file")
    if upload is not None:
        return bytes(upload.read(mapping_file.MAX_BYTES + 1))
    return request.POST.get("text", "").encode("utf-8", "surrogatepass")
