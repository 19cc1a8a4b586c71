"""The pages about people, networks and keys."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.actions import find_api_key
from accounts.models import ApiKey, Membership, Network
from tests.factories import (
    make_api_key,
    make_membership,
    make_network,
    make_organization,
)

pytestmark = pytest.mark.django_db


def test_new_member_is_invited(client, sign_in, organization, mailoutbox):
    sign_in()
    answer = client.post(
        "/settings/team/add/", {"email": "New@Example.com", "role": "responder"}
    )
    assert answer.status_code == 302
    member = Membership.objects.get(user__email="new@example.com")
    assert member.role == "responder"
    assert "/accounts/reset/" in mailoutbox[0].body


def test_form_error_keeps_what_was_typed(client, sign_in):
    sign_in()
    answer = client.post(
        "/settings/team/add/", {"email": "no address", "role": "responder"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter a whole e-mail address" in page
    assert 'value="no address"' in page


def test_network_admin_needs_a_network(client, sign_in):
    sign_in()
    answer = client.post(
        "/settings/team/add/", {"email": "a@example.com", "role": "network_admin"}
    )
    assert "Choose at least one network" in answer.content.decode()


def test_last_admin_cannot_step_down(client, sign_in):
    me = sign_in()
    answer = client.post(f"/settings/team/{me.pk}/", {"role": "viewer"})
    assert answer.status_code == 422
    assert "needs at least one Admin" in answer.content.decode()


@pytest.mark.parametrize("role", ["network_admin", "responder", "viewer"])
@pytest.mark.parametrize(
    "path",
    ["/settings/team/add/", "/settings/networks/add/", "/settings/api-keys/"],
)
def test_refusal_says_which_role_is_needed(client, sign_in, role, path):
    sign_in(role)
    answer = client.get(path)
    assert answer.status_code == 403
    assert "needs the role Admin" in answer.content.decode()


def test_foreign_member_is_not_found(client, sign_in):
    sign_in()
    foreign = make_membership()
    assert client.get(f"/settings/team/{foreign.pk}/").status_code == 404
    assert client.post(f"/settings/team/{foreign.pk}/remove/").status_code == 404


def test_network_is_made_and_named_once(client, sign_in, organization):
    sign_in()
    make_network(organization=organization, label="Lab")
    answer = client.post("/settings/networks/add/", {"label": "lab"})
    assert "There is already a network lab" in answer.content.decode()
    assert client.post("/settings/networks/add/", {"label": "Hub"}).status_code == 302
    assert Network.objects.filter(organization=organization).count() == 2


def test_key_is_shown_once(client, sign_in, organization):
    sign_in()
    answer = client.post("/settings/api-keys/", {"name": "CI", "scope": "write"})
    api_key = ApiKey.objects.get(organization=organization)
    page = answer.content.decode()
    text = page.split('value="sp_')[1].split('"')[0]
    assert find_api_key(f"sp_{text}", now=timezone.now()) == api_key
    assert text not in client.get("/settings/api-keys/").content.decode()


def test_key_is_revoked_by_post(client, sign_in, organization):
    sign_in()
    api_key, _ = make_api_key(organization=organization)
    path = f"/settings/api-keys/{api_key.pk}/revoke/"
    assert client.get(path).status_code == 405
    assert client.post(path).status_code == 302
    api_key.refresh_from_db()
    assert api_key.revoked_at is not None


def test_audit_names_who_did_what(client, sign_in):
    me = sign_in()
    client.post("/settings/networks/add/", {"label": "Hub"})
    page = client.get("/settings/audit/?action=network").content.decode()
    assert "network.created" in page
    assert str(me.user) in page


def test_organization_is_switched(client, sign_in, organization):
    me = sign_in()
    other = make_membership(
        user=me.user, organization=make_organization(name="Zeta"), role="viewer"
    )
    path = "/accounts/switch-organization/"
    answer = client.post(
        path, {"organization": other.organization.pk, "next": "/services/"}
    )
    assert answer.headers["Location"] == "/services/"
    assert client.get("/").context["access"].organization == other.organization


@pytest.mark.parametrize("value", ["", "x", None])
def test_switch_to_nonsense_is_not_found(client, sign_in, value):
    sign_in()
    answer = client.post(
        "/accounts/switch-organization/", {"organization": value} if value else {}
    )
    assert answer.status_code == 404


def test_switch_to_a_foreign_organization_is_not_found(client, sign_in):
    sign_in()
    foreign = make_organization()
    answer = client.post("/accounts/switch-organization/", {"organization": foreign.pk})
    assert answer.status_code == 404


def test_switch_never_leads_elsewhere(client, sign_in, organization):
    sign_in()
    answer = client.post(
        "/accounts/switch-organization/",
        {"organization": organization.pk, "next": "https://evil.example/"},
    )
    assert answer.headers["Location"] == "/"
