"""People and organizations in the admin: the operator's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import Count
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from accounts.actions import list_changes, record_audit
from accounts.admin.base import actor_of
from accounts.models import Organization, User
from integrations_project.lib.admin import (
    ForSuperusers,
    PasteSearch,
    change_url,
    is_superuser,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

AUDITED = ("email", "name", "is_active", "is_staff", "is_superuser")


class NewPersonForm(AdminUserCreationForm):  # type: ignore[type-arg]  # the stubs' own
    """A new person, with a password or without one."""

    class Meta:
        model = User
        fields = ("email", "name")
        field_classes: ClassVar[dict[str, Any]] = {}


class PersonForm(UserChangeForm):  # type: ignore[type-arg]  # see above
    """A person; the password has a page of its own."""

    class Meta:
        model = User
        fields = AUDITED
        field_classes: ClassVar[dict[str, Any]] = {}


@admin.register(User)
class PeopleAdmin(ForSuperusers[User], PasteSearch[User], UserAdmin[User]):
    """People who sign in. Nobody is deleted, as records name them: switch them off."""

    add_form = NewPersonForm
    form = PersonForm

    list_display = (
        "email",
        "name",
        "is_active",
        "is_staff",
        "is_superuser",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    search_ids = ("pk",)
    list_select_related = False
    readonly_fields = ("id", "memberships", "date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Memberships", {"fields": ("memberships",)}),
        ("Record", {"fields": ("id", "date_joined", "last_login")}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("email", "name", "usable_password", "password1", "password2")},
        ),
    )
    ordering = ("email",)
    filter_horizontal = ()

    @admin.display(description="Roles")
    def memberships(self, obj: User) -> str:
        """Their role in each organization."""
        rows = obj.memberships.select_related("organization")
        lines = format_html_join(
            "",
            '<li><a href="{}">{}</a>: {}</li>',
            ((change_url(m), m.organization, m.get_role_display()) for m in rows),
        )
        return format_html("<ul>{}</ul>", lines) if lines else "None"

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: bool
    ) -> None:
        """Store the person and write who did it into the audit log."""
        before = User.objects.filter(pk=obj.pk).values(*AUDITED).first() or {}
        super().save_model(request, obj, form, change)
        record_audit(
            organization=None,
            actor=actor_of(request),
            action="user.updated" if change else "user.created",
            target=obj,
            changes=list_changes(before, {n: getattr(obj, n) for n in AUDITED}),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        return is_superuser(request)

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        return False


@admin.register(Organization)
class OrganizationsAdmin(ForSuperusers[Organization], PasteSearch[Organization]):
    """Tenants. None is deleted here: everything of theirs would be lost with it."""

    list_display = ("name", "slug", "member_count", "created_at")
    list_filter = ()
    search_fields = ("name", "slug")
    search_ids = ("pk",)
    list_select_related = False
    readonly_fields = ("id", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "slug")}),
        ("Record", {"fields": ("id", "created_at")}),
    )
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("name",)}

    @admin.display(description="Members", ordering="member_count")
    def member_count(self, obj: Any) -> int:
        """How many people have a role in it."""
        count: int = obj.member_count
        return count

    def save_model(
        self, request: HttpRequest, obj: Organization, form: Any, change: bool
    ) -> None:
        """Store it and write who did it into its audit log."""
        before = Organization.objects.filter(pk=obj.pk).values("name", "slug").first()
        super().save_model(request, obj, form, change)
        after = {"name": obj.name, "slug": obj.slug}
        record_audit(
            organization=obj,
            actor=actor_of(request),
            action="organization.updated" if change else "organization.created",
            target=obj,
            changes=list_changes(before or {}, after),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(
        self, request: HttpRequest, obj: Organization | None = None
    ) -> bool:
        return is_superuser(request)

    def has_delete_permission(
        self, request: HttpRequest, obj: Organization | None = None
    ) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        """Count the members in the same query."""
        rows = super().get_queryset(request)
        return rows.annotate(member_count=Count("memberships"))
