"""Addresses of `receivers`: the one that tools post to, and the pages."""

from __future__ import annotations

from django.urls import include, path

from receivers import pages, views

app_name = "receivers"

receiver_patterns = [
    path("", pages.receiver_list, name="receiver-list"),
    path("add/", pages.receiver_form, name="receiver-add"),
    path("<uuid:receiver_id>/", pages.receiver_detail, name="receiver-detail"),
    path("<uuid:receiver_id>/edit/", pages.receiver_form, name="receiver-edit"),
    path(
        "<uuid:receiver_id>/receipts/",
        pages.receiver_receipts,
        name="receiver-receipts",
    ),
    path("<uuid:receiver_id>/toggle/", pages.receiver_toggle, name="receiver-toggle"),
    path("<uuid:receiver_id>/rotate/", pages.receiver_rotate, name="receiver-rotate"),
    path("<uuid:receiver_id>/delete/", pages.receiver_delete, name="receiver-delete"),
]
receipt_patterns = [
    path("", pages.receipt_list, name="receipt-list"),
    path("<uuid:receipt_id>/", pages.receipt_detail, name="receipt-detail"),
    path("<uuid:receipt_id>/replay/", pages.receipt_replay, name="receipt-replay"),
]
urlpatterns = [
    # Not under /api/v1/: senders keep this address for years.
    path("api/webhooks/incoming/<str:token>", views.incoming, name="incoming"),
    path("api/webhooks/incoming/<str:token>/", views.incoming),
    path("settings/integrations/receivers/", include(receiver_patterns)),
    path("receipts/", include(receipt_patterns)),
]
