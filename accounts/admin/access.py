"""Networks, memberships and API keys in the admin."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts import actions
from accounts.admin.base import OrganizationAdmin, OrganizationFilter, actor_of
from accounts.forms import ApiKeyForm, MemberForm, NetworkForm
from accounts.invitations import send_invitation
from accounts.models import ApiKey, Membership, Network, User
from accounts.permissions import Access
from integrations_project.lib.admin import button, draw_pill, link_to, run_each


@admin.register(Network)
class NetworkAdmin(OrganizationAdmin[Network]):
    """The parts of organizations."""

    access_form = NetworkForm

    list_display = ("label", "organization", "created_at")
    list_filter = (OrganizationFilter,)
    search_fields = ("label",)
    search_ids = ("pk", "organization")
    list_select_related = ("organization",)
    readonly_fields = ("organization",)
    fieldsets = ((None, {"fields": ("organization", "label")}),)

    def form_arguments(self, access: Access) -> dict[str, Any]:
        return {}

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> Network:
        return actions.save_network(form.instance, actor=actor_of(request))

    def remove(self, request: HttpRequest, row: Network) -> None:
        actions.delete_network(row, actor=actor_of(request))


@admin.register(Membership)
class MembershipAdmin(OrganizationAdmin[Membership]):
    """Who may do what in which organization."""

    access_form = MemberForm

    list_display = ("user", "email", "role", "organization", "created_at")
    list_filter = ("role", OrganizationFilter)
    search_fields = ("user__email", "user__name", "organization__name")
    search_ids = ("pk", "user", "organization")
    list_select_related = ("user", "organization")
    readonly_fields = ("organization", "member")
    fieldsets = ((None, {"fields": ("organization", "email", "role", "networks")}),)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the person when adding, and show them afterwards."""
        if obj is None:
            return self.fieldsets
        return ((None, {"fields": ("organization", "member", "role", "networks")}),)

    @admin.display(description="E-mail", ordering="user__email")
    def email(self, obj: Membership) -> str:
        """How the person signs in."""
        return obj.user.email

    @admin.display(description="Person")
    def member(self, obj: Membership) -> str:
        """Whose role it is."""
        return link_to(obj.user, f"{obj.user} ({obj.user.email})")

    def form_arguments(self, access: Access) -> dict[str, Any]:
        return {"organization": access.organization}

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> Membership:
        given = form.cleaned_data
        role, networks = given["role"], given["networks"]
        if is_new:
            return self._add(request, form)
        # The form has put the new role on its instance; the action needs the old.
        stored = Membership.objects.get(pk=form.instance.pk)
        return actions.change_member(
            stored, role=role, networks=networks, actor=actor_of(request)
        )

    def _add(self, request: HttpRequest, form: Any) -> Membership:
        given, organization = form.cleaned_data, form.instance.organization
        with transaction.atomic():
            user = User.objects.filter(email=given["email"]).first()
            is_new = user is None
            user = user or User.objects.create_user(given["email"])
            membership = actions.add_member(
                organization,
                user=user,
                role=given["role"],
                networks=given["networks"],
                actor=actor_of(request),
            )
        if is_new:
            self._invite(request, membership)
        return membership

    def _invite(self, request: HttpRequest, membership: Membership) -> None:
        user, name = membership.user, membership.organization.name
        try:
            send_invitation(user, organization_name=name, site_url=settings.SITE_URL)
        except OSError as error:
            text = f"The invitation could not be sent: {error}. Check EMAIL_URL."
            messages.warning(request, text)
        else:
            messages.info(request, f"{user.email} was sent a link for a password.")

    def remove(self, request: HttpRequest, row: Membership) -> None:
        actions.remove_member(row, actor=actor_of(request))


class UsableFilter(admin.SimpleListFilter):
    """Which keys still open something."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("usable", "Usable"),
            ("unused", "Usable and never used"),
            ("expired", "Expired"),
            ("revoked", "Revoked"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        now = timezone.now()
        usable = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
        match self.value():
            case "usable":
                return queryset.filter(usable)
            case "unused":
                return queryset.filter(usable, last_used_at=None)
            case "expired":
                return queryset.filter(revoked_at=None, expires_at__lte=now)
            case "revoked":
                return queryset.exclude(revoked_at=None)
        return None


@admin.register(ApiKey)
class ApiKeyAdmin(OrganizationAdmin[ApiKey]):
    """Keys for programs: made once, shown once, revoked."""

    access_form = ApiKeyForm

    list_display = (
        "name",
        "prefix",
        "scope",
        "state",
        "organization",
        "last_used_at",
        "expires_at",
        "created_by",
    )
    list_filter = (UsableFilter, "scope", OrganizationFilter)
    search_fields = ("name", "prefix", "created_by__email")
    search_ids = ("pk", "organization")
    list_select_related = ("organization", "created_by")
    readonly_fields = ("organization", "state")
    fieldsets = (
        (None, {"fields": ("organization", "name", "scope", "expires_in_days")}),
    )
    actions = ("revoke_selected",)
    change_actions = ("revoke",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a new key's use; of a key that is there, tell."""
        if obj is None:
            return self.fieldsets
        fields = (
            "organization",
            "name",
            "prefix",
            "scope",
            "state",
            "created_by",
            "created_at",
            "last_used_at",
            "expires_at",
            "revoked_at",
        )
        return ((None, {"fields": fields}),)

    @admin.display(description="State")
    def state(self, obj: ApiKey) -> str:
        """Whether it opens anything now."""
        if obj.revoked_at:
            return draw_pill("revoked")
        is_usable = obj.is_usable(now=timezone.now())
        return draw_pill("active" if is_usable else "expired")

    @button(
        label="Revoke",
        description="Close the key at once",
    )
    def revoke(self, request: HttpRequest, obj: ApiKey) -> None:
        """Close it at once."""
        self.revoke_selected(request, [obj])

    @admin.action(description="Revoke selected keys", permissions=("operate",))
    def revoke_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Close them at once."""
        actor, now = actor_of(request), timezone.now()
        run_each(
            request,
            queryset,
            lambda row: actions.revoke_api_key(row, actor=actor, now=now),
            done="revoked",
            unchanged="revoked already",
        )

    def has_change_permission(
        self, request: HttpRequest, obj: ApiKey | None = None
    ) -> bool:
        """A key stays as it was made; it can only be revoked."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ApiKey | None = None
    ) -> bool:
        return False

    def form_arguments(self, access: Access) -> dict[str, Any]:
        return {}

    def get_form(
        self,
        request: HttpRequest,
        obj: ApiKey | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return the dashboard's form for a new key, and none for an old one."""
        if obj is None:
            return super().get_form(request, obj, change, **kwargs)
        return admin.ModelAdmin.get_form(self, request, obj, change, **kwargs)

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> ApiKey:
        if not is_new:
            raise ValidationError("A key cannot be changed; make another one.")
        api_key, text = actions.create_api_key(
            form.instance.organization,
            name=form.cleaned_data["name"],
            scope=form.cleaned_data["scope"],
            expires_at=form.expires_at(now=timezone.now()),
            actor=actor_of(request),
        )
        request.new_key = text  # type: ignore[attr-defined]  # for response_add
        return api_key

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: Any = None
    ) -> Any:
        """Show the key, now and never again: in this answer, in no message."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Copy the key now",
            "opts": self.opts,
            "api_key": obj,
            "text": request.new_key,  # type: ignore[attr-defined]  # from store
        }
        return TemplateResponse(request, "admin/accounts/apikey/made.html", context)
