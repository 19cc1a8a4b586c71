"""Fixtures: an organization, and signing a member of it in."""

from __future__ import annotations

import pytest

from tests.factories import make_membership, make_organization


@pytest.fixture
def organization(db):
    return make_organization(name="Acme", slug="acme")


@pytest.fixture
def sign_in(client, organization):
    """Sign a new member in; returns their membership."""

    def sign_in_as(role="admin", **fields):
        membership = make_membership(organization=organization, role=role, **fields)
        client.force_login(membership.user, "django.contrib.auth.backends.ModelBackend")
        return membership

    return sign_in_as
