from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_membership, make_organization, make_user


@pytest.fixture
def organization(db):
    return make_organization(name="Ours")


@pytest.fixture
def superuser(organization):
    user = make_user(email="root@example.com", is_staff=True, is_superuser=True)
    make_membership(user=user, organization=organization)
    return user


@pytest.fixture
def root(superuser):
    client = Client()
    client.force_login(superuser)
    return client


@pytest.fixture
def staff(organization):
    """Somebody who opens the admin, as Admin of one organization only."""
    user = make_user(email="staff@example.com", is_staff=True)
    make_membership(user=user, organization=organization)
    client = Client()
    client.force_login(user)
    return client
