"""Who may see and change what: the one door to a tenant's rows.

Every view, API resource and search starts from an :class:`Access`; every query
starts from ``access.rows(Model)``. An id of another organization is therefore
simply not found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    ValidationError,
)
from django.http import Http404

from accounts.datatypes import Actor
from accounts.exceptions import RoleRequired
from accounts.models import ApiKey, Membership, Organization, User

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    ModelT = TypeVar("ModelT", bound=Model)

Role = Membership.Role

#: What a key of each scope may do, said as a role.
SCOPE_ROLES = {
    ApiKey.Scope.READ: Role.VIEWER,
    ApiKey.Scope.WRITE: Role.NETWORK_ADMIN,
    ApiKey.Scope.ADMIN: Role.ADMIN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What one person or key may do in one organization."""

    organization: Organization
    role: str
    user: User | None = None
    api_key: ApiKey | None = None
    #: The networks a Network Admin looks after; None is every network.
    network_ids: frozenset[UUID] | None = field(default=None)
    ip_address: str | None = None

    @property
    def role_label(self) -> str:
        """The role in words, as screens say it."""
        return Role(self.role).label

    @property
    def actor(self) -> Actor:
        """The same as the one who is recorded with a change."""
        label = str(self.user or self.api_key or "Signalpost")
        return Actor(
            label=label,
            user=self.user,
            api_key=self.api_key,
            ip_address=self.ip_address,
        )

    @property
    def is_admin(self) -> bool:
        """May change everything in the organization."""
        return self.role == Role.ADMIN

    @property
    def can_edit(self) -> bool:
        """May change services, receivers, webhooks and rules of some network."""
        return self.role in (Role.ADMIN, Role.NETWORK_ADMIN)

    @property
    def can_respond(self) -> bool:
        """May acknowledge, resolve and post updates."""
        return self.role != Role.VIEWER

    @property
    def may_use_every_network(self) -> bool:
        """May leave an object's networks empty, which means every network."""
        return self.is_admin or (self.can_edit and self.network_ids is None)

    def rows(self, model: type[ModelT]) -> QuerySet[ModelT]:
        """Return the rows of ``model`` that belong to this organization."""
        return model._default_manager.filter(organization=self.organization)

    def get(self, rows: type[ModelT] | QuerySet[ModelT], row_id: object) -> ModelT:
        """Return one row of this organization.

        Raises:
            Http404: No such row here; a foreign or malformed id looks the same.
        """
        queryset = rows if not isinstance(rows, type) else self.rows(rows)
        try:
            found = queryset.filter(organization=self.organization).get(pk=row_id)
        except (
            ObjectDoesNotExist,
            ValidationError,
            ValueError,
            TypeError,
            OverflowError,
        ):
            raise Http404 from None
        return found

    def may_edit_networks(self, network_ids: Collection[UUID]) -> bool:
        """Whether an object of exactly these networks is theirs to change.

        An object without networks belongs to every network.
        """
        if self.may_use_every_network:
            return True
        if not self.can_edit or self.network_ids is None or not network_ids:
            return False
        return set(network_ids) <= self.network_ids

    def may_edit(self, row: Model) -> bool:
        """Whether this row, with the networks it has now, is theirs to change."""
        return self.may_edit_networks(network_ids_of(row))

    def require_admin(self) -> None:
        """Raise :class:`RoleRequired` unless Admin."""
        if not self.is_admin:
            raise RoleRequired(self._refusal("Admin"))

    def require_edit(self, row: Model | None = None) -> None:
        """Raise :class:`RoleRequired` unless they may change things (this row)."""
        if not self.can_edit:
            raise RoleRequired(self._refusal("Admin or Network Admin"))
        if row is not None and not self.may_edit(row):
            message = (
                "This belongs to networks that you do not look after. "
                "Changing it needs the role Admin, or Network Admin of its networks."
            )
            raise RoleRequired(message)

    def require_respond(self) -> None:
        """Raise :class:`RoleRequired` unless they may act on incidents."""
        if not self.can_respond:
            raise RoleRequired(self._refusal("Responder"))

    def _refusal(self, needed: str) -> str:
        if self.api_key is not None:
            scope = "admin" if needed == "Admin" else "write"
            return (
                f"This needs an API key with the scope {scope}; "
                f"this key has {self.api_key.scope}."
            )
        return f"This needs the role {needed}; yours here is {self.role_label}."


def access_of(request: HttpRequest) -> Access:
    """Return what the person behind a page request may do.

    Raises:
        PermissionDenied: They belong to no organization.
    """
    access: Access | None = getattr(request, "access", None)
    if not access:
        message = (
            "You belong to no organization yet. "
            "Ask an Admin to add you under Settings → Team."
        )
        raise PermissionDenied(message)
    return access


def network_ids_of(row: Model) -> set[UUID]:
    """Return the networks an object is limited to; empty is every network."""
    if hasattr(row, "find_network_ids"):
        # It reaches more than it names.
        return set(row.find_network_ids()) if row.pk else set()
    if hasattr(row, "networks"):
        return set(row.networks.values_list("pk", flat=True)) if row.pk else set()
    network_id = getattr(row, "network_id", None)
    return {network_id} if network_id else set()


def build_access(
    *, user: User, organization_id: object = None, ip_address: str | None = None
) -> Access | None:
    """Return what a person may do in one organization of theirs.

    Args:
        user: The signed-in person.
        organization_id: The one they chose; another of theirs if it is not theirs.
        ip_address: Where the request came from, for the audit log.

    Returns:
        None when the person belongs to no organization.
    """
    memberships = list(
        Membership.objects.filter(user=user)
        .select_related("organization")
        .order_by("organization__name", "pk")
    )
    if not memberships:
        return None
    chosen = next(
        (m for m in memberships if str(m.organization_id) == str(organization_id)),
        memberships[0],
    )
    network_ids = None
    if chosen.role == Role.NETWORK_ADMIN:
        network_ids = frozenset(chosen.networks.values_list("pk", flat=True))
    return Access(
        organization=chosen.organization,
        role=chosen.role,
        user=user,
        network_ids=network_ids,
        ip_address=ip_address,
    )


def build_key_access(api_key: ApiKey, *, ip_address: str | None = None) -> Access:
    """Return what an API key may do; its scope decides, in every network."""
    return Access(
        organization=api_key.organization,
        role=SCOPE_ROLES[ApiKey.Scope(api_key.scope)],
        api_key=api_key,
        ip_address=ip_address,
    )
