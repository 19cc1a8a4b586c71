"""Which clusters there are, and the options of each, as the settings say."""

from __future__ import annotations

from typing import Any

from django.conf import settings

#: What may differ between clusters; django-q2 keeps each in upper case.
OPTIONS = {"workers", "timeout", "retry", "queue_limit", "bulk", "poll", "recycle"}


def cluster_names() -> list[str]:
    """Return the names of all clusters, the default one first."""
    return [str(_common()["name"]), *_alternatives()]


def cluster_options(name: str) -> dict[str, Any]:
    """Return the options of one cluster: the common ones and its own."""
    common = {key: value for key, value in _common().items() if key in OPTIONS}
    return common | _alternatives().get(name, {})


def _common() -> dict[str, Any]:
    return dict(settings.Q_CLUSTER)


def _alternatives() -> dict[str, dict[str, Any]]:
    return dict(_common().get("ALT_CLUSTERS", {}))
