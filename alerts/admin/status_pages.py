"""Status pages in the admin: the same form as in the dashboard."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils.html import format_html

from accounts.admin.base import OrganizationAdmin, OrganizationFilter, actor_of
from alerts import actions
from alerts.models import StatusPage
from alerts.status_page_forms import StatusPageForm


@admin.register(StatusPage)
class StatusPageAdmin(OrganizationAdmin[StatusPage]):
    """Pages for the public; everything that changes one is an action of `alerts`."""

    access_form = StatusPageForm

    list_display = ("title", "address", "viewers", "service_count", "organization")
    list_filter = ("public", OrganizationFilter)
    search_fields = ("title", "slug", "description")
    search_ids = ("pk", "organization")
    list_select_related = ("organization",)
    readonly_fields = ("organization", "id", "revision", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("organization", "title", "slug", "description")}),
        ("What it shows", {"fields": ("components", "posts_automatically")}),
        (
            "Looks",
            {
                "fields": (
                    "new_logo",
                    "accent_colour",
                    "website_url",
                    "support_url",
                    "footer",
                    "time_zone",
                )
            },
        ),
        (
            "Who may see it",
            {
                "fields": (
                    "public",
                    "new_password",
                    "allowed_networks",
                    "allows_subscribers",
                )
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer to remove what is set, and show the record of what is stored."""
        removals = [
            name
            for name, is_set in (
                ("removes_password", obj and obj.password),
                ("removes_logo", obj and obj.logo),
            )
            if is_set
        ]
        record = ("id", "revision", "created_at", "updated_at")
        return (
            *self.fieldsets,
            *((("Remove", {"fields": removals}),) if removals else ()),
            *((("Record", {"fields": record}),) if obj else ()),
        )

    @admin.display(description="Address", ordering="slug")
    def address(self, obj: StatusPage) -> str:
        """Lead to the page itself."""
        url = obj.get_public_url()
        return format_html('<a href="{}">{}</a>', url, url)

    @admin.display(description="Who sees it", ordering="public")
    def viewers(self, obj: StatusPage) -> str:
        """Whether everybody does, and who else."""
        if obj.public:
            return "Everybody"
        ways = [
            "with a password" if obj.password else "",
            "from a network" if obj.allowed_networks else "",
        ]
        return ", or ".join(way for way in ways if way).capitalize() or "Nobody yet"

    @admin.display(description="Services", ordering="service_count")
    def service_count(self, obj: Any) -> int:
        """How many stand on it."""
        count: int = obj.service_count
        return count

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the services in the same query."""
        rows = super().get_queryset(request)
        return rows.annotate(service_count=Count("components", distinct=True))

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> StatusPage:
        return actions.save_status_page(
            form.instance, actor=actor_of(request), **form.parts
        )

    def remove(self, request: HttpRequest, row: StatusPage) -> None:
        actions.delete_status_page(row, actor=actor_of(request))
