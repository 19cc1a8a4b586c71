"""Services whose source fell silent: what they show may no longer be true."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from alerts.models import Service, ServiceSource

#: Where sources that fell silent are kept on a service that was loaded with them.
ATTRIBUTE = "stale_sources"


def prefetch_stale(path: str = "sources") -> Prefetch[Any]:
    """Return what loads the silent sources with services, in one statement."""
    return Prefetch(path, ServiceSource.objects.filter(is_stale=True), ATTRIBUTE)


def keep_stale(service: Service, sources: Iterable[ServiceSource]) -> None:
    """Keep on a service which of its sources fell silent."""
    setattr(service, ATTRIBUTE, [each for each in sources if each.is_stale])


def list_stale(service: Service) -> Sequence[ServiceSource]:
    """Return the silent sources of a service; reads them unless they were loaded."""
    loaded: list[ServiceSource] | None = getattr(service, ATTRIBUTE, None)
    if loaded is None:
        return list(ServiceSource.objects.filter(service=service, is_stale=True))
    return loaded


def find_stale_since(service: Service) -> datetime | None:
    """Return since when there is no news from a source; None: there is from each."""
    return min((each.since for each in list_stale(service)), default=None)
