"""Pages of what belongs to an organization: whose rows they show, what they call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from accounts.datatypes import Actor
from accounts.middleware import ORGANIZATION_SESSION_KEY
from accounts.models import Membership, Organization, User
from accounts.permissions import Access, Role
from integrations_project.lib.admin import (
    ObjectActions,
    PasteSearch,
    change_url,
    is_superuser,
)
from integrations_project.lib.client_address import client_address
from integrations_project.lib.exceptions import ProjectError

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

ModelT = TypeVar("ModelT", bound=models.Model)


def actor_of(request: HttpRequest) -> Actor:
    """Return the operator behind a request, as records name them."""
    assert isinstance(request.user, User)
    address = client_address(request)
    return Actor(label=str(request.user), user=request.user, ip_address=address)


def access_to(organization: Organization, request: HttpRequest) -> Access:
    """Return an operator's access to an organization that they administer."""
    assert isinstance(request.user, User)
    return Access(
        organization=organization,
        role=Role.ADMIN,
        user=request.user,
        ip_address=client_address(request),
    )


def administered_ids(request: HttpRequest) -> frozenset[UUID]:
    """Return the organizations where somebody is Admin, asked once a request."""
    known: frozenset[UUID] | None = getattr(request, "_administered_ids", None)
    if known is None:
        person: Any = request.user.pk  # nobody is anonymous in the admin
        mine = Membership.objects.filter(user_id=person, role=Role.ADMIN)
        known = frozenset(mine.values_list("organization_id", flat=True))
        request._administered_ids = known  # type: ignore[attr-defined]  # ours
    return known


def administered_organizations(request: HttpRequest) -> QuerySet[Organization]:
    """Return the organizations whose rows an operator may see and change."""
    if is_superuser(request):
        return Organization.objects.all()
    return Organization.objects.filter(pk__in=administered_ids(request))


class OrganizationFilter(admin.SimpleListFilter):
    """Whose rows: one of the organizations that the operator administers."""

    title = "organization"
    parameter_name = "organization"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = administered_organizations(request).order_by("name")
        return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> QuerySet[Any] | None:
        chosen = self.value()
        if chosen not in {str(value) for value, _ in self.lookup_choices}:
            return None
        return queryset.filter(organization=chosen)


class OrganizationRows(admin.ModelAdmin[ModelT]):
    """Shows an operator the rows of the organizations that they administer."""

    #: How a row leads to its organization.
    organization_path: ClassVar[str] = "organization"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_theirs(request)

    def has_view_permission(
        self, request: HttpRequest, obj: ModelT | None = None
    ) -> bool:
        return self._is_theirs(request, obj)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether the buttons and bulk actions are theirs."""
        return self._is_theirs(request)

    def _is_theirs(self, request: HttpRequest, row: ModelT | None = None) -> bool:
        if is_superuser(request):
            return True
        if not request.user.is_active or not getattr(request.user, "is_staff", False):
            return False
        if row is None:
            return bool(administered_ids(request))
        return self.organization_id_of(row) in administered_ids(request)

    def organization_id_of(self, row: ModelT) -> UUID | None:
        """Return the organization that a row belongs to."""
        found: Any = row
        for name in self.organization_path.split("__"):
            found = getattr(found, name)
        return found.pk if found else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelT]:
        rows = super().get_queryset(request)
        if is_superuser(request):
            return rows
        return rows.filter(
            **{f"{self.organization_path}__in": administered_ids(request)}
        )

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_page"
        view = self.admin_site.admin_view(self.page_view)
        return [path("<path:pk>/page/", view, name=name), *super().get_urls()]

    def get_view_on_site_url(self, obj: ModelT | None = None) -> str | None:
        """Lead to the dashboard by way of the row's organization."""
        if obj is None or not hasattr(obj, "get_absolute_url"):
            return None
        name = f"{self.opts.app_label}_{self.opts.model_name}_page"
        return reverse(f"{self.admin_site.name}:{name}", args=[obj.pk])

    def page_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Switch the dashboard to the row's organization and open its page."""
        row = self.get_object(request, unquote(pk))
        if row is None or not hasattr(row, "get_absolute_url"):
            raise Http404
        organization_id = self.organization_id_of(row)
        person: Any = request.user.pk  # nobody is anonymous in the admin
        members = Membership.objects.filter(user_id=person)
        if not members.filter(organization=organization_id).exists():
            text = (
                "The dashboard shows organizations to their members, and you are none "
                "of this one. Add yourself under Memberships to open its pages."
            )
            messages.warning(request, text)
            return redirect(change_url(row))
        request.session[ORGANIZATION_SESSION_KEY] = str(organization_id)
        return redirect(row.get_absolute_url())


class OrganizationAdmin(
    OrganizationRows[ModelT], PasteSearch[ModelT], ObjectActions[ModelT]
):
    """Configuration of an organization, by the dashboard's own form and actions."""

    #: The dashboard's form; it takes what `form_arguments` returns and an instance.
    access_form: ClassVar[type[forms.ModelForm[Any]]]
    save_as_continue = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is_theirs(request)

    def has_change_permission(
        self, request: HttpRequest, obj: ModelT | None = None
    ) -> bool:
        return self._is_theirs(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: ModelT | None = None
    ) -> bool:
        return self._is_theirs(request, obj)

    # What the apps fill in

    def form_arguments(self, access: Access) -> dict[str, Any]:
        """Return what the form is told of whose row it is."""
        return {"access": access}

    def new_values(self, request: HttpRequest) -> dict[str, Any]:
        """Return what a new row has from the start, such as what the address says."""
        return {}

    def store(self, request: HttpRequest, form: Any, *, is_new: bool) -> ModelT:
        """Write what the form holds, by the domain action that the dashboard calls."""
        raise NotImplementedError

    def remove(self, request: HttpRequest, row: ModelT) -> None:
        """Delete a row by its domain action."""
        raise NotImplementedError

    def list_losses(self, row: ModelT) -> list[str]:
        """Return what is gone when a row is deleted."""
        return []

    # How Django gets there

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask for the organization first: everything else depends on it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        rows = administered_organizations(request).order_by("name")
        if self.chosen_organization(request) is None:
            choices = list(rows)
            if len(choices) == 1:
                return redirect(f"{request.path}?organization={choices[0].pk}")
            return self._ask_organization(request, choices)
        context = {"show_save_and_add_another": False} | (extra_context or {})
        return super().add_view(request, form_url, context)

    def _ask_organization(
        self, request: HttpRequest, choices: list[Organization]
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"Add {self.opts.verbose_name}",
            "opts": self.opts,
            "organizations": choices,
        }
        return TemplateResponse(request, "admin/choose_organization.html", context)

    def chosen_organization(self, request: HttpRequest) -> Organization | None:
        """Return the organization that a new row is for, from the address."""
        rows = administered_organizations(request)
        try:
            return rows.filter(pk=request.GET.get("organization", "")).first()
        except ValidationError:
            return None

    def get_form(
        self,
        request: HttpRequest,
        obj: ModelT | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> type[forms.ModelForm[ModelT]]:
        """Return the dashboard's form, knowing whose row it is."""
        organization = getattr(obj, "organization", None) or self.chosen_organization(
            request
        )
        if organization is None:
            raise Http404
        return bind_form(
            self.access_form,
            organization=organization,
            arguments=self.form_arguments(access_to(organization, request)),
            new_values=self.new_values(request),
            refusal=getattr(request, "refusal", None),
            is_trial=getattr(request, "is_trial", False),
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show or store; what an action refuses is shown at its field.

        Not in one transaction, as Django does it: an action is one by itself, and
        looking up a host or drawing a page must not hold the database's lock.
        """
        try:
            return self._changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as error:
            request.refusal = error  # type: ignore[attr-defined]  # ours
        except ProjectError as error:
            request.refusal = ValidationError(error.message)  # type: ignore[attr-defined]  # ours
        return self._changeform_view(request, object_id, form_url, extra_context)

    def save_model(
        self, request: HttpRequest, obj: ModelT, form: Any, change: bool
    ) -> None:
        stored = self.store(request, form, is_new=not change)
        if stored is not obj:
            # Django goes on with its own instance; let it be the one that was stored.
            obj.__dict__.update(stored.__dict__)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Leave it: `store` has written the relations too."""

    def delete_model(self, request: HttpRequest, obj: ModelT) -> None:
        self.remove(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ModelT]) -> None:
        """Delete all of them or, when one cannot be deleted, none."""
        with transaction.atomic():
            for row in queryset:
                self.remove(request, row)

    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask and delete; what the action refuses is told on the row's page."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except ProjectError as error:
            messages.error(request, f"It was not deleted. {error.message}")
            return redirect("../change/")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List, and act on what is selected; a refusal is told on the list."""
        try:
            return super().changelist_view(request, extra_context)
        except ProjectError as error:
            messages.error(request, f"Nothing was deleted. {error.message}")
            return redirect(request.get_full_path())

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Say what goes with the rows in words; there may be thousands of records."""
        rows = list(objs)
        told = [[str(row), self.list_losses(row)] for row in rows]
        tree = [part for pair in told for part in pair if part]
        return tree, {str(self.opts.verbose_name_plural): len(rows)}, set(), []


def bind_form(
    form_class: type[forms.ModelForm[Any]],
    *,
    organization: Organization,
    arguments: dict[str, Any],
    new_values: dict[str, Any],
    refusal: ValidationError | None,
    is_trial: bool,
) -> type[forms.ModelForm[Any]]:
    """Return the form as the admin makes it, which knows nothing of organizations.

    Args:
        form_class: The dashboard's form.
        organization: Whose row it is.
        arguments: What the form wants to know besides.
        new_values: What a new row has from the start.
        refusal: What the action refused when this was tried a moment ago.
        is_trial: Only draw what was typed; nothing is to be stored.
    """

    class BoundForm(form_class):  # type: ignore[misc, valid-type]  # made at run time
        def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
            instance = kwargs.get("instance")
            if instance is None:
                instance = form_class._meta.model(
                    organization=organization, **new_values
                )
            super().__init__(data, instance=instance, **arguments)

        def _post_clean(self) -> None:
            super()._post_clean()
            for name, sentences in list_refusals(refusal).items():
                self.add_error(name if name in self.fields else None, sentences)

        def is_valid(self) -> bool:
            return super().is_valid() and not is_trial

    return BoundForm


def list_refusals(error: ValidationError | None) -> dict[str, list[str]]:
    """Return the sentences of an error, by field."""
    if error is None:
        return {}
    if hasattr(error, "error_dict"):
        return error.message_dict
    return {NON_FIELD_ERRORS: error.messages}
