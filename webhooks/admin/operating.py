"""Buttons of a webhook that ask something first: a new secret, a replay."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from accounts.admin.base import actor_of
from integrations_project.lib.admin import button, change_url
from webhooks import actions
from webhooks.exceptions import WebhooksError
from webhooks.forms import ReplayForm, RotateSecretForm
from webhooks.models import Destination, Replay

if TYPE_CHECKING:
    from django import forms


class DestinationPages(admin.ModelAdmin[Destination]):
    """The button asks; the page it opens posts to the same address with the answer."""

    @button(
        label="New secret",
        description="Make a new signing secret; the one before may overlap",
    )
    def rotate_secret(self, request: HttpRequest, obj: Destination) -> HttpResponse:
        """Ask how long the old secret goes on; then show the new one, this once."""
        form = RotateSecretForm(request.POST if "confirmed" in request.POST else None)
        more: dict[str, Any] = {"had_secret": bool(obj.secret)}
        if form.is_valid():
            try:
                more["new_secret"] = actions.rotate_secret(
                    obj,
                    actor=actor_of(request),
                    now=timezone.now(),
                    overlap_hours=form.cleaned_data["overlap_hours"],
                )
            except ValidationError as error:
                form.add_error(None, error.messages)
        title = f"New secret for {obj.label}"
        response = self._show(request, obj, "rotate_secret", form, title=title, **more)
        add_never_cache_headers(response)
        return response

    @button(
        label="Replay",
        description="Send what failed or was skipped again, in the background",
    )
    def replay(self, request: HttpRequest, obj: Destination) -> HttpResponse:
        """Ask for statuses and a time; then lead to the page with the progress."""
        now = timezone.now()
        data = request.POST if "confirmed" in request.POST else None
        form = ReplayForm(data, now=now, has_missed=False)
        if form.is_valid() and (started := self._start(request, obj, form)):
            messages.success(request, "The replay is running in the background.")
            return redirect(change_url(started))
        return self._show(request, obj, "replay", form, title=f"Replay {obj.label}")

    def _start(
        self, request: HttpRequest, obj: Destination, form: ReplayForm
    ) -> Replay | None:
        try:
            return actions.start_replay(
                obj,
                statuses=form.cleaned_data["statuses"],
                since=form.cleaned_data["since"],
                until=form.cleaned_data["until"],
                actor=actor_of(request),
                now=form.now,
            )
        except ValidationError as error:
            form.add_error(None, error)
        except WebhooksError as error:
            form.add_error(None, error.message)
        return None

    def _show(
        self,
        request: HttpRequest,
        obj: Destination,
        tool: str,
        form: forms.Form,
        **more: Any,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "tool": tool,
            "form": form,
            **more,
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        page = f"admin/webhooks/destination/{tool}.html"
        return TemplateResponse(request, page, context, status=status)
