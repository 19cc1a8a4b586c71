"""Addresses of `webhooks`: destinations and deliveries."""

from __future__ import annotations

from django.urls import include, path

from webhooks.views import (
    deliveries,
    delivery_lists,
    destination_lists,
    destinations,
    forms,
    previews,
    replays,
    verifying,
)

app_name = "webhooks"

destination_patterns = [
    path("", destination_lists.destination_list, name="destination-list"),
    path("add/", forms.add, name="add"),
    path("verify/", verifying.verify_unsaved, name="verify-unsaved"),
    path("preview/", previews.preview, name="preview"),
    path("<uuid:destination_id>/", destinations.detail, name="destination-detail"),
    path("<uuid:destination_id>/edit/", forms.edit, name="edit"),
    path("<uuid:destination_id>/delete/", destinations.delete, name="delete"),
    path("<uuid:destination_id>/verify/", verifying.verify, name="verify"),
    path("<uuid:destination_id>/enable/", destinations.enable, name="enable"),
    path("<uuid:destination_id>/disable/", destinations.disable, name="disable"),
    path(
        "<uuid:destination_id>/rotate-secret/",
        destinations.rotate_secret,
        name="rotate-secret",
    ),
    path("<uuid:destination_id>/replay/", replays.start, name="replay-start"),
    path(
        "<uuid:destination_id>/replays/<uuid:replay_id>/",
        replays.detail,
        name="replay-detail",
    ),
    path(
        "<uuid:destination_id>/replays/<uuid:replay_id>/cancel/",
        replays.cancel,
        name="replay-cancel",
    ),
]
delivery_patterns = [
    path("", delivery_lists.delivery_list, name="delivery-list"),
    path("<int:delivery_id>/", deliveries.delivery_detail, name="delivery-detail"),
    path(
        "<int:delivery_id>/redeliver/",
        deliveries.redeliver,
        name="delivery-redeliver",
    ),
]
urlpatterns = [
    path("settings/integrations/webhooks/", include(destination_patterns)),
    path("deliveries/", include(delivery_patterns)),
]
