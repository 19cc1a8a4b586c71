"""How long organizations keep the runs of their monitors."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.base import OrganizationAdmin, OrganizationFilter, actor_of
from monitors.actions.retention import FIELDS, save_retention
from monitors.forms import RetentionForm
from monitors.models import Retention


@admin.register(Retention)
class RetentionAdmin(OrganizationAdmin[Retention]):
    """What organizations decide once; without a row they have the defaults."""

    access_form = RetentionForm

    list_display = ("organization", "run_days", "change_days")
    list_filter = (OrganizationFilter,)
    search_fields = ("organization__name",)
    search_ids = ("organization",)
    list_select_related = ("organization",)
    readonly_fields = ("organization",)
    fieldsets = ((None, {"fields": ("organization", *FIELDS)}),)

    def has_delete_permission(
        self, request: HttpRequest, obj: Retention | None = None
    ) -> bool:
        return False

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> Retention:
        return save_retention(form.instance, actor=actor_of(request))
