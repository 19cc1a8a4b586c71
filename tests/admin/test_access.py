"""People, keys, and what staff of one organization see of another's."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey, AuditEntry, Membership, Organization, User
from tests.admin.test_pages import MODELS, make_one_of_each, make_only_ones, url_of
from tests.factories import (
    PASSWORD,
    make_api_key,
    make_destination,
    make_membership,
    make_organization,
    make_service,
    make_user,
)

KEYS = reverse("admin:accounts_apikey_changelist")
MEMBERS = reverse("admin:accounts_membership_changelist")

TENANT = [m for m in MODELS if hasattr(admin.site._registry[m], "organization_path")]
INSTALLATION = [m for m in MODELS if m not in TENANT]


@pytest.fixture
def theirs(db):
    organization = make_organization(name="Theirs")
    make_one_of_each(organization, 1)
    make_only_ones(organization)
    make_membership(organization=organization)
    return organization


def test_staff_see_nothing_of_others(staff, theirs):
    for model in TENANT:
        row = model._default_manager.exclude(
            **{admin.site._registry[model].organization_path: staff_organization(staff)}
        ).first()
        assert row is not None, model
        found = staff.get(url_of(model, "changelist")).context["cl"].result_list
        assert row not in found
        for page in ("change", "delete", "history", "page"):
            answer = staff.get(url_of(model, page, row.pk))
            assert answer.status_code in (302, 403, 404), (model, page)
            if answer.status_code == 302:
                assert answer.url == reverse("admin:index"), (model, page)


def staff_organization(client):
    return Membership.objects.get(user__email="staff@example.com").organization


def test_staff_cannot_act_on_others(staff, theirs):
    for model in TENANT:
        model_admin = admin.site._registry[model]
        row = model._default_manager.exclude(
            **{model_admin.organization_path: staff_organization(staff)}
        ).first()
        for tool in model_admin.change_actions:
            url = url_of(model, "actions", row.pk, tool)
            assert staff.post(url).status_code == 404, (model, tool)


def test_staff_cannot_add_for_others(staff, theirs):
    url = reverse("admin:alerts_service_add")
    response = staff.get(f"{url}?organization={theirs.pk}")
    assert str(theirs.pk) not in getattr(response, "url", "")
    staff.post(f"{url}?organization={theirs.pk}", {"name": "Smuggled"})
    assert not theirs.services.filter(name="Smuggled").exists()


def test_staff_work_in_their_own(staff, organization):
    make_service(organization=organization, name="Ours")
    html = staff.get(reverse("admin:alerts_service_changelist")).content.decode()
    assert "Ours" in html
    url = reverse("admin:alerts_service_add")
    staff.post(f"{url}?organization={organization.pk}", {"name": "Added"})
    assert organization.services.filter(name="Added").exists()


def test_installation_is_for_superusers(staff, organization):
    for model in INSTALLATION:
        assert staff.get(url_of(model, "changelist")).status_code == 403, model
    html = staff.get(reverse("admin:index")).content.decode()
    assert "No worker delivers" not in html


def test_guessing_passwords_is_stopped(settings, superuser):
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 3
    client = Client()
    url = reverse("admin:login")
    wrong = {"username": superuser.email, "password": "wrong"}
    codes = [client.post(url, wrong).status_code for _ in range(4)]
    assert codes[0] == 200
    assert codes[-1] == 429
    right = {"username": superuser.email, "password": PASSWORD}
    assert client.post(url, right).status_code == 429


def test_people_who_are_no_staff_are_kept_out(organization):
    client = Client()
    membership = make_membership(organization=organization)
    client.force_login(membership.user)
    response = client.get(reverse("admin:index"))
    assert response.status_code == 302


def test_staff_without_the_role_see_nothing(organization):
    user = make_user(is_staff=True)
    make_membership(organization=organization, user=user, role="viewer")
    make_destination(organization=organization)
    client = Client()
    client.force_login(user)
    assert client.get(reverse("admin:index")).status_code == 200
    url = reverse("admin:webhooks_destination_changelist")
    assert client.get(url).status_code == 403


def test_key_is_shown_once(root, superuser, organization):
    sent = {"name": "CI", "scope": "write"}
    response = root.post(f"{KEYS}add/?organization={organization.pk}", sent)
    key = ApiKey.objects.get()
    assert f'value="{key.prefix}' in response.content.decode()
    assert key.created_by == superuser
    assert AuditEntry.objects.filter(action="api_key.created").count() == 1
    page = reverse("admin:accounts_apikey_change", args=[key.pk])
    html = root.get(page).content.decode()
    assert key.key_hash not in html
    assert root.post(page, {"name": "Other"}).status_code == 403


def test_revoke_key(root, organization):
    key, _text = make_api_key(organization=organization)
    sent = {"action": "revoke_selected", "_selected_action": [str(key.pk)]}
    root.post(KEYS, sent)
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_add_member(root, organization, mailoutbox):
    sent = {"email": "new@example.com", "role": "viewer"}
    root.post(f"{MEMBERS}add/?organization={organization.pk}", sent)
    assert organization.memberships.get(user__email="new@example.com").role == "viewer"
    assert mailoutbox[0].to == ["new@example.com"]


def test_last_admin_stays(root, superuser, organization):
    membership = Membership.objects.get(user=superuser)
    page = reverse("admin:accounts_membership_change", args=[membership.pk])
    response = root.post(page, {"role": "viewer"})
    assert "at least one Admin" in response.content.decode()
    delete = reverse("admin:accounts_membership_delete", args=[membership.pk])
    refused = root.post(delete, {"post": "yes"}, follow=True)
    assert "It was not deleted." in refused.content.decode()
    sent = {"action": "delete_selected", "_selected_action": [str(membership.pk)]}
    refused = root.post(MEMBERS, sent | {"post": "yes"}, follow=True)
    assert "Nothing was deleted." in refused.content.decode()
    assert Membership.objects.filter(pk=membership.pk, role="admin").exists()


def test_add_person(root, organization):
    sent = {
        "email": "Bea@Example.com",
        "name": "Bea",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
    }
    response = root.post(reverse("admin:accounts_user_add"), sent)
    assert response.status_code == 302, response.context["errors"]
    person = User.objects.get(email="bea@example.com")
    assert person.check_password("correct horse battery")
    assert AuditEntry.objects.filter(action="user.created").exists()


def test_add_organization(root, organization):
    sent = {"name": "Globex", "slug": "globex"}
    root.post(reverse("admin:accounts_organization_add"), sent)
    assert Organization.objects.filter(slug="globex").exists()


def test_view_on_site_switches_the_organization(root, superuser, organization):
    other = make_organization()
    make_membership(user=superuser, organization=other)
    service = make_service(organization=other)
    page = reverse("admin:alerts_service_page", args=[service.pk])
    response = root.get(page, follow=True)
    assert response.redirect_chain[-1][0] == service.get_absolute_url()
    assert response.status_code == 200


def test_view_on_site_is_for_members(root, theirs):
    service = theirs.services.get()
    page = reverse("admin:alerts_service_page", args=[service.pk])
    html = root.get(page, follow=True).content.decode()
    assert "you are none of this one" in html
