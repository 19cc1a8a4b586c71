"""Addresses of `receivers`: the one that tools post to, and the pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from receivers import pages, views

app_name = "receivers"

one_receiver_patterns = [
    path("", pages.receiver_detail, name="receiver-detail"),
    path("edit/", pages.receiver_form, name="receiver-edit"),
    path("receipts/", pages.receiver_receipts, name="receiver-receipts"),
    path("mapping/", pages.receiver_mapping, name="receiver-mapping"),
    path(
        "mapping/export/",
        pages.receiver_mapping_export,
        name="receiver-mapping-export",
    ),
    path(
        "mapping/import/",
        pages.receiver_mapping_import,
        name="receiver-mapping-import",
    ),
    path("toggle/", pages.receiver_toggle, name="receiver-toggle"),
    path("rotate/", pages.receiver_rotate, name="receiver-rotate"),
    path("delete/", pages.receiver_delete, name="receiver-delete"),
]
receiver_patterns: list[URLPattern | URLResolver] = [
    path("", pages.receiver_list, name="receiver-list"),
    path("add/", pages.receiver_add, name="receiver-add"),
    path("add/all/", pages.receiver_form, name="receiver-add-all"),
    path("<uuid:receiver_id>/", include(one_receiver_patterns)),
]
one_receipt_patterns = [
    path("", pages.receipt_detail, name="receipt-detail"),
    path("replay/", pages.receipt_replay, name="receipt-replay"),
    path("sample/", pages.receipt_sample, name="receipt-sample"),
    path("wipe/", pages.receipt_wipe, name="receipt-wipe"),
]
receipt_patterns: list[URLPattern | URLResolver] = [
    path("", pages.receipt_list, name="receipt-list"),
    path("replay/", pages.receipt_replay_chosen, name="receipt-replay-chosen"),
    path("<uuid:receipt_id>/", include(one_receipt_patterns)),
]
urlpatterns = [
    # Not under /api/v1/: senders keep this address for years.
    path("api/webhooks/incoming/<str:token>", views.incoming, name="incoming"),
    path("api/webhooks/incoming/<str:token>/", views.incoming),
    path("settings/integrations/receivers/", include(receiver_patterns)),
    path("receipts/", include(receipt_patterns)),
]
