"""The addresses that the public client ``meter-sdk`` calls, at the root of the site.

Each works with and without its final slash, and a POST may bring Idempotency-Key.
"""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, re_path

from accounts.idempotency import remember_answers
from integrations_project.api_pages import not_found
from monitors.client_api import (
    Batches,
    Jobs,
    Schedules,
    Strategies,
    StrategyGroups,
    StrategyHistory,
    Watches,
    WebhookTests,
    Workflows,
)

PK = "(?P<pk>[^/]+)"
REFUSED = dict.fromkeys(("get", "post", "put", "patch", "delete"), "refuse")
ONE = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
#: Path below /api/, name, resource, and what each method does. Fixed words come
#: before ids.
ADDRESSES: tuple[tuple[str, str, Any, dict[str, str]], ...] = (
    ("strategies/generate", "strategies-generate", Strategies, {"post": "generate"}),
    ("strategies", "strategies-list", Strategies, {"get": "list"}),
    (f"strategies/{PK}", "strategies-detail", Strategies, ONE),
    (f"strategies/{PK}/refine", "strategies-refine", Strategies, {"post": "refine"}),
    ("jobs", "jobs-list", Jobs, {"get": "list", "post": "create"}),
    ("jobs/execute", "jobs-execute", Jobs, {"post": "execute"}),
    ("jobs/batch/(?P<batch_id>[^/]+)", "jobs-batch", Batches, {"get": "progress"}),
    (
        f"jobs/strategies/{PK}/history",
        "jobs-history",
        StrategyHistory,
        {"get": "list_runs"},
    ),
    (f"jobs/{PK}", "jobs-detail", Jobs, {"get": "retrieve"}),
    (
        f"jobs/{PK}/compare/(?P<other_pk>[^/]+)",
        "jobs-compare",
        Jobs,
        {"get": "compare"},
    ),
    ("schedules", "schedules-list", Schedules, {"get": "list", "post": "create"}),
    (f"schedules/{PK}", "schedules-detail", Schedules, ONE),
    (f"schedules/{PK}/changes", "schedules-changes", Schedules, {"get": "changes"}),
    (
        f"schedules/{PK}/changelog",
        "schedules-changelog",
        Schedules,
        {"get": "changelog"},
    ),
    (
        f"schedules/{PK}/webhook-secret/regenerate",
        "schedules-regenerate-secret",
        Schedules,
        {"post": "regenerate_secret"},
    ),
    ("watch", "watch", Watches, {"post": "create"}),
    ("webhooks/test", "webhooks-test", WebhookTests, {"post": "send"}),
    ("strategy-groups(?:/.*)?", "strategy-groups", StrategyGroups, REFUSED),
    ("workflows(?:/.*)?", "workflows", Workflows, REFUSED),
)
FAMILIES = "strategies|jobs|schedules|watch"


def build_urls() -> list[URLPattern]:
    """Return every address of the client."""
    return [
        re_path(f"^{path}/?$", remember_answers(resource.as_view(methods)), name=name)
        for path, name, resource, methods in ADDRESSES
    ]


app_name = "client"
urlpatterns = [
    *build_urls(),
    re_path(rf"^(?:{FAMILIES})(?:/.*)?$", not_found, name="not-found"),
]
