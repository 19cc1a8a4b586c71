"""Posts, their templates and who follows status pages, in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.base import (
    OrganizationAdmin,
    OrganizationFilter,
    OrganizationRows,
    actor_of,
)
from accounts.permissions import Access
from alerts import actions
from alerts.models import PostTemplate, StatusPost, Subscriber
from alerts.post_forms import PostTemplateForm
from integrations_project.lib.admin import ReadOnlyAdmin, link_to


class TemplateAccessForm(PostTemplateForm):
    """The form of the dashboard, as the admin's pages make forms."""

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access


@admin.register(PostTemplate)
class PostTemplateAdmin(OrganizationAdmin[PostTemplate]):
    """Templates; everything that changes one is an action of `alerts`."""

    access_form = TemplateAccessForm

    list_display = ("label", "state", "title", "organization")
    list_filter = ("state", OrganizationFilter)
    search_fields = ("label", "title", "message")
    search_ids = ("pk", "organization")
    list_select_related = ("organization",)
    readonly_fields = ("organization", "id", "created_at")
    fieldsets = (
        (None, {"fields": ("organization", "label", "title", "state", "message")}),
    )

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> PostTemplate:
        return actions.save_post_template(form.instance, actor=actor_of(request))

    def remove(self, request: HttpRequest, row: PostTemplate) -> None:
        actions.delete_post_template(row, actor=actor_of(request))


@admin.register(StatusPost)
class StatusPostAdmin(OrganizationRows[StatusPost], ReadOnlyAdmin[StatusPost]):
    """What was posted; people post and correct in the dashboard and over REST."""

    organization_path = "page__organization"
    list_display = ("title", "state", "page_link", "is_automatic", "created_at")
    list_filter = ("state", "is_automatic")
    search_fields = ("title", "message")
    search_ids = ("pk", "page", "incident", "window")
    list_select_related = ("page__organization", "incident", "window")
    readonly_fields = ("page_link", "about")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "page_link",
                    "title",
                    "state",
                    "message",
                    "about",
                    "is_automatic",
                    "actor_label",
                    "created_at",
                    "id",
                )
            },
        ),
    )

    @admin.display(description="Status page", ordering="page")
    def page_link(self, obj: StatusPost) -> str:
        """Where it stands."""
        return link_to(obj.page)

    @admin.display(description="About")
    def about(self, obj: StatusPost) -> str:
        """The incident, the maintenance, or the services."""
        subject = obj.incident or obj.window
        if subject is not None:
            return str(subject)
        names = [str(each) for each in obj.components.select_related("service")]
        return ", ".join(names) or "The whole page"


@admin.register(Subscriber)
class SubscriberAdmin(OrganizationRows[Subscriber], ReadOnlyAdmin[Subscriber]):
    """Who follows; visitors add themselves, and the dashboard removes them."""

    organization_path = "page__organization"
    list_display = ("address", "kind", "page_link", "confirmed_at")
    list_filter = ("kind",)
    search_fields = ("address",)
    search_ids = ("pk", "page", "destination")
    list_select_related = ("page__organization",)
    readonly_fields = ("page_link", "about")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "page_link",
                    "kind",
                    "address",
                    "about",
                    "asked_at",
                    "confirmed_at",
                    "destination",
                    "id",
                )
            },
        ),
    )

    @admin.display(description="Status page", ordering="page")
    def page_link(self, obj: Subscriber) -> str:
        """What they follow."""
        return link_to(obj.page)

    @admin.display(description="About")
    def about(self, obj: Subscriber) -> str:
        """The services that they chose."""
        names = [str(each) for each in obj.components.select_related("service")]
        return ", ".join(names) or "Everything"
