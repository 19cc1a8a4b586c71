"""Addresses of the public status pages; each works with and without its slash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import path

from alerts.views import status_page_followers as followers
from alerts.views import status_page_public as views

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from django.urls import URLPattern

#: What is answered from the stored state, below the page and by which name.
PARTS = {
    ".json": "json",
    "/feed.rss": "rss",
    "/feed.atom": "atom",
    "/badge.svg": "badge",
    "/style.css": "stylesheet",
    "/widget.js": "widget",
    "/logo": "logo",
    "/embed": "embed",
}


def _both(
    route: str, view: Callable[..., HttpResponse], name: str, **fixed: Any
) -> list[URLPattern]:
    """Return an address under its name, and the same with the slash or without it."""
    other = route.removesuffix("/") if route.endswith("/") else f"{route}/"
    return [
        path(route, view, fixed, name=name),
        path(other, view, fixed, name=f"{name}-otherwise"),
    ]


urlpatterns = [
    *_both("<slug:slug>/", views.status_page, "status-page"),
    *(
        pattern
        for end, part in PARTS.items()
        for pattern in _both(
            f"<slug:slug>{end}{'/' if part == 'embed' else ''}",
            views.status_page_part,
            f"status-page-{part}",
            part=part,
        )
    ),
    *_both(
        "<slug:slug>/history/<int:year>-<int:month>/",
        views.status_page_month,
        "status-page-month",
    ),
    *_both(
        "<slug:slug>/incidents/<int:number>/",
        views.status_page_incident,
        "status-page-incident",
    ),
    *_both("<slug:slug>/follow/", followers.follow, "status-page-follow"),
    *_both(
        "<slug:slug>/confirm/<str:token>/", followers.confirm, "status-page-confirm"
    ),
    *_both(
        "<slug:slug>/unsubscribe/<str:token>/",
        followers.unsubscribe,
        "status-page-unsubscribe",
    ),
]
