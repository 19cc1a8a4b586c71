"""Addresses of `accounts`: sign-in and the settings about people."""

from __future__ import annotations

from django.contrib.auth import views as auth_views
from django.urls import include, path

from accounts import views
from accounts.invitations import ResetPasswordForm

settings_patterns = [
    path("team/", views.team, name="team"),
    path("team/add/", views.member_add, name="member-add"),
    path("team/<uuid:member_id>/", views.member_edit, name="member-edit"),
    path("team/<uuid:member_id>/remove/", views.member_remove, name="member-remove"),
    path("networks/", views.networks, name="networks"),
    path("networks/add/", views.network_form, name="network-add"),
    path("networks/<uuid:network_id>/", views.network_form, name="network-edit"),
    path(
        "networks/<uuid:network_id>/delete/",
        views.network_delete,
        name="network-delete",
    ),
    path("api-keys/", views.api_keys, name="api-keys"),
    path("api-keys/<uuid:key_id>/revoke/", views.api_key_revoke, name="api-key-revoke"),
    path("audit/", views.audit, name="audit"),
    path("profile/", views.profile, name="profile"),
]

# Django's own names ("login", "password_reset") stay without a namespace: its views
# and e-mails look for them there.
urlpatterns = [
    path(
        "accounts/password_reset/",
        auth_views.PasswordResetView.as_view(form_class=ResetPasswordForm),
        name="password_reset",
    ),
    path("accounts/", include("django.contrib.auth.urls")),
    path(
        "accounts/switch-organization/",
        views.switch_organization,
        name="switch-organization",
    ),
    path("settings/", include((settings_patterns, "accounts"))),
]
