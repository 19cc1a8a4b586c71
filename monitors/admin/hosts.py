"""Hosts in the admin: what each forbids, and when it may be asked again."""

from __future__ import annotations

from django.contrib import admin

from integrations_project.lib.admin import (
    ForSuperusers,
    ReadOnlyAdmin,
    draw_code,
    draw_time,
)
from monitors.models import Host


@admin.register(Host)
class HostAdmin(ForSuperusers[Host], ReadOnlyAdmin[Host]):
    """Manners towards hosts, for all organizations: they share them."""

    list_display = ("origin", "next", "robots_status", "read")
    search_fields = ("origin",)
    search_ids = ()
    readonly_fields = ("next", "read", "robots")
    fieldsets = (
        (None, {"fields": ("origin", "next")}),
        ("robots.txt", {"fields": ("robots_status", "read", "robots")}),
    )

    @admin.display(description="Not before", ordering="next_at")
    def next(self, obj: Host) -> str:
        """When it may be asked again."""
        return draw_time(obj.next_at)

    @admin.display(description="robots.txt read", ordering="robots_read_at")
    def read(self, obj: Host) -> str:
        """When its robots.txt was read."""
        return draw_time(obj.robots_read_at)

    @admin.display(description="Text")
    def robots(self, obj: Host) -> str:
        """The beginning of it."""
        return draw_code(obj.robots_text)
