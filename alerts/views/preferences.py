"""The page of what an organization decides once."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render

from accounts.permissions import access_of
from alerts import actions
from alerts.preference_forms import PreferencesForm
from integrations_project.lib.zones import list_zones

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def preferences(request: HttpRequest) -> HttpResponse:
    """Show how uptime is counted and what belongs together; an Admin changes it."""
    access = access_of(request)
    if request.method == "POST":
        access.require_admin()
    stored = actions.find_preferences(access.organization)
    form = PreferencesForm(request.POST or None, access=access, instance=stored)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_preferences(form.instance, actor=access.actor)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Preferences saved; uptime is counted by them.")
            return redirect("alerts:preferences")
    context = {
        "form": form,
        "preferences": actions.find_preferences(access.organization),
        "zones": list_zones() if access.is_admin else [],
    }
    code = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "alerts/preferences.html", context, status=code)
