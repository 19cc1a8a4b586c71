"""Everything that can happen to accounts, one function each."""

from __future__ import annotations

import hashlib
import secrets
import string
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q

from accounts.exceptions import AlreadyMember, LastAdmin, NetworkInUse
from accounts.models import (
    ApiKey,
    AuditEntry,
    IdempotentRequest,
    Membership,
    Network,
    Organization,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.db.models import Model

    from accounts.datatypes import Actor

KEY_ALPHABET = string.ascii_letters + string.digits
KEY_LENGTH = 40
PREFIX_LENGTH = 10
#: A key's last use is written at most this often: a row a minute, not a request.
LAST_USED_EVERY = timedelta(minutes=1)


def record_audit(
    *,
    organization: Organization | None,
    actor: Actor,
    action: str,
    target: Model | None = None,
    changes: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one line of the audit log, in the caller's transaction.

    Args:
        organization: Whose log; None for sign-ins and the like.
        actor: Who did it.
        action: ``<noun>.<participle>``, such as ``webhook.updated``.
        target: What it was done to.
        changes: Field name to ``[before, after]``; secrets as ``"***"``.
    """
    return AuditEntry.objects.create(
        organization=organization,
        user=actor.user,
        api_key=actor.api_key,
        actor_label=actor.label[:200],
        action=action,
        object_type=target._meta.model_name or "" if target is not None else "",
        object_id=str(target.pk) if target is not None else "",
        object_label=str(target)[:200] if target is not None else "",
        changes=dict(changes or {}),
        ip_address=actor.ip_address,
    )


def list_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], *, secret: Iterable[str] = ()
) -> dict[str, list[Any]]:
    """Return the fields that differ as ``{field: [before, after]}``.

    Values become JSON-safe text or stay numbers, booleans, lists and None;
    the fields in ``secret`` show only that they changed.
    """
    hidden = set(secret)
    changes: dict[str, list[Any]] = {}
    for name, new in after.items():
        old = before.get(name)
        if old == new:
            continue
        if name in hidden:
            changes[name] = ["***" if old else "", "***" if new else ""]
        else:
            changes[name] = [_plain(old), _plain(new)]
    return changes


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value)


def hash_key(key: str) -> str:
    """Return what is stored of an API key: its SHA-256 in hex.

    A key has 238 random bits, so a slow hash would add nothing.
    """
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def create_api_key(
    organization: Organization,
    *,
    name: str,
    scope: str,
    actor: Actor,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make an API key and return it with its text, which is shown only now."""
    text = "sp_" + "".join(secrets.choice(KEY_ALPHABET) for _ in range(KEY_LENGTH))
    api_key = ApiKey.objects.create(
        organization=organization,
        name=name,
        prefix=text[:PREFIX_LENGTH],
        key_hash=hash_key(text),
        scope=scope,
        created_by=actor.user,
        expires_at=expires_at,
    )
    record_audit(
        organization=organization,
        actor=actor,
        action="api_key.created",
        target=api_key,
        changes={"scope": [None, scope]},
    )
    return api_key, text


@transaction.atomic
def revoke_api_key(api_key: ApiKey, *, actor: Actor, now: datetime) -> bool:
    """Close a key at once. Returns False when it was revoked before."""
    changed = ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(
        revoked_at=now
    )
    if changed:
        api_key.revoked_at = now
        record_audit(
            organization=api_key.organization,
            actor=actor,
            action="api_key.revoked",
            target=api_key,
        )
    return bool(changed)


def find_api_key(text: str, *, now: datetime) -> ApiKey | None:
    """Return the usable key with this text and note its use, or None."""
    api_key = (
        ApiKey.objects.select_related("organization")
        .filter(key_hash=hash_key(text))
        .first()
    )
    if api_key is None or not api_key.is_usable(now=now):
        return None
    due = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    if api_key.last_used_at is None or api_key.last_used_at < now - LAST_USED_EVERY:
        ApiKey.objects.filter(due, pk=api_key.pk).update(last_used_at=now)
    return api_key


@transaction.atomic
def get_or_create_network(
    organization: Organization, *, label: str, actor: Actor
) -> Network:
    """Return the network with this label (any case), making it if it is new."""
    network, created = Network.objects.get_or_create(
        organization=organization,
        label__iexact=label.strip(),
        defaults={"label": label.strip()},
    )
    if created:
        record_audit(
            organization=organization,
            actor=actor,
            action="network.created",
            target=network,
        )
    return network


@transaction.atomic
def save_network(network: Network, *, actor: Actor) -> Network:
    """Store a new network or a new label."""
    is_new = network._state.adding
    before = None
    if not is_new:
        before = Network.objects.values_list("label", flat=True).get(pk=network.pk)
    network.save()
    record_audit(
        organization=network.organization,
        actor=actor,
        action="network.created" if is_new else "network.updated",
        target=network,
        changes=list_changes({"label": before}, {"label": network.label}),
    )
    return network


@transaction.atomic
def delete_network(network: Network, *, actor: Actor) -> None:
    """Delete a network that limits nobody and nothing.

    Raises:
        NetworkInUse: Something is limited to it. Without its only network that
            would silently be of every network.
    """
    users = _names_limited_to(network)
    if users:
        message = f"{network.label} is still chosen in: {', '.join(users[:5])}."
        raise NetworkInUse(message)
    record_audit(
        organization=network.organization,
        actor=actor,
        action="network.deleted",
        target=network,
    )
    network.delete()


def _names_limited_to(network: Network) -> list[str]:
    # Every many-to-many that leads here, whichever app it belongs to.
    names: list[str] = []
    for relation in network._meta.related_objects:
        if relation.many_to_many and (accessor := relation.get_accessor_name()):
            names += [str(row) for row in getattr(network, accessor).all()[:5]]
    return names


@transaction.atomic
def add_member(
    organization: Organization,
    *,
    user: User,
    role: str,
    networks: Iterable[Network] = (),
    actor: Actor,
) -> Membership:
    """Give a person a role in an organization.

    Raises:
        AlreadyMember: They have one; change it instead.
    """
    membership, created = Membership.objects.get_or_create(
        organization=organization, user=user, defaults={"role": role}
    )
    if not created:
        raise AlreadyMember(f"{user.email} is already a member of {organization}.")
    membership.networks.set(networks)
    record_audit(
        organization=organization,
        actor=actor,
        action="member.added",
        target=membership,
        changes={"role": [None, role]},
    )
    return membership


@transaction.atomic
def change_member(
    membership: Membership, *, role: str, networks: Iterable[Network] = (), actor: Actor
) -> Membership:
    """Change a member's role and networks.

    Raises:
        LastAdmin: The organization would be left without an Admin.
    """
    before = membership.role
    if before == Membership.Role.ADMIN and role != Membership.Role.ADMIN:
        _keep_an_admin(membership)
    membership.role = role
    membership.save(update_fields=("role",))
    membership.networks.set(networks)
    record_audit(
        organization=membership.organization,
        actor=actor,
        action="member.changed",
        target=membership,
        changes={"role": [before, role]},
    )
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, actor: Actor) -> None:
    """Take a person out of an organization; the person stays.

    Raises:
        LastAdmin: The organization would be left without an Admin.
    """
    if membership.role == Membership.Role.ADMIN:
        _keep_an_admin(membership)
    record_audit(
        organization=membership.organization,
        actor=actor,
        action="member.removed",
        target=membership,
    )
    membership.delete()


def _keep_an_admin(membership: Membership) -> None:
    # Locked, so that two Admins cannot demote each other at the same moment.
    admins = (
        Membership.objects.select_for_update()
        .filter(
            organization=membership.organization_id,
            role=Membership.Role.ADMIN,
            user__is_active=True,
        )
        .values_list("pk", flat=True)
    )
    if not set(admins) - {membership.pk}:
        raise LastAdmin


def list_admin_addresses(organization: Organization) -> list[str]:
    """Return the addresses of an organization's Admins who may sign in."""
    admins = organization.memberships.filter(
        role=Membership.Role.ADMIN, user__is_active=True
    )
    return list(admins.order_by("user__email").values_list("user__email", flat=True))


def record_sign_in(
    *, user: User | AnonymousUser | None, actor: Actor, action: str
) -> None:
    """Write a sign-in, sign-out or failure to the logs of a person's organizations."""
    organizations: list[Organization | None] = [None]
    if isinstance(user, User):
        organizations = list(Organization.objects.filter(memberships__user=user)) or [
            None
        ]
    for organization in organizations:
        record_audit(organization=organization, actor=actor, action=action)


def clear_idempotent_requests(*, now: datetime) -> int:
    """Forget answers that are older than a day. Returns how many."""
    limit = now - timedelta(days=1)
    return IdempotentRequest.objects.filter(created_at__lt=limit).delete()[0]
