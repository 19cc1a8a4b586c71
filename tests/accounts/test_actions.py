"""What can happen to accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import actions
from accounts.datatypes import SYSTEM
from accounts.exceptions import AlreadyMember, LastAdmin, NetworkInUse
from accounts.models import ApiKey, AuditEntry, Membership, Network
from tests.factories import (
    make_api_key,
    make_destination,
    make_membership,
    make_network,
    make_organization,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_key_is_stored_as_a_hash_only():
    api_key, text = make_api_key()
    assert text.startswith("sp_")
    assert len(text) == 43
    assert text not in str(ApiKey.objects.filter(pk=api_key.pk).values())
    assert actions.find_api_key(text, now=timezone.now()) == api_key


def test_revoked_key_opens_nothing():
    api_key, text = make_api_key()
    now = timezone.now()
    assert actions.revoke_api_key(api_key, actor=SYSTEM, now=now)
    assert not actions.revoke_api_key(api_key, actor=SYSTEM, now=now)
    assert actions.find_api_key(text, now=now) is None


def test_expired_key_opens_nothing():
    now = timezone.now()
    _, text = make_api_key(expires_at=now + timedelta(days=1))
    assert actions.find_api_key(text, now=now) is not None
    assert actions.find_api_key(text, now=now + timedelta(days=1)) is None


def test_last_use_is_written_once_a_minute(django_assert_num_queries):
    _, text = make_api_key()
    now = timezone.now()
    actions.find_api_key(text, now=now)
    with django_assert_num_queries(1):
        actions.find_api_key(text, now=now + timedelta(seconds=30))


def test_network_is_found_in_any_case():
    network = make_network(label="Main Office")
    found = actions.get_or_create_network(
        network.organization, label=" main office ", actor=SYSTEM
    )
    assert found == network


def test_unknown_network_is_made_and_audited():
    organization = make_organization()
    actions.get_or_create_network(organization, label="Lab", actor=SYSTEM)
    assert Network.objects.get(organization=organization).label == "Lab"
    assert AuditEntry.objects.get().action == "network.created"


def test_network_in_use_is_kept():
    network = make_network()
    make_destination(
        organization=network.organization, label="Pager", networks=[network]
    )
    with pytest.raises(NetworkInUse, match="Pager"):
        actions.delete_network(network, actor=SYSTEM)
    assert Network.objects.filter(pk=network.pk).exists()


def test_member_is_added_once():
    organization, user = make_organization(), make_user()
    actions.add_member(organization, user=user, role="viewer", actor=SYSTEM)
    with pytest.raises(AlreadyMember):
        actions.add_member(organization, user=user, role="admin", actor=SYSTEM)
    assert Membership.objects.get().role == "viewer"


def test_last_admin_stays():
    membership = make_membership(role="admin")
    with pytest.raises(LastAdmin):
        actions.change_member(membership, role="viewer", actor=SYSTEM)
    with pytest.raises(LastAdmin):
        actions.remove_member(membership, actor=SYSTEM)
    membership.refresh_from_db()
    assert membership.role == "admin"


def test_one_of_two_admins_may_go():
    membership = make_membership(role="admin")
    make_membership(role="admin", organization=membership.organization)
    actions.remove_member(membership, actor=SYSTEM)
    assert membership.organization.memberships.count() == 1


def test_changes_hide_secrets():
    changes = actions.list_changes(
        {"url": "a", "secret": "old", "same": 1},
        {"url": "b", "secret": "new", "same": 1},
        secret=["secret"],
    )
    assert changes == {"url": ["a", "b"], "secret": ["***", "***"]}
