"""The form of a webhook: add and edit."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.permissions import access_of
from webhooks import actions
from webhooks.actions.verifying import LIMIT_COUNT
from webhooks.forms import DestinationForm
from webhooks.forms.choices import KIND_HELP, NAMED_SIGNATURES, SIGNED
from webhooks.models import Destination
from webhooks.views.previews import build_sample

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@never_cache
def add(request: HttpRequest) -> HttpResponse:
    """Add a webhook."""
    access = access_of(request)
    access.require_edit()
    destination = Destination(organization=access.organization)
    return _handle(request, destination)


@never_cache
def edit(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    """Change a webhook."""
    access = access_of(request)
    destination = access.get(Destination, destination_id)
    access.require_edit(destination)
    actions.require_made_by_people(destination)
    return _handle(request, destination)


def _handle(request: HttpRequest, destination: Destination) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = DestinationForm(data, access=access_of(request), instance=destination)
    match request.POST.get("do"):
        case "generate":
            form.put_generated_secret()
            form.show_as_typed()
            return render_form(request, form, is_generated=True)
        case "choose":
            form.show_as_typed()
            return render_form(request, form)
    if form.is_bound and form.is_valid() and _save(request, form):
        return redirect(form.instance)
    return render_form(request, form)


def _save(request: HttpRequest, form: DestinationForm) -> bool:
    old_host = form.stored.host if form.stored else ""
    cleared = form.list_foreign_secrets()
    try:
        actions.save_destination(
            form.instance,
            actor=access_of(request).actor,
            networks=list(form.cleaned_data["networks"]),
            entered_secrets=form.entered_secrets,
        )
    except ValidationError as error:
        form.add_refusal(error)
        return False
    messages.success(request, f"“{form.instance.label}” is saved. Verify it now?")
    if cleared:
        messages.warning(request, say_cleared(cleared, old_host=old_host))
    return True


def say_cleared(words: list[str], *, old_host: str) -> str:
    """Return that stored secrets stay with the host that they were given for."""
    what = " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
    is_many = len(words) > 1 or words[0].endswith("s")
    be, pronoun = ("were", "them") if is_many else ("was", "it")
    return (
        f"The {what} {be} given for {old_host} and {be} removed, since the address "
        f"leads somewhere else now. Enter {pronoun} again if the new address needs "
        f"{pronoun}."
    )


def render_form(
    request: HttpRequest, form: DestinationForm, **more: Any
) -> HttpResponse:
    """Draw the form with the sample beside it, and perhaps a verdict below."""
    stored = form.stored
    name = "edit" if stored else "add"
    arguments = [stored.pk] if stored else []
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    template_text = form["template"].value()
    context = {
        "form": form,
        "webhook": stored,
        "kinds": [(k.value, k.label, words) for k, words in KIND_HELP.items()],
        "kind_help": KIND_HELP[Destination.Kind(form.chosen_kind)],
        "named_signatures": ",".join(NAMED_SIGNATURES),
        "signed": ",".join(SIGNED),
        "event_choices": actions.list_event_choices(access_of(request).organization),
        "form_url": reverse(f"webhooks:{name}", args=arguments),
        "verify_limit": LIMIT_COUNT,
        "verify_url": reverse(
            "webhooks:verify" if stored else "webhooks:verify-unsaved", args=arguments
        ),
        **build_sample(
            access_of(request),
            read_typed(form),
            types=_list_typed(form),
            template_text=template_text,
        ),
    }
    status = more.pop("status", status)
    page = "webhooks/destination_form.html"
    return render(request, page, context | more, status=status)


def read_typed(form: DestinationForm) -> Destination:
    """Return kind, format and address as they are typed, for the sample."""
    address = str(form["service_url"].value() or "").strip()
    return Destination(
        kind=form.chosen_kind,
        format=str(form["format"].value() or ""),
        service_url=address or (form.stored.service_url if form.stored else ""),
    )


def _list_typed(form: DestinationForm) -> list[str]:
    value = form["event_types"].value()
    return value if isinstance(value, list) else str(value or "").split()
