"""Who may see and change what."""

from __future__ import annotations

import pytest
from django.http import Http404

from accounts.exceptions import RoleRequired
from accounts.permissions import build_access, build_key_access
from alerts.models import Service
from tests.factories import (
    make_api_key,
    make_destination,
    make_membership,
    make_network,
    make_organization,
    make_service,
    make_user,
)

pytestmark = pytest.mark.django_db


def access_for(role, *, networks=()):
    organization = networks[0].organization if networks else make_organization()
    membership = make_membership(
        organization=organization, role=role, networks=networks
    )
    return build_access(user=membership.user)


def test_rows_are_of_one_organization():
    access = access_for("viewer")
    mine = make_service(organization=access.organization)
    make_service()
    assert list(access.rows(Service)) == [mine]


@pytest.mark.parametrize("row_id", ["x", None, 7, "0" * 40, 2**70])
def test_malformed_id_is_not_found(row_id):
    with pytest.raises(Http404):
        access_for("admin").get(Service, row_id)


def test_foreign_id_is_not_found():
    with pytest.raises(Http404):
        access_for("admin").get(Service, make_service().pk)


@pytest.mark.parametrize(
    ("role", "edits", "responds", "administers"),
    [
        ("admin", True, True, True),
        ("network_admin", True, True, False),
        ("responder", False, True, False),
        ("viewer", False, False, False),
    ],
)
def test_roles(role, edits, responds, administers):
    access = access_for(role)
    assert access.can_edit is edits
    assert access.can_respond is responds
    assert access.is_admin is administers


def test_refusal_names_the_role_needed():
    with pytest.raises(RoleRequired, match="Network Admin; yours here is Viewer"):
        access_for("viewer").require_edit()


def test_network_admin_edits_only_their_networks():
    network = make_network()
    other = make_network(organization=network.organization)
    access = access_for("network_admin", networks=[network])
    inside = make_service(organization=network.organization, network=network)
    outside = make_service(organization=network.organization, network=other)
    everywhere = make_service(organization=network.organization)

    assert access.may_edit(inside)
    assert not access.may_edit(outside)
    assert not access.may_edit(everywhere)


def test_object_of_two_networks_needs_both():
    network = make_network()
    other = make_network(organization=network.organization)
    access = access_for("network_admin", networks=[network])
    both = make_destination(
        organization=network.organization, networks=[network, other]
    )
    assert not access.may_edit(both)


@pytest.mark.parametrize(
    ("scope", "edits", "administers"),
    [("read", False, False), ("write", True, False), ("admin", True, True)],
)
def test_scope_of_a_key(scope, edits, administers):
    api_key, _ = make_api_key(scope=scope)
    access = build_key_access(api_key)
    assert access.can_edit is edits
    assert access.is_admin is administers
    assert access.may_use_every_network is edits


def test_chosen_organization_must_be_theirs():
    user = make_user()
    mine = make_membership(user=user).organization
    foreign = make_organization()
    access = build_access(user=user, organization_id=foreign.pk)
    assert access is not None
    assert access.organization == mine


def test_person_without_organization_has_no_access():
    assert build_access(user=make_user()) is None
