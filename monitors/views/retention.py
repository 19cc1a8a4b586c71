"""The page of how long runs are kept."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render

from accounts.permissions import access_of
from monitors.actions.retention import find_retention, save_retention
from monitors.forms import RetentionForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def run_retention(request: HttpRequest) -> HttpResponse:
    """Show how long runs are kept; an Admin changes it."""
    access = access_of(request)
    if request.method == "POST":
        access.require_admin()
    stored = find_retention(access.organization)
    form = RetentionForm(request.POST or None, access=access, instance=stored)
    if request.method == "POST" and form.is_valid():
        try:
            save_retention(form.instance, actor=access.actor)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Saved; the next night goes by it.")
            return redirect("monitors:run-list")
    context = {"form": form, "retention": find_retention(access.organization)}
    code = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "monitors/run_retention.html", context, status=code)
