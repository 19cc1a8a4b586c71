"""The pages that this process serves."""

from __future__ import annotations

from django.utils import timezone

from alerts.actions.status_snapshots import find_stored_page
from alerts.status_page.answers import ServedPage
from alerts.status_page.cache import PageCache


def _load(slug: str, served: ServedPage | None) -> ServedPage | None:
    known = served.stored if served else None
    found = find_stored_page(slug, known, now=timezone.now())
    if found is None:
        return None
    return served if served and found is known else ServedPage(found)


pages: PageCache[ServedPage] = PageCache(_load)
