from __future__ import annotations

import pytest

from tests.factories import make_membership, make_organization


@pytest.fixture
def organization(db):
    return make_organization()


@pytest.fixture
def sign_in(client, organization):
    """Sign in with a role, an Admin's by default."""

    def sign_in_as(role="admin", **fields):
        membership = make_membership(organization=organization, role=role, **fields)
        client.force_login(membership.user, "django.contrib.auth.backends.ModelBackend")
        return membership

    return sign_in_as


@pytest.fixture
def assert_queries(django_assert_max_num_queries):
    """Bound the statements of a block."""
    return django_assert_max_num_queries
