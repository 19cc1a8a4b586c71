"""Addresses of `webhooks`: destinations and deliveries."""

from __future__ import annotations

from django.urls import include, path

from webhooks.views import deliveries, destinations, forms, previews, verifying

app_name = "webhooks"

destination_patterns = [
    path("", destinations.destination_list, name="destination-list"),
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
]
delivery_patterns = [
    path("", deliveries.delivery_list, name="delivery-list"),
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
