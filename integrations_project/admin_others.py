"""The libraries' models in the admin: to read, and for superusers only.

Tasks hold pickles, and a schedule names a function to call: who could write them
could run anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from axes.utils import reset
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success

from accounts.actions import record_audit
from accounts.admin.base import actor_of
from integrations_project.lib.admin import (
    ForSuperusers,
    ReadOnlyAdmin,
    draw_code,
    run_each,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

THEIRS = (
    *(AccessAttempt, AccessFailureLog, AccessLog),
    *(Failure, OrmQ, Schedule, Success),
    Group,
)
for model in THEIRS:
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class LibraryAdmin(ForSuperusers[Any], ReadOnlyAdmin[Any]):
    """Somebody else's records."""

    search_ids = ()


@admin.register(Schedule)
class ScheduleAdmin(LibraryAdmin):
    """What runs by the clock; `schedules.py` writes it at each start."""

    list_display = ("name", "func", "schedule_type", "next_run", "repeats")
    list_filter = ("schedule_type",)
    search_fields = ("name", "func")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "func",
                    "schedule_type",
                    "minutes",
                    "cron",
                    "next_run",
                    "cluster",
                )
            },
        ),
    )


@admin.register(Failure)
class FailureAdmin(LibraryAdmin):
    """Tasks that ended with an error, each with its traceback."""

    list_display = ("name", "func", "cluster", "started", "stopped")
    list_filter = ("cluster",)
    search_fields = ("name", "func", "id")
    readonly_fields = ("error",)
    fieldsets = (
        (None, {"fields": ("id", "name", "func", "cluster", "started", "stopped")}),
        ("Error", {"fields": ("error",)}),
    )

    @admin.display(description="Traceback")
    def error(self, obj: Failure) -> str:
        """What the worker wrote down."""
        return draw_code(str(obj.result or ""))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the pickled arguments where they are."""
        rows = super().get_queryset(request).filter(success=False)
        return rows.defer("args", "kwargs")


class SignInAdmin(LibraryAdmin):
    """What django-axes wrote down about sign-ins."""

    list_display: tuple[str, ...] = (
        "attempt_time",
        "username",
        "ip_address",
        "path_info",
        "user_agent",
    )
    search_fields = ("username", "ip_address", "user_agent")


@admin.register(AccessAttempt)
class AccessAttemptAdmin(SignInAdmin):
    """Who failed to sign in lately, and whom that has locked out."""

    list_display = (*SignInAdmin.list_display, "failures_since_start")
    fieldsets = (
        (None, {"fields": (*SignInAdmin.list_display, "failures_since_start")}),
    )
    actions = ("unlock",)

    @admin.action(description="Unlock selected people", permissions=("operate",))
    def unlock(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Forget their failures, so that they can sign in at once."""

        def forget(attempt: Any) -> bool:
            count = reset(username=attempt.username, ip=attempt.ip_address)
            record_audit(
                organization=None,
                actor=actor_of(request),
                action="sign_in.unlocked",
                changes={"username": [None, attempt.username]},
            )
            return bool(count)

        run_each(
            request, queryset, forget, done="unlocked", unchanged="was unlocked before"
        )


@admin.register(AccessFailureLog)
class AccessFailureAdmin(SignInAdmin):
    """Each failure to sign in."""

    list_filter = ("locked_out",)
    fieldsets = ((None, {"fields": (*SignInAdmin.list_display, "locked_out")}),)


@admin.register(AccessLog)
class AccessLogAdmin(SignInAdmin):
    """Each sign-in and sign-out."""

    list_display = (*SignInAdmin.list_display, "logout_time")
    fieldsets = ((None, {"fields": (*SignInAdmin.list_display, "logout_time")}),)
